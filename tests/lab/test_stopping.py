"""Schedules and stops that listen to the run: where the definition has them, in copies, replays and files alike."""

import numpy as np
import pytest

from gdexplorer.lab.archive import load, save
from gdexplorer.lab.commands import Change, KeepBest, Nudge, Reinitialize
from gdexplorer.lab.history import joined
from gdexplorer.lab.narrator import narrate
from gdexplorer.lab.records import WatchRecord
from gdexplorer.lab.replay import replay
from gdexplorer.lab.run import Run
from gdexplorer.lab.sentences import Mend
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.optim import Search
from gdexplorer.optim.plateau import Plateau
from tests.builders import CATALOGUE, begin, digest, experiment, suited
from tests.lab.races import begun, consistent, digests, rival
from tests.optim.test_plateau import bests, slow

PLATEAU = {"training.schedule": {"kind": "plateau", "patience": 6, "threshold": 0.02, "gamma": 0.5}}
ON_TEST = {"training.schedule": {"kind": "plateau", "loss": "test", "patience": 6, "threshold": 0.02, "gamma": 0.5}}
STOP = {"training.stop_after": 25, "training.stop_threshold": 0.05}
LEARNS = {"optimizer": {"kind": "adam", "learning_rate": 0.05}}
POINT = {"problem": {"kind": "himmelblau"}, "optimizer": {"kind": "sgd", "learning_rate": 0.01}}


def heard(run, column):
    """Steps and losses that a run has heard of so far: those on the curves but for the first, at update 0."""
    return [(int(row[0]), float(row[column])) for row in joined(run.recorder.curves.parts())[1:]]


def cuts(run):
    return [marker.step for marker in run.recorder.markers if marker.label == "η × 0.5"]


@pytest.mark.parametrize(
    ("changes", "column"), [(PLATEAU, 1), (ON_TEST, 2), (POINT | PLATEAU, 1), (POINT | ON_TEST, 1)]
)
def test_a_run_cuts_its_rate_where_the_definition_says_so(changes, column):
    run = begin(changes)
    run.advance(700)
    found = cuts(run)
    assert found == slow(heard(run, column), run.state.experiment.training.schedule)
    assert len(found) > 3
    assert run.state.plateau.factor == 0.5 ** len(found)


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_a_cut_is_a_smaller_learning_rate_from_the_next_update_on(name):
    run = begin(PLATEAU | {"optimizer": {"kind": name, "learning_rate": 0.08}})
    run.advance(120)
    hand, rate = Session(experiment({"optimizer": {"kind": name, "learning_rate": 0.08}}), CATALOGUE), 0.08
    assert len(cuts(run)) > 2
    for at in cuts(run):
        hand.advance(at - hand.updates)
        hand.send(Change("optimizer.learning_rate", rate := rate / 2))
    hand.advance(120 - hand.updates)
    assert hand.run.state.theta.tobytes() == run.state.theta.tobytes()


def test_the_snapshot_has_the_rate_that_is_left():
    session = Session(experiment(PLATEAU), CATALOGUE)
    session.advance(120)
    state = session.frame().lane.state
    assert state.rate == state.experiment.optimizer.learning_rate * session.run.state.plateau.factor
    assert 0 < session.run.state.plateau.factor < 0.5


@pytest.mark.parametrize("name", [name for name, rule in CATALOGUE.optimizers.items() if isinstance(rule, Search)])
def test_searches_ignore_the_schedule_and_heed_the_stop(name):
    plain, other = (Session(experiment(suited(name) | more), CATALOGUE) for more in ({}, PLATEAU | STOP))
    made = other.train(600)
    plain.advance(made)
    assert plain.run.state.theta.tobytes() == other.run.state.theta.tobytes()
    assert other.run.state.plateau == Plateau(at=0)
    assert other.run.stopped == (made < 600)


def test_chunks_and_copies_do_not_matter():
    """A copy is evaluated where it is made, off the grid; it must not listen there."""
    whole, parts = (begin(LEARNS | PLATEAU | STOP) for _ in range(2))
    whole.advance(700)
    for count in (1, 257, 2, 140, 300):
        parts.advance(count)
        parts = Run.of(parts.state.copy(), CATALOGUE)
    assert digest(whole.state) == digest(parts.state)


SCRIPT = [
    (60, Change("optimizer.learning_rate", 0.02)), (90, Change("training.schedule.patience", 3)),
    (130, Nudge(0.05, 4)), (160, Reinitialize("h1", 3)), (200, Change("network.activation", "relu")),
    (230, KeepBest()), (250, Change("training.stop_after", 9)), (270, Change("training.schedule.kind", "constant")),
    (290, Change("training.schedule.kind", "plateau")),
]  # fmt: skip


@pytest.mark.parametrize("until", [40, 75, 143, 199, 245, 280, 340])
def test_a_session_is_replayed_and_saved_exactly(tmp_path, until):
    session = Session(experiment(LEARNS | PLATEAU | STOP), CATALOGUE)
    for at, command in SCRIPT:
        if at <= until:
            session.advance(at - session.updates)
            assert session.send(command).accepted
    session.advance(until - session.updates)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)
    save(session, tmp_path / "a.gdx")
    again = load(tmp_path / "a.gdx", CATALOGUE)
    assert digest(again.run.state) == digest(session.run.state)
    for one in (session, again):
        one.train(60)
    assert digest(again.run.state) == digest(session.run.state)


def test_what_a_change_leaves_of_cuts_and_of_the_best():
    session = Session(experiment(LEARNS | PLATEAU | STOP), CATALOGUE)
    session.advance(100)
    state = session.run.state
    factor, best = state.plateau.factor, state.stopping.best
    assert factor < 1
    for command in (Change("optimizer.learning_rate", 0.02), Change("training.schedule.patience", 9), Nudge(0.01, 1)):
        session.send(command)
        assert (state.plateau.factor, state.stopping.best) == (factor, best)
        assert (state.plateau.best, state.plateau.since, state.stopping.since) == (np.inf, 100, 100)
    session.send(Change("network.activation", "relu"))
    assert (state.plateau.factor, state.stopping.best, state.stopping.theta) == (factor, np.inf, None)
    session.send(Reinitialize("h1", 1))
    assert state.plateau.factor == 1
    session.advance(500)
    assert state.plateau.factor < 1
    for kind in ("constant", "plateau"):
        session.send(Change("training.schedule.kind", kind))
        assert state.plateau.factor == 1


def stops(run, count):
    """The first steps at which the definition stops a run, each found by going through all losses before it."""
    training, found = run.state.experiment.training, []
    known = heard(run, 2 if "examples" in run.objective.can else 1)
    for number, (step, _) in enumerate(known, 1):
        last = max([at for at, _ in bests(known[:number], training.stop_threshold)] + found)
        if step - last >= training.stop_after:
            found.append(step)
    return found[:count]


@pytest.mark.parametrize("changes", [LEARNS | STOP, POINT | STOP, suited("lbfgs") | STOP], ids=str)
def test_training_stops_where_the_definition_says_so_and_goes_on_when_asked(changes):
    session, whole = Session(experiment(changes), CATALOGUE), begin(changes)
    whole.advance(900)
    expected = stops(whole, 3)
    assert len(expected) == 3
    for step in expected:
        while not session.train(64) < 64 and not session.run.stopped:
            pass
        assert (session.step, session.run.stopped) == (step, True)
    again = begin(changes)
    again.advance(expected[-1])
    assert digest(again.state) == digest(session.run.state), "a stop changes nothing"
    session.advance(1)
    assert not session.run.stopped


def test_it_stops_wherever_a_chunk_ends():
    changes, expected = LEARNS | STOP, None
    for size in (1, 7, 10_000):
        session = Session(experiment(changes), CATALOGUE)
        while not session.run.stopped:
            session.train(size)
        expected = expected or session.step
        assert session.step == expected


def test_without_it_training_never_stops():
    session = Session(experiment(), CATALOGUE)
    assert session.train(3000) == 3000
    assert not session.run.stopped
    assert session.run.state.stopping.theta is None


@pytest.mark.parametrize("changes", [LEARNS | STOP, POINT | STOP], ids=str)
def test_the_best_weights_are_those_of_their_update(changes):
    session = Session(experiment(changes), CATALOGUE)
    while not session.run.stopped:
        session.train(100)
    best, twin = session.run.state.stopping, begin(changes)
    twin.advance(best.at)
    reply = session.send(KeepBest())
    assert reply.accepted
    assert reply.text == f"best weights, of update {best.at:,}"
    assert session.run.state.theta.tobytes() == twin.state.theta.tobytes()
    assert not session.run.stopped
    session.run.state.theta[...] = 0
    assert best.theta.tobytes() == twin.state.theta.tobytes(), "what is kept is a copy"


def test_best_weights_that_are_not_kept_are_refused():
    session = Session(experiment(), CATALOGUE)
    session.advance(30)
    reply = session.send(KeepBest())
    assert not reply.accepted
    assert reply.text.startswith("No best weights are kept")


def test_the_narrator_says_why_it_stopped_and_offers_the_best():
    session = Session(experiment(LEARNS | STOP), CATALOGUE)
    session.train(5000)
    best, said = session.run.state.stopping, narrate(session.run)
    assert said.text.startswith("Paused: the test loss has not fallen below its best, ")
    assert f"at update {best.at:,}, for 25 updates" in said.text
    assert f"{session.run.scores()[1].loss:.3g}" in said.text
    assert said.mend == Mend("Keep the best weights", (KeepBest(),))
    session.train(1)
    assert not narrate(session.run).text.startswith("Paused")


def test_a_run_that_diverged_has_not_stopped_early():
    session = Session(experiment(LEARNS | STOP), CATALOGUE)
    session.train(5000)
    session.run.diverge(np.nan)
    assert session.run.state.status.health is Health.DIVERGED
    assert not session.run.stopped


def test_each_lane_of_a_race_cuts_for_itself_and_the_first_stops_all(tmp_path):
    rivals = [rival("a", "adamw"), rival("m", "momentum"), rival("n", "nadam"), rival("r", "random_search")]
    session = begun({"rivals": rivals, **LEARNS, **PLATEAU, **STOP})
    session.train(5000)
    alone = begin(LEARNS | PLATEAU | STOP)
    alone.advance(session.step)
    assert session.step == stops(alone, 1)[0]
    assert consistent(session)
    factors = [run.state.plateau.factor for run in session.runs]
    assert len(set(factors)) > 2
    assert factors[-1] == 1
    assert digests(replay(session, CATALOGUE)) == digests(session)
    save(session, tmp_path / "race.gdx")
    again = load(tmp_path / "race.gdx", CATALOGUE)
    for one in (session, again):
        assert one.send(KeepBest()).accepted
        one.advance(50)
    assert digests(again) == digests(session)


def test_a_file_without_any_of_it_has_heard_nothing():
    assert Plateau(*WatchRecord().values(), WatchRecord().factor) == Plateau()
