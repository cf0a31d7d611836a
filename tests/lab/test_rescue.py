from collections.abc import Callable

import numpy as np
import pytest

from gdexplorer.lab.commands import Change
from gdexplorer.lab.rescue import rescued
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment


def at_work() -> Session:
    session = Session(experiment(), CATALOGUE)
    session.advance(120)
    session.send(Change("optimizer.learning_rate", 0.3))
    session.advance(57)
    return session


def spoil_theta(session: Session) -> None:
    session.run.state.theta[...] = np.nan


def half_an_update(session: Session) -> None:
    """More updates than the record knows of."""
    session.run.advance(5)


def half_a_command(session: Session) -> None:
    """Other weights and another path, not logged."""
    session.run.new_path()
    session.run.state.theta[...] = 0.0


DAMAGE = {"θ": spoil_theta, "half an update": half_an_update, "half a command": half_a_command}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_it_stands_where_the_record_ends_whatever_was_left_behind(damage: Callable[[Session], None]) -> None:
    session, witness = at_work(), at_work()
    name, id = session.active.name, session.active.id
    damage(session)
    session.recover()
    assert np.array_equal(session.run.state.theta, witness.run.state.theta)
    assert session.active.moment == witness.active.moment
    assert (session.active.name, session.active.id, len(session.branches)) == (name, id, 1)
    for one in (session, witness):
        one.advance(40)
        one.send(Change("training.batch_size", 5))
        one.advance(10)
    assert np.array_equal(session.run.state.theta, witness.run.state.theta)


def test_another_thread_gets_a_session_of_its_own() -> None:
    session, witness = at_work(), at_work()
    other = session.rescued(None)  # type: ignore[arg-type]
    session.run.state.theta[...] = np.nan
    assert np.array_equal(other.run.state.theta, witness.run.state.theta)
    assert other.active is not session.active
    other.advance(10)
    witness.advance(10)
    assert np.array_equal(other.run.state.theta, witness.run.state.theta)


def test_what_cannot_be_done_again_goes_back_to_the_last_keyframe(monkeypatch: pytest.MonkeyPatch) -> None:
    session = at_work()
    frame = session.active.keyframes.frames[-1]

    def fail(*_: object) -> int:
        raise MemoryError("again")

    monkeypatch.setattr("gdexplorer.lab.lockstep.Lanes.advance", fail)
    found = rescued(session.active)
    assert found.moment == frame.moment
    assert np.array_equal(found.run.state.theta, frame.states[0].theta)
