"""Lesson 9, sharp and flat: "Is a small η safer?"

−exp(−(x + 1.5)²/0.045) − exp(−(x − 1)²/1.28) + ¼y² from (−1.5, 1) ± 0.2: the sharp minimum is the lowest of all.
"""

import numpy as np
import pytest

from gdexplorer.lab.commands import Change, MoveTo
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, curvature

SHARP, FLAT, RIDGE = -1.4993326, 1.0, -1.0209732
STARTS = np.array([-1.5, 1]) + np.random.default_rng(9).uniform(-0.2, 0.2, (20, 2))
SETTLE = 600


def lesson(rate: float, x: float = -1.5, y: float = 1, noise: float = 0) -> Session:
    problem = {"kind": "sharp_flat", "x": x, "y": y, "noise": noise}
    return begin({"problem": problem, "optimizer": {"kind": "sgd", "learning_rate": rate}})


def visited(session: Session, updates: int) -> list[float]:
    """x after each of some updates."""
    xs = []
    for _ in range(updates):
        session.advance(1)
        xs.append(session.run.state.theta[0])
    return xs


def test_the_sharp_minimum_is_the_lowest_and_too_sharp_for_a_large_rate():
    session = lesson(0.02)
    found = {}
    for name, x in (("sharp", SHARP), ("flat", FLAT)):
        assert session.send(MoveTo(np.array([x, 0]))).accepted
        found[name] = session.run.total_loss(), curvature(session.run).values[-1]
    assert found["sharp"] == (pytest.approx(-1.0076, abs=1e-4), pytest.approx(44, abs=0.5))
    assert found["flat"] == (pytest.approx(-1, abs=1e-4), pytest.approx(2 / 1.28, abs=0.01))
    assert 2 / 0.2 < found["sharp"][1] < 2 / 0.02


@pytest.mark.parametrize(("rate", "end"), [(0.02, SHARP), (0.2, FLAT)])
def test_all_stay_or_all_leave(rate, end):
    for x, y in STARTS:
        session = lesson(rate, x, y)
        session.advance(SETTLE)
        assert session.run.state.theta == pytest.approx([end, 0], abs=0.01)


@pytest.mark.parametrize("starts", [STARTS[:2], pytest.param(STARTS[2:5], marks=pytest.mark.long)], ids=len)
@pytest.mark.parametrize(("rate", "period"), [(0.044, 1), (0.046, 2), (0.06, 2), (0.08, 2), (0.1, 3)])
def test_between_them_it_neither_settles_nor_leaves(rate, period, starts):
    """A cycle of two just above 2/λ = 0.0453 up to 0.08, then of four, and of *three* at 0.1: −1.231, −1.462, −1.622.

    The map x − ηf′(x) itself says the same, from all of 201 starts in −1.5 ± 0.2.
    """
    for x, y in starts:
        session = lesson(rate, x, y)
        session.advance(1500)
        xs = np.array(visited(session, 13))
        assert (xs < RIDGE).all()
        assert xs[period:] == pytest.approx(xs[:-period], abs=1e-6)
        for shorter in range(1, period):
            assert np.abs(xs[shorter:] - xs[:-shorter]).min() > 1e-3


def test_a_larger_rate_in_mid_run_throws_it_out():
    session = lesson(0.02)
    session.advance(10)
    assert session.run.state.theta[0] == pytest.approx(SHARP, abs=1e-3)
    assert session.send(Change("optimizer.learning_rate", 0.2)).accepted
    session.advance(SETTLE)
    assert session.run.state.theta[0] == pytest.approx(FLAT, abs=0.01)


@pytest.mark.parametrize(("noise", "end"), [(0, SHARP), (0.001, FLAT)])
def test_once_it_has_settled_to_the_last_bit_only_with_a_trace_of_noise(noise, end):
    """After some 20 updates at 0.02, η times the gradient is below the rounding of x, at 0.2 as well."""
    session = lesson(0.02, noise=noise)
    session.advance(100)
    assert session.send(Change("optimizer.learning_rate", 0.2)).accepted
    session.advance(SETTLE)
    assert session.run.state.theta[0] == pytest.approx(end, abs=0.01)
