"""How often the narrator's probe is carried out, and that it is not where nobody reads it."""

from gdexplorer.lab.checkups import REST
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from gdexplorer.probes import vitals
from gdexplorer.probes.vitals import Vitals
from tests.builders import CATALOGUE, Manual, experiment

NEEDS = frozenset({Vitals()})


def begun() -> tuple[Session, Manual]:
    executor = Manual()
    return Session(experiment(), CATALOGUE, executor), executor


def look(session: Session, updates: int = 0) -> object:
    if updates:
        session.advance(updates)
    return session.frame(NEEDS).lane.views.get(Vitals())


def test_what_took_long_is_repeated_only_after_a_hundred_times_as_many_updates(monkeypatch):
    measured: list[int] = []
    measure = vitals.measure
    monkeypatch.setattr(vitals, "measure", lambda request, context: (measured.append(context.step),
                                                                     measure(request, context))[1])  # fmt: skip
    session, executor = begun()
    for made in (0, 10, 20):
        look(session, 10 if made else 0)
        assert len(executor.jobs) == 1, "one at a time"
    monkeypatch.setattr(vitals, "measure", lambda request, context: (measured.append(context.step),
                        session.advance(3), measure(request, context))[2])  # fmt: skip
    executor.finish()
    assert measured == [0]
    for _ in range(3):  # at 23: 0 + 3 · REST updates are to be waited for
        look(session, 50)
        executor.finish()
    assert measured == [0]
    look(session, 3 * REST)
    executor.finish()
    assert len(measured) == 2


def test_at_rest_it_is_measured_where_the_run_stands():
    session, executor = begun()
    look(session)
    executor.finish()
    look(session, 7)
    executor.finish()
    look(session)
    if executor.jobs:
        executor.finish()
    report = look(session)
    assert isinstance(report, vitals.VitalsReport)
    assert report.step == 7
    assert not executor.jobs, "once is enough"


def test_a_change_asks_for_another():
    session, executor = begun()
    look(session)
    executor.finish()
    session.send(Change("optimizer.learning_rate", 0.02))
    look(session)
    assert len(executor.jobs) == 1


def test_nothing_is_measured_where_nobody_reads_it():
    session, executor = begun()
    for _ in range(5):
        session.advance(10)
        session.frame()
    assert not executor.jobs
    assert session.frame().lane.state.narration.text


def test_between_two_questions_the_sentence_stays_what_it_was():
    session, _ = begun()
    first = session.frame(NEEDS, NEEDS).lane.state.narration
    session.advance(10)
    assert session.frame(frozenset(), NEEDS).lane.state.narration is first
    assert session.frame(NEEDS, NEEDS).lane.state.narration != first
