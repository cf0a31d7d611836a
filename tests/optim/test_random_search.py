import numpy as np
import pytest

from gdexplorer.optim.random_search import RANDOM_SEARCH, RandomSearchKnobs
from tests.optim.functions import Function, quadratic, ravine, steps


def test_it_takes_the_best_of_its_tries_and_only_if_it_is_better():
    function, theta = ravine(), np.array([10.0, 1.0])
    knobs = RandomSearchKnobs(sigma=0.5, tries=4, seed=3)
    path, slots, evaluations = steps(RANDOM_SEARCH, function, theta, knobs, most=30)
    assert evaluations == function.evaluations - 0 == 30 * 5
    assert slots.numbers["drawn"] == 120
    assert not slots.gradient.any()
    stayed = 0
    for step in range(30):
        draws = [0.5 * np.random.default_rng([3, 4 * step + k]).standard_normal(2) for k in range(4)]
        candidates = [path[step], *(path[step] + d for d in draws)]
        best = min(candidates, key=lambda theta: function.value_at(theta))
        np.testing.assert_array_equal(path[step + 1], best)
        stayed += best is candidates[0]
    assert 0 < stayed < 30


def test_steps_are_normal_with_the_standard_deviation_of_the_knob():
    falling = iter(range(10**6, 0, -1))
    function = Function(lambda t: next(falling), None)  # every step is taken
    path, _, _ = steps(RANDOM_SEARCH, function, np.zeros(50), RandomSearchKnobs(sigma=0.2), most=400)
    moves = np.diff(path, axis=0)
    assert moves.std() == pytest.approx(0.2, rel=0.02)  # 20,000 numbers: 0.5 % is one standard error
    assert abs(moves.mean()) < 0.006
    assert abs(np.corrcoef(moves[:-1].ravel(), moves[1:].ravel())[0, 1]) < 0.03


def test_the_point_is_evaluated_anew_because_the_batch_may_be_another():
    bowl = quadratic(np.eye(2))
    theta, out = np.ones(2), np.empty(2)
    slots = RANDOM_SEARCH.init(2, theta.dtype, RandomSearchKnobs(), None)
    for shift in (0.0, 1e6, -1e6):
        before = bowl.value_at(theta)
        batch = Function(lambda t, shift=shift: bowl.value_at(t) + shift, None)
        assert RANDOM_SEARCH.propose(batch, theta, slots, out) == 2
        assert bowl.value_at(out) <= before
        theta[:] = out


def test_a_try_that_is_not_finite_is_not_taken():
    function = Function(lambda t: 0.0 if not t.any() else -np.inf, None)
    path, _, _ = steps(RANDOM_SEARCH, function, np.zeros(3), most=3)
    assert not path.any()


@pytest.mark.parametrize(("n", "most"), [(2, 250), (20, 2500)])
def test_it_learns_without_gradients_and_pays_for_dimensions(n, most):
    function = quadratic(np.eye(n))
    start = np.full(n, np.sqrt(2 / n))  # L = 1
    path, _, _ = steps(
        RANDOM_SEARCH, function, start, RandomSearchKnobs(sigma=0.1), most, lambda t: function.value_at(t) < 0.05
    )
    assert function.value_at(path[-1]) < 0.05
    assert len(path) - 1 > n  # gradient descent with η = 1 takes one step
