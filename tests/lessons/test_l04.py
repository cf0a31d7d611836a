"""Lesson 4, linear regression's bowl: "Why does the slope learn and the intercept not?"

40 training examples of y = 3x + 50 + N(0, 20²), x ~ U(50, 250), ½ MSE, full-batch descent at η = 1/λmax.

`line` is standardized in distribution, not on its sample: its κ is 1.10–1.94 on these seeds, and so 1.001 is asked of
the very points of `line-raw` brought to mean 0 and variance 1. As one example has to test, every point occurs 250
times, so that its absence hardly shows: κ 1.0001–1.0004. The raw κ is 1.7–3.8 · 10⁵. The setting `data.scaling` learns
mean and variance on the 40 training points themselves, so that κ = 1.
"""

from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data.regression import LINE
from gdexplorer.lab import experiments
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from tests.lessons.walk import CATALOGUE, begin, curvature, knowing, seeds

POINTS, COPIES = 40, 250
RAW, STANDARDIZED = "raw", "standardized"


def _repeated(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    x, y = LINE.make(POINTS, noise, points, jitter)
    return np.tile(x, (n // POINTS, 1)), np.tile(y, n // POINTS)


def _standardized(
    n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator
) -> tuple[Array, Array]:
    x, y = _repeated(n, noise, points, jitter)
    return (x - x.mean()) / x.std(), y


OWN = replace(LINE, amount=POINTS * COPIES)
LINES = knowing(replace(OWN, name=RAW, make=_repeated), replace(OWN, name=STANDARDIZED, make=_standardized))


def lesson(name: str, seed: int, c: float) -> Session:
    """Begin with η = c/λmax: an experiment that ships, or it on the points of this lesson."""
    own = name in (RAW, STANDARDIZED)
    values = experiments.load("line-raw" if own else name, CATALOGUE).model_dump()
    values["seed"] = seed
    if own:
        values["data"] |= {"kind": name, "amount": OWN.amount, "train_share": 1 - 1 / OWN.amount}
        values["training"]["batch_size"] = OWN.amount
    session = begin(values, LINES)
    assert session.run.objective.deterministic
    set_rate(session, c)
    return session


def set_rate(session: Session, c: float) -> None:
    rate = c / curvature(session.run).values[-1]
    assert session.send(Change("optimizer.learning_rate", float(rate))).accepted


def condition(session: Session) -> float:
    values = curvature(session.run).values
    return float(values[-1] / values[0])


def excess(session: Session) -> float:
    """What the loss has above its least value, that of the normal equations."""
    run, buffers = session.run, session.run.state.buffers
    return run.total_loss() - run.scorer.score(run.objective.solution(), buffers, run.objective.full()).loss


@pytest.mark.parametrize("name", ["line-raw", RAW])
@pytest.mark.parametrize("seed", seeds(6))
def test_in_raw_units_the_intercept_crawls(name, seed):
    session = lesson(name, seed, 1)
    assert condition(session) > 1e5
    session.advance(10)
    slope, intercept = session.run.state.theta.copy()
    session.advance(1990)
    best = session.run.objective.solution()
    assert excess(session) > 0.01
    assert abs(slope / best[0] - 1) < 0.2
    assert abs(intercept / best[1]) < 0.1
    assert abs(session.run.state.theta[1] / best[1]) < 0.1


@pytest.mark.parametrize(("name", "most"), [(STANDARDIZED, 1.001), ("line", 2)])
@pytest.mark.parametrize("seed", seeds(6))
def test_in_standard_units_three_updates_are_enough(name, most, seed):
    session = lesson(name, seed, 1)
    assert condition(session) < most
    session.advance(3)
    assert excess(session) < 0.01


@pytest.mark.parametrize("seed", seeds(6))
def test_standardizing_does_at_once_what_updates_did_not(seed):
    session = lesson(RAW, seed, 1)
    session.advance(200)
    assert excess(session) > 0.01
    assert session.send(Change("data.kind", STANDARDIZED)).accepted
    set_rate(session, 1)
    assert excess(session) > 1000  # x means something else now
    session.advance(3)
    assert excess(session) < 0.01


@pytest.mark.parametrize("seed", seeds(6))
def test_pressing_standardize_on_the_raw_line_rounds_the_bowl(seed):
    session = lesson("line-raw", seed, 1)
    assert len(session.run.objective.data.train.x) == POINTS
    session.advance(200)
    assert excess(session) > 0.01
    assert condition(session) > 1e5
    theta = session.run.state.theta.copy()
    assert session.send(Change("data.scaling", "standardize")).accepted
    np.testing.assert_array_equal(session.run.state.theta, theta)
    assert condition(session) == pytest.approx(1, abs=1e-10)  # the Hessian is XᵀX/n, of the training points themselves
    set_rate(session, 1)
    assert excess(session) > 1000
    session.advance(3)
    assert excess(session) < 0.01


@pytest.mark.parametrize("name", ["line-raw", "line", STANDARDIZED])
@pytest.mark.parametrize("seed", seeds(6))
def test_beyond_the_threshold_both_diverge(name, seed):
    session = lesson(name, seed, 2.1)
    session.advance(5000)
    assert session.over
