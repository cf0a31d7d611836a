import math

import numpy as np
import pytest

from gdexplorer.objectives.jets import FUNCTIONS, POWER, PRODUCT, QUOTIENT, SUM, Elementary, Jet, apply, raised
from tests.over_rows import over_rows

ELEMENTARY = {function.name: function for function in FUNCTIONS}

# name -> the same function of plain numbers, and arguments away from its kinks
UNARY = {
    "sin": (math.sin, (-2.0, 0.0, 1.3)),
    "cos": (math.cos, (-2.0, 0.0, 1.3)),
    "tan": (math.tan, (-1.1, 0.0, 0.7)),
    "asin": (math.asin, (-0.6, 0.0, 0.5)),
    "acos": (math.acos, (-0.6, 0.0, 0.5)),
    "atan": (math.atan, (-3.0, 0.0, 0.5)),
    "sinh": (math.sinh, (-1.5, 0.0, 0.8)),
    "cosh": (math.cosh, (-1.5, 0.0, 0.8)),
    "tanh": (math.tanh, (-1.5, 0.0, 0.8)),
    "exp": (math.exp, (-2.0, 0.0, 1.5)),
    "log": (math.log, (0.4, 1.0, 5.0)),
    "ln": (math.log, (0.4, 1.0, 5.0)),
    "log2": (math.log2, (0.4, 1.0, 5.0)),
    "log10": (math.log10, (0.4, 1.0, 5.0)),
    "sqrt": (math.sqrt, (0.4, 1.0, 5.0)),
    "cbrt": (math.cbrt, (-2.0, 0.4, 5.0)),
    "abs": (abs, (-2.0, 0.5)),
    "sign": (lambda u: math.copysign(1, u), (-2.0, 0.5)),
    "floor": (math.floor, (-2.3, 0.5)),
    "relu": (lambda u: max(u, 0.0), (-2.0, 0.5)),
    "sigmoid": (lambda u: 0.5 + 0.5 * math.tanh(u / 2), (-3.0, 0.0, 2.0)),
    "softplus": (lambda u: math.log(1 + math.exp(u)), (-3.0, 0.0, 2.0)),
}
BINARY = {
    "min": (min, [(1.0, 2.0), (2.0, -1.0)]),
    "max": (max, [(1.0, 2.0), (2.0, -1.0)]),
    "hypot": (math.hypot, [(3.0, -4.0), (0.0, 1.5), (-0.7, 0.2)]),
    "atan2": (math.atan2, [(1.0, 2.0), (0.8, -1.0), (-1.0, 0.5)]),
    "+": (lambda u, v: u + v, [(1.0, 2.0)]),
    "*": (lambda u, v: u * v, [(1.5, -2.0)]),
    "/": (lambda u, v: u / v, [(1.5, -2.0), (0.0, 0.5)]),
    "**": (lambda u, v: u**v, [(1.5, -2.0), (0.5, 0.5), (2.0, 3.0)]),
}
RECORDS = ELEMENTARY | {record.name: record for record in (SUM, PRODUCT, QUOTIENT, POWER)}
H = 1e-3


def first(f, u):
    """Five points: the error is of order h⁴."""
    return (f(u - 2 * H) - 8 * f(u - H) + 8 * f(u + H) - f(u + 2 * H)) / (12 * H)


def second(f, u):
    return (-f(u - 2 * H) + 16 * f(u - H) - 30 * f(u) + 16 * f(u + H) - f(u + 2 * H)) / (12 * H * H)


def jet_of(record, *values, order=2):
    names = ({"x": 1.0}, {"y": 1.0})
    with np.errstate(all="ignore"):
        jet = apply(record, order, *[Jet(np.float64(u), **name) for u, name in zip(values, names, strict=False)])
    return Jet(*(0.0 if part is None else part for part in jet))


def test_every_function_has_a_witness():
    assert set(ELEMENTARY) == set(UNARY) | set(BINARY) - {"+", "*", "/", "**"}
    assert all(record.arity == (1 if name in UNARY else 2) for name, record in RECORDS.items())


@over_rows(("name", "u"), [(name, u) for name, (_, points) in UNARY.items() for u in points])
def test_one_argument_against_plain_numbers_and_differences(name, u):
    f, jet = UNARY[name][0], jet_of(RECORDS[name], u)
    assert jet.value == pytest.approx(f(u), rel=1e-15, abs=1e-15)
    assert jet.x == pytest.approx(first(f, u), rel=1e-8, abs=1e-10)
    assert jet.xx == pytest.approx(second(f, u), rel=1e-6, abs=1e-8)
    assert (jet.y, jet.xy, jet.yy) == (0, 0, 0)


@over_rows(("name", "u", "v"), [(name, *at) for name, (_, points) in BINARY.items() for at in points])
def test_two_arguments_against_plain_numbers_and_differences(name, u, v):
    f, jet = BINARY[name][0], jet_of(RECORDS[name], u, v)
    assert jet.value == pytest.approx(f(u, v), rel=1e-15)
    expected = {
        "x": first(lambda u: f(u, v), u),
        "y": first(lambda v: f(u, v), v),
        "xx": second(lambda u: f(u, v), u),
        "xy": first(lambda v: first(lambda u: f(u, v), u), v),
        "yy": second(lambda v: f(u, v), v),
    }
    for part, value in expected.items():
        assert getattr(jet, part) == pytest.approx(value, rel=1e-6, abs=1e-7), part


def test_the_chain_rule_bends_through_both_arguments():
    # sin(x y)·x: closed forms at (0.7, −1.2)
    a, b = 0.7, -1.2
    x, y = Jet(np.float64(a), 1.0), Jet(np.float64(b), None, 1.0)
    jet = apply(PRODUCT, 2, apply(ELEMENTARY["sin"], 2, apply(PRODUCT, 2, x, y)), x)
    s, c = math.sin(a * b), math.cos(a * b)
    expected = (a * s, s + a * b * c, a * a * c, 2 * b * c - a * b * b * s, 2 * a * c - a * a * b * s, -(a**3) * s)
    np.testing.assert_allclose(jet, expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "u", "slope"), [("abs", 0.0, 0.0), ("abs", -0.0, 0.0), ("relu", 0.0, 0.0), ("sign", 0.0, 0.0)]
)
def test_derivatives_at_kinks(name, u, slope):
    jet = jet_of(RECORDS[name], u)
    assert (jet.value, jet.x, jet.xx) == (0, slope, 0)


def test_of_equals_the_first_is_taken_and_the_tip_of_the_cone_is_flat():
    for name in ("min", "max"):
        jet = jet_of(RECORDS[name], 2.0, 2.0)
        assert (jet.value, jet.x, jet.y) == (2, 1, 0)
    assert jet_of(RECORDS["hypot"], 0.0, 0.0) == (0, 0, 0, 0, 0, 0)


@over_rows(
    ("u", "n", "value", "slope", "curvature"),
    [
        (0, 0, 1, 0, 0),
        (0, 1, 0, 1, 0),
        (0, 2, 0, 0, 2),
        (0, 3, 0, 0, 0),
        (-2, 3, -8, 12, -12),
        (-2, 2, 4, -4, 2),
        (-2, -1, -0.5, -0.25, -0.25),
        (-2, -2, 0.25, 0.25, 0.375),
        (-3, 0, 1, 0, 0),
        (4, 0.5, 2, 0.25, -0.03125),
        (-1, 0.5, math.nan, math.nan, math.nan),
        (0, -1, math.inf, -math.inf, math.inf),
        (0, 1.5, 0, 0, math.inf),
    ],
)
def test_known_powers_are_exact(u, n, value, slope, curvature):
    jet = jet_of(raised(float(n)), u)
    np.testing.assert_array_equal([jet.value, jet.x, jet.xx], [value, slope, curvature])


@pytest.mark.parametrize(
    ("v", "expected"),
    [(2.0, (0, 0, 0, 2, 0, 0)), (1.0, (0, 1, 0, 0, 1, 0)), (0.0, (1, 0, 0, 0)), (3.0, (0, 0, 0, 0, 0, 0))],
)
def test_a_varying_exponent_leaves_a_base_of_zero_without_nan(v, expected):
    np.testing.assert_array_equal(jet_of(POWER, 0.0, v)[: len(expected)], expected)


def test_a_logarithm_has_no_slope_where_it_has_no_value():
    for name in ("log", "ln", "log2", "log10", "sqrt", "asin", "acos"):
        assert np.isnan(jet_of(RECORDS[name], -1.5)).tolist() == [True, True, False, True, False, False], name


@pytest.mark.parametrize(("name", "u", "value", "slope"), [
    ("sigmoid", -1000.0, 0, 0), ("sigmoid", 1000.0, 1, 0), ("softplus", 1000.0, 1000, 1), ("softplus", -1000.0, 0, 0),
    ("tanh", 1000.0, 1, 0), ("tanh", -1000.0, -1, 0),
])  # fmt: skip
def test_far_out_values_are_the_limits(name, u, value, slope):
    jet = jet_of(RECORDS[name], u)
    assert (jet.value, jet.x, jet.xx) == (value, slope, 0)


@over_rows("name", RECORDS)
def test_arrays_of_any_shape_are_their_numbers(name):
    record = RECORDS[name]
    points = [(u, 0.0) for u in UNARY[name][1]] if name in UNARY else BINARY[name][1]
    arguments = [np.array([column]).T for column in zip(*points, strict=True)][: record.arity]  # (points, 1)
    jets = [Jet(u, **part) for u, part in zip(arguments, ({"x": 1.0}, {"y": 1.0}), strict=False)]
    jet = apply(record, 2, *jets)
    for k, point in enumerate(points):
        for whole, single in zip(jet, jet_of(record, *point[: record.arity]), strict=True):
            part = np.broadcast_to(0.0 if whole is None else whole, (len(points), 1))
            assert part[k, 0] == pytest.approx(single, rel=1e-15)


def test_nothing_is_computed_that_was_not_asked_for():
    def never(*_):
        raise AssertionError("computed")

    x = Jet(np.float64(3.0), 1.0)
    assert apply(Elementary("f", 1, lambda u: u, never, never), 0, x) == Jet(3.0)
    assert apply(Elementary("f", 1, lambda u: u, lambda f, u: (2.0,), never), 1, x) == Jet(3.0, 2.0)
