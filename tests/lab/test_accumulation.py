"""Micro-batches and gradients that nobody clears, against loops written by hand."""

import numpy as np
import pytest

from gdexplorer.lab.archive import load, save
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Restart
from gdexplorer.lab.curvatures import Curvatures
from gdexplorer.lab.descents import descend
from gdexplorer.lab.errands import Errands, Inline
from gdexplorer.lab.replay import replay
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.lab.steering import steering_of
from gdexplorer.objectives.streams import Streams
from gdexplorer.optim import Rule
from gdexplorer.probes.curvature import Curvature
from gdexplorer.probes.gradients import Gradients
from tests.builders import CATALOGUE, begin, digest, experiment, suited
from tests.lab.races import begun, digests, rival
from tests.over_rows import over_rows

RULES = [name for name, rule in CATALOGUE.optimizers.items() if isinstance(rule, Rule)]
SEARCHES = [name for name in CATALOGUE.optimizers if name not in RULES]
THREE = {"training.accumulate": 3}
SUM = THREE | {"training.accumulate_mean": False}
UNCLEARED = {"training.zero_gradient": False}
CLIPPED = {"training.clip": "norm", "training.clip_threshold": 0.3}
POINT = {"problem": {"kind": "himmelblau", "x": 1.0, "y": -1.0, "noise": 0.3},
         "optimizer": {"kind": "sgd", "learning_rate": 0.002}}  # fmt: skip
ALL = [THREE, SUM, UNCLEARED, SUM | UNCLEARED | CLIPPED]


def batch_losses(run):
    return np.concatenate([part[:, 1] for part in run.recorder.batch.parts()])


def by_hand(run, updates, rate, count=1, mean=True, zero=True, clip=None):
    """SGD as one would write it with PyTorch; return θ, the losses and the buffer."""
    objective, streams = run.objective, Streams.of(run.state.experiment.seed)
    theta, buffer, losses = run.state.theta.copy(), np.zeros_like(run.state.theta), []
    for _ in range(updates):
        if zero:
            buffer[:] = 0
        found = []
        for _ in range(count):
            batch, gradient = objective.draw(streams), np.empty_like(theta)
            loss = objective.program(batch).value_and_gradient(theta, run.state.buffers, batch, gradient)
            buffer += gradient / count if mean else gradient
            found.append(loss)
        if clip and (length := np.linalg.norm(buffer)) > clip:
            buffer *= clip / (length + 1e-6)
        losses.append(np.mean(found))
        theta -= rate * buffer
    return theta, losses, buffer


@over_rows("changes", [{}, POINT], ids=["network", "function"])
@over_rows("count", [1, 3, 4])
@over_rows("mean", [True, False])
@over_rows("zero", [True, False])
@over_rows("clip", [None, 0.3])
def test_updates_are_those_of_a_loop_by_hand(changes, count, mean, zero, clip):
    """24 examples in batches of 7: an epoch ends among the micro-batches, with a batch of 3."""
    run = begin({"optimizer": {"kind": "sgd", "learning_rate": 0.002}} | changes | {
        "training.accumulate": count, "training.accumulate_mean": mean, "training.zero_gradient": zero,
        **({"training.clip": "norm", "training.clip_threshold": clip} if clip else {})})  # fmt: skip
    theta, losses, buffer = by_hand(run, 40, 0.002, count, mean, zero, clip)
    run.advance(40)
    np.testing.assert_allclose(run.state.theta, theta, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(batch_losses(run), losses, rtol=1e-12)
    np.testing.assert_allclose(run.state.slots[0].gradient, buffer, rtol=1e-11, atol=1e-13)
    assert (run.state.step, run.state.evaluations) == (40, 40 * count)
    if not changes:
        assert run.state.streams.epoch == -(-40 * count // 4)


@over_rows("optimizer", RULES)
@over_rows("changes", [{}, {"penalty": {"l1": 1e-2, "l2": 1e-2}}], ids=["plain", "penalty"])
def test_micro_batches_of_an_epoch_are_the_one_big_batch(optimizer, changes):
    big = begin({"optimizer": optimizer, "training.batch_size": 24} | changes)
    small = begin({"optimizer": optimizer, "training.batch_size": 6, "training.accumulate": 4} | changes)
    for run in (big, small):
        run.advance(1)
    gradients = [run.state.slots[0].gradient for run in (big, small)]
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=0, atol=1e-12 * np.abs(gradients[0]).max())
    assert batch_losses(small) == pytest.approx(batch_losses(big), rel=1e-12)
    assert (small.examples, big.examples) == (24, 24)
    for run in (big, small):
        run.advance(4)
    assert small.state.streams.epoch == big.state.streams.epoch == 5
    assert [run.state.evaluations for run in (big, small)] == [5, 20]
    if optimizer not in ("adagrad", "adadelta", "rmsprop", "adam", "adamw", "nadam"):  # those divide by tiny gradients
        np.testing.assert_allclose(small.state.theta, big.state.theta, rtol=1e-11, atol=1e-12)


def test_running_statistics_move_with_each_micro_batch():
    """At a learning rate of nearly 0 three updates see what the micro-batches of one do."""
    still = {"network.layers": [{"kind": "batch_norm", "id": "n1"}, *experiment().model_dump()["network"]["layers"]],
             "training.batch_size": 8, "optimizer": {"kind": "sgd", "learning_rate": 1e-30}}  # fmt: skip
    one, three = begin(still | THREE), begin(still)
    one.advance(1)
    three.advance(3)
    assert not np.array_equal(one.state.buffers, begin(still).state.buffers)
    np.testing.assert_array_equal(one.state.buffers, three.state.buffers)


@pytest.mark.parametrize("problem", ["gan", "dirac"])
def test_a_game_refuses_to_accumulate_in_words(problem):
    session = Session(experiment({"problem": problem}), CATALOGUE)
    session.advance(4)
    reply = session.send(Change("training.accumulate", 2))
    assert not reply.accepted
    assert "set accumulate to 1" in reply.text
    assert session.send(Change("training.zero_gradient", False)).accepted
    session.advance(40)
    assert all(slots.arrays["uncleared"].any() for slots in session.run.state.slots)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)


def test_without_division_the_gradient_is_that_many_times_as_large():
    mean, whole = begin(THREE), begin(SUM)
    for run in (mean, whole):
        run.advance(1)
    np.testing.assert_allclose(whole.state.slots[0].gradient, 3 * mean.state.slots[0].gradient, rtol=1e-14)
    assert batch_losses(whole) == batch_losses(mean)


def test_a_buffer_that_is_never_cleared_is_momentum_without_friction():
    """With β = 1 the heavy ball's b is Σg."""
    run, momentum = begin(UNCLEARED), begin({"optimizer": {"kind": "momentum", "learning_rate": 0.1}})
    momentum.state.slots[0].knobs["momentum"][()] = 1.0
    for one in (run, momentum):
        one.advance(60)
    np.testing.assert_allclose(run.state.theta, momentum.state.theta, rtol=1e-9)


@pytest.mark.parametrize("changes", ALL, ids=str)
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adamw"])
def test_a_session_is_replayed_copied_and_saved_exactly(tmp_path, changes, optimizer):
    session = Session(experiment({"optimizer": optimizer} | changes), CATALOGUE)
    for command in (
        Change("training.accumulate", 2), Change("training.zero_gradient", True),
        Change("training.zero_gradient", False), Change("training.batch_size", 5), Change("optimizer.kind", "nadam"),
        Nudge(0.01, 1), Change("network.activation", "relu"),
    ):  # fmt: skip
        session.advance(7)
        assert session.send(command).accepted
        session.frame(frozenset([Gradients()]))  # who looks at the gradient disturbs nothing
    session.advance(6)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)
    save(session, tmp_path / "a.gdx")
    again, copy = load(tmp_path / "a.gdx", CATALOGUE), Run.of(session.run.state.copy(), CATALOGUE)
    assert digest(again.run.state) == digest(session.run.state) == digest(copy.state)
    for one in (session, again, copy):
        one.advance(20)
    assert digest(again.run.state) == digest(session.run.state) == digest(copy.state)
    session.send(Restart())
    session.advance(5)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)


@pytest.mark.parametrize("changes", ALL, ids=str)
def test_chunks_do_not_matter(changes):
    whole, parts = begin(changes), begin(changes)
    whole.advance(60)
    for count in (1, 1, 5, 33, 20):
        parts.advance(count)
    assert digest(whole.state) == digest(parts.state)


@pytest.mark.parametrize("changes", [*ALL, SUM | UNCLEARED | {"network.precision": "float32"}], ids=str)
def test_each_lane_of_a_race_goes_where_it_would_go_alone(changes):
    session = begun({"rivals": [rival("a", "adam"), rival("m", "momentum"), rival("n", "nadam")], **changes})
    for count in (1, 30, 9):
        session.advance(count)
    alone = begun(changes)
    alone.advance(40)
    assert session.run.state.theta.tobytes() == alone.run.state.theta.tobytes()
    assert bool(session.active._lanes._together) == ("training.accumulate" not in changes)
    for run in session.runs:
        solo = Run(run.state.experiment, CATALOGUE)
        solo.advance(40)
        assert digest(solo.state) == digest(run.state)
        assert (solo.examples, solo.state.evaluations) == (run.examples, run.state.evaluations)


def test_a_race_that_begins_to_accumulate_leaves_lockstep_and_comes_back():
    session = begun({"rivals": [rival("a", "adam"), rival("m", "momentum"), rival("n", "nadam")]})
    session.advance(10)
    for k, together in ((4, False), (1, True)):
        assert session.send(Change("training.accumulate", k)).text.startswith("k ")
        session.advance(10)
        assert bool(session.active._lanes._together) == together
    assert {run.state.evaluations for run in session.runs} == {60}
    assert digests(replay(session, CATALOGUE)) == digests(session)


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_ignore_both(name):
    plain, other = begin(suited(name)), begin(suited(name) | SUM | UNCLEARED)
    for run in (plain, other):
        run.advance(6)
    assert plain.state.theta.tobytes() == other.state.theta.tobytes()
    assert plain.state.evaluations == other.state.evaluations
    assert Session(experiment(suited(name) | UNCLEARED), CATALOGUE).frame().lane.state.buffer is None


def test_the_buffer_begins_empty_where_the_switch_is_thrown_and_goes_with_it():
    session = Session(experiment(), CATALOGUE)
    session.advance(5)
    twin = Run.of(session.run.state.copy(), CATALOGUE)
    assert session.send(Change("training.zero_gradient", False)).text == "zero the gradient before each step off"
    session.advance(1)
    twin.advance(1)
    assert session.run.state.theta.tobytes() == twin.state.theta.tobytes()
    fresh = session.run.state.slots[0].gradient.copy()
    session.advance(1)
    twin.advance(1)  # from the same point
    np.testing.assert_allclose(session.run.state.slots[0].gradient, fresh + twin.state.slots[0].gradient, rtol=1e-14)
    snapshot = session.frame().lane.state
    np.testing.assert_allclose(
        snapshot.buffer, [np.linalg.norm(twin.state.slots[0].gradient),
                          np.linalg.norm(fresh + twin.state.slots[0].gradient)])  # fmt: skip
    session.send(Change("optimizer.learning_rate", 0.01))
    assert session.frame().lane.state.buffer == snapshot.buffer, "a knob leaves it"
    session.send(MoveTo(session.run.state.theta))
    assert session.frame().lane.state.buffer == (0, 0), "the optimizer starts afresh"
    session.send(Change("training.zero_gradient", True))
    assert session.frame().lane.state.buffer is None
    assert set(session.run.state.slots[0].arrays) == set(begin().state.slots[0].arrays)


@pytest.mark.parametrize("changes", [UNCLEARED, SUM, SUM | UNCLEARED], ids=str)
def test_divergence_is_caught_and_the_buffer_is_empty_after_it(changes):
    values = {"loss": "mse", "network.layers": [], "optimizer": {"kind": "sgd", "learning_rate": 30.0}}
    session = Session(experiment(values | changes), CATALOGUE)
    session.advance(3000)
    state = session.run.state
    assert state.status.health is Health.DIVERGED
    assert np.isfinite(state.theta).all()
    assert all(np.isfinite(array).all() for array in state.slots[0].arrays.values())
    assert digest(replay(session, CATALOGUE).run.state) == digest(state)


@pytest.mark.parametrize("changes", [*ALL, {"bugs": {"lab": True, "wrong_sign": True}}], ids=str)
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_each_start_of_a_basin_map_goes_as_a_run_from_there(changes, name):
    at = POINT | {"optimizer": {"kind": name, "learning_rate": 0.001}} | changes
    run, starts = begin(at), np.array([(1.0, -1.0), (0.0, -4.0), (-3.0, 2.5)])
    of = run.state.experiment
    ends, _ = descend(run.objective, run.rule, of.optimizer, starts, 8, 7, steering_of(of, CATALOGUE))
    for (x, y), end in zip(starts, ends, strict=True):
        alone = begin(at | {"problem": {"kind": "himmelblau", "x": x, "y": y, "noise": 0.3}})
        alone.advance(8)
        np.testing.assert_allclose(end, alone.state.theta, rtol=1e-9)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, 2 / 0.1), (THREE, 2 / 0.1), (SUM, 2 / 0.3), (UNCLEARED, 4 / 0.1), (SUM | UNCLEARED, 4 / 0.3),
     (UNCLEARED | {"optimizer": {"kind": "momentum", "learning_rate": 0.1}}, None),
     ({"bugs": {"lab": True, "wrong_sign": True}}, None), ({"bugs": {"wrong_sign": True}}, 2 / 0.1)],
    ids=str,
)  # fmt: skip
def test_the_edge_of_stability_is_that_of_the_updates_as_they_are_made(changes, expected):
    run = begin({"optimizer": {"kind": "sgd", "learning_rate": 0.1}} | changes)
    found = Curvatures(Errands(Inline())).measure(run, Curvature()).threshold
    assert found is None if expected is None else found == pytest.approx(expected, rel=1e-12)
