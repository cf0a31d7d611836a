"""Replays that go another way than the run went; those that agree are where commands and files are tested."""

import pytest

from gdexplorer.lab.commands import Change, Reinitialize
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
    with pytest.raises(Complaint, match="The replay of run 1 comes to update 12, before change 2: layer 'nowhere'"):
        replay(found, CATALOGUE)


def test_a_run_that_stops_earlier_is_named() -> None:
    found = begun({"problem": {"kind": "bowl"}})
    found.advance(9)
    found.send(Change("optimizer.learning_rate", 1e-3))
    found.advance(100)
    found.log[0] = (9, Change("optimizer.learning_rate", 1e6))
    with pytest.raises(
        Complaint, match=r"The replay of run 1 comes to update .* the run went on to 109; it was recorded"
    ):
        replay(found, CATALOGUE)
