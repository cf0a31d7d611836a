from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.nn.network import Network
from gdexplorer.probes.boundary import Boundary, measure
from gdexplorer.probes.context import Context
from tests.builders import dense, forward, learner, point

HIDDEN = (dense("h1", 5),)


def _context(objective, theta):
    return Context(9, objective, theta, theta, {}, 0)


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _softmax(z):
    return np.exp(z[:, 1]) / np.exp(z).sum(axis=1)


@pytest.mark.parametrize(
    ("loss", "classes", "confidence"),
    [
        ("binary_cross_entropy", 2, lambda z: 2 * _sigmoid(z[:, 0]) - 1),
        ("softmax_cross_entropy", 2, lambda z: 2 * _softmax(z) - 1),
        ("mse", 2, lambda z: np.clip(z[:, 0], -1, 1)),
        ("half_mse", 0, lambda z: z[:, 0]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_two_inputs_have_a_map_of_the_outputs(rng, loss, classes, confidence, dtype):
    objective = learner(rng, HIDDEN, loss, classes=classes, dtype=dtype)
    theta = point(objective, rng)
    report = measure(Boundary(8), _context(objective, theta))
    assert (report.kind, report.step, report.values.shape) == ("map", 9, (8, 8))
    xs, ys = report.axes
    np.testing.assert_allclose(xs[[0, -1]], objective.data.domain[0])
    for row, y in enumerate(ys):
        for column, x in enumerate(xs):
            expected = confidence(forward(objective, theta, np.array([[x, y]])))[0]
            assert report.values[row, column] == pytest.approx(expected, abs=1e-12 if dtype is np.float64 else 2e-6)


@pytest.mark.parametrize("loss", ["half_mse", "huber"])
def test_one_input_has_a_curve_and_the_fitted_values(rng, loss):
    objective = learner(rng, HIDDEN, loss, inputs=1)
    theta = point(objective, rng)
    report = measure(Boundary(16), _context(objective, theta))
    assert (report.kind, report.values.shape) == ("curve", (64,))
    np.testing.assert_allclose(report.values, forward(objective, theta, report.axes[0][:, None])[:, 0], atol=1e-13)
    np.testing.assert_allclose(report.fitted, forward(objective, theta, objective.data.train.x)[:, 0], atol=1e-13)


@pytest.mark.parametrize(("inputs", "classes", "loss"), [(3, 0, "mse"), (3, 2, "mse"), (2, 4, "softmax_cross_entropy")])
def test_what_cannot_be_drawn_is_said_to_be_so(rng, inputs, classes, loss):
    objective = learner(rng, HIDDEN, loss, inputs=inputs, classes=classes)
    report = measure(Boundary(), _context(objective, point(objective, rng)))
    assert (report.kind, report.axes, report.values.size) == ("none", (), 0)


def test_features_are_made_of_the_grid(rng):
    plain = learner(rng, (), "half_mse")
    network = Network((1,), plain.network.layers)
    objective = replace(plain, features=("xy",), network=network)
    report = measure(Boundary(4), _context(objective, np.array([2.0, 0.5])))
    np.testing.assert_allclose(report.values, 2 * np.outer(report.axes[1], report.axes[0]) + 0.5, atol=1e-14)


@pytest.mark.parametrize("inputs", [1, 2])
def test_scaled_inputs_are_drawn_in_raw_units(rng, inputs):
    plain = learner(rng, HIDDEN, "half_mse", inputs=inputs)
    objective, theta, train = replace(plain, scaling="standardize"), point(plain, rng), plain.data.train.x
    report = measure(Boundary(8), _context(objective, theta))
    assert report.data is plain.data
    for axis, domain in zip(report.axes, plain.data.domain, strict=True):
        np.testing.assert_allclose(axis[[0, -1]], domain)
    grid = np.stack(np.meshgrid(*report.axes), axis=-1).reshape(-1, inputs)
    by_hand = [forward(objective, theta, (x - train.mean(axis=0)) / train.std(axis=0))[:, 0] for x in (grid, train)]
    np.testing.assert_allclose(report.values.ravel(), by_hand[0], atol=1e-13)
    if inputs == 1:
        np.testing.assert_allclose(report.fitted, by_hand[1], atol=1e-13)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "softmax_cross_entropy", "mse"])
def test_enormous_weights_warn_nobody(rng, loss):
    for _ in range(20):
        objective = learner(rng, (dense("h1", 5, "relu"),), loss, classes=2)
        report = measure(Boundary(4), _context(objective, 1e154 * point(objective, rng)))
        assert report.values.shape == (4, 4)


def test_a_report_cannot_be_written_to(rng):
    objective = learner(rng, HIDDEN, inputs=1)
    report = measure(Boundary(4), _context(objective, point(objective, rng)))
    assert not any(array.flags.writeable for array in (*report.axes, report.values, report.fitted))
