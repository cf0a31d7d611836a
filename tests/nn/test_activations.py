import math

import numpy as np
import pytest

from gdexplorer.fields import describe
from gdexplorer.nn.activations import ACTIVATIONS
from tests.builders import ACTIVATION
from tests.over_rows import over_rows

each = over_rows("record", ACTIVATIONS, ids=lambda record: record.name)


def _logistic(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _density(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


# name, knobs -> f and f′ of one number
CLOSED_FORMS = [
    ("tanh", {}, math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    ("relu", {}, lambda x: max(x, 0.0), lambda x: float(x > 0)),
    ("sigmoid", {}, _logistic, lambda x: _logistic(x) * _logistic(-x)),
    ("leaky_relu", {}, lambda x: x if x > 0 else 0.01 * x, lambda x: 1.0 if x > 0 else 0.01),
    ("leaky_relu", {"slope": 0.3}, lambda x: x if x > 0 else 0.3 * x, lambda x: 1.0 if x > 0 else 0.3),
    ("leaky_relu", {"slope": 1.0}, lambda x: x, lambda x: 1.0),
    ("leaky_relu", {"slope": 0.0}, lambda x: max(x, 0.0), lambda x: float(x > 0)),
    ("elu", {}, lambda x: x if x > 0 else math.expm1(x), lambda x: 1.0 if x > 0 else math.exp(x)),
    ("elu", {"alpha": 2.5}, lambda x: x if x > 0 else 2.5 * math.expm1(x),
     lambda x: 1.0 if x > 0 else 2.5 * math.exp(x)),
    ("gelu", {}, lambda x: x * _cdf(x), lambda x: _cdf(x) + x * _density(x)),
    ("silu", {}, lambda x: x * _logistic(x), lambda x: _logistic(x) * (1 + x * _logistic(-x))),
    ("softplus", {}, lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), _logistic),
    ("linear", {}, lambda x: x, lambda x: 1.0),
]  # fmt: skip
EXTREMES = [sign * size for size in (0.0, 1e-300, 88.0, 89.0, 709.0, 710.0, 1e4, 1e308) for sign in (1, -1)]
GRID = [*np.linspace(-30, 30, 2401), *np.geomspace(1e-12, 1, 50), *-np.geomspace(1e-12, 1, 50)]

HIGHEST_SLOPE = {"tanh": 1.0, "relu": 1.0, "sigmoid": 0.25, "leaky_relu": 1.0, "elu": 1.0, "gelu": 1.1289042, "silu":
                 1.0998393, "softplus": 1.0, "linear": 1.0}  # fmt: skip
AT_ZERO = {"tanh": (0, 1), "relu": (0, 0), "sigmoid": (0.5, 0.25), "leaky_relu": (0, 0.01), "elu": (0, 1),
           "gelu": (0, 0.5), "silu": (0, 0.5), "softplus": (math.log(2), 0.5), "linear": (0, 1)}  # fmt: skip


@over_rows(("name", "knobs", "f", "slope"), CLOSED_FORMS, ids=lambda value: str(value)[:24])
def test_value_and_derivative_are_the_closed_forms(name, knobs, f, slope):
    record = ACTIVATION[name]
    settings = record.Knobs(**knobs)
    z = np.array(GRID)
    np.testing.assert_allclose(record(z, settings), [f(x) for x in z], rtol=4e-15, atol=4e-15)
    np.testing.assert_allclose(record.derivative(z, settings), [slope(x) for x in z], rtol=4e-15, atol=4e-15)


def test_every_activation_is_in_the_tables():
    names = {record.name for record in ACTIVATIONS}
    assert names == {name for name, *_ in CLOSED_FORMS} == set(HIGHEST_SLOPE) == set(AT_ZERO)


@each
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_and_derivatives_stay_finite(record, dtype):
    largest = float(np.finfo(dtype).max)
    z = np.array([x for x in EXTREMES if abs(x) <= largest] + [largest, -largest], dtype)
    assert np.isfinite(record(z)).all()
    assert np.isfinite(record.derivative(z)).all()


@over_rows(("name", "knobs", "f", "slope"), CLOSED_FORMS, ids=lambda value: str(value)[:24])
def test_the_tails_are_the_limits(name, knobs, f, slope):
    record = ACTIVATION[name]
    z = np.array([-1e4, -710.0, -709.0, -89.0, 88.0, 709.0, 710.0, 1e4])
    settings = record.Knobs(**knobs)
    np.testing.assert_allclose(record(z, settings), [_guarded(f, x) for x in z], rtol=1e-15, atol=1e-30)
    np.testing.assert_allclose(record.derivative(z, settings), [_guarded(slope, x) for x in z], rtol=1e-15, atol=1e-30)


def _guarded(f, x):
    try:
        return f(x)
    except OverflowError:  # cosh
        return 0.0


@each
def test_at_zero_the_derivative_is_the_one_from_the_left_where_there_is_a_kink(record):
    value, slope = AT_ZERO[record.name]
    for zero in (0.0, -0.0):
        assert record(np.array(zero)) == value
        assert record.derivative(np.array(zero)) == slope


def test_the_leaky_derivative_at_zero_is_its_slope():
    record = ACTIVATION["leaky_relu"]
    assert record.derivative(np.array(0.0), record.Knobs(slope=0.25)) == 0.25


@each
def test_the_highest_slope_is_the_known_one(record):
    slopes = record.derivative(np.linspace(-20, 20, 400_001))
    assert slopes.max() == pytest.approx(HIGHEST_SLOPE[record.name], rel=1e-6)


@each
def test_float32_is_float64_rounded(record):
    z = np.linspace(-12, 12, 4001, dtype=np.float32)
    wide = z.astype(np.float64)
    value, slope = record(z), record.derivative(z)
    assert value.dtype == slope.dtype == np.float32
    np.testing.assert_allclose(value, record(wide), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(slope, record.derivative(wide), rtol=1e-6, atol=1e-6)


@each
def test_the_argument_is_left_alone_and_the_shape_kept(record):
    z = np.linspace(-2, 2, 24).reshape(2, 3, 4)
    before = z.copy()
    assert record(z).shape == record.derivative(z).shape == (2, 3, 4)
    np.testing.assert_array_equal(z, before)


@each
def test_knobs_are_named_after_their_activation_and_live(record):
    assert record.Knobs().kind == record.name
    assert all(setting.help.endswith(".") and setting.live for setting in describe(record.Knobs))
