"""Lesson 3, regimes of the learning rate: "Where does it break?"

½λx² with λ = 4 from x = 1: each update multiplies x by 1 − ηλ, so that all depends on c = ηλ.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin

CURVATURE, UPDATES = 4, 60


def descent(c: float) -> Session:
    return begin({"problem": "parabola", "optimizer": {"kind": "sgd", "learning_rate": c / CURVATURE}})


def walked(session: Session, updates: int) -> Array:
    """x now and after each of the updates."""
    xs = [session.run.state.theta[0]]
    for _ in range(updates):
        assert session.advance(1) == 1
        xs.append(session.run.state.theta[0])
    return np.array(xs)


def flips(xs: Array) -> int:
    return int(np.sum(xs[1:] * xs[:-1] < 0))


@pytest.mark.parametrize("c", [0.1, 1, 1.9, 2, 2.1])
def test_every_update_multiplies_by_one_minus_c(c):
    xs = walked(descent(c), UPDATES)
    assert xs == pytest.approx((1 - c) ** np.arange(UPDATES + 1), rel=1e-12)


def test_smooth_then_at_once_then_zigzag_then_away():
    """|x| after 60 updates: 0.0018 at c = 0.1 and at 1.9, 1 at 2, 304 at 2.1."""
    ends = {c: walked(descent(c), UPDATES) for c in (0.1, 1, 1.9, 2, 2.1)}
    assert flips(ends[0.1]) == 0
    assert 0 < ends[0.1][-1] < 0.01
    assert (ends[1][1:] == 0).all()
    assert flips(ends[1.9]) == UPDATES
    assert 0 < abs(ends[1.9][-1]) < 0.01
    assert (np.abs(ends[2]) == 1).all()
    assert flips(ends[2]) == UPDATES
    assert abs(ends[2.1][-1]) > 100


def test_the_slider_leads_through_all_regimes():
    session = descent(0.1)
    factors = []
    for c in (0.1, 1.9, 2.1, 1):
        assert session.send(Change("optimizer.learning_rate", c / CURVATURE)).accepted
        xs = walked(session, 10)
        factors.append(xs[1] / xs[0])
        assert flips(xs) == (10 if c > 1 else 0)
        assert np.ptp(xs[1:] / xs[:-1]) == pytest.approx(0, abs=1e-9) if c != 1 else (xs[1:] == 0).all()
    assert factors == pytest.approx([0.9, -0.9, -1.1, 0])
