import numpy as np
import pytest

from gdexplorer.optim.newton import MOST_PARAMETERS, NEWTON, NewtonKnobs
from gdexplorer.optim.search import HVP_COST
from tests.optim.functions import Function, himmelblau, quadratic, random_quadratic, rosenbrock, saddle, steps

SADDLE_FREE = NewtonKnobs(curvatures="saddle-free")


@pytest.mark.parametrize("knobs", [NewtonKnobs(), SADDLE_FREE], ids=["plain", "saddle-free"])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_one_step_solves_a_quadratic(knobs, n):
    function, start = random_quadratic(n, 50 if n > 1 else 1, 4)
    A, b = function.hessian_at(start), np.arange(1.0, n + 1)
    path, slots, evaluations = steps(NEWTON, quadratic(A, b), start, knobs, most=1)
    np.testing.assert_allclose(path[1], np.linalg.solve(A, b), rtol=1e-9)
    assert evaluations == 1 + HVP_COST * n
    assert slots.numbers["negative"] == 0


def test_a_step_is_eta_times_the_solution_of_hd_is_minus_g():
    function, theta = rosenbrock(), np.array([-1.5, 1.5])
    path, _, _ = steps(NEWTON, function, theta, NewtonKnobs(learning_rate=0.25), most=1)
    d = np.linalg.solve(function.hessian_at(theta), -function.gradient_at(theta))
    np.testing.assert_allclose(path[1], theta + 0.25 * d, rtol=1e-12)


def test_plain_newton_goes_to_the_saddle_and_the_saddle_free_to_the_minimum():
    plain, slots, _ = steps(NEWTON, saddle(), [1.5, 0.3], NewtonKnobs(), most=30)
    np.testing.assert_allclose(plain[-1], [0, 0], atol=1e-12)
    assert slots.numbers["negative"] == 1
    free, slots, _ = steps(NEWTON, saddle(), [1.5, 0.3], SADDLE_FREE, most=30)
    np.testing.assert_allclose(free[-1], [0, 1], atol=1e-9)
    assert slots.numbers["negative"] == 0


def test_plain_newton_climbs_himmelblaus_maximum():
    path, slots, _ = steps(NEWTON, himmelblau(), [1, -1], NewtonKnobs(), most=40)
    np.testing.assert_allclose(path[-1], [-0.270845, -0.923039], atol=1e-5)
    assert slots.numbers["negative"] == 2


@pytest.mark.parametrize("start", [(1, -1), (0, -4), (0.5, 0.5), (-1, -1)])
def test_saddle_free_newton_with_backtracking_ends_in_a_minimum_of_himmelblau(start):
    knobs = NewtonKnobs(curvatures="saddle-free", backtracking=True)
    function = himmelblau()
    path, _, _ = steps(NEWTON, function, start, knobs, most=60)
    values = [function.value_at(theta) for theta in path]
    assert (np.diff(values) <= 0).all()
    assert values[-1] < 1e-20


def test_backtracking_takes_steepest_descent_where_newton_points_uphill():
    knobs, function = NewtonKnobs(backtracking=True), saddle()
    path, slots, _ = steps(NEWTON, function, [0, 0.3], knobs, most=1)
    moved, g = path[1] - path[0], function.gradient_at(path[0])
    assert slots.numbers["negative"] == 1
    assert function.value_at(path[1]) < function.value_at(path[0])
    assert moved @ g == pytest.approx(-np.linalg.norm(moved) * np.linalg.norm(g))


def test_backtracking_comes_back_from_where_the_loss_is_not_finite():
    function = Function(
        lambda t: t[0] - np.log(t[0]) if t[0] > 0 else np.nan, lambda t: 1 - 1 / t, lambda t: np.diag(1 / t**2)
    )
    path, _, _ = steps(NEWTON, function, [5.0], NewtonKnobs(backtracking=True), most=20)  # the whole step ends at −15
    assert (path > 0).all()
    assert path[-1][0] == pytest.approx(1, abs=1e-7)


def test_a_flat_direction_is_not_divided_by():
    A = np.diag([4.0, 0.0])
    path, slots, _ = steps(NEWTON, quadratic(A, np.array([4.0, 0.0])), [3, 5], most=2)
    np.testing.assert_allclose(path[-1], [1, 5], atol=1e-12)
    assert slots.numbers["stalled"] == 1


def test_the_floor_bounds_a_saddle_free_step():
    function = quadratic(np.diag([1.0, 1e-9]), np.array([0.0, 1.0]))
    path, _, _ = steps(NEWTON, function, [0, 0], NewtonKnobs(curvatures="saddle-free", floor=0.5), most=1)
    np.testing.assert_allclose(path[1], [0, 2])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_hessian_that_is_not_finite_is_answered_with_nan(bad):
    function = Function(lambda t: 1.0, lambda t: np.ones(2), lambda t: np.full((2, 2), bad))
    with np.errstate(all="ignore"):
        path, _, _ = steps(NEWTON, function, [1, 1], most=1)
    assert np.isnan(path[1]).all()


def test_too_many_parameters_are_refused_in_words():
    assert NEWTON.most_parameters == MOST_PARAMETERS
    NEWTON.init(MOST_PARAMETERS, np.dtype(float), NewtonKnobs(), None)
    with pytest.raises(ValueError, match="at most 500 parameters, not 501; choose another optimizer"):
        NEWTON.init(MOST_PARAMETERS + 1, np.dtype(float), NewtonKnobs(), None)
