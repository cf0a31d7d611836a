import itertools

import numpy as np
import pytest

from gdexplorer.objectives.functions import FUNCTIONS
from tests.over_rows import over_rows

FUNCTION = {function.name: function for function in FUNCTIONS}
each = over_rows("function", FUNCTIONS, ids=lambda function: function.name)


def _lilipads(a, b):
    return lambda x, z: np.exp(-((x - a) ** 2 + (1.4 * z - b) ** 2) / 0.2)


def _rings(x, z):
    r = np.sqrt((10 * x) ** 2 + (10 * z) ** 2) + 0.01
    return -np.sin(r) / r + 0.01 * r**2


def _turned(x, y):
    u, v = (x + y) / np.sqrt(2), (x - y) / np.sqrt(2)
    return (u**2 + 100 * v**2) / 2


WITNESSES = {
    "parabola": lambda x, y: 2 * x**2 + 0 * y,
    "bowl": lambda x, y: x**2 / 2 + 2 * y**2,
    "ravine": lambda x, y: x**2 / 2 + 50 * y**2,
    "ravine_45": _turned,
    "rosenbrock": lambda x, y: 1 - 2 * x + x**2 + 100 * (y**2 - 2 * y * x**2 + x**4),
    "himmelblau": lambda x, y: np.square(x * x + y - 11) + np.square(x + y * y - 7),
    "beale": lambda x, y: sum((c - x * (1 - y**i)) ** 2 for i, c in enumerate((1.5, 2.25, 2.625), start=1)),
    "saddle": lambda x, y: (2 * x**2 - 2 * y**2 + y**4) / 4,
    "monkey_saddle": lambda x, y: ((x + 1j * y) ** 3).real,
    "double_well": lambda x, y: (x**4 - 2 * x**2 + 1) / 4 + y**2 / 2,
    "three_hump_camel": lambda x, y: 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2,
    "six_hump_camel": lambda x, y: 4 * x**2 - 2.1 * x**4 + x**6 / 3 + x * y - 4 * y**2 + 4 * y**4,
    "styblinski_tang": lambda x, y: sum(u**4 - 16 * u**2 + 5 * u for u in (x, y)) / 2,
    "plateau_well": lambda x, y: -np.expm1(-(np.hypot(x, y) ** 2) / 2),
    "sharp_flat": lambda x, y: y**2 / 4 - np.exp(-(((x + 1.5) / 0.15) ** 2) / 2) - np.exp(-(((x - 1) / 0.8) ** 2) / 2),
    "rastrigin": lambda x, y: 20 + sum(u**2 - 10 * np.cos(2 * np.pi * u) for u in (x, y)),
    "lilipads_local_minimum": lambda x, z: (
        x**2 + (1.4 * z) ** 2 - 2 * _lilipads(1, 0)(x, z) - 6 * _lilipads(-1, 0)(x, z)
    ),
    "lilipads_global_minimum": lambda x, z: x**2 + z**2,
    "lilipads_saddle": lambda x, z: np.sin(x) + z**2,
    "lilipads_bowl": lambda x, z: -np.exp(-(x**2 / 4 + 5 * z**2 / 4)) + x**2 / 4 + z**2 / 8,
    "lilipads_hills": lambda x, z: (
        x**2 + (1.4 * z) ** 2 + 2 * _lilipads(1, 0)(x, z) + 6 * _lilipads(-1, 0)(x, z) - 2 * _lilipads(1, -1)(x, z)
    ),
    "lilipads_plateau": _rings,
}

# From the curriculum's table, to its digits: minima with their values, saddles, maxima.
TABLE = {
    "bowl": ([(0, 0, 0)], [], []),
    "ravine": ([(0, 0, 0)], [], []),
    "rosenbrock": ([(1, 1, 0)], [], []),
    "himmelblau": (
        [(3, 2, 0), (-2.805, 3.131, 0), (-3.779, -3.283, 0), (3.584, -1.848, 0)],
        [(3.385, 0.074), (0.087, 2.884), (-3.073, -0.081), (-0.128, -1.954)],
        [(-0.271, -0.923)],
    ),
    "beale": ([(3, 0.5, 0)], [(0, 1), (0.10, -2.64)], []),
    "saddle": ([(0, 1, -0.25), (0, -1, -0.25)], [(0, 0)], []),
    "monkey_saddle": ([], [(0, 0)], []),
    "double_well": ([(1, 0, 0), (-1, 0, 0)], [(0, 0)], []),
    "three_hump_camel": (
        [(0, 0, 0), (1.748, -0.874, 0.2986), (-1.748, 0.874, 0.2986)],
        [(1.071, -0.535), (-1.071, 0.535)],
        [],
    ),
    "six_hump_camel": ([(0.0898, -0.7127, -1.0316), (-0.0898, 0.7127, -1.0316)], [], []),
    "styblinski_tang": ([(-2.904, -2.904, -78.332), (2.747, 2.747, -50.0589)], [], []),
    "plateau_well": ([(0, 0, 0)], [], []),
    "sharp_flat": ([(-1.499, 0, -1.0076), (1.0, 0, -1.0)], [(-1.021, 0)], []),
    "rastrigin": ([(0, 0, 0)], [], []),
}
COUNTS = {"himmelblau": (4, 4, 1), "beale": (1, 2, 0), "three_hump_camel": (3, 2, 0), "six_hump_camel": (6, 7, 2),
          "styblinski_tang": (4, 4, 1), "sharp_flat": (2, 1, 0), "double_well": (2, 1, 0)}  # fmt: skip


def digits(number):
    return len(str(number).partition(".")[2])


def rounds_to(point, printed):
    """Whether a point is the printed one, to half a unit of the last digit; a printed whole number is exact."""
    halves = [0.5001 * 10.0 ** -digits(v) if digits(v) else 1e-12 for v in printed]
    return all(abs(u - v) <= half for u, v, half in zip(point, printed, halves, strict=True))


def stationary(function, n):
    """Return every isolated stationary point in the domain that Newton's method finds from a grid, with its kind."""
    f, ((x0, x1), (y0, y1)) = function.compiled, function.domain
    x, y = np.meshgrid(np.linspace(x0, x1, n), np.linspace(y0, y1, n))
    with np.errstate(all="ignore"):
        for _ in range(60):
            _, gx, gy, a, b, c = f.hessian(x, y)
            determinant = a * c - b * b
            x, y = x - (c * gx - b * gy) / determinant, y - (a * gy - b * gx) / determinant
    _, gx, gy, a, b, c = f.hessian(x, y)
    found = (np.hypot(gx, gy) < 1e-8) & (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    kind = np.where(a * c < b * b, 0, np.sign(a + c))
    points = zip(x[found].round(6) + 0.0, y[found].round(6) + 0.0, kind[found], strict=True)
    return {(float(u), float(v), int(k)) for u, v, k in points}


def test_there_are_the_functions_of_the_lessons_and_those_of_lilipads():
    assert [function.name for function in FUNCTIONS] == list(WITNESSES)
    assert set(TABLE) == {name for name in WITNESSES if "lilipads" not in name} - {"parabola", "ravine_45"}


@each
def test_the_formula_is_the_function(function):
    x, y = (np.random.default_rng(0).uniform(*side, size=200) for side in function.domain)
    np.testing.assert_allclose(function.compiled.value(x, y), WITNESSES[function.name](x, y), rtol=1e-11, atol=1e-11)
    assert function.compiled is function.compiled


@each
def test_start_and_stationary_points_lie_in_the_domain(function):
    points = [function.start, *(p[:2] for p in function.minima), *function.saddles, *function.maxima]
    for point, ((x0, x1), (y0, y1)) in zip(points, itertools.repeat(function.domain)):
        assert x0 <= point[0] <= x1
        assert y0 <= point[1] <= y1


SIGNS = {"minima": (1, 1), "saddles": (-1, 1), "maxima": (-1, -1)}


@each
def test_stationary_points_are_stationary_and_of_their_kind(function):
    for kind, signs in SIGNS.items():
        for x, y, *value in getattr(function, kind):
            f, gx, gy, a, b, c = function.compiled.hessian(x, y)
            assert np.hypot(gx, gy) < 1e-12 * max(1.0, abs(a) + abs(c)), (x, y)
            assert not value or f == pytest.approx(value[0], rel=1e-14, abs=1e-15)
            eigenvalues = np.linalg.eigvalsh([[a, b], [b, c]])
            if (function.name, kind) == ("parabola", "minima"):
                np.testing.assert_array_equal(eigenvalues, [0, 4])  # a valley: every y
            elif (function.name, kind) == ("monkey_saddle", "saddles"):
                np.testing.assert_array_equal(eigenvalues, [0, 0])
            elif function.name == "lilipads_plateau":
                pass  # the tip of a cone, where there is no Hessian; see below
            else:
                assert tuple(np.sign(eigenvalues)) == signs, (x, y)


def test_the_rings_surround_the_tip_of_a_cone():
    function = FUNCTION["lilipads_plateau"]
    [(x, y, lowest)] = function.minima
    angle = np.linspace(0, 2 * np.pi, 8)
    heights = [function.compiled.value(x + r * np.cos(angle), y + r * np.sin(angle)) for r in (1e-6, 1e-3, 0.1)]
    assert lowest < heights[0].min() <= heights[0].max() < heights[1].min() <= heights[1].max() < heights[2].min()


def test_minima_come_lowest_first():
    for function in FUNCTIONS:
        values = [round(value, 12) for *_, value in function.minima]
        assert values == sorted(values), function.name


@over_rows("name", TABLE)
def test_the_points_are_those_of_the_table(name):
    function = FUNCTION[name]
    for printed, points in zip(TABLE[name], (function.minima, function.saddles, function.maxima), strict=True):
        for point in printed:
            assert sum(rounds_to(p, point) for p in points) == 1, point
    assert all(len(getattr(function, kind)) == count for kind, count in zip(SIGNS, COUNTS.get(name, ()), strict=False))


@over_rows("name", sorted(set(WITNESSES) - {"parabola", "monkey_saddle", "lilipads_plateau", "rastrigin"}))
def test_no_stationary_point_is_missing(name):
    function = FUNCTION[name]
    listed = {(round(p[0], 6) + 0.0, round(p[1], 6) + 0.0, kind)
              for points, kind in ((function.minima, 1), (function.saddles, 0), (function.maxima, -1))
              for p in points}  # fmt: skip
    assert stationary(function, 61) == listed


def test_rastrigin_has_121_minima_and_220_saddles():
    kinds = [kind for *_, kind in stationary(FUNCTION["rastrigin"], 121)]
    assert (kinds.count(1), kinds.count(0), kinds.count(-1)) == (121, 220, 100)


def descend(function, rate, reached, limit, start=None):
    """Return the number of steps of plain gradient descent until reached(x, y, f), or None, and where it ended."""
    (x, y), gradient = map(np.float64, start or function.start), function.compiled.gradient
    for step in range(limit + 1):
        f, gx, gy = gradient(x, y)
        if reached(x, y, f):
            return step, (x, y, f)
        x, y = x - rate * gx, y - rate * gy
    return None, (x, y, f)


@each
def test_the_learning_rate_descends_from_the_start(function):
    _, (x, y, f) = descend(function, function.learning_rate, lambda *_: False, 300)
    assert np.isfinite([x, y, f]).all()
    assert f < function.compiled.value(*function.start)


@pytest.mark.parametrize(("name", "rate", "below", "steps"), [
    ("ravine", 0.01, 1e-6, 882), ("ravine_45", 0.01, 1e-6, 882), ("ravine", 0.0195, 1e-6, 451),
    ("ravine", 0.0195, 1e-3, 275), ("ravine_45", 0.0195, 1e-3, 275), ("rosenbrock", 0.001, 1e-3, 6852),
    ("beale", 0.005, 1e-3, 1108), ("plateau_well", 0.1, 0.01, 3394),
])  # fmt: skip
def test_gradient_descent_takes_the_steps_that_the_lessons_tell(name, rate, below, steps):
    taken, _ = descend(FUNCTION[name], rate, lambda x, y, f: f < below, 10_000)
    assert taken == steps


@pytest.mark.parametrize(("name", "rate", "start", "end"), [
    ("himmelblau", 0.01, None, (3.584, -1.848)), ("himmelblau", 0.01, (0, -4), (-3.779, -3.283)),
    ("styblinski_tang", 0.01, None, (2.747, 2.747)), ("three_hump_camel", 0.01, None, (1.748, -0.874)),
    ("rastrigin", 0.002, None, (1.990, -1.990)), ("sharp_flat", 0.02, None, (-1.499, 0.0)),
    ("sharp_flat", 0.2, None, (1.0, 0.0)), ("double_well", 0.1, None, (1.0, 0.0)),
    ("double_well", 0.1, (-0.01, 1), (-1.0, 0.0)), ("saddle", 0.1, None, (0.0, 0.0)),
    ("monkey_saddle", 0.05, None, (0.0022, 0.0)),
])  # fmt: skip
def test_gradient_descent_ends_where_the_table_says(name, rate, start, end):
    _, (x, y, _) = descend(FUNCTION[name], rate, lambda *_: False, 3000, start)
    assert (x, y) == pytest.approx(end, abs=6e-4)


def test_the_monkey_saddle_is_crept_to_and_left():
    function = FUNCTION["monkey_saddle"]
    _, (x, _, _) = descend(function, 0.05, lambda *_: False, 4000)
    assert x == pytest.approx(0.0017, abs=5e-5)
    left, _ = descend(function, 0.05, lambda x, y, f: f < -0.2, 200, (0.5, 0.01))
    assert left is not None
