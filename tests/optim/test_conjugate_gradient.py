import numpy as np
import pytest

from gdexplorer.optim.conjugate_gradient import CONJUGATE_GRADIENT, ConjugateGradientKnobs
from gdexplorer.optim.sgd import MOMENTUM, SGD, MomentumKnobs, SgdKnobs
from tests.optim.functions import himmelblau, quadratic, random_quadratic, ravine, rosenbrock, steps
from tests.over_rows import over_rows

FORMULAS = over_rows("formula", ["pr+", "fr"])


def _linear(A, b, theta, count):
    """Conjugate gradient for Aθ = b as Hestenes & Stiefel (1952) have it: the exact path."""
    residual = b - A @ theta
    direction, path = residual.copy(), [theta]
    for _ in range(count):
        along = A @ direction
        alpha = residual @ residual / (direction @ along)
        theta, after = theta + alpha * direction, residual - alpha * along
        direction = after + direction * (after @ after) / (residual @ residual)
        residual = after
        path.append(theta)
    return np.array(path)


@FORMULAS
@pytest.mark.parametrize("seed", range(5))
def test_on_a_quadratic_it_is_linear_conjugate_gradient(formula, seed):
    function, start = random_quadratic(8, 30, seed)
    A, b = function.hessian_at(start), np.arange(8.0)
    path, _, _ = steps(CONJUGATE_GRADIENT, quadratic(A, b), start, ConjugateGradientKnobs(formula=formula), most=7)
    np.testing.assert_allclose(path, _linear(A, b, start, 7), atol=1e-6)


@FORMULAS
def test_directions_are_conjugate(formula):
    function, start = random_quadratic(6, 20, 1)
    path, _, _ = steps(CONJUGATE_GRADIENT, function, start, ConjugateGradientKnobs(formula=formula), most=6)
    D = np.diff(path, axis=0)
    products = D @ function.hessian_at(start) @ D.T
    scale = np.sqrt(np.diag(products))
    np.testing.assert_allclose(products / np.outer(scale, scale), np.eye(6), atol=1e-6)


@FORMULAS
@pytest.mark.parametrize("n", [2, 3, 5, 10, 20, 35, 50])
@pytest.mark.parametrize("seed", range(6))
def test_an_n_dimensional_quadratic_ends_within_n_plus_3_steps(formula, n, seed):
    function, start = random_quadratic(n, 100, seed)
    goal = 1e-10 * function.value_at(start)
    knobs = ConjugateGradientKnobs(formula=formula)
    path, _, evaluations = steps(
        CONJUGATE_GRADIENT, function, start, knobs, n + 3, lambda t: function.value_at(t) <= goal
    )
    assert function.value_at(path[-1]) <= goal
    assert evaluations <= 2.5 * (len(path) - 1) + 2


def _first_order(rule, knobs, function, start, goal, most):
    """Number of updates to f < goal."""
    theta, out = np.array(start, float), np.empty(len(start))
    slots = rule.init(len(start), theta.dtype, knobs, None)
    for step in range(most):
        if function.value_at(theta) < goal:
            return step
        slots.gradient[:] = function.gradient_at(theta)
        rule.propose(theta, slots, out)
        theta[:] = out
    return most


@pytest.mark.parametrize(
    ("rule", "knobs", "updates"),
    [
        (SGD, SgdKnobs(learning_rate=0.01), 882),
        (SGD, SgdKnobs(learning_rate=0.0195), 451),
        (MOMENTUM, MomentumKnobs(learning_rate=0.01, momentum=0.9), 162),
        (MOMENTUM, MomentumKnobs(learning_rate=4 / 121, momentum=81 / 121), 69),
    ],
)
def test_first_order_rules_on_the_ravine(rule, knobs, updates):
    assert _first_order(rule, knobs, ravine(), [10, 1], 1e-6, 2000) == updates


@FORMULAS
def test_the_ravine_takes_two_steps(formula):
    function = ravine()
    path, _, evaluations = steps(
        CONJUGATE_GRADIENT, function, [10, 1], ConjugateGradientKnobs(formula=formula), 5,
        lambda t: function.value_at(t) < 1e-6,
    )  # fmt: skip
    assert len(path) - 1 == 2
    assert evaluations == 5


@pytest.mark.parametrize("seed", range(5))
def test_twenty_dimensions_take_thirty_steps_where_descent_takes_hundreds(seed):
    function, start = random_quadratic(20, 100, seed)
    goal = 1e-10 * function.value_at(start)
    path, _, _ = steps(CONJUGATE_GRADIENT, function, start, None, 30, lambda t: function.value_at(t) < goal)
    assert function.value_at(path[-1]) < goal
    assert _first_order(SGD, SgdKnobs(learning_rate=2 / 101), function, start, goal, 2000) >= 400


@pytest.mark.parametrize(("formula", "most", "evaluations"), [("pr+", 25, 80), ("fr", 70, 160)])
def test_rosenbrock(formula, most, evaluations):
    function = rosenbrock()
    knobs = ConjugateGradientKnobs(formula=formula)
    path, _, used = steps(CONJUGATE_GRADIENT, function, [-1.5, 1.5], knobs, most, lambda t: function.value_at(t) < 1e-3)
    assert function.value_at(path[-1]) < 1e-3
    assert used <= evaluations


@pytest.mark.parametrize("knobs", [{}, {"formula": "fr", "restart_every": 2}], ids=["pr+", "fr"])
@pytest.mark.parametrize("start", [(1, -1), (0, -4), (-4, 4), (5, 5)])
def test_himmelblau_ends_in_one_of_its_minima(knobs, start):
    path, slots, _ = steps(CONJUGATE_GRADIENT, himmelblau(), start, ConjugateGradientKnobs(**knobs), 60)
    minima = np.array([[3, 2], [-2.805118, 3.131313], [-3.779310, -3.283186], [3.584428, -1.848127]])
    assert np.abs(minima - path[-1]).max(axis=1).min() < 1e-5
    assert slots.numbers["stalled"] == 1


@pytest.mark.parametrize(("formula", "expected"), [("pr+", [-0.5, 0]), ("fr", [-0.5, -0.25])])
def test_only_polak_ribiere_forgets_where_the_gradient_shrinks_along_itself(formula, expected):
    theta, g0 = np.array([0.5, 0.0]), [1.0, 0.0]  # on ½‖θ‖², so g = (½, 0): gᵀ(g − g₀) < 0
    slots = CONJUGATE_GRADIENT.init(2, theta.dtype, ConjugateGradientKnobs(formula=formula), None)
    slots.numbers["since"] = 1
    slots.gradient[:], slots.arrays["direction"][:] = g0, [0, -1]
    CONJUGATE_GRADIENT.propose(quadratic(np.eye(2)), theta, slots, np.empty(2))
    np.testing.assert_allclose(slots.arrays["direction"], expected)


def test_fletcher_reeves_crawls_where_polak_ribiere_forgets():
    function = himmelblau()
    for formula, nearer in (("pr+", True), ("fr", False)):
        path, _, _ = steps(CONJUGATE_GRADIENT, function, [0, -4], ConjugateGradientKnobs(formula=formula), 30)
        assert (function.value_at(path[-1]) < 1e-6) == nearer


def test_a_restart_is_a_step_of_steepest_descent():
    function, start = random_quadratic(6, 50, 3)
    path, _, _ = steps(CONJUGATE_GRADIENT, function, start, ConjugateGradientKnobs(restart_every=3), most=5)
    for step in range(5):
        g, moved = function.gradient_at(path[step]), path[step + 1] - path[step]
        cosine = -g @ moved / np.linalg.norm(g) / np.linalg.norm(moved)
        assert (cosine > 1 - 1e-9) == (step in (0, 3))


def test_in_float32_it_gets_as_near_as_float32_can():
    path, _, _ = steps(CONJUGATE_GRADIENT, himmelblau(), [1, -1], most=60, dtype=np.float32)
    np.testing.assert_allclose(path[-1], [3.584428, -1.848127], rtol=1e-3)
