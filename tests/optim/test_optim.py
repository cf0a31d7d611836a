"""Every optimizer, in every setting of the frozen cases, crossed with what must hold for all of them."""

import copy
import json
import tracemalloc

import numpy as np
import pytest

from gdexplorer.fields import describe
from gdexplorer.optim import RULES
from tests.over_rows import over_rows


def _run(rule, slots, theta, gradients):
    theta, out = theta.copy(), np.empty_like(theta)
    path = []
    for gradient in gradients:
        slots.gradient[:] = gradient
        rule.propose(theta, slots, out)
        theta[:] = out
        path.append(theta.copy())
    return np.array(path)


def _problem(name, dtype):
    rng = np.random.default_rng(3)
    gradients = {
        "noise": rng.standard_normal((60, 7)),
        "steady": np.tile([1.0, -1.0, 1e-6, 1e4, 0.0, 2.0, -3.0], (60, 1)),
        "sparse": rng.standard_normal((60, 7)) * (rng.random((60, 7)) < 0.1),
    }[name]
    return rng.standard_normal(7).astype(dtype), gradients.astype(dtype)


def test_every_rule_has_a_case_and_a_name_of_its_own(reference):
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert {case["rule"] for case in json.loads(str(reference["cases"]))} == set(names)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_knobs_are_named_after_their_rule_and_described(rule):
    assert rule.Knobs().kind == rule.name
    described = {d.name: d for d in describe(rule.Knobs)}
    assert described.keys() == rule.Knobs.model_fields.keys() - {"kind"}
    for d in described.values():
        assert d.label
        assert d.help.endswith(".")
        if d.slider:
            assert d.low <= d.slider[0] < d.slider[1] <= d.high
            assert d.slider[0] <= d.default <= d.slider[1]


def test_a_thousand_forced_steps_agree_with_pytorch(case, rule, begin, reference):
    slots, change = begin(), int(reference["change"])
    gradients, shown = reference["gradients"], reference["shown"]
    before = _run(rule, slots, reference["start"], gradients[:change])
    rule.tune(slots, rule.Knobs(**case["knobs"] | case.get("later", {})))
    path = np.concatenate([before, _run(rule, slots, before[-1], gradients[change:])])
    expected = reference[f"{case['name']}/forced"]
    assert np.abs(path[-1] - reference["start"]).max() > 1e-3
    np.testing.assert_allclose(path[shown - 1], expected, rtol=0, atol=1e-12)


def test_a_hundred_free_steps_agree_with_pytorch(case, rule, begin, reference):
    slots, theta, out = begin(), reference["far"].copy(), np.empty(5)
    path = []
    for _ in range(100):
        slots.gradient[:] = reference["hessian"] @ theta
        rule.propose(theta, slots, out)
        theta[:] = out
        path.append(theta.copy())
    expected = reference[f"{case['name']}/free"]
    np.testing.assert_allclose(np.array(path)[reference["free"] - 1], expected, rtol=0, atol=1e-10)


def test_propose_leaves_theta_and_the_gradient_as_they_are(rule, begin):
    theta, gradients = _problem("noise", np.float64)
    slots, out, before = begin(7), np.empty(7), theta.copy()
    for gradient in gradients[:3]:
        slots.gradient[:] = gradient
        rule.propose(theta, slots, out)
        np.testing.assert_array_equal(theta, before)
        np.testing.assert_array_equal(slots.gradient, gradient)
        assert not np.array_equal(out, theta)


@over_rows("dtype", [np.float32, np.float64])
@over_rows("problem", ["noise", "steady", "sparse"])
@over_rows("again", ["copy", "deepcopy", "restore"])
def test_a_run_resumes_bit_for_bit(rule, begin, problem, dtype, again):
    theta, gradients = _problem(problem, dtype)
    slots = begin(7, dtype)
    middle = _run(rule, slots, theta, gradients[:30])[-1]
    if again == "restore":
        twin = begin(7, dtype)
        arrays, numbers = slots.saved()
        twin.restore({name: array.copy() for name, array in arrays.items()}, numbers)
    else:
        twin = slots.copy() if again == "copy" else copy.deepcopy(slots)
    rest = _run(rule, slots, middle, gradients[30:])
    assert rest.dtype == dtype
    assert np.isfinite(rest).all()
    np.testing.assert_array_equal(_run(rule, twin, middle, gradients[30:]), rest)
    for (name, array), other in zip(slots.saved()[0].items(), twin.saved()[0].values(), strict=True):
        np.testing.assert_array_equal(array, other, err_msg=name)
    assert slots.numbers == twin.numbers


def test_the_gradient_is_shared_as_before_in_a_copy_of_a_copy(rule, begin):
    theta, gradients = _problem("noise", np.float64)
    slots = begin(7)
    expected = _run(rule, slots.copy().copy(), theta, gradients)
    np.testing.assert_array_equal(_run(rule, slots, theta, gradients), expected)


def test_tuning_to_the_same_knobs_changes_no_bit(case, rule, begin):
    theta, gradients = _problem("noise", np.float64)
    slots = begin(7)
    middle = _run(rule, slots, theta, gradients[:30])[-1]
    twin = slots.copy()
    rule.tune(twin, rule.Knobs(**case["knobs"]))
    expected = _run(rule, slots, middle, gradients[30:])
    np.testing.assert_array_equal(_run(rule, twin, middle, gradients[30:]), expected)


def test_a_cut_of_the_learning_rate_acts_at_once(case, rule, begin):
    theta, gradients = _problem("noise", np.float64)
    slots = begin(7)
    middle = _run(rule, slots, theta, gradients[:30])[-1]
    twin = slots.copy()
    rate = rule.Knobs(**case["knobs"]).learning_rate
    rule.tune(twin, rule.Knobs(**case["knobs"] | {"learning_rate": rate / 8}))
    full = _run(rule, slots, middle, gradients[30:31])[0] - middle
    cut = _run(rule, twin, middle, gradients[30:31])[0] - middle
    np.testing.assert_allclose(cut, full / 8, rtol=0, atol=1e-14)


def test_a_gradient_of_zero_moves_nothing_but_decay(case, rule, begin):
    theta, slots = np.ones(7), begin(7)
    decayed = theta.copy()
    if case["rule"] == "adamw":
        knobs = rule.Knobs(**case["knobs"])
        decayed -= knobs.learning_rate * knobs.weight_decay * np.resize(case.get("mask", [1]), 7)
    np.testing.assert_array_equal(_run(rule, slots, theta, np.zeros((1, 7)))[0], decayed)


def test_a_step_allocates_no_array(rule, begin):
    size = 100_000
    slots, theta, out = begin(size), np.zeros(size), np.empty(size)
    slots.gradient[:] = 1.0
    rule.propose(theta, slots, out)
    tracemalloc.start()
    try:
        for _ in range(3):
            rule.propose(theta, slots, out)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000


@over_rows("rule", RULES, ids=lambda rule: rule.name)
@over_rows("bad", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_makes_an_update_that_is_not(rule, bad):
    # the training step relies on it: it looks at the update alone
    slots = rule.init(3, np.dtype(np.float64), rule.Knobs(), None)
    theta, out = np.ones(3), np.empty(3)
    with np.errstate(all="ignore"):
        for gradient in ([0.5, -1.0, 2.0], [0.5, bad, 2.0]):
            slots.gradient[:] = gradient
            rule.propose(theta, slots, out)
    assert np.isfinite(out).tolist() == [True, False, True]
