from pathlib import Path

import numpy as np
import pytest

from gdexplorer.lab.archive import digest, load, packed, save
from gdexplorer.lab.commands import Change, Command, MoveTo, Nudge, Reinitialize
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, knob_of, suited
from tests.lab.sessions import session_of


def again(session: Session, folder: Path) -> Session:
    save(session, folder / "s.gdx")
    return load(folder / "s.gdx", CATALOGUE)


def same_future(one: Session, other: Session, updates: int = 40) -> bool:
    one.advance(updates)
    other.advance(updates)
    return digest(one.run.state.theta) == digest(other.run.state.theta)


@pytest.mark.parametrize("optimizer", sorted(CATALOGUE.optimizers))
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_loaded_session_goes_on_bit_for_bit(optimizer: str, precision: str, tmp_path: Path) -> None:
    network = {"layers": [{"id": "h1", "units": 6, "activation": "tanh"}], "precision": precision}
    settings = suited(optimizer)
    batch = settings.get("training.batch_size", 7)
    session = session_of(optimizer=settings["optimizer"], network=network, training={"batch_size": batch})
    assert session.advance(23) == 23  # within an epoch
    assert session.send(knob_of(optimizer)).accepted
    assert session.advance(9) == 9
    loaded = again(session, tmp_path)
    assert packed(loaded) == packed(session)
    assert same_future(session, loaded)
    assert packed(loaded) == packed(session)  # the history too, on the same grid


def test_everything_of_a_session_is_restored(tmp_path: Path) -> None:
    session = session_of(title="Fünf Monde")
    session.advance(700)
    session.send(Reinitialize("h1", 3))
    session.advance(11)
    loaded = again(session, tmp_path)
    assert loaded.start == session.start
    assert (loaded.updates, loaded.log) == (711, [(700, Reinitialize("h1", 3))])
    assert loaded.run.state.step == 711
    assert loaded.run.state.streams.epoch == session.run.state.streams.epoch
    ours, theirs = session.frame().lane, loaded.frame().lane
    assert theirs.state == ours.state
    assert theirs.history.markers == ours.history.markers
    assert theirs.history.path_steps == ours.history.path_steps
    np.testing.assert_array_equal(theirs.history.path, ours.history.path)
    np.testing.assert_array_equal(theirs.history.curves[0], ours.history.curves[0])


TEN: list[tuple[int, Command]] = [
    (10, Change("network.activation", "relu")),
    (13, Change("network.layers.h1.activation", "gelu")),
    (5, Change("optimizer.kind", "adam")),
    (40, Change("optimizer.learning_rate", 0.0037)),
    (1, Change("training.batch_size", 11)),
    (17, Change("penalty.l2", 1e-3)),
    (23, Change("data.noise", 0.21)),
    (3, Reinitialize("output", 99)),
    (8, Change("network.layers", [{"id": "h1", "units": 9, "activation": "tanh"},
                                  {"id": "h2", "units": 3, "activation": "silu"}])),
    (31, Nudge(0.05, 4)),
]  # fmt: skip


def changed_ten_times() -> Session:
    session = session_of()
    for updates, command in TEN:
        session.advance(updates)
        reply = session.send(command)
        assert reply.accepted, reply.text
    session.advance(50)
    return session


def test_ten_changes_replay_bit_for_bit_from_a_file(tmp_path: Path) -> None:
    session = changed_ten_times()
    loaded = again(session, tmp_path)
    assert len(loaded.log) == 10
    assert digest(replay(loaded, CATALOGUE).run.state.theta) == digest(session.run.state.theta)


@pytest.mark.parametrize("scaling", ["standardize", "minmax"])
def test_a_change_of_scaling_is_saved_and_replays(scaling: str, tmp_path: Path) -> None:
    session = session_of()
    session.advance(10)
    assert session.send(Change("data.scaling", scaling)).accepted
    session.advance(11)
    loaded = again(session, tmp_path)
    assert packed(loaded) == packed(session)
    assert same_future(session, loaded)
    assert digest(replay(session, CATALOGUE).run.state.theta) == digest(session.run.state.theta)
    del session.log[0]
    assert digest(replay(session, CATALOGUE).run.state.theta) != digest(session.run.state.theta)


def test_a_replay_notices_a_missing_change() -> None:
    session = changed_ten_times()
    del session.log[6]
    assert digest(replay(session, CATALOGUE).run.state.theta) != digest(session.run.state.theta)


def test_arrays_replay(tmp_path: Path) -> None:
    session = session_of(optimizer="momentum")
    session.advance(12)
    session.send(MoveTo(np.linspace(-1, 1, session.run.state.theta.size)))
    session.advance(12)
    loaded = again(session, tmp_path)
    moved = loaded.log[0][1]
    assert isinstance(moved, MoveTo)
    np.testing.assert_array_equal(moved.theta, np.linspace(-1, 1, session.run.state.theta.size))
    assert digest(replay(loaded, CATALOGUE).run.state.theta) == digest(session.run.state.theta)


@pytest.mark.parametrize(
    ("optimizer", "far", "reason"),
    [
        ("sgd", 1e30, "the update overflows"),  # the optimizer's slots have moved
        ("momentum", 1e30, "the update overflows"),
        ("momentum", 1e38, "the gradient overflows"),
        ("adam", 1e38, "the gradient overflows"),  # its update is zero, so that it is found after it
    ],
)
def test_a_session_that_diverged_and_went_on_replays(optimizer: str, far: float, reason: str, tmp_path: Path) -> None:
    # 36 training examples in batches of 6: the update that fails is the first of an epoch, with a fresh permutation
    layers = [{"id": name, "units": 4, "activation": "relu"} for name in ("h1", "h2")]
    session = session_of(optimizer=optimizer, network={"layers": layers}, loss="half_mse", training={"batch_size": 6})
    session.advance(6)
    size = session.run.state.theta.size
    session.send(Change("optimizer.learning_rate", 1e6))
    session.send(MoveTo(np.full(size, far)))
    assert session.advance(100) == (optimizer == "adam")
    assert session.run.state.status.reason.startswith(reason)
    assert session.advance(10) == 0
    assert packed(again(session, tmp_path)) == packed(session)
    session.send(Change("data.amount", 50))  # draws another permutation
    session.send(Change("optimizer.learning_rate", 0.01))
    session.send(Reinitialize("network", 5))
    assert session.advance(20) == 20
    replayed = replay(again(session, tmp_path), CATALOGUE)
    assert digest(replayed.run.state.theta) == digest(session.run.state.theta)
    assert replayed.run.state.step == session.run.state.step == 26 + (optimizer == "adam")


def test_what_is_looked_at_does_not_matter() -> None:
    session, looked_at = session_of(), session_of()
    for _ in range(5):
        looked_at.run.look()
        looked_at.frame()
        looked_at.advance(3)
    session.advance(15)
    assert digest(session.run.state.theta) == digest(looked_at.run.state.theta)
