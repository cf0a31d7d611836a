"""Every search, crossed with what must hold for all of them; then the line search of two of them."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdexplorer.fields import describe
from gdexplorer.optim import RULES, SEARCHES
from gdexplorer.optim.conjugate_gradient import CONJUGATE_GRADIENT, ConjugateGradientKnobs
from gdexplorer.optim.lbfgs import LBFGS
from gdexplorer.optim.newton import NEWTON
from gdexplorer.optim.random_search import RANDOM_SEARCH
from tests.optim.functions import Function, himmelblau, quadratic, rosenbrock, steps
from tests.over_rows import over_rows

CASES = [
    (CONJUGATE_GRADIENT, {}),
    (CONJUGATE_GRADIENT, {"formula": "fr", "restart_every": 3}),
    (LBFGS, {}),
    (LBFGS, {"memory": 2}),
    (NEWTON, {"learning_rate": 0.3}),
    (NEWTON, {"curvatures": "saddle-free", "backtracking": True}),
    (RANDOM_SEARCH, {}),
    (RANDOM_SEARCH, {"tries": 5, "sigma": 0.3}),
]
LINES = [case for case in CASES if case[0] in (CONJUGATE_GRADIENT, LBFGS)]
ASKING = [case for case in CASES if case[0] is not RANDOM_SEARCH]
START = [-1.5, 1.5]


def cases(table):
    return over_rows(
        ("search", "knobs"),
        [(search, search.Knobs(**knobs)) for search, knobs in table],
        ids=[" ".join([search.name, *map(str, knobs.values())]) for search, knobs in table],
    )


def _go_on(search, function, theta, slots, count):
    path, out, used = [], np.empty_like(theta), []
    for _ in range(count):
        used.append(search.propose(function, theta, slots, out))
        theta = out.copy()
        path.append(theta)
    return np.array(path), used


def test_every_search_has_a_case_and_a_name_that_no_rule_has():
    names = [record.name for record in (*RULES, *SEARCHES)]
    assert len(set(names)) == len(names)
    assert {search for search, _ in CASES} == set(SEARCHES)


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search.name)
def test_knobs_are_named_after_their_search_and_described(search):
    assert search.Knobs().kind == search.name
    described = {d.name: d for d in describe(search.Knobs)}
    assert described.keys() == search.Knobs.model_fields.keys() - {"kind"}
    for d in described.values():
        assert d.label
        assert d.help.endswith(".")
        if d.slider:
            assert d.low <= d.slider[0] < d.slider[1] <= d.high
            assert d.slider[0] <= d.default <= d.slider[1]


@cases(CASES)
def test_a_step_leaves_theta_and_the_gradient_there_and_reports_what_it_asked(search, knobs):
    function, theta, out = rosenbrock(), np.array(START), np.full(2, 7.0)
    slots = search.init(2, theta.dtype, knobs, None)
    for _ in range(6):
        before, asked = theta.copy(), function.evaluations
        used = search.propose(function, theta, slots, out)
        assert used == function.evaluations - asked
        np.testing.assert_array_equal(theta, before)
        expected = np.zeros(2) if search is RANDOM_SEARCH else function.gradient_at(theta)
        np.testing.assert_array_equal(slots.gradient, expected)
        theta[:] = out


@cases(LINES)
def test_no_gradient_is_asked_for_twice(search, knobs):
    function, asked = rosenbrock(), []
    gradient_at = function.gradient_at
    function.gradient_at = lambda theta: asked.append(theta.tobytes()) or gradient_at(theta)
    steps(search, function, START, knobs, most=10)
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("again", ["copy", "deepcopy", "restore"])
@pytest.mark.parametrize("after", [0, 1, 7])
@cases(CASES)
def test_a_run_resumes_bit_for_bit(search, knobs, after, again, dtype):
    path, slots, _ = steps(search, himmelblau(), [0.1, -3], knobs, most=after, dtype=dtype)
    if again == "restore":
        twin = search.init(2, np.dtype(dtype), knobs, None)
        arrays, numbers = slots.saved()
        assert all(np.isfinite(number) and not isinstance(number, bool) for number in numbers.values())
        twin.restore({name: array.copy() for name, array in arrays.items()}, numbers)
    else:
        twin = slots.copy() if again == "copy" else copy.deepcopy(slots)
    search.tune(twin, knobs)  # to the same knobs: changes nothing
    expected = _go_on(search, himmelblau(), path[-1], slots, 12)
    rest = _go_on(search, himmelblau(), path[-1], twin, 12)
    assert rest[0].dtype == dtype
    assert rest[1] == expected[1]
    np.testing.assert_array_equal(rest[0], expected[0])
    for (name, array), other in zip(slots.saved()[0].items(), twin.saved()[0].values(), strict=True):
        assert array.dtype == dtype
        np.testing.assert_array_equal(array, other, err_msg=name)
    assert slots.numbers == twin.numbers


@pytest.mark.parametrize("bad", ["value", "gradient", "overflow"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@cases(CASES)
def test_a_point_that_is_not_finite_is_answered_with_nan(search, knobs, dtype, bad):
    value = np.inf if bad == "value" else 1.0
    slope = {"value": 1.0, "gradient": np.nan, "overflow": 0.5 * float(np.finfo(dtype).max)}[bad]
    function = Function(lambda t: value, lambda t: np.full(3, slope), lambda t: np.eye(3))
    theta, out = np.ones(3, dtype), np.zeros(3, dtype)
    slots = search.init(3, np.dtype(dtype), knobs, None)
    assert search.propose(function, theta, slots, out) >= 1
    if search is RANDOM_SEARCH and bad != "value":
        assert np.isfinite(out).all()  # it asks for no gradient
    else:
        assert np.isnan(out).all()


@pytest.mark.parametrize("limit", [np.inf, np.nan, -np.inf])
@pytest.mark.parametrize("search", [CONJUGATE_GRADIENT, LBFGS], ids=lambda search: search.name)
def test_a_trial_that_is_not_finite_shortens_the_step(search, limit):
    def value(t):
        return -np.log(1e-3 - t[0]) + 1e3 * t[0] ** 2 + t[1] ** 2 if t[0] < 1e-3 else limit

    def gradient(t):
        return np.array([1 / (1e-3 - t[0]) + 2e3 * t[0], 2 * t[1]]) if t[0] < 1e-3 else np.full(2, np.nan)

    function = Function(value, gradient)
    path, _, _ = steps(search, function, [-1, 1], most=40)
    values = [function.value_at(theta) for theta in path]
    assert np.isfinite(values).all()
    assert (np.diff(values) <= 0).all()
    assert np.abs(function.gradient_at(path[-1])).max() < 1e-4


@cases(ASKING)
def test_a_gradient_of_zero_stays_where_it_is_and_says_so(search, knobs):
    function = himmelblau()
    path, slots, used = steps(search, function, [3, 2], knobs, most=3)
    np.testing.assert_array_equal(path, [[3, 2]] * 4)
    assert slots.numbers["stalled"] == 1
    assert used == (1 if search is not NEWTON else 1 + 2 * 2)  # asked once, not at each step


@cases(LINES)
def test_a_loss_that_contradicts_its_gradient_stalls_at_a_bounded_cost(search, knobs):
    function = Function(lambda t: float(np.sum(t)), lambda t: -np.ones(3))
    path, slots, used = steps(search, function, np.zeros(3), knobs, most=5)
    np.testing.assert_array_equal(path, np.zeros((6, 3)))
    np.testing.assert_array_equal(slots.gradient, -np.ones(3))
    assert slots.numbers["stalled"] == 1
    assert used <= 51


@cases(LINES)
def test_a_knob_that_moves_makes_a_stalled_search_try_again(search, knobs):
    function = Function(lambda t: float(np.sum(t)), lambda t: np.arange(-1.0, -4.0, -1.0) - 1e30 * t)
    path, slots, _ = steps(search, function, np.zeros(3), knobs, most=1)
    search.tune(slots, knobs.model_copy(update={"slope_left": 0.5}))
    assert slots.numbers["stalled"] == 0
    _, (used,) = _go_on(search, function, path[-1], slots, 1)
    assert used > 1
    assert slots.numbers["stalled"] == 1
    np.testing.assert_array_equal(slots.gradient, [-1, -2, -3])  # at θ, not at the last trial


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@cases(ASKING)
def test_one_parameter_is_enough(search, knobs, dtype):
    function = Function(
        lambda t: np.cosh(t[0] - 2), lambda t: np.sinh(t - 2), lambda t: np.cosh(t - 2)[:, None]
    )  # fmt: skip
    path, _, _ = steps(search, function, [3.0], knobs, most=60, dtype=dtype)
    assert path.dtype == dtype
    assert abs(path[-1][0] - 2) < (1e-3 if dtype == np.float32 else 1e-7)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@cases(LINES)
def test_the_scale_of_the_loss_is_no_matter(search, knobs, scale):
    inner = rosenbrock()
    function = Function(lambda t: scale * inner.value_at(t), lambda t: scale * inner.gradient_at(t))
    path, _, _ = steps(search, function, START, knobs, most=200)
    np.testing.assert_allclose(path[-1], [1, 1], atol=1e-5)


# The line search


def _wavy(seed, n):
    """A bowl with waves: smooth, bounded below, not convex."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n))
    A = A @ A.T * 10 ** rng.uniform(-3, 1) + 1e-3 * np.eye(n)
    W, phase, height = (
        rng.standard_normal((4, n)) * 10 ** rng.uniform(-1, 0.5),
        rng.uniform(0, 6, 4),
        rng.normal(size=4),
    )
    function = Function(
        lambda t: 0.5 * t @ A @ t + height @ np.sin(W @ t + phase),
        lambda t: A @ t + W.T @ (height * np.cos(W @ t + phase)),
    )
    return function, rng.standard_normal(n) * 10 ** rng.uniform(-1, 1.5)


@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6), search=st.sampled_from([CONJUGATE_GRADIENT, LBFGS]),
    c1=st.floats(1e-6, 0.05), c2=st.floats(0.06, 0.99),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_every_step_on_a_smooth_function_satisfies_the_strong_wolfe_conditions(seed, n, search, c1, c2):
    function, start = _wavy(seed, n)
    knobs = search.Knobs(sufficient_decrease=c1, slope_left=c2)
    theta, out, slots = start, np.empty(n), search.init(n, start.dtype, knobs, None)
    for _ in range(12):
        search.propose(function, theta, slots, out)
        g0, g1 = function.gradient_at(theta), function.gradient_at(out)
        if np.linalg.norm(g0) < 1e-5:
            break  # the differences of the loss drown in its rounding
        step = out - theta
        slope = g0 @ step
        assert slots.numbers["wolfe"] == 1
        assert slots.numbers["stalled"] == 0
        assert slope < 0
        loss = function.value_at(theta)
        assert function.value_at(out) <= loss + c1 * slope + 1e-13 * (1 + abs(loss))
        assert abs(g1 @ step) <= c2 * abs(slope) * (1 + 1e-6)
        theta = out.copy()


@pytest.mark.parametrize("search", [CONJUGATE_GRADIENT, LBFGS], ids=lambda search: search.name)
def test_at_a_kink_a_step_still_lowers_the_loss(search):
    function = Function(
        lambda t: abs(t[0]) + 0.01 * t[1] ** 2, lambda t: np.array([np.sign(t[0]) or 1.0, 0.02 * t[1]])
    )  # fmt: skip
    path, slots, _ = steps(search, function, [0.7, 5], most=1)
    assert function.value_at(path[-1]) < 0.7
    assert slots.numbers["wolfe"] == 0


def test_a_flat_point_that_is_hardly_lower_is_not_enough():
    # −t(1 − t)² − 10⁻⁶t: slope −1 at 0, and at the first trial, 1, flat and lower by 10⁻⁶
    function = Function(lambda t: -t[0] * (1 - t[0]) ** 2 - 1e-6 * t[0], lambda t: -(1 - t) * (1 - 3 * t) - 1e-6)
    path, _, _ = steps(LBFGS, function, [0.0], LBFGS.Knobs(sufficient_decrease=0.05), most=1)
    assert 0 < path[1][0] < 0.9
    assert function.value_at(path[1]) <= -0.05 * path[1][0]


@pytest.mark.parametrize(
    ("scale", "size"),
    [(1, 1), (1e-6, 1), (1e6, 1), (1e6, 1e-9), (1.5, 1e-3), (1e-3, 1e-3)],
    ids=["", "shallow", "steep", "much too long a first trial", "too long", "too short"],
)
def test_a_step_of_conjugate_gradient_on_a_quadratic_is_the_minimizer_of_its_line(scale, size):
    function, start = quadratic(scale * np.diag([1.0, 100.0])), size * np.array([10.0, 1.0])
    path, _, _ = steps(CONJUGATE_GRADIENT, function, start, ConjugateGradientKnobs(slope_left=0.99), most=1)
    g = function.gradient_at(start)
    expected = start - g * (g @ g) / (g @ function.hessian_at(start) @ g)
    np.testing.assert_allclose(path[1], expected, rtol=1e-8)
