import hashlib

import numpy as np
import pytest

from gdexplorer.lab.commands import Begin, Change, MoveTo, Nudge, Reinitialize, Restart, SetParameter
from gdexplorer.lab.history import joined
from gdexplorer.lab.session import REPLIES, Session
from gdexplorer.lab.state import Health
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.landscape import Landscape
from tests.builders import CATALOGUE, experiment
from tests.over_rows import over_rows

NEEDS = frozenset([Gradients(), Boundary(8), Landscape("random")])


def _new(changes=None):
    return Session(experiment(changes), CATALOGUE)


def _digest(session):
    return hashlib.sha256(session.run.state.theta.tobytes()).hexdigest()


def test_what_is_accepted_is_answered_and_logged_at_its_update():
    session = _new()
    session.advance(5)
    reply = session.send(Change("optimizer.learning_rate", 0.02), 41)
    assert (reply.id, reply.accepted, reply.text) == (41, True, "η 0.1 → 0.02")
    session.advance(3)
    session.send(Nudge(0.1, 2), 42)
    assert session.log == [(5, Change("optimizer.learning_rate", 0.02)), (8, Nudge(0.1, 2))]
    assert [reply.id for reply in session.frame().replies] == [41, 42]


@over_rows("command", [Change("optimizer.rate", 1), Change("data.kind", "moon"), Change("loss.kind", 3),
                                     Change("network.activation", "rel"), Reinitialize("h9", 1), MoveTo(np.zeros(3)),
                                     MoveTo(np.full(44, np.nan)), Nudge(float("inf"), 1), Nudge(1e300, 1),
                                     SetParameter(44, 1.0), SetParameter(-1, 1.0), SetParameter(0, float("nan")),
                                     SetParameter(0, 1e300)],
                         ids=repr)  # fmt: skip
def test_what_is_refused_is_answered_and_not_logged(command):
    session, untouched = _new(), _new()
    reply = session.send(command, 7)
    assert (reply.id, reply.accepted) == (7, False)
    assert reply.text.endswith((".", "?"))
    assert "\n" not in reply.text
    assert session.log == []
    session.advance(20)
    untouched.advance(20)
    assert _digest(session) == _digest(untouched)


def test_replies_are_cumulative_and_bounded():
    session = _new()
    for k in range(REPLIES + 10):
        session.send(Change("optimizer.nothing", 1), k)
    assert [reply.id for reply in session.frame().replies] == list(range(10, REPLIES + 10))


@pytest.mark.parametrize("command", [Restart(), Begin(experiment()), Change("seed", 7),
                                     Change("problem.kind", "network")], ids=repr)  # fmt: skip
def test_what_begins_again_has_a_log_of_its_own_and_leaves_a_ghost(command):
    session = _new()
    session.advance(10)
    session.send(Nudge(0.1, 1))
    left = _digest(session)
    assert session.send(command).accepted
    session.advance(4)
    session.send(Nudge(0.1, 1))
    assert session.run.state.step == 4
    assert [at for at, _ in session.log] == [4]
    (ghost,) = session.ghosts
    assert (ghost.log, ghost.step) == ([(10, Nudge(0.1, 1))], 10)
    assert hashlib.sha256(ghost.run.state.theta.tobytes()).hexdigest() == left


COMMANDS = [
    (13, Change("network.activation", "relu")), (20, Change("optimizer.learning_rate", 0.03)),
    (21, Change("training.batch_size", 5)), (33, Change("optimizer.kind", "adam")), (40, Change("data.noise", 0.2)),
    (47, Change("penalty.l2", 0.01)), (52, Reinitialize("h1", 9)),
    (60, Change("network.layers", [{"id": "h1", "units": 7, "activation": "gelu"}])),
    (71, Change("network.precision", "float32")), (80, Nudge(0.05, 4)),
    (83, Change("loss.kind", "mse")),
]  # fmt: skip


def _played(chunk, look):
    session = _new()
    commands = list(COMMANDS)
    while session.updates < 120:
        while commands and commands[0][0] == session.updates:
            assert session.send(commands.pop(0)[1]).accepted
        until = commands[0][0] if commands else 120
        session.advance(min(chunk, until - session.updates))
        if look:
            session.frame(NEEDS)
    return session


def test_the_same_commands_at_the_same_updates_end_bit_for_bit_whoever_looked():
    digests = {_digest(_played(chunk, look)) for chunk, look in ((1, False), (1, True), (7, True), (1000, False))}
    assert len(digests) == 1


def test_a_frame_is_complete_and_is_not_altered_later():
    session = _new()
    session.advance(9)
    frame = session.frame(NEEDS)
    state, history = frame.lane.state, frame.lane.history
    assert set(frame.lane.views) == NEEDS
    assert (state.step, state.epoch, state.parameters) == (9, 3, 44)
    assert (state.train_examples, state.test_examples, state.batch_size) == (24, 16, 7)
    assert state.layers == ("h1", "h2", "output")
    assert state.status.health is Health.FINE
    losses = joined(history.batch).copy()
    session.send(Change("network.layers", []))
    session.advance(50)
    later = session.frame()
    assert (later.number, later.lane.state.step, later.lane.views) == (frame.number + 1, 59, {})
    np.testing.assert_array_equal(joined(history.batch), losses)
    assert (len(losses), history.markers, state.layers) == (9, (), ("h1", "h2", "output"))


def test_a_batch_larger_than_the_training_set_is_shown_as_what_is_used():
    assert _new({"training.batch_size": 500}).frame().lane.state.batch_size == 24


def test_a_diverged_session_stands_still_until_it_is_changed():
    session = _new({"loss": "mse", "network.layers": [], "optimizer": {"kind": "sgd", "learning_rate": 1e6}})
    session.advance(100)
    assert session.run.state.status.health is Health.DIVERGED
    clock, step = session.updates, session.run.state.step
    assert session.advance(100) == 0
    assert (session.updates, session.run.state.step) == (clock, step)
    assert session.send(Change("optimizer.learning_rate", 1e-4)).accepted
    assert session.advance(10) == 10


def test_what_stays_visible_is_not_forgotten():
    session, seen = _new({"show.pause_at": 30}), Boundary(8)
    first = session.frame(frozenset([seen])).lane.views[seen]
    session.frame(frozenset([Gradients()]), frozenset([Gradients(), seen]))
    assert session.frame(frozenset([seen])).lane.views[seen] is first
    session.frame(frozenset([Gradients()]))
    assert session.frame(frozenset([seen])).lane.views[seen] is not first


def test_the_plane_of_a_landscape_stays_also_where_nobody_looks():
    session, landscape = _new({"show.pause_at": 30}), Landscape()
    surface = session.frame(frozenset([landscape])).lane.views[landscape].surface
    session.frame(frozenset([Gradients()]))
    session.advance(5)
    assert session.frame(frozenset([landscape])).lane.views[landscape].surface.plane is surface.plane
