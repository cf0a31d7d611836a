"""Files of sessions that have several runs, keyframes and a past that is shown, whatever was done in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from gdexplorer.lab import archive, stored_runs
from gdexplorer.lab.archive import load, packed, save
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize, Restart, SetParameter
from gdexplorer.lab.replay import replay, replayed
from gdexplorer.lab.session import Session
from gdexplorer.lab.stored_runs import selected
from tests.builders import CATALOGUE, digest
from tests.lab.sessions import BEGUN, TABLE, begun, keep, lived

kinds = pytest.mark.parametrize("kind", BEGUN)
COMMANDS = (Change("optimizer.learning_rate", 0.0123), Change("title", "other"), Reinitialize("network", 5), Restart(),
            Nudge(0.01, 3), SetParameter(0, 0.1), Change("seed", 4), Change("data.table", TABLE), Change("rivals", ()),
            Change("optimizer.kind", "adam"), Change("penalty.l2", 0.01))  # fmt: skip
ACTIONS = st.one_of(
    st.tuples(st.just("advance"), st.integers(1, 12)),
    st.tuples(st.just("send"), st.integers(0, len(COMMANDS) - 1)),
    st.tuples(st.just("travel"), st.integers(0, 30)),
    st.tuples(st.just("keep"), st.just(0)),
    st.tuples(st.just("activate"), st.integers(0, 8)),
    st.tuples(st.just("discard"), st.integers(0, 8)),
)


def act(session: Session, action: tuple[str, int]) -> None:
    what, number = action
    branch = session.branches[number % len(session.branches)]
    match what:
        case "advance":
            session.advance(number)
        case "send":
            session.send(COMMANDS[number])
        case "travel":
            session.travel(number)
            session.approach(number)
        case "keep":
            keep(session)
        case "activate":
            session.activate(branch.id)
            session.rename(branch.id, f"again {number}")
        case "discard" if branch is not session.active:
            session.discard(branch.id)


def again(session: Session, folder: Path) -> Session:
    save(session, folder / "s.gdx")
    return load(folder / "s.gdx", CATALOGUE)


def digests(session: Session) -> list[list[str]]:
    return [[digest(run.state) for run in branch.runs] for branch in session.branches]


@kinds
@given(actions=st.lists(ACTIONS, max_size=12))
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_was_done_is_in_the_file(kind: str, actions: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    session = BEGUN[kind]()
    for action in [("advance", 5), ("keep", 0), *actions]:
        act(session, action)
    loaded = again(session, tmp_path_factory.mktemp("files"))
    assert packed(loaded) == packed(session)
    assert digests(loaded) == digests(session)
    assert loaded.view is None
    for mine, theirs in zip(session.branches, loaded.branches, strict=True):
        said = ("id", "name", "color", "parent", "at_step", "drawn", "start", "updates", "step", "moment")
        assert [getattr(theirs, name) for name in said] == [getattr(mine, name) for name in said]
    session.present()
    for one in (session, loaded):
        one.advance(9)
    assert digests(loaded) == digests(session)
    assert all(not replayed(branch, CATALOGUE).differences for branch in loaded.branches)


@kinds
def test_keyframes_of_a_file_lead_to_the_same_moments(kind: str, tmp_path: Path) -> None:
    session = lived(BEGUN[kind]())
    loaded = again(session, tmp_path)
    frames = [branch.keyframes.frames for branch in loaded.branches]
    if kind not in ("dirac", "function"):  # two numbers, so that a keyframe is most of their files
        assert max(map(len, frames)) > 1
    for mine, theirs in zip(session.branches, loaded.branches, strict=True):
        kept = {frame.moment: frame for frame in mine.keyframes.frames}
        for frame in theirs.keyframes.frames:
            other = kept[frame.moment]
            assert (frame.step, frame.examples, frame.marks) == (other.step, other.examples, other.marks)
            assert [digest(state) for state in frame.states] == [digest(state) for state in other.states]
        for one in (session, loaded):
            one.activate(mine.id)
        for step in (0, 3, mine.step // 2, mine.step - 1):
            for one in (session, loaded):
                one.travel(step)
                one.approach(step)
            assert [digest(run.state) for run in loaded.runs] == [digest(run.state) for run in session.runs]


def test_a_damaged_keyframe_is_where_scrubbing_begins_and_is_noticed(tmp_path: Path) -> None:
    """That loaded keyframes serve at all: from another θ there, another past is shown."""
    session = lived(begun())
    loaded = again(session, tmp_path)
    ghost = loaded.ghosts[0]
    frame = ghost.keyframes.frames[-1]
    assert frame.step > 0
    frame.states[0].theta[0] += 0.5
    for one in (session, loaded):
        one.activate(ghost.id)
        one.travel(frame.step + 1)
        one.approach(10)
    assert digest(loaded.run.state) != digest(session.run.state)
    said = replayed(ghost, CATALOGUE).differences
    assert [f"keyframe of update {frame.step}" in text for text in said] == [True]


def test_what_runs_have_in_common_is_kept_once(tmp_path: Path) -> None:
    session = begun()
    session.advance(5)
    session.send(MoveTo(np.zeros(session.run.state.theta.size)))
    for step in (8, 9, 10):
        session.advance(12)
        session.travel(step)
        session.approach(step)
        session.send(Change("optimizer.learning_rate", step / 100))
    loaded = again(session, tmp_path)
    with safe_open(tmp_path / "s.gdx", "np") as file:
        names, record = list(file.keys()), json.loads(file.metadata()[archive.KEY])
    assert len(record["runs"]) == 4
    assert sum(name.startswith("array.") for name in names) == 1
    assert len(record["keyframes"]) == 1
    firsts = [branch.keyframes.frames[0] for branch in loaded.branches]
    assert all(frame is firsts[0] for frame in firsts)
    assert len({tuple(map(str, branch.log[0])) for branch in loaded.branches}) == 1


def test_keyframes_take_a_quarter_of_the_file_at_most_evenly() -> None:
    session = begun()
    for _ in range(40):
        session.advance(3)
        keep(session)
    branches = session.branches
    frames = branches[0].keyframes.frames
    size, all_of_them = frames[1].bytes, len(frames)
    for room in range(0, 60, 7):
        (kept,) = selected(branches, 3 * room * size)
        assert kept[0] is frames[0]
        assert len(kept) <= 1 + room
        assert len(kept) == all_of_them or len(kept) > room // 2
        places = [frames.index(frame) for frame in kept]
        assert len(set(np.diff(places))) <= 1
        branches[0].keyframes.frames = kept
        assert selected(branches, 3 * room * size) == [kept]  # what was selected once is all selected again
        branches[0].keyframes.frames = frames


def test_keyframes_that_would_take_long_to_read_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    session = begun({"rivals": [{"id": "a", "optimizer": {"kind": "adam"}}]})
    for number in range(20):
        session.advance(3)
        session.send(Change("optimizer.learning_rate", (number + 1) / 100))
        keep(session)
    frames = session.active.keyframes.frames
    assert selected(session.branches, 10**9) == [frames]
    monkeypatch.setattr(stored_runs, "FRAME_STATES", 14)
    assert selected(session.branches, 10**9) == [frames[::4]]
    monkeypatch.undo()
    monkeypatch.setattr(stored_runs, "MOST_EXPERIMENTS", 14)
    assert selected(session.branches, 10**9) == [frames[::2]]


def test_what_is_shown_of_the_past_is_not_in_the_file(tmp_path: Path) -> None:
    session = lived(begun())
    session.advance(10)
    before = packed(session)
    session.travel(4)
    assert session.view is not None
    assert packed(session) == before
    loaded = again(session, tmp_path)
    assert loaded.step == session.active.step


def test_a_history_that_was_made_coarse_is_saved_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = begun()
    series = session.run.recorder.batch
    series._exact = 8192
    session.advance(30_000)
    assert series._coarse
    loaded = again(session, tmp_path)
    other = loaded.run.recorder.batch
    assert (other.total, other._coarse[0].shape) == (series.total, (series.rows()[0].shape))
    assert packed(loaded) == packed(session)
    for total, step in ((29_000, 29_000), (10_000, 10_000), (30_000, 30_000)):
        mine, theirs = series.until(total, step), other.until(total, step)
        for a, b in zip(mine.rows(), theirs.rows(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_replay_of_a_session_is_that_of_the_run_that_goes_on() -> None:
    session = lived(begun())
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)
    session.activate(session.ghosts[0].id)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)
