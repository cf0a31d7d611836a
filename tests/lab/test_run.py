from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.history import joined, spacing
from gdexplorer.lab.state import Health
from tests.builders import CATALOGUE, begin, suited, value_and_gradient

optimizers = pytest.mark.parametrize("optimizer", CATALOGUE.optimizers)
DEEP = [{"id": f"h{k}", "units": 6, "activation": "relu"} for k in range(4)]


def test_an_update_is_a_gradient_step_on_the_next_batch():
    run, twin = begin({"penalty.l2": 0.1}), begin({"penalty.l2": 0.1})
    for _ in range(6):
        theta, batch = twin.state.theta, twin.objective.draw(twin.state.streams)
        gradient = np.empty_like(theta)
        loss = twin.objective.program(batch).value_and_gradient(theta, np.zeros(0), batch, gradient)
        theta -= 0.1 * gradient
        run.advance(1)
        np.testing.assert_array_equal(run.state.theta, theta)
        assert joined(run.recorder.batch.parts())[-1, 1] == loss


@optimizers
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_same_run_is_the_same_bits_however_it_is_cut(optimizer, precision):
    changes = suited(optimizer) | {"network.precision": precision}
    whole, parts = begin(changes), begin(changes)
    assert whole.advance(100) == 100
    for count in (1, 2, 30, 67):
        parts.advance(count)
    assert whole.state.theta.tobytes() == parts.state.theta.tobytes()
    assert whole.state.theta.dtype == precision
    np.testing.assert_array_equal(joined(whole.recorder.batch.parts()), joined(parts.recorder.batch.parts()))
    np.testing.assert_array_equal(joined(whole.recorder.curves.parts()), joined(parts.recorder.curves.parts()))


@optimizers
def test_every_optimizer_learns_and_ascent_unlearns(optimizer):
    run = begin(suited(optimizer) | {"training.batch_size": 24})
    before = run.total_loss()
    assert run.advance(300) == 300
    assert (run.total_loss() < 0.9 * before) == (optimizer != "ascent")
    assert (run.total_loss() > before) == (optimizer == "ascent")


def test_curves_are_full_evaluations_on_a_grid_that_depends_on_the_step_alone():
    run = begin()
    run.advance(700)
    rows = joined(run.recorder.curves.parts())
    expected = [0]
    while expected[-1] + spacing(expected[-1], 24 * 44) <= 700:
        expected.append(expected[-1] + spacing(expected[-1], 24 * 44))
    assert rows[:, 0].tolist() == expected
    scorer, state = run.objective.program(run.objective.full()), run.state
    for column, split in ((1, "train"), (2, "test")):
        score = scorer.score(state.theta, np.zeros(0), run.objective.full(split))
        assert (rows[-1, column], rows[-1, column + 2]) == (score.loss, score.accuracy)


def test_batch_losses_are_kept_for_every_update():
    run = begin()
    run.advance(2500)
    rows = joined(run.recorder.batch.parts())
    assert rows[:, 0].tolist() == list(range(1, 2501))


def test_the_path_is_the_points_passed():
    run, twin = begin(), begin()
    run.advance(40)
    assert run.recorder.path.steps == tuple(range(41))
    for step, point in zip(run.recorder.path.steps, run.recorder.path.points, strict=True):
        np.testing.assert_array_equal(point, twin.state.theta.astype(np.float32))
        if step < 40:
            twin.advance(1)


def test_before_the_first_update_the_gradient_looked_at_is_the_full_one():
    run = begin()
    run.look()
    _, gradient = value_and_gradient(run.objective, run.state.theta)
    np.testing.assert_array_equal(run.state.slots[0].gradient, gradient)
    assert run.examples == 24
    run.advance(1)
    kept = run.state.slots[0].gradient.copy()
    run.look()
    np.testing.assert_array_equal(run.state.slots[0].gradient, kept)
    assert run.examples == 7


def test_looking_changes_nothing():
    run, twin = begin({"optimizer": "adam"}), begin({"optimizer": "adam"})
    for _ in range(5):
        run.look()
        run.total_loss()
        run.advance(3)
        twin.advance(3)
    assert run.state.theta.tobytes() == twin.state.theta.tobytes()


def test_the_total_loss_is_the_full_one_with_penalty_also_after_a_change():
    run = begin({"penalty.l1": 0.02, "penalty.l2": 0.1})
    for command in (None, Change("data.noise", 0.4), Change("penalty.l2", 0.5), Reinitialize("h1", 3)):
        if command:
            apply(run, command)
        for _ in range(2):
            assert run.total_loss() == pytest.approx(value_and_gradient(run.objective, run.state.theta)[0], rel=1e-13)
            run.advance(2)


# η 1e6 is the highest there is; the targets of "line" are in the tens
WILD = [
    {"loss": "mse", "network.layers": []},
    {"loss": "mse", "network.layers": DEEP},
    {"data": {"kind": "line", "amount": 40}, "loss": "mse", "network.layers": DEEP},
    {"network.layers": DEEP},
    {"network.layers": DEEP, "loss": "mse", "network.precision": "float32"},
    {"network.activation": "softplus", "loss": "half_mse", "penalty.l2": 100.0},
]


def _wild(changes, optimizer):
    changes = dict(changes)
    activation = changes.pop("network.activation", None)
    run = begin(changes | suited(optimizer, learning_rate=1e6, sigma=1e6))
    if activation:
        apply(run, Change("network.activation", activation))
    return run


@optimizers
@pytest.mark.parametrize("changes", WILD, ids=range(len(WILD)))
def test_at_the_highest_learning_rate_nothing_that_is_not_finite_is_ever_committed(optimizer, changes):
    run = _wild(changes, optimizer)
    for _ in range(60):
        step = run.state.step
        made = run.advance(1)
        theta = run.state.theta
        assert np.isfinite(theta).all()
        assert np.isfinite(theta @ theta)
        assert run.state.step == step + made
        if run.state.status.health is Health.DIVERGED:
            break
    status = run.state.status
    if status.health is Health.DIVERGED:
        assert status.layer in run.objective.layout.by_id
        assert status.reason
        assert run.recorder.markers[-1].label == "non-finite"
        before = run.state.theta.copy()
        assert run.advance(10) == 0
        np.testing.assert_array_equal(run.state.theta, before)
    losses = joined(run.recorder.batch.parts())
    assert np.isfinite(losses).all()


def test_gradient_descent_does_diverge_and_goes_on_with_a_lower_learning_rate():
    run = _wild(WILD[0], "sgd")
    run.advance(1000)
    assert run.state.status.health is Health.DIVERGED
    assert "overflows" in run.state.status.reason or "finite" in run.state.status.reason
    step = run.state.step
    apply(run, Change("optimizer.learning_rate", 0.05))
    assert run.state.status.health is Health.FINE
    loss = run.total_loss()
    assert run.advance(50) == 50
    assert run.state.step == step + 50
    assert run.total_loss() < loss


def _poisoned(run, id, value=1e200):
    run.objective.layout.view(run.state.theta, id, "weight")[...] = value
    return run


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_divergence_is_found_within_one_update_and_names_the_layer(precision):
    value = 1e150 if precision == "float64" else 1e18
    run = begin({"network.layers": DEEP[:3], "loss": "mse", "network.precision": precision})
    _poisoned(run, "h2", value)
    before = run.state.theta.copy()
    assert run.advance(5) == 0
    assert run.state.status.health is Health.DIVERGED
    assert run.state.status.layer in ("h0", "h1", "h2")
    np.testing.assert_array_equal(run.state.theta, before)
    assert run.state.step == 0


def test_a_layer_whose_gradient_alone_is_not_finite_is_named(monkeypatch):
    run = begin()
    right = run.program.value_and_gradient

    def spoiled(theta, buffers, batch, out):
        value = right(theta, buffers, batch, out)
        run.objective.layout.view(out, "h2", "bias")[1] = np.nan
        return value

    monkeypatch.setattr(run.program, "value_and_gradient", spoiled)
    assert run.advance(3) == 0
    assert (run.state.status.layer, run.state.status.reason) == ("h2", "the gradient is not finite")


def test_a_large_gradient_is_no_divergence():
    run = begin({"optimizer": {"kind": "sgd", "learning_rate": 1e-12}, "loss": "mse", "network.layers": []})
    _poisoned(run, "output", 1e60)
    assert run.advance(3) == 3


@pytest.mark.parametrize(("scale", "health"), [(1e150, Health.FINE), (1e300, Health.DIVERGED)])
def test_enormous_targets_diverge_where_their_square_overflows(scale, health):
    run = begin({"data": {"kind": "line", "amount": 40}, "loss": "mse"})
    train = run.objective.data.train
    data = replace(run.objective.data, train=replace(train, y=train.y * scale))
    run.adopt(replace(run.objective, data=data))
    run.advance(50)
    assert run.state.status.health is health
    assert run.state.step == (50 if health is Health.FINE else 0)
    assert np.isfinite(run.state.theta).all()


@optimizers
def test_an_optimizer_whose_memory_overflows_is_stopped_too(optimizer):
    run = begin(suited(optimizer))
    arrays = run.state.slots[0].arrays
    if not arrays:
        return
    run.advance(3)
    next(reversed(arrays.values()))[...] = np.inf
    run.advance(200)
    assert run.state.status.health is Health.DIVERGED
    assert np.isfinite(run.state.theta).all()
