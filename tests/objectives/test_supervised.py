from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from gdexplorer.data.source import Data, Dataset
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives import batch
from gdexplorer.objectives.streams import Streams
from tests.builders import dense, forward, learner, point, value_and_gradient
from tests.over_rows import over_rows


def _numbered(rng, n, batch_size, **settings):
    """An objective whose first input is the number of the example."""
    objective = learner(rng, batch_size=batch_size, **settings)
    x = np.column_stack([np.arange(n), np.zeros(n)])
    train = Dataset(x, np.arange(n) % 2 * 1.0)
    data = Data(train, train, objective.data.task, objective.data.classes, ("a", "b"), objective.data.domain)
    return replace(objective, data=data)


def _drawn(objective, streams, updates):
    """Numbers of the examples of each update."""
    return [objective.draw(streams).xt[:, 0].astype(int).tolist() for _ in range(updates)]


@pytest.fixture(params=[batch.NUMBERS, 12], ids=["at once", "in portions"])
def laid_out(request, monkeypatch):
    monkeypatch.setattr(batch, "NUMBERS", request.param)


@pytest.mark.parametrize(("n", "size"), [(10, 1), (10, 3), (10, 5), (10, 10), (10, 64), (7, 2), (1, 1)])
def test_every_example_comes_once_an_epoch_and_the_short_batch_too(laid_out, rng, n, size):
    objective, streams = _numbered(rng, n, size), Streams.of(3)
    updates = -(-n // min(size, n))
    epochs = [_drawn(objective, streams, updates) for _ in range(3)]
    for k, epoch in enumerate(epochs):
        assert sorted(chain(*epoch)) == list(range(n))
        assert [len(batch) for batch in epoch[:-1]] == [min(size, n)] * (updates - 1)
        assert len(epoch[-1]) == n - min(size, n) * (updates - 1)
        assert streams.epoch == 3, k
    if n > 3:
        assert list(chain(*epochs[0])) != list(chain(*epochs[1]))


def test_the_same_seed_has_the_same_order_and_another_another(rng):
    objective = _numbered(rng, 20, 6)
    assert _drawn(objective, Streams.of(3), 9) == _drawn(objective, Streams.of(3), 9)
    assert _drawn(objective, Streams.of(3), 9) != _drawn(objective, Streams.of(4), 9)


def test_another_batch_size_in_mid_epoch_goes_on_in_the_same_permutation(laid_out, rng):
    small = _numbered(rng, 20, 3)
    large = replace(small, batch_size=8)
    streams = Streams.of(3)
    order = _drawn(replace(small, batch_size=20), Streams.of(3), 2)
    seen = list(chain(*_drawn(small, streams, 2), *_drawn(large, streams, 2)))
    assert seen == order[0]
    assert streams.epoch == 1
    assert list(chain(*_drawn(large, streams, 3))) == order[1]


def test_another_batch_size_shifts_no_other_stream(rng):
    small = _numbered(rng, 20, 3)
    one, other = Streams.of(3), Streams.of(3)
    _drawn(small, one, 30)
    _drawn(replace(small, batch_size=11), other, 30)
    for name in ("initialization", "dropout", "noise"):
        assert one.generators[name].random() == other.generators[name].random()


def test_copied_streams_draw_the_same_and_disturb_nobody(laid_out, rng):
    objective, streams = _numbered(rng, 20, 6), Streams.of(3)
    _drawn(objective, streams, 2)
    copy = streams.copy()
    ahead = _drawn(objective, copy, 3)  # of the same objective, whose buffers must not be common
    mixed = [_drawn(objective, streams, 1) + _drawn(objective, copy, 1) for _ in range(3)]
    assert [mine for mine, _ in mixed] == ahead


def test_linear_regression_is_the_normal_equations(rng):
    objective = learner(rng, loss="half_mse", inputs=3, examples=20)
    x = np.column_stack([objective.data.train.x, np.ones(20)])
    best = np.linalg.lstsq(x, objective.data.train.y, rcond=None)[0]
    value, gradient = value_and_gradient(objective, best)
    np.testing.assert_allclose(gradient, 0, atol=1e-14)
    assert value == pytest.approx(0.5 * np.mean((x @ best - objective.data.train.y) ** 2), rel=1e-13)
    theta = point(objective, rng)
    residual = x @ theta - objective.data.train.y
    np.testing.assert_allclose(value_and_gradient(objective, theta)[1], x.T @ residual / 20, rtol=1e-12)


def test_logistic_regression_has_its_gradient(rng):
    objective = learner(rng, loss="binary_cross_entropy", inputs=3, examples=20, penalty=Penalty(l2=0.3))
    theta = point(objective, rng)
    x = np.column_stack([objective.data.train.x, np.ones(20)])
    p = 1 / (1 + np.exp(-x @ theta))
    decay = 0.3 * theta * [1, 1, 1, 0]  # the bias is exempt
    gradient = x.T @ (p - objective.data.train.y) / 20 + decay
    np.testing.assert_allclose(value_and_gradient(objective, theta)[1], gradient, rtol=1e-12)


def test_features_are_expanded_and_ones_come_last(rng):
    objective = replace(learner(rng), features=("y", "x2"))
    x = rng.normal(size=(4, 2))
    np.testing.assert_array_equal(objective.encode(x), np.column_stack([x[:, 1], x[:, 0] ** 2, np.ones(4)]))
    assert replace(objective, dtype=np.dtype(np.float32)).encode(x).dtype == np.float32


def test_both_splits_are_batches_of_their_own(rng):
    objective = learner(rng, examples=9, classes=3, loss="softmax_cross_entropy")
    for split, dataset in (("train", objective.data.train), ("test", objective.data.test)):
        batch = objective.full(split)
        np.testing.assert_array_equal(batch.xt[:, :-1], dataset.x)
        np.testing.assert_array_equal(batch.y.argmax(axis=0), dataset.y)


@pytest.mark.parametrize(("biases", "expected"), [(False, [1, 1, 0]), (True, [1, 1, 1])])
def test_the_penalty_mask_spares_biases_unless_asked(rng, biases, expected):
    np.testing.assert_array_equal(learner(rng, penalize_biases=biases).penalty_mask, expected)


def test_one_player_owns_all_of_theta(rng):
    objective = learner(rng, (dense("h", 4),))
    (player,) = objective.players
    assert np.zeros(objective.layout.size)[player.parameters].size == objective.layout.size == 17


def test_whether_the_loss_is_the_same_function(rng):
    objective = learner(rng, (dense("h", 4),))
    assert objective.same_loss(replace(objective, batch_size=3))
    assert not objective.same_loss(replace(objective, penalty=Penalty(l2=0.1)))
    assert not objective.same_loss(replace(objective, data=learner(rng).data))
    assert objective.in_precision(np.float64) is objective
    assert objective.in_precision(np.float32).dtype == np.float32


# ---- the minimizer, where there is a formula for it ----------------------------------------------------------------


def _linear(rng, loss="mse", penalty=None, biases=False, **settings):
    return learner(rng, (), loss, inputs=3, examples=20, penalty=penalty, penalize_biases=biases, **settings)


def _design(objective):
    x = objective.data.train.x
    return np.column_stack([x, np.ones(len(x))]), objective.data.train.y


@pytest.mark.parametrize("loss", ["mse", "half_mse"])
def test_the_solution_without_penalty_is_that_of_lstsq(rng, loss):
    objective = _linear(rng, loss)
    expected = np.linalg.lstsq(*_design(objective), rcond=None)[0]
    np.testing.assert_allclose(objective.solution(), expected, rtol=1e-10)
    (mark,) = objective.landmarks
    assert (mark.kind, mark.name) == ("minimum", "least squares")
    np.testing.assert_array_equal(mark.theta, objective.solution())
    assert objective.landmarks[0] is mark  # asked for at every frame, solved once


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("loss", ["mse", "half_mse"])
def test_the_solution_with_a_penalty_is_that_of_ridge_regression(rng, loss, biases):
    objective = _linear(rng, loss, Penalty(0.0, 0.3), biases)
    x, y = _design(objective)
    strength = 0.3 * len(y) / (2 if loss == "mse" else 1)  # (1/n)‖Xw − y‖² or half of it, + ½ 0.3 ‖w‖²
    ridge = strength * np.diag([1, 1, 1, float(biases)])
    np.testing.assert_allclose(objective.solution(), np.linalg.solve(x.T @ x + ridge, x.T @ y), rtol=1e-10)


@over_rows("penalty", [Penalty(), Penalty(0.0, 0.05), Penalty(0.0, 100.0)])
@over_rows("biases", [False, True])
@over_rows("classes", [0, 2, 4])
@over_rows("loss", ["mse", "half_mse"])
def test_the_gradient_vanishes_at_the_solution_and_every_other_point_is_higher(rng, loss, classes, biases, penalty):
    objective = _linear(rng, loss, penalty, biases, classes=classes)
    solution = objective.solution()
    value, gradient = value_and_gradient(objective, solution)
    assert np.abs(gradient).max() <= 1e-10
    for _ in range(5):
        aside = solution + 0.1 * rng.normal(size=solution.size)
        assert value_and_gradient(objective, aside)[0] > value


def test_where_many_minimize_one_of_them_is_found(rng):
    objective = learner(rng, (), "mse", inputs=8, examples=5)  # more parameters than examples
    value, gradient = value_and_gradient(objective, objective.solution())
    assert value < 1e-20
    assert np.abs(gradient).max() <= 1e-10


def test_there_is_no_formula_for_anything_else(rng):
    others = [
        learner(rng, (dense("h", 2),), "mse"), _linear(rng, "huber"),
        _linear(rng, "binary_cross_entropy"), _linear(rng, "softmax_cross_entropy"), _linear(rng, output="tanh"),
        _linear(rng, penalty=Penalty(0.1, 0.0)),
    ]  # fmt: skip
    for objective in others:
        assert objective.solution() is None
        assert objective.landmarks == ()


def test_a_solution_in_float32_is_that_of_the_rounded_examples(rng):
    objective = _linear(rng, dtype=np.float32)
    exact = replace(objective, dtype=np.dtype(float))
    np.testing.assert_allclose(objective.solution(), exact.solution(), rtol=1e-5)


# ---- inputs that are scaled ----------------------------------------------------------------------------------------

by_scaling = pytest.mark.parametrize("scaling", ["none", "standardize", "minmax"])


def _scaled_by_hand(scaling, train, x):
    """Network inputs as one would write them on paper."""
    match scaling:
        case "standardize":
            return (x - train.mean(axis=0)) / train.std(axis=0)
        case "minmax":
            return (x - train.min(axis=0)) / (train.max(axis=0) - train.min(axis=0))
    return x


@by_scaling
@pytest.mark.parametrize(("loss", "classes"), [("half_mse", 0), ("softmax_cross_entropy", 3)])
def test_value_and_gradient_are_those_on_inputs_that_were_scaled_beforehand(rng, scaling, loss, classes):
    objective = replace(learner(rng, (dense("h", 4),), loss, classes=classes), scaling=scaling)
    train, test = objective.data.train, objective.data.test
    beforehand = [Dataset(_scaled_by_hand(scaling, train.x, split.x), split.y) for split in (train, test)]
    unscaled = replace(objective, scaling="none", data=replace(objective.data, train=beforehand[0], test=beforehand[1]))
    theta = point(objective, rng)
    value, gradient = value_and_gradient(objective, theta)
    expected, slope = value_and_gradient(unscaled, theta)
    assert value == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(gradient, slope, rtol=1e-11, atol=1e-14)
    for split in ("train", "test"):
        np.testing.assert_allclose(objective.full(split).x, unscaled.full(split).x, rtol=1e-13, atol=1e-14)
    here, there = (
        (one.program(one.full()).linearize(theta, np.zeros(0), one.full()),
         one.program(one.full()).losses(theta + np.eye(3, theta.size), np.zeros(0), one.full()))
        for one in (objective, unscaled)
    )  # fmt: skip
    v = rng.normal(size=theta.size)
    np.testing.assert_allclose(here[0](v), there[0](v), rtol=1e-9, atol=1e-12)  # the Hessian
    np.testing.assert_allclose(here[1], there[1], rtol=1e-12)  # and surfaces


@by_scaling
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_predictions_take_raw_inputs(rng, scaling, dtype):
    objective = replace(learner(rng, (dense("h", 4),), dtype=dtype), scaling=scaling)
    theta, x = point(objective, rng), rng.uniform(-20, 20, (5, 2))
    by_hand = forward(objective, theta, _scaled_by_hand(scaling, objective.data.train.x, x))
    found = objective.program(objective.full()).predict(theta, np.zeros(0), x)
    np.testing.assert_allclose(found, by_hand, atol=1e-13 if dtype == np.float64 else 1e-5)


@by_scaling
def test_features_come_first_and_are_what_is_scaled(rng, scaling):
    objective = replace(learner(rng, examples=9), features=("x2", "y"), scaling=scaling)
    train = objective.data.train.x
    expanded, x = np.column_stack([train[:, 0] ** 2, train[:, 1]]), rng.normal(size=(4, 2))
    expected = _scaled_by_hand(scaling, expanded, np.column_stack([x[:, 0] ** 2, x[:, 1]]))
    np.testing.assert_allclose(objective.encode(x), np.column_stack([expected, np.ones(4)]), rtol=1e-13, atol=1e-15)


@by_scaling
def test_the_test_split_teaches_no_scaling(rng, scaling):
    objective = replace(learner(rng, examples=9), scaling=scaling)
    other = replace(objective, data=replace(objective.data, test=Dataset(np.full((2, 2), 1e6), np.zeros(2))))
    assert other.full().xt.tobytes() == objective.full().xt.tobytes()
    np.testing.assert_array_equal(other.full("test").xt, objective.encode(np.full((2, 2), 1e6)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_standardizing_is_exact_however_far_the_raw_inputs_are(rng, dtype):
    objective = learner(rng, examples=50, dtype=dtype)
    far = Dataset(objective.data.train.x + 1e6, objective.data.train.y)  # float32 alone would lose all but a digit
    batch = replace(objective, scaling="standardize", data=replace(objective.data, train=far)).full()
    assert batch.xt.dtype == dtype
    bound = 1e-9 if dtype == np.float64 else 1e-6
    np.testing.assert_allclose(batch.xt[:, :-1].mean(axis=0), 0, atol=bound)
    np.testing.assert_allclose(batch.xt[:, :-1].var(axis=0), 1, atol=bound)


@pytest.mark.parametrize("scaling", ["standardize", "minmax"])
def test_the_solution_is_that_of_the_scaled_inputs(rng, scaling):
    objective = replace(_linear(rng), scaling=scaling)
    x, y = objective.data.train.x, objective.data.train.y
    design = np.column_stack([_scaled_by_hand(scaling, x, x), np.ones(len(x))])
    np.testing.assert_allclose(objective.solution(), np.linalg.lstsq(design, y, rcond=None)[0], rtol=1e-10)
    raw = _linear_fit(_design(objective))
    fitted = objective.program(objective.full()).predict(objective.solution(), np.zeros(0), x)[:, 0]
    np.testing.assert_allclose(fitted, raw, rtol=1e-10)  # the same line, in other coordinates


def _linear_fit(design_and_targets):
    design, y = design_and_targets
    return design @ np.linalg.lstsq(design, y, rcond=None)[0]


def test_another_scaling_is_another_loss(rng):
    objective = learner(rng)
    assert not objective.same_loss(replace(objective, scaling="minmax"))
    assert replace(objective, scaling="minmax").same_loss(replace(objective, scaling="minmax", batch_size=2))
    assert replace(objective, scaling="minmax").in_precision(np.float32).scaling == "minmax"
