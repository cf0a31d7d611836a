"""Lesson 19, convex without a minimum: "When does it stop?"

Logistic regression on two blobs of 40 examples together, full-batch descent at η = 1; the centers of the classes are 7
standard deviations apart, or 2.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, curvature, do, examples, gradient, knowing, score, seeds

EXAMPLES = 40
DECADES = (10, 100, 1000, 10_000)


def _unit(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """N((±3.5, 0), 1)."""
    y = np.arange(n) % 2
    return np.column_stack([7 * y - 3.5, np.zeros(n)]) + jitter.standard_normal((n, 2)), y.astype(float)


UNIT = knowing(Source("unit", "Blobs", "σ = 1.", "binary", 2, ("x", "y"), ((-6.0, 6.0),) * 2, 80, 0.0, None, _unit))


def lesson(seed: int, separation: float, kind: str = "blobs") -> Session:
    """Blobs have their centers at ±(1, 1), so that their separation is 2√2/σ."""
    return begin({
        "seed": seed, "data": examples(kind, EXAMPLES, 2 * np.sqrt(2) / separation if kind == "blobs" else 0),
        "optimizer": {"kind": "sgd", "learning_rate": 1}, "training": {"batch_size": EXAMPLES},
    }, UNIT)  # fmt: skip


def steepness(session: Session) -> float:
    return float(np.linalg.norm(gradient(session.run)))


def through_decades(session: Session) -> Array:
    """Loss, accuracy and ‖w‖ after 10, 100, 1000 and 10⁴ updates: (4, 3)."""
    rows = []
    for step in DECADES:
        session.advance(step - session.step)
        found = score(session.run)
        rows.append((found.loss, found.accuracy, np.linalg.norm(session.run.state.theta[:2])))
    return np.array(rows)


@pytest.mark.parametrize("seed", seeds(8))
def test_separable_classes_let_the_loss_fall_forever_until_a_penalty_gives_it_a_minimum(seed):
    """Loss ÷ 206–706 at accuracy 1, ‖w‖ × 1.34–1.88 a decade; with L2 ‖g‖ < 10⁻⁷ after another 1000 updates."""
    session = lesson(seed, 7)
    loss, accuracy, norm = through_decades(session).T
    assert (accuracy == 1).all()
    assert loss[0] / loss[-1] > 50
    assert (norm[1:] / norm[:-1] > 1.15).all()
    assert curvature(session.run).values[0] > 0, "convex"
    assert steepness(session) > 1e-5
    do(session, Change("penalty.l2", 0.01))
    session.advance(1000)
    assert steepness(session) < 1e-6
    assert np.linalg.norm(session.run.state.theta[:2]) < norm[-1] / 2


@pytest.mark.parametrize("seed", seeds(8))
def test_with_a_penalty_from_the_start_it_settles(seed):
    session = lesson(seed, 7)
    do(session, Change("penalty.l2", 0.01))
    session.advance(1000)
    assert steepness(session) < 1e-6
    assert score(session.run).accuracy == 1


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_with_unit_spread_the_same_rate_is_ahead_by_a_decade(seed):
    """Inputs are 2.5 times as large, η = 1 is that much faster: ‖w‖ × 1.05–1.58 from 10 to 100, 1.19–1.50 from there.

    The loss ÷ 37–537. Under L2, which spares the bias, λmin is 0.007 and the bias's own, and so 1000 updates bring ‖g‖
    to 6 · 10⁻⁷ – 2 · 10⁻⁵ only.
    """
    session = lesson(seed, 7, "unit")
    loss, accuracy, norm = through_decades(session).T
    assert (accuracy == 1).all()
    assert loss[0] / loss[-1] > 30
    assert norm[1] > norm[0]
    assert (norm[2:] / norm[1:-1] > 1.15).all()
    do(session, Change("penalty.l2", 0.01))
    session.advance(3000)
    assert steepness(session) < 1e-6


@pytest.mark.parametrize("seed", seeds(8))
def test_overlapping_classes_have_one_minimum_for_all_starts(seed):
    """Where only one of 40 is on the wrong side, as with seed 2, λmin is 7 · 10⁻⁴ and it takes some 30,000 updates."""
    session = lesson(seed, 2)
    ends = []
    for start in range(5):
        do(session, Reinitialize("network", start))
        for _ in range(60):
            session.advance(1000)
            if steepness(session) < 1e-12:
                break
        ends.append(session.run.state.theta.copy())
    assert np.ptp(ends, axis=0).max() < 1e-8
    assert score(session.run).accuracy < 1
