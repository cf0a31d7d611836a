import numpy as np
import pytest

from gdexplorer.optim.lbfgs import LBFGS, LbfgsKnobs
from tests.optim.functions import Function, himmelblau, random_quadratic, rosenbrock, steps
from tests.over_rows import over_rows


def _dense_direction(path, gradients, m):
    """−Hg with the inverse BFGS matrix written out: H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ, from γI."""
    S, Y = np.diff(path, axis=0)[-m:], np.diff(gradients, axis=0)[-m:]
    identity = np.eye(path.shape[1])
    H = identity * (S[-1] @ Y[-1] / (Y[-1] @ Y[-1]) if len(S) else 1)
    for s, y in zip(S, Y, strict=True):
        left = identity - np.outer(s, y) / (s @ y)
        H = left @ H @ left.T + np.outer(s, s) / (s @ y)
    return -H @ gradients[-1]


@pytest.mark.parametrize("m", [1, 2, 5, 10])
def test_each_direction_is_that_of_the_matrix_written_out(m):
    function, theta = random_quadratic(9, 40, 2)
    slots, out = LBFGS.init(9, theta.dtype, LbfgsKnobs(memory=m), None), np.empty(9)
    path = [theta]
    for _ in range(8):
        LBFGS.propose(function, path[-1], slots, out)
        gradients = np.array([function.gradient_at(point) for point in path])
        expected = _dense_direction(np.array(path), gradients, m)
        np.testing.assert_allclose(slots.arrays["direction"], expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
        path.append(out.copy())


@over_rows(("old", "new"), [(5, 2), (2, 5), (5, 1), (3, 3)])
@over_rows("taken", [1, 4, 9])
def test_a_changed_memory_keeps_the_newest_pairs(old, new, taken):
    function, start = random_quadratic(9, 40, 2)
    path, slots, _ = steps(LBFGS, function, start, LbfgsKnobs(memory=old), most=taken)
    LBFGS.tune(slots, LbfgsKnobs(memory=new))
    assert slots.arrays["s"].shape == slots.arrays["y"].shape == (new, 9)
    theta, out = path[-1], np.empty(9)
    for more in range(2):
        LBFGS.propose(function, theta, slots, out)
        gradients = np.array([function.gradient_at(point) for point in path])
        kept = min(new, min(old, taken) + more)
        expected = _dense_direction(path, gradients, kept)
        np.testing.assert_allclose(slots.arrays["direction"], expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
        theta = out.copy()
        path = np.vstack([path, theta])


def test_rosenbrock_in_fewer_evaluations_than_descent_has_steps():
    function = rosenbrock()
    path, _, evaluations = steps(LBFGS, function, [-1.5, 1.5], None, 60, lambda t: function.value_at(t) < 1e-3)
    assert function.value_at(path[-1]) < 1e-3
    assert evaluations < 70
    path, _, _ = steps(LBFGS, function, [-1.5, 1.5], None, 100)
    np.testing.assert_allclose(path[-1], [1, 1], atol=1e-9)


def test_himmelblau():
    path, _, _ = steps(LBFGS, himmelblau(), [1, -1], None, 40)
    np.testing.assert_allclose(path[-1], [3.584428, -1.848127], atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_on_a_quadratic_it_is_much_faster_than_descent(seed):
    function, start = random_quadratic(20, 100, seed)
    goal = 1e-10 * function.value_at(start)
    path, _, _ = steps(LBFGS, function, start, None, 100, lambda t: function.value_at(t) < goal)
    assert function.value_at(path[-1]) < goal


def test_a_pair_without_curvature_is_not_remembered():
    # |x| away from 0 and a kink in it: the gradient does not change, y = 0
    function = Function(lambda t: abs(t[0] - 100) + abs(t[1]), lambda t: np.array([np.sign(t[0] - 100), np.sign(t[1])]))
    slots, theta, out = LBFGS.init(2, np.dtype(float), LbfgsKnobs(memory=2), None), np.array([0.0, 1e-3]), np.empty(2)
    values = [function.value_at(theta)]
    for _ in range(6):
        LBFGS.propose(function, theta, slots, out)
        theta = out.copy()
        values.append(function.value_at(theta))
    assert np.isfinite(values).all()
    assert (np.diff(values) <= 0).all()
    for row in range(int(slots.numbers["pairs"])):
        assert slots.arrays["s"][row] @ slots.arrays["y"][row] > 0


def test_it_forgets_what_points_uphill():
    function, start = random_quadratic(5, 10, 0)
    path, slots, _ = steps(LBFGS, function, start, most=4)
    slots.arrays["y"] *= -1  # an estimate that is negative definite
    theta, out = path[-1], np.empty(5)
    LBFGS.propose(function, theta, slots, out)
    assert function.value_at(out) < function.value_at(theta)
    np.testing.assert_allclose(slots.arrays["direction"], -function.gradient_at(theta))
    assert slots.numbers["pairs"] == 1
