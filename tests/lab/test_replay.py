"""Replays that go another way than the run went; those that agree are where commands and files are tested."""

import pytest

from gdexplorer.lab import race
from gdexplorer.lab.commands import Change, MoveTo, Reinitialize
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.replay import replay, replayed
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE
from tests.lab.sessions import begun, lived


def session() -> Session:
    found = begun()
    found.advance(9)
    found.send(Change("optimizer.learning_rate", 0.3))
    found.advance(9)
    return found


def test_a_run_that_agrees_has_no_differences() -> None:
    found = lived(begun())
    for branch in found.branches:
        done = replayed(branch, CATALOGUE)
        assert done.differences == ()
        assert (done.again.moment, done.again.step) == (branch.moment, branch.step)


def test_where_it_differs_is_said() -> None:
    found = session()
    found.log[0] = (9, Change("optimizer.learning_rate", 0.31))
    (said,) = replayed(found.active, CATALOGUE).differences
    assert said.startswith("ends at other weights than the session, sha256 ")
    found.active.keyframes.frames[0].states[0].theta[0] += 1
    said, _ = replayed(found.active, CATALOGUE).differences
    assert said.startswith("is at other weights at the keyframe of update 0 than the session, sha256 ")


def test_a_command_that_is_refused_is_named() -> None:
    found = session()
    found.log.append((12, Reinitialize("nowhere", 1)))
    with pytest.raises(Complaint, match="The replay of run 1 does not go beyond change 2 at update 12: layer 'nowhere'"):
        replay(found, CATALOGUE)


def test_a_command_that_cannot_be_carried_out_is_no_bug_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    found = session()
    found.log.append((12, MoveTo("abc")))  # type: ignore[arg-type]
    with pytest.raises(Complaint, match="change 2 at update 12: It cannot be carried out again; the file is damaged"):
        replay(found, CATALOGUE)


def test_a_run_that_stops_earlier_is_named() -> None:
    found = session()
    found.log.append((12, Change("optimizer.learning_rate", 1e300)))
    assert found.log[0][1] != race
    found.active.updates = 10_000
    with pytest.raises(Complaint, match="The replay of run 1 .* it was recorded by another version or on another machine"):
        replay(found, CATALOGUE)
