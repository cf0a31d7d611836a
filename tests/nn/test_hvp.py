"""Second derivatives of activations, losses and penalties, and the tangent passes made of them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.landscape.curvature import differences
from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.losses import LOSSES
from gdexplorer.nn.penalties import Penalty
from gdexplorer.nn.tangent import Tangent
from gdexplorer.objectives.hessian import Hessian
from tests.builders import ACTIVATION, dense, learner, value_and_gradient
from tests.differences import place
from tests.over_rows import over_rows

SEEDS, TOLERANCE = 8, 1e-7
NUMBERS = {"leaky_relu": {"slope": 0.3}, "elu": {"alpha": 1.7}, "huber": {"delta": 0.6}}
PENALTIES = (Penalty(), Penalty(l1=0.05), Penalty(l2=0.2), Penalty(0.03, 0.1))
activations = over_rows("activation", ACTIVATIONS, ids=lambda record: record.name)
losses = over_rows("loss", LOSSES, ids=lambda record: record.name)


def _logistic(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _logistic_slope(x):
    return _logistic(x) * _logistic(-x)


def _density(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


# name, knobs -> f″ of one number
CLOSED_FORMS = [
    ("tanh", {}, lambda x: -2 * math.tanh(x) / math.cosh(x) ** 2),
    ("relu", {}, lambda x: 0.0),
    ("sigmoid", {}, lambda x: _logistic_slope(x) * (1 - 2 * _logistic(x))),
    ("leaky_relu", {"slope": 0.3}, lambda x: 0.0),
    ("elu", {}, lambda x: 0.0 if x > 0 else math.exp(x)),
    ("elu", {"alpha": 2.5}, lambda x: 0.0 if x > 0 else 2.5 * math.exp(x)),
    ("gelu", {}, lambda x: _density(x) * (2 - x * x)),
    ("silu", {}, lambda x: _logistic_slope(x) * (2 + x * (1 - 2 * _logistic(x)))),
    ("softplus", {}, _logistic_slope),
    ("linear", {}, lambda x: 0.0),
]
GRID = [*np.linspace(-30, 30, 2401), *np.geomspace(1e-12, 1, 50), *-np.geomspace(1e-12, 1, 50)]


@pytest.mark.parametrize(("name", "knobs", "expected"), CLOSED_FORMS, ids=lambda value: str(value)[:24])
def test_second_derivatives_are_the_closed_forms(name, knobs, expected):
    record, z = ACTIVATION[name], np.array(GRID)
    found = record.second_derivative(z, record.Knobs(**knobs))
    np.testing.assert_allclose(found, [expected(x) for x in z], rtol=1e-14, atol=1e-14)


def test_every_activation_is_in_the_table():
    assert {name for name, *_ in CLOSED_FORMS} == set(ACTIVATION)


@activations
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_second_derivatives_are_finite_wherever_the_value_is(activation, dtype):
    top = float(np.finfo(dtype).max)
    z = np.array([0, 88, 89, 709, 710, 1e4, top / 2, top], dtype)
    for side in (z, -z):
        found = activation.second_derivative(side)
        assert found.dtype == dtype
        assert np.isfinite(found).all()
        assert np.abs(found[2:]).max() < 1e-30


def _relative_error(objective, theta, v):
    """Of the exact product against a central difference of gradients."""
    batch, out = objective.full(), np.full_like(theta, np.nan)
    objective.program(batch).hvp(theta, v, np.zeros(0), batch, out)
    expected = differences(lambda at: value_and_gradient(objective, at)[1], theta, v)
    return float(np.abs(out - expected).max() / max(np.abs(expected).max(), 1e-3))


def _check(objective, rng, scale=0.7):
    theta = place(objective, rng, scale)
    return _relative_error(objective, theta, rng.standard_normal(theta.size))


def _knobs(record, seed):
    return record.Knobs(**(NUMBERS.get(record.name, {}) if seed % 2 else {}))


def _random(seed, activation, loss, output="linear"):
    """A network with this activation, its sizes, knobs, penalty and batch drawn by the seed."""
    rng = np.random.default_rng(seed)
    size = lambda: int(rng.integers(1, 7))  # noqa: E731
    hidden = [dense(f"h{k}", size(), activation, _knobs(activation, seed + k)) for k in range(rng.integers(1, 4))]
    return learner(
        rng, hidden, loss, output=output, inputs=size(), examples=int(rng.integers(1, 8)),
        loss_knobs=_knobs(loss, seed), penalty=PENALTIES[seed % 4], penalize_biases=seed % 3 == 0,
    ), rng  # fmt: skip


@activations
@losses
def test_products_are_the_central_differences_of_gradients(activation, loss):
    for seed in range(SEEDS):
        assert _check(*_random(seed, activation, loss)) <= TOLERANCE, seed


@activations
@losses
def test_so_are_those_of_an_output_activation(activation, loss):
    if loss.logits:
        return
    for seed in range(SEEDS // 2):
        assert _check(*_random(100 + seed, ACTIVATION["tanh"], loss, activation)) <= TOLERANCE, seed


@losses
@pytest.mark.parametrize("classes", [0, 2, 4])
def test_so_are_those_of_every_task(loss, classes):
    task = {0: "regression", 2: "binary", 4: "classes"}[classes]
    if task not in loss.tasks:
        return
    rng = np.random.default_rng(classes)
    assert _check(learner(rng, [dense("h1", 4)], loss, classes=classes), rng) <= TOLERANCE


@losses
def test_so_are_those_of_a_layer_of_each_activation(loss):
    rng = np.random.default_rng(1)
    order = rng.permutation(len(ACTIVATIONS))
    hidden = [dense(f"h{k}", 2 + k % 3, ACTIVATIONS[k], _knobs(ACTIVATIONS[k], 1)) for k in order]
    assert _check(learner(rng, hidden, loss, inputs=3, examples=3), rng) <= TOLERANCE


@losses
def test_so_are_those_without_a_hidden_layer(loss):
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        assert _check(learner(rng, (), loss, inputs=1 + seed % 5, examples=1 + seed % 7), rng) <= TOLERANCE, seed


def test_logits_so_large_that_exponentials_overflow_are_no_problem():
    rng = np.random.default_rng(3)
    for loss in ("binary_cross_entropy", "softmax_cross_entropy"):
        objective = learner(rng, (), loss)
        theta = 1e5 * rng.standard_normal(objective.layout.size)
        out = np.full_like(theta, np.nan)
        objective.program(objective.full()).hvp(theta, np.ones_like(theta), np.zeros(0), objective.full(), out)
        assert np.abs(out).max() < 1e-12


WRONG_CURVATURES = {
    "a thousandth too large": lambda plan, z, a, d, out: plan.add(np.multiply, out, plan.scalar(1.001), out),
    "of the other sign": lambda plan, z, a, d, out: plan.add(np.negative, out, out),
    "left out": lambda plan, z, a, d, out: plan.add(out.fill, 0.0),
    "the slope": lambda plan, z, a, d, out: plan.add(np.copyto, out, d),
}


@pytest.mark.parametrize("wrong", WRONG_CURVATURES.values(), ids=WRONG_CURVATURES)
@activations
def test_a_wrong_second_derivative_of_an_activation_is_caught(activation, wrong):
    if np.all(activation.second_derivative(np.linspace(-2, 2, 9)) == 0) and wrong is not WRONG_CURVATURES["the slope"]:
        return  # 0 stays 0

    def curvature(plan, knobs, *arrays):
        activation.curvature(plan, knobs, *arrays)
        wrong(plan, *arrays)

    mutant = replace(activation, name="mutant", curvature=curvature)
    rng = np.random.default_rng(5)
    objective = learner(rng, [dense("h1", 4, mutant), dense("h2", 4, mutant)], "mse")
    assert _check(objective, rng) > TOLERANCE


@losses
def test_a_wrong_second_derivative_of_a_loss_is_caught(loss):
    def tangent(plan, knobs, out):
        right = loss.tangent(plan, knobs, out)

        def along(plan, r, d):
            right(plan, r, d)
            plan.add(np.multiply, d, plan.scalar(1.001), d)

        return along

    rng = np.random.default_rng(6)
    assert _check(learner(rng, [dense("h1", 4)], replace(loss, tangent=tangent)), rng) > TOLERANCE


@losses
def test_no_call_of_the_pass_along_a_vector_can_be_left_out(loss):
    rng = np.random.default_rng(8)
    objective = learner(rng, [dense("h1", 4, "gelu"), dense("h2", 3)], loss, penalty=Penalty(l2=0.1))
    theta = place(objective, rng)
    v, out = rng.standard_normal((2, theta.size))
    right = objective.program(objective.full()).linearize(theta, np.zeros(0), objective.full())(v)
    count = len(Hessian(objective, objective.full().size)._along.calls)
    assert count > 20
    for k in range(count):
        hessian = Hessian(objective, objective.full().size)
        del hessian._along.calls[k]
        hessian.move(theta, objective.full())
        hessian.times(v, out)
        assert not np.allclose(out, right, rtol=1e-6, atol=0, equal_nan=True), k


@pytest.mark.parametrize("buffer", ["_slope", "_bend", "_delta", "_ra", "_rd"])
def test_a_wrong_buffer_of_the_tangent_pass_is_caught(buffer, monkeypatch):
    right = Tangent.backward_along

    def wrong(self, plan, *rest):
        right(self, plan, *rest)  # what runs first in the pass is a thousandth too large
        array = getattr(self, buffer)
        plan.calls.insert(len(plan.calls) // 2, (np.multiply, (array, plan.scalar(1.001), array)))

    monkeypatch.setattr(Tangent, "backward_along", wrong)
    rng = np.random.default_rng(7)
    assert _check(learner(rng, [dense("h1", 4), dense("h2", 3)], "mse"), rng) > TOLERANCE
