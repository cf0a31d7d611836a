"""Going back, going on from there, and coming again."""

from itertools import pairwise

import numpy as np
import pytest

from gdexplorer.lab.commands import Begin, Change, MoveTo, Nudge, Reinitialize, Restart, SetParameter, UpdateOn
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.history import joined
from gdexplorer.lab.keyframes import Moment
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.lab.timeline import MOST_GHOSTS
from tests.builders import CATALOGUE, digest, experiment

ADAM = {"optimizer": {"kind": "adam", "learning_rate": 0.02}}
DROPPING = {"network.layers": [
    {"id": "h1", "units": 5, "activation": "relu"}, {"id": "n", "kind": "batch_norm"},
    {"id": "d", "kind": "dropout", "rate": 0.3}, {"id": "h2", "units": 4, "activation": "tanh"},
]}  # fmt: skip
PLATEAU = {"training.schedule": {"kind": "plateau", "patience": 2}, "training.stop_after": 50}
SEARCH = {"optimizer": {"kind": "lbfgs"}, "training.batch_size": 100}
RIVALS = {"rivals": [{"id": "a", "optimizer": {"kind": "adam"}}, {"id": "b", "optimizer": {"kind": "momentum"}},
                     {"id": "c", "optimizer": {"kind": "rmsprop"}},
                     {"id": "d", "batch_size": 3, "optimizer": {"kind": "sgd"}}]}  # fmt: skip
GAME = {"problem.kind": "gan"}
KINDS = {"plain": {}, "adam": ADAM, "buffers and masks": DROPPING, "plateau": PLATEAU, "a search": SEARCH,
         "a race": RIVALS, "a function": {"problem.kind": "himmelblau", "optimizer.learning_rate": 0.01},
         "a game": GAME, "float32": {"network.precision": "float32"}}  # fmt: skip
COMMANDS = {
    40: Change("optimizer.learning_rate", 0.03), 90: Nudge(0.01, 5), 91: SetParameter(1, 0.25),
    130: Change("optimizer.kind", "sgd"), 190: Change("penalty.l2", 0.01),
}  # fmt: skip
ON_NETWORKS = {
    60: Change("training.batch_size", 5), 110: Reinitialize("h1", 3), 150: Change("network.activation", "gelu"),
}  # fmt: skip
END = 230


def _new(changes=None):
    return Session(experiment(changes), CATALOGUE)


def _states(session):
    return [digest(run.state) for run in session.runs]


def _played(changes, commands=COMMANDS, end=END):
    """A session with a keyframe every few updates, and what it was after each update and its commands."""
    session = _new(changes)
    session.active.keyframes.due = 1
    session.active.keyframes.gap = 1
    passed = {0: _states(session)}
    while session.step < end and not session.over:
        if session.step in commands:
            session.send(commands[session.step])
            passed[session.step] = _states(session)
        if session.step % 16 == 0:
            session.active.keep()
        session.active.keyframes.due = 10**9
        session.advance(1)
        passed[session.step] = _states(session)
    return session, passed


def _gone(session, step):
    session.travel(step)
    while session.arriving:
        session.approach(5)
    return session


@pytest.mark.parametrize("kind", KINDS)
def test_any_update_comes_again_bit_for_bit(kind):
    commands = COMMANDS | (ON_NETWORKS if kind in ("plain", "adam", "a race", "float32") else {})
    session, passed = _played(KINDS[kind], commands)
    end, present = session.step, _states(session)
    steps = np.random.default_rng(3).permutation(end)[:20].tolist()
    for step in (*steps, 0, 40, 90, 91, 110, 130, end - 1):
        assert _gone(session, step).step == step
        assert _states(session) == passed[step], step
    assert session.frame().past
    session.present()
    assert _states(session) == present
    assert not session.frame().past


def test_the_past_has_the_history_it_had():
    session, _ = _played({})
    for step in (3, 17, 100, 200):
        twin, _ = _played({}, end=step)
        if step in COMMANDS:
            twin.send(COMMANDS[step])
        mine, theirs = _gone(session, step).run.recorder, twin.run.recorder
        for name in ("batch", "curves"):
            np.testing.assert_array_equal(joined(getattr(mine, name).parts()), joined(getattr(theirs, name).parts()))
        assert mine.markers == theirs.markers
        assert mine.path.steps[0] == 0
        assert mine.path.steps[-1] <= step


def test_a_frame_of_the_past_tells_where_it_is_and_shows_the_whole_record():
    session, _ = _played({})
    whole = session.frame().lane.history
    frame = _gone(session, 77).frame()
    assert (frame.past, frame.head, frame.lane.state.step, frame.arriving) == (True, END, 77, False)
    assert len(joined(frame.lane.history.batch)) == len(joined(whole.batch))
    assert frame.lane.history.markers == whole.markers
    assert frame.lane.history.path_steps == whole.path_steps


def test_on_the_way_what_is_shown_is_told_to_be_coarse():
    session, _ = _played({})
    session.travel(100)
    frame = session.frame()
    assert (frame.arriving, frame.busy, frame.lane.state.step) == (True, True, 96)
    session.approach(100)
    assert not session.frame().arriving
    assert session.step == 100


def test_a_little_way_on_is_gone_on_foot_and_not_from_a_keyframe():
    session, passed = _played({})
    view = _gone(session, 100).view
    assert _gone(session, 104).view is view
    assert _states(session) == passed[104]
    assert _gone(session, 103).view is not view


@pytest.mark.parametrize("kind", ["plain", "buffers and masks", "a race"])
def test_playing_in_the_past_repeats_the_record_and_goes_on_live(kind):
    session, passed = _played(KINDS[kind])
    twin, _ = _played(KINDS[kind])
    twin.advance(50)
    _gone(session, 30)
    assert session.advance(20) == 20
    assert _states(session) == passed[50]
    assert session.view is not None
    assert session.train(1000) == 1000
    assert session.view is None
    assert session.step == 1050
    twin.advance(1050 - twin.step)
    assert _states(session) == _states(twin)
    assert session.log == twin.log
    assert len(session.branches) == 1


def test_a_change_in_the_past_makes_a_branch_and_leaves_a_ghost():
    session, _ = _played({})
    left = _states(session)
    _gone(session, 100)
    reply = session.send(Change("optimizer.learning_rate", 0.5), 4)
    assert reply.accepted
    assert (len(session.branches), session.view, session.step) == (2, None, 100)
    session.advance(30)
    twin, _ = _played({}, end=100)
    twin.send(Change("optimizer.learning_rate", 0.5))
    twin.advance(30)
    assert _states(session) == _states(twin)
    assert session.log == twin.log
    (ghost,) = session.ghosts
    assert [digest(run.state) for run in ghost.runs] == left
    frame = session.frame()
    assert [lane.ghost.id if lane.ghost else None for lane in frame.lanes] == [None, 1]
    assert len(frame.racers) == 1
    one, two = frame.runs
    assert (one.active, two.active, two.parent, two.at, one.differs) == (False, True, 1, 100, "λ₂ 0.01; η 0.1")
    assert one.color != two.color


def test_what_is_refused_in_the_past_makes_no_branch():
    session, _ = _played({})
    _gone(session, 100)
    assert not session.send(Change("optimizer.learning_rate", -1)).accepted
    assert len(session.branches) == 1
    assert session.view is not None


def test_a_branch_can_be_gone_back_along_beyond_where_it_left():
    session, passed = _played({})
    _gone(session, 100)
    session.send(Change("optimizer.learning_rate", 0.5))
    session.advance(40)
    assert _states(_gone(session, 64)) == passed[64]
    session.present()
    assert session.step == 140


def test_to_activate_a_ghost_is_to_go_on_with_it():
    session, _ = _played({})
    twin, _ = _played({})
    _gone(session, 100)
    session.send(Nudge(0.1, 3))
    session.activate(1)
    assert session.frame().lane.state.step == END
    session.advance(25)
    twin.advance(25)
    assert _states(session) == _states(twin)
    assert [branch.id for branch in session.ghosts] == [2]


@pytest.mark.parametrize("command", [
    Reinitialize("network", 4), Nudge(0.5, 3), MoveTo(np.zeros(44)), SetParameter(3, 2.0), Restart(),
    Begin(experiment({"seed": 9})), Change("seed", 11), Change("data.kind", "rings"), Change("data.amount", 60),
    Change("network.layers", [{"id": "h1", "units": 8, "activation": "relu"}]), Change("network.layers.h1.units", 9),
    Change("network.normalization", "layer_norm"), Change("problem.kind", "himmelblau"),
    Change("rivals", [{"id": "a", "optimizer": {"kind": "adam"}}]),
], ids=repr)  # fmt: skip
def test_what_replaced_weights_or_data_is_undone_by_returning_and_done_again(command):
    session, _ = _played({})
    before, end = _states(session), session.step
    reply = session.send(command)
    assert reply.accepted
    assert reply.undo.command is None
    session.advance(20)
    after = session.active.id, _states(session)
    session.revert(reply.undo.run, reply.undo.moment)
    assert (_states(session), session.step) == (before, end)
    session.activate(after[0])
    assert (session.active.id, _states(session)) == after


@pytest.mark.parametrize("command", [
    Change("optimizer.learning_rate", 0.5), Change("optimizer.kind", "adam"), Change("network.activation", "relu"),
    Change("network.layers.h1.activation", "gelu"), Change("training.batch_size", 3), Change("penalty.l2", 0.1),
    Change("training.clip", "norm"), Change("training.schedule.kind", "cosine"), Change("data.noise", 0.3),
    Change("loss.kind", "mse"),
], ids=repr)  # fmt: skip
def test_a_live_setting_is_undone_by_a_change_that_keeps_the_weights(command):
    session = _new({})
    session.advance(20)
    before = session.run.state.experiment
    reply = session.send(command)
    session.advance(10)
    theta = session.run.state.theta.copy()
    back = session.send(reply.undo.command)
    assert back.accepted
    assert session.run.state.experiment == before
    np.testing.assert_array_equal(session.run.state.theta, theta)
    again = session.send(back.undo.command)
    assert again.accepted
    assert session.run.state.experiment != before
    assert len(session.branches) == 1


def test_what_changes_nothing_to_be_seen_has_no_undo():
    session = _new({})
    assert session.send(Change("show.pause_at", 90)).undo is None


def test_a_run_that_diverged_is_rewound_to_the_last_finite_moment():
    wild = {"loss": "mse", "network.layers": [], "optimizer": {"kind": "momentum", "learning_rate": 1e6}}
    session, passed = _played(wild, {})
    assert session.run.state.status.health is Health.DIVERGED
    end = session.step
    twin = _new(wild)
    twin.advance(end)
    _gone(session, end)
    assert session.run.state.status.health is Health.FINE
    assert _states(session) == _states(twin)
    session.advance(10)  # the record ends as it ended
    assert session.view is None
    assert session.over
    _gone(session, end)
    assert session.send(Change("optimizer.learning_rate", 1e-4)).accepted
    assert session.advance(20) == 20
    assert len(session.branches) == 2
    assert passed


def test_a_command_on_the_way_is_carried_out_where_the_way_leads():
    session, _ = _played({})
    session.travel(100)
    assert session.arriving
    assert session.send(Nudge(0.1, 2)).accepted
    assert session.step == 100


def test_updates_on_single_examples_are_gone_to_one_by_one():
    session = _new({})
    passed = [_states(session)]
    for example in (3, 5, 7):
        session.send(UpdateOn(example))
        passed.append(_states(session))
    session.advance(2)
    session.send(UpdateOn(1))
    for step in (3, 1, 0, 2, 5, 4):
        assert _gone(session, step).step == step
        if step < 4:
            assert _states(session) == passed[step]
    session.travel(0)
    assert session.advance(2) == 2
    assert _states(session) == passed[2]
    assert session.advance(6) == 6
    assert session.view is None
    assert session.step == 8


def test_beyond_the_record_lies_the_present():
    session, _ = _played({})
    _gone(session, 10)
    _gone(session, END + 1)
    assert session.view is None
    _gone(session, END)
    assert session.view is None
    assert _gone(session, -5).step == 0


def test_runs_are_named_drawn_and_removed():
    session = _new({})
    for _ in range(3):
        session.advance(5)
        session.send(Restart())
    assert [run.shown for run in session.frame().runs[:-1]] == [False, False, True]  # only the one before
    session.rename(1, "  a   name ")
    session.draw_run(1, True)
    assert session.frame().runs[0].name == "a name"
    assert [lane.ghost.id for lane in session.frame().lanes[1:]] == [1, 3]
    session.discard(1)
    assert [run.id for run in session.frame().runs] == [2, 3, 4]
    for act, sentence in (
        (lambda: session.discard(4), "The run that goes on cannot be removed"),
        (lambda: session.discard(1), "That run was removed"),
        (lambda: session.activate(1), "That run was removed"),
        (lambda: session.revert(1, session.active.moment), "That run was removed"),
        (lambda: session.rename(2, "  "), "1 to 60 characters"),
        (lambda: session.rename(2, "x" * 61), "1 to 60 characters"),
    ):
        with pytest.raises(Complaint, match=sentence):
            act()
    session.discard(3)
    session.send(Restart())
    assert session.active.id == 5  # no id twice


def test_the_oldest_ghosts_go_and_colors_are_not_shared():
    session = _new({})
    for _ in range(MOST_GHOSTS + 4):
        session.send(Restart())
    runs = session.frame().runs
    assert [run.id for run in runs] == list(range(5, MOST_GHOSTS + 6))
    assert len({run.color for run in runs}) == len(runs)


def test_a_race_with_others_is_no_ghost_over_the_race():
    session = _new({})
    session.advance(5)
    assert session.send(Change("rivals", RIVALS["rivals"])).accepted
    assert len(session.frame().lanes) == 5
    assert session.send(Restart()).accepted
    assert len(session.frame().lanes) == 6


def test_ids_of_what_is_measured_are_no_two_moments_alike():
    session, _ = _played({})
    seen = []
    for step in (50, 50, 51, 20):
        _gone(session, step)
        seen.append((session.run.version, session.step))
    session.present()
    seen.append((session.run.version, session.step))
    for one, other in pairwise(seen):
        assert one != other or one[1] == other[1]


def test_the_plane_stays_while_the_past_is_looked_at():
    session, _ = _played({}, {40: Change("optimizer.learning_rate", 0.03)})
    path, loss = session.run.path_version, session.run.loss_version
    _gone(session, 100)
    assert (session.run.path_version, session.run.loss_version) == (path, loss)
    assert session.run.trail is session.active.run.recorder.path


def test_before_the_network_was_another_the_path_is_another():
    layers = [{"id": "h1", "units": 8, "activation": "tanh"}]
    session, _ = _played({}, {100: Change("network.layers", layers)})
    path = session.run.path_version
    _gone(session, 60)
    assert session.run.path_version != path
    assert {point.size for point in session.run.trail.points} == {44}
    _gone(session, 150)
    assert session.run.path_version == path


def test_a_moment_that_does_not_come_again_leaves_everything_as_it_was():
    session = _played({}, {30: Change("optimizer.learning_rate", 0.03)}, 60)[0]
    record = session.active
    record.log[0] = (30, SetParameter(10**6, 1.0))
    with pytest.raises(Complaint, match="no parameter 1000000"):
        session.revert(record.id, Moment(30, 1))
    assert session.shown is session.active is record
    assert session.advance(5) == 5
