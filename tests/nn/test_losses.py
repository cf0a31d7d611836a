import math

import numpy as np
import pytest

from gdexplorer.fields import describe
from gdexplorer.nn.losses import LOSSES
from gdexplorer.nn.plan import Plan
from tests.builders import LOSS, run_plan
from tests.over_rows import over_rows

each = over_rows("record", LOSSES, ids=lambda record: record.name)
SHAPES = [(1, 1), (1, 7), (3, 1), (3, 5)]


def _run(record, outputs, targets, knobs=None, dtype=np.float64):
    """The loss and ∂L/∂outputs."""
    plan, out = Plan(np.dtype(dtype)), np.array(outputs, dtype)
    terms, add_delta = record.compile(plan, knobs or record.Knobs(), out)
    delta, y = np.full_like(out, np.nan), np.array(targets, dtype)
    add_delta(delta)
    run_plan(plan, y=y)
    return sum(factor * values.item() for factor, values in terms), delta


def _mse(out, y, factor=1.0):
    return sum(factor * (p - t) ** 2 for p, t in zip(out.flat, y.flat, strict=True)) / out.size


def _huber(out, y, threshold):
    errors = [abs(p - t) for p, t in zip(out.flat, y.flat, strict=True)]
    return sum(e * e / 2 if e <= threshold else threshold * e - threshold**2 / 2 for e in errors) / out.size


def _binary(out, y):
    p = [1 / (1 + math.exp(-z)) for z in out.flat]
    return -sum(t * math.log(q) + (1 - t) * math.log(1 - q) for q, t in zip(p, y.flat, strict=True)) / out.shape[1]


def _softmax(out, y):
    p = np.exp(out) / np.exp(out).sum(axis=0)
    return -sum(math.log(q) for q in p.T[y.T == 1]) / out.shape[1]


DIRECT = [
    ("mse", {}, _mse),
    ("half_mse", {}, lambda out, y: _mse(out, y, 0.5)),
    ("huber", {}, lambda out, y: _huber(out, y, 1.0)),
    ("huber", {"delta": 0.3}, lambda out, y: _huber(out, y, 0.3)),
    ("huber", {"delta": 100.0}, lambda out, y: _mse(out, y, 0.5)),
    ("binary_cross_entropy", {}, _binary),
    ("softmax_cross_entropy", {}, _softmax),
]


def _targets(record, rng, classes, n):
    if record.name == "softmax_cross_entropy":
        return np.eye(classes)[:, rng.integers(classes, size=n)]
    return rng.integers(2, size=(classes, n)) * 1.0 if record.logits else rng.normal(size=(classes, n))


@over_rows("shape", SHAPES)
@over_rows(("name", "knobs", "direct"), DIRECT, ids=lambda value: "" if callable(value) else str(value))
def test_the_loss_is_the_direct_formula(rng, name, knobs, direct, shape):
    record = LOSS[name]
    if name == "binary_cross_entropy":
        shape = (1, shape[1])  # one logit an example
    out, y = 3 * rng.normal(size=shape), _targets(record, rng, *shape)
    value, _ = _run(record, out, y, record.Knobs(**knobs))
    assert value == pytest.approx(direct(out, y), rel=1e-12, abs=1e-14)
    assert _run(record, out, y, record.Knobs(**knobs), np.float32)[0] == pytest.approx(direct(out, y), rel=1e-5)


def test_every_loss_is_in_the_table():
    assert {name for name, *_ in DIRECT} == LOSS.keys()


@over_rows("z", [0.0, 1e-300, 88.0, 89.0, 709.0, 710.0, 1e4, 1e307])
@over_rows("sign", [1, -1])
@over_rows("label", [0.0, 1.0])
def test_binary_cross_entropy_of_an_extreme_logit(z, sign, label):
    logit = sign * z
    value, delta = _run(LOSS["binary_cross_entropy"], [[logit]], [[label]])
    against = logit if label == 0 else -logit  # the loss is log(1 + e^against)
    assert value == pytest.approx(max(against, 0.0) + math.log1p(math.exp(-abs(logit))), rel=1e-15)
    p = 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0
    assert delta.item() == pytest.approx(p - label, abs=1e-15)


@pytest.mark.parametrize("z", [0.0, 1e-300, 88.0, 89.0, 709.0, 710.0, 1e4, 1e307])
def test_softmax_cross_entropy_of_extreme_logits(z):
    outputs, y = [[z, z], [-z, -z], [0.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    value, delta = _run(LOSS["softmax_cross_entropy"], outputs, y)
    log_sum = math.log(1 + math.exp(-z) + math.exp(-2 * z)) if z < 700 else 0.0
    assert value == pytest.approx((2 * z + 2 * log_sum) / 2, rel=1e-14)
    np.testing.assert_allclose(delta.sum(axis=0), 0, atol=1e-15)
    assert (np.abs(delta) <= 0.5).all()


@each
def test_a_loss_that_overflows_says_so(record):
    if record.logits:
        out, y = np.array([[1.7e308], [-1.7e308]]), np.array([[0.0], [1.0]])
        if record.name == "binary_cross_entropy":
            out, y = np.array([[1.7e308, 1.7e308]]), np.array([[0.0, 0.0]])
    else:
        out, y = np.array([[1.7e308, 1.0]]), np.array([[-1.7e308, 1.0]])
    value, _ = _run(record, out, y)
    assert not np.isfinite(value)


@each
def test_a_stack_has_the_loss_of_each_member(rng, record):
    classes = 1 if record.name == "binary_cross_entropy" else 3
    outputs, y = 2 * rng.normal(size=(4, classes, 6)), _targets(record, rng, classes, 6)
    plan = Plan(np.dtype(float), 4)
    terms, _ = record.compile(plan, record.Knobs(), outputs)
    run_plan(plan, y=y)
    value = sum(factor * values for factor, values in terms)
    np.testing.assert_allclose(value, [_run(record, out, y)[0] for out in outputs], rtol=1e-13)


@each
def test_outputs_are_left_alone(rng, record):
    classes = 1 if record.name == "binary_cross_entropy" else 3
    out, y = rng.normal(size=(classes, 5)), _targets(record, rng, classes, 5)
    plan = Plan(np.dtype(float))
    before = out.copy()
    *_, add_delta = record.compile(plan, record.Knobs(), out)
    add_delta(np.empty_like(out))
    run_plan(plan, y=y)
    np.testing.assert_array_equal(out, before)


@each
@pytest.mark.parametrize(("task", "classes"), [("regression", 0), ("binary", 2), ("classes", 3)])
def test_targets_say_back_the_class_they_were_made_of(record, task, classes):
    if task not in record.tasks:
        return
    y = np.array([0.5, -2.0, 7.0]) if task == "regression" else np.array([1.0, 0.0, classes - 1.0, 0.0])
    targets = record.targets(task, classes, y)
    assert targets.shape == (record.outputs(task, classes), len(y))
    if task == "regression":
        np.testing.assert_array_equal(targets[0], y)
    else:
        np.testing.assert_array_equal(record.decide(targets), y)
        low = 0 if record.logits or task == "classes" else -1
        assert set(np.unique(targets)) == {low, 1}


def test_a_decision_is_the_sign_of_one_output_or_the_largest_of_several():
    decide = LOSS["mse"].decide
    assert decide(np.array([[-0.1, 0.0, 0.2]])).tolist() == [0, 0, 1]
    assert decide(np.array([[1.0, 0.0], [0.5, 3.0], [0.0, -1.0]])).tolist() == [0, 1]


@each
def test_knobs_are_named_after_their_loss(record):
    assert record.Knobs().kind == record.name
    assert all(setting.help.endswith(".") for setting in describe(record.Knobs))
