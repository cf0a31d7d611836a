"""No order of commands raises or breaks what must hold: a state machine that hypothesis drives."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gdexplorer.lab import archive, branch, planes, race
from gdexplorer.lab.archive import packed
from gdexplorer.lab.branch import Branch
from gdexplorer.lab.commands import Change, Command, Nudge
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Undo
from gdexplorer.lab.keyframes import Moment
from gdexplorer.lab.replay import replayed
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.lab.timeline import MOST_GHOSTS
from gdexplorer.probes.landscape import Landscape
from tests.builders import CATALOGUE, digest, experiment
from tests.draws import changes, others
from tests.probed import PROBES
from tests.starts import STARTS

GAP = 16  # updates between two keyframes, for runs as short as these

Future = list[str]  # digests of everything that the future of each lane depends on


class Machine(RuleBasedStateMachine):
    """A person with a session, and no taste. What was seen of each run at each moment is not forgotten."""

    session: Session
    seen: dict[int, dict[Moment, Future]]

    @initialize(start=st.sampled_from(sorted(STARTS)))
    def begin(self, start: str) -> None:
        self.session = Session(experiment(STARTS[start]), CATALOGUE)
        self.answered, self.seen = 0, {}

    # ---- commands -----------------------------------------------------------------

    @rule(data=st.data(), regret=st.booleans())
    def change(self, data: st.DataObject, regret: bool) -> None:
        self.send(data.draw(changes(self.session.run.state.experiment)), regret)
        if self.session.run.state.experiment.data.amount > 100:  # a data set brought its own size
            self.send(Change("data.amount", 40))

    @rule(data=st.data(), regret=st.booleans())
    def change_again(self, data: st.DataObject, regret: bool) -> None:
        self.change(data, regret)  # type: ignore[operator]

    @rule(data=st.data(), regret=st.booleans())
    def act(self, data: st.DataObject, regret: bool) -> None:
        self.send(data.draw(others(self.session)), regret)

    def send(self, command: Command, regret: bool = False) -> None:
        session = self.session
        self.arrive()
        known, before, past = self.now(), future(session), session.view is not None
        saved, was = packed(session) if regret else b"", session.run.state.experiment
        self.answered += 1
        reply = session.send(command, self.answered)
        assert session.frame(frozenset(), frozenset()).replies[-1] == reply
        assert (reply.id, session.view is None) == (self.answered, reply.accepted or not past)
        if not reply.accepted:
            assert one_sentence(reply.text), reply.text
            assert not saved or packed(session) == saved, "what was refused left something behind"
            assert future(session) == before
            return
        self.inherit(*known)
        if reply.undo is not None and regret:
            self.take_back(reply.undo, known, before, was)

    def take_back(self, undo: Undo, known: tuple[int, Moment], before: Future, was: Experiment) -> None:
        """Undo, which is to return to what was, and sometimes redo."""
        session, redo, after = self.session, (self.session.active.id, self.session.active.moment), future(self.session)
        if undo.command is not None:
            assert session.send(undo.command).accepted
            assert session.run.state.experiment.model_copy(update={"show": was.show}) == was
            return
        assert (undo.run, undo.moment) == known
        session.revert(undo.run, undo.moment)
        assert future(session) == before, "undo is not what was"
        session.revert(*redo)
        assert future(session) == after, "redo is not what was"

    # ---- time ---------------------------------------------------------------------

    def now(self) -> tuple[int, Moment]:
        return self.session.active.id, self.session.shown.moment

    def remember(self) -> None:
        """What is shown is what was shown there before, if it was."""
        run, moment = self.now()
        here = future(self.session)
        assert self.seen.setdefault(run, {}).setdefault(moment, here) == here, "what was done again is not what was"

    def inherit(self, parent: int, until: Moment) -> None:
        """A run that left another has its record up to there."""
        active = self.session.active
        if active.id not in self.seen and active.parent == parent:
            self.seen[active.id] = {at: what for at, what in self.seen[parent].items() if at <= until}

    def arrive(self) -> None:
        while self.session.arriving:
            before = self.session.shown.step
            self.session.approach(50)
            assert self.session.shown.step > before

    @rule(count=st.integers(1, 30), stopping=st.booleans())
    def advance(self, count: int, stopping: bool) -> None:
        assert 0 <= (self.session.train if stopping else self.session.advance)(count) <= count

    @rule(share=st.floats(-0.1, 1.1), looking=st.booleans())
    def travel(self, share: float, looking: bool) -> None:
        session = self.session
        head, over = session.active.step, session.active.over
        session.travel(step := int(share * head))
        while session.arriving:
            if looking:
                assert session.frame().arriving
            session.approach(7)
        assert (session.view is None) == (step > head or (step == head and not over))
        if session.view is not None:
            assert session.view.step == max(step, 0)

    @precondition(lambda self: any(self.seen.values()))
    @rule(data=st.data())
    def return_to_what_was_seen(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from(sorted(self.seen)))
        moment = data.draw(st.sampled_from(sorted(self.seen[run])))
        left = self.session.active
        if run not in [branch.id for branch in self.session.branches]:
            with pytest.raises(Complaint):
                self.session.revert(run, moment)
            return
        self.session.revert(run, moment)
        assert future(self.session) == self.seen[run][moment], "what was done again is not what was"
        self.inherit(run, moment)
        assert left in self.session.branches or len(self.session.branches) == MOST_GHOSTS + 1

    @rule()
    def live(self) -> None:
        self.session.present()
        assert not self.session.frame().past

    # ---- runs ---------------------------------------------------------------------

    @rule(
        what=st.sampled_from(["activate", "discard", "rename", "show", "hide"]), index=st.integers(0, 9),
        name=st.sampled_from(["", "x", "my run", "a\nb", "<b>", "n" * 61]),
    )  # fmt: skip
    def arrange(self, what: str, index: int, name: str) -> None:
        session = self.session
        ids = [branch.id for branch in session.branches] + [99]
        id = ids[index % len(ids)]
        before = {branch.id: (branch.moment, [digest(run.state) for run in branch.runs]) for branch in session.branches}
        with suppress(Complaint):
            match what:
                case "activate":
                    session.activate(id)
                    assert session.active.id == id
                case "discard":
                    session.discard(id)
                    del before[id]
                case "rename":
                    session.rename(id, name)
                case _:
                    session.draw_run(id, what == "show")
        assert before == {one.id: (one.moment, [digest(run.state) for run in one.runs]) for one in session.branches}

    @rule(bound=st.integers(0, 200_000))
    def squeeze(self, bound: int) -> None:
        self.session.active.keyframes.limit(bound)

    # ---- looks and files ------------------------------------------------------------

    @rule(needs=st.frozensets(PROBES, max_size=2))
    def look(self, needs: frozenset[Any]) -> None:
        with np.errstate(all="ignore"):  # as in the threads that measure
            for _ in range(2):  # what is slow comes in parts
                frame = self.session.frame(needs)
        assert set(frame.lane.views) <= needs
        assert len(frame.racers) == len(self.session.runs)
        assert (frame.head, frame.past) == (self.session.active.step, self.session.view is not None)
        assert [entry.id for entry in frame.runs if entry.active] == [self.session.active.id]

    @rule(going_on=st.booleans())
    def save_and_load(self, going_on: bool) -> None:
        again = loaded(content := packed(self.session))
        assert packed(again) == content
        self.session.present()
        if going_on:
            for session in (self.session, again):
                session.advance(3)
            assert future(again) == future(self.session)
        self.session = again
        self.seen = {run: what for run, what in self.seen.items() if run in [one.id for one in again.branches]}

    @rule(index=st.integers(0, MOST_GHOSTS))
    def replay(self, index: int) -> None:
        if index < len(runs := [self.session.active, *self.session.ghosts]):
            again = replayed(record := runs[index], CATALOGUE)
            assert not again.differences
            assert [digest(run.state) for run in again.again.runs] == [digest(run.state) for run in record.runs]

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "session"):
            self.arrive()
            self.remember()
            sound(self.session)

    def teardown(self) -> None:
        if hasattr(self, "session") and sys.exc_info()[0] is None:
            self.replay(0)  # type: ignore[operator]


def future(session: Session) -> Future:
    return [digest(run.state) for run in session.runs]


def one_sentence(text: str) -> bool:
    return text.isprintable() and text.endswith((".", "?"))


def loaded(content: bytes) -> Session:
    """The session of these bytes, by way of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "session.gdx")
        path.write_bytes(content)
        return archive.load(path, CATALOGUE)


def sound(session: Session) -> None:
    """What must hold between any two commands."""
    ids = [one.id for one in session.branches]
    assert session.active in session.branches
    assert len(set(ids)) == len(ids) <= MOST_GHOSTS + 1
    assert len({one.color for one in session.branches}) == len(ids)
    for one in {id(one): one for one in (*session.branches, session.shown)}.values():
        _sound_record(one)
        for run, own in zip(one.runs, race.lanes(one.run.state.experiment), strict=True):
            assert run.state.experiment == own
            state, layout = run.state, run.objective.layout
            assert state.theta.shape == (layout.size,) == run.recorder.path.points[-1].shape
            assert (state.theta.dtype, state.buffers.shape) == (run.objective.dtype, (run.objective.buffers.size,))
            assert np.isfinite(state.theta).all()
            assert (state.status.health is Health.DIVERGED) == bool(state.status.reason)
            for slots, player in zip(state.slots, run.objective.players, strict=True):
                assert slots.gradient.shape == state.theta[player.parameters].shape
            assert (np.diff(np.concatenate(run.recorder.curves.parts())[:, 0]) >= 0).all()


def _sound_record(one: Branch) -> None:
    clock = [at for at, _ in one.log]
    assert clock == sorted(clock)
    assert not clock or clock[-1] <= one.updates
    moments, kept = [frame.moment for frame in one.keyframes.frames], one.keyframes
    assert moments == sorted(moments)
    assert moments[0] == Moment(0, 0)
    assert moments[-1] <= one.moment
    assert kept.bytes == sum(frame.memory for frame in kept.frames)
    assert kept.bytes <= kept.bound or len(kept.frames) <= 2


@pytest.fixture(autouse=True)
def short_ways(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keyframes are near each other, and planes are of what is near."""
    monkeypatch.setattr(branch, "gap", lambda runs: GAP)
    monkeypatch.setattr(planes, "REHEARSAL", 20)
    return


QUICK = settings(max_examples=50, stateful_step_count=20, deadline=None, database=None,
                 suppress_health_check=list(HealthCheck), print_blob=False)  # fmt: skip


@pytest.mark.parametrize(
    ("command", "accepted"),
    [
        (Change("data.features.x", 1), False), (Change("title", "\ud800"), False), (Change("loss.kind", "a\nb"), False),
        (Nudge(1.0, 2**70), False), (Nudge(1e308, 1), False), (Change("network.layers.h1.kind", "dense"), True),
        (Change("network.start", [{"id": "h1", "rows": [[0.0, 0.0, 1.0]] * 5}]), True),
        (Change("network.layers.h1.activation", CATALOGUE.activations["relu"].Knobs()), True),
        (Change("penalty", {"l2": 0.1}), True),
    ],
    ids=repr,
)  # fmt: skip
def test_what_was_found_is_answered_in_a_sentence_and_can_be_saved(command: Command, accepted: bool) -> None:
    session = Session(experiment(), CATALOGUE)
    reply = session.send(command)
    assert reply.accepted == accepted
    assert reply.text.isprintable()
    assert accepted or one_sentence(reply.text)
    assert packed(loaded(packed(session))) == packed(session)


@pytest.mark.parametrize("wanted", [Landscape("hessian"), Landscape("pair", pair=(0, 40))], ids=repr)
def test_a_plane_of_the_objective_before_is_not_there_and_harms_nothing(wanted: Landscape) -> None:
    session = Session(experiment(), CATALOGUE)
    assert wanted in session.frame(frozenset([wanted])).lane.views
    assert session.send(Change("problem.kind", "dirac")).accepted
    assert wanted not in session.frame(frozenset([wanted])).lane.views


@pytest.mark.timeout(600)
@pytest.mark.parametrize("piece", range(4))  # of two hundred
def test_no_order_of_commands_breaks_what_must_hold(piece: int) -> None:
    run_state_machine_as_test(seed(piece)(type("Piece", (Machine,), {})), settings=QUICK)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("piece", range(40))
def test_nor_does_any_of_ten_thousand(piece: int) -> None:
    chosen = settings(QUICK, max_examples=250, stateful_step_count=50)
    run_state_machine_as_test(seed(piece)(type("Piece", (Machine,), {})), settings=chosen)
