import numpy as np
import pytest

from gdexplorer.nn.losses import LOSSES
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.batch import whole
from tests.builders import dense, forward, learner, point, value_and_gradient
from tests.over_rows import over_rows

HIDDEN = (dense("h1", 4, "gelu"), dense("h2", 3, "tanh"), dense("h3", 3, "tanh"))
each_loss = over_rows("loss", LOSSES, ids=lambda record: record.name)


def _new(rng, loss="mse", **settings):
    return learner(rng, HIDDEN, loss, **{"examples": 6, **settings})


def _on_paper(objective, outputs, y):
    """The data loss of outputs (n, C) for class indices or values y (n,)."""
    name = objective.loss.name
    if name == "softmax_cross_entropy":
        return np.mean(np.log(np.exp(outputs).sum(axis=1)) - outputs[np.arange(len(y)), y.astype(int)])
    z = outputs[:, 0]
    if name == "binary_cross_entropy":
        return np.mean(np.log(1 + np.exp(z)) - z * y)
    error = np.abs(z - y)
    if name == "huber":
        return np.mean(np.where(error < 1, error**2 / 2, error - 0.5))
    return np.mean(error**2) * (0.5 if name == "half_mse" else 1)


@each_loss
def test_the_value_is_the_data_loss_plus_the_penalty(rng, loss):
    objective = _new(rng, loss, penalty=Penalty(0.03, 0.2))
    theta, train = point(objective, rng), objective.data.train
    weights = theta[objective.layout.weights]
    data_loss = _on_paper(objective, forward(objective, theta, train.x), train.y)
    penalty = 0.03 * np.abs(weights).sum() + 0.1 * (weights**2).sum()
    assert value_and_gradient(objective, theta)[0] == pytest.approx(data_loss + penalty, rel=1e-12)
    score = objective.program(objective.full()).score(theta, np.zeros(0), objective.full())
    assert score.loss == pytest.approx(data_loss, rel=1e-12)


def test_the_mean_of_the_batches_gradients_is_the_full_gradient(rng):
    objective = _new(rng, examples=12)
    theta, out = point(objective, rng), np.empty(objective.layout.size)
    full = objective.full()
    program, parts = objective.program(full), []
    for rows in np.split(np.arange(12), 4):
        batch = whole(full.xt[rows], np.ascontiguousarray(full.y.T[rows]))
        program.value_and_gradient(theta, np.zeros(0), batch, out)
        parts.append(out.copy())
    np.testing.assert_allclose(np.mean(parts, axis=0), value_and_gradient(objective, theta)[1], atol=1e-14)


def test_one_program_serves_several_points_gradients_and_batch_sizes(rng):
    objective = _new(rng)
    points, batches = [point(objective, rng) for _ in range(2)], (objective.full(), objective.full("test"))
    program, outs = objective.program(batches[0]), [np.empty(objective.layout.size) for _ in range(2)]
    for _ in range(2):
        for theta in points:
            for out in outs:
                value = program.value_and_gradient(theta, np.zeros(0), batches[0], out)
                expected_value, expected = value_and_gradient(objective, theta)
                assert value == expected_value
                np.testing.assert_array_equal(out, expected)
            program.score(theta, np.zeros(0), batches[1])


def test_theta_is_left_alone_and_may_move_in_place(rng):
    objective = learner(rng, [dense(id, 4) for id in ("h1", "h2", "h3")])
    theta, out = point(objective, rng), np.empty(objective.layout.size)
    program, before = objective.program(objective.full()), theta.copy()
    program.value_and_gradient(theta, np.zeros(0), objective.full(), out)
    np.testing.assert_array_equal(theta, before)
    theta *= 0.5
    value = program.value_and_gradient(theta, np.zeros(0), objective.full(), out)
    expected_value, expected = value_and_gradient(objective, 0.5 * before)
    assert value == expected_value
    np.testing.assert_array_equal(out, expected)


@each_loss
def test_accuracy_is_the_share_of_right_answers(rng, loss):
    objective = _new(rng, loss, examples=50, classes=3 if loss.name == "softmax_cross_entropy" else 2)
    theta = point(objective, rng)
    outputs = forward(objective, theta, objective.data.test.x)
    answers = outputs[:, 0] > 0 if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    score = objective.program(objective.full()).score(theta, np.zeros(0), objective.full("test"))
    assert score.accuracy == np.mean(answers == objective.data.test.y)
    assert 0 < score.accuracy < 1


def test_a_regression_has_no_accuracy(rng):
    objective = _new(rng)
    assert (
        objective.program(objective.full()).score(point(objective, rng), np.zeros(0), objective.full()).accuracy is None
    )


@each_loss
@pytest.mark.parametrize("n", [1, 5, 1000])
def test_predictions_are_those_on_paper(rng, loss, n):
    objective = _new(rng, loss)
    theta, x = point(objective, rng), rng.normal(size=(n, 2))
    program = objective.program(objective.full())
    np.testing.assert_allclose(program.predict(theta, np.zeros(0), x), forward(objective, theta, x), atol=1e-13)


def test_deltas_are_the_derivatives_by_z(rng):
    objective = _new(rng, "binary_cross_entropy")
    theta, batch, out = point(objective, rng), objective.full(), np.empty(objective.layout.size)
    program = objective.program(batch)
    assert program.deltas() == {}
    program.value_and_gradient(theta, np.zeros(0), batch, out)
    deltas, trace = program.deltas(), program.trace(theta, np.zeros(0), batch)
    assert list(deltas) == ["h1", "h2", "h3", "output"]
    x = batch.x
    for layer in objective.network.layers:
        delta = deltas[layer.id]
        np.testing.assert_array_equal(delta, trace[f"{layer.id}.delta"])
        np.testing.assert_allclose(trace[f"{layer.id}.a"], layer.activation(trace[f"{layer.id}.z"]), atol=1e-14)
        np.testing.assert_allclose(delta @ x.T, objective.layout.block(out, layer.id), atol=1e-14)
        x = np.vstack([trace[f"{layer.id}.a"], np.ones(batch.size)])
    p = 1 / (1 + np.exp(-trace["output.z"]))
    np.testing.assert_allclose(deltas["output"], (p - batch.y) / batch.size, atol=1e-15)


def test_a_trace_moves_nothing_of_the_program(rng):
    objective = _new(rng)
    theta, other, out = point(objective, rng), point(objective, rng), np.empty(objective.layout.size)
    program = objective.program(objective.full())
    program.value_and_gradient(theta, np.zeros(0), objective.full(), out)
    before = {id: delta.copy() for id, delta in program.deltas().items()}
    trace = program.trace(other, np.zeros(0), objective.full())
    trace["h1.delta"][...] = 0
    for id, delta in program.deltas().items():
        np.testing.assert_array_equal(delta, before[id])


@each_loss
def test_float32_agrees_with_float64(rng, loss):
    wide = _new(rng, loss, penalty=Penalty(0.01, 0.1))
    theta = point(wide, rng)
    value, gradient = value_and_gradient(wide, theta)
    narrow_value, narrow = value_and_gradient(wide.in_precision(np.float32), theta.astype(np.float32))
    assert narrow.dtype == np.float32
    assert narrow_value == pytest.approx(value, rel=1e-5)
    np.testing.assert_allclose(narrow, gradient, atol=1e-5 * np.abs(gradient).max())
