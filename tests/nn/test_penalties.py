import numpy as np
import pytest

from gdexplorer.nn.penalties import Penalty
from gdexplorer.nn.plan import Plan

THETA = np.array([1.5, -2.0, 0.0, 0.25, -1e-3])
MASK = np.array([1.0, 1.0, 1.0, 0.0, 1.0])
STRENGTHS = [(0.0, 0.0), (0.3, 0.0), (0.0, 0.7), (0.3, 0.7)]


def _by_hand(theta, l1, l2):
    return sum(m * (l1 * abs(w) + l2 * w * w / 2) for w, m in zip(theta, MASK, strict=True))


@pytest.mark.parametrize(("l1", "l2"), STRENGTHS)
def test_the_value_is_the_sum_over_what_is_penalized(l1, l2):
    assert Penalty(l1, l2).value(THETA, MASK) == pytest.approx(_by_hand(THETA, l1, l2), rel=1e-15)
    stack = np.stack([THETA, 2 * THETA, -THETA])
    np.testing.assert_allclose(Penalty(l1, l2).value(stack, MASK), [_by_hand(t, l1, l2) for t in stack], rtol=1e-15)


@pytest.mark.parametrize(("l1", "l2"), STRENGTHS)
def test_the_plan_adds_value_and_subgradient(l1, l2):
    plan, gradient = Plan(np.dtype(float)), np.arange(5.0)
    theta = THETA.copy()
    terms = Penalty(l1, l2).compile(plan, theta, gradient, MASK)
    plan.run()
    assert sum(factor * term.item() for factor, term in terms) == pytest.approx(_by_hand(THETA, l1, l2), rel=1e-15)
    sign = [1, -1, 0, 1, -1]  # of zero it is zero
    np.testing.assert_allclose(gradient - np.arange(5.0), MASK * (l1 * np.array(sign) + l2 * THETA), rtol=1e-12)
    np.testing.assert_array_equal(theta, THETA)
    assert len(plan.calls) == 0 or l1 or l2


def test_without_strength_it_is_zero_even_where_the_square_overflows():
    with np.errstate(all="raise"):
        assert Penalty().value(np.array([1e200, -1e300, 0, 0, 0]), MASK) == 0
        np.testing.assert_array_equal(Penalty().value(np.full((2, 5), 1e200), MASK), [0, 0])
