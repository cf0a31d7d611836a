"""Lesson 17, the noise floor: "Why won't it settle?"

Linear regression with 5 inputs, ½ MSE, B = 4, η = 0.1, 3000 updates; halfway η is divided by 10, or B becomes 16. The
floor is the mean, over the last 1000 updates of a half, of what the loss over all training examples has above its
least value.

It is ∝ η/B for independent examples. In an epoch no example comes twice, so that its noises cancel in part, the more,
the larger the share of it that a run remembers, 1/η updates of B examples. Of 2000 examples B × 4 makes 4.2–5.6 and
η ÷ 10 makes 14–19; of 30,000, used once at most and so as good as independent, it is 3.9–4.4 and 7.5–15. The bound of
5.5 is for those.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.commands import Change, Command
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, do, examples, knowing, score, seeds

INPUTS, HALF, TAIL = 5, 1500, 1000
DECAY, LARGER = Change("optimizer.learning_rate", 0.01), Change("training.batch_size", 16)


def _linear(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """x ~ N(0, 1), y = w·x + N(0, σ²), w ~ N(0, 1)."""
    w, x = points.standard_normal(INPUTS), points.standard_normal((n, INPUTS))
    return x, x @ w + noise * jitter.standard_normal(n)


LINEAR = knowing(
    Source("linear", "Linear", "A plane.", "regression", 0, tuple(f"x{k}" for k in range(INPUTS)),
           ((-3.0, 3.0),) * INPUTS, 4000, 0.5, None, _linear)
)  # fmt: skip


def test_the_excess_is_that_of_the_loss():
    session = begin({"data": examples("linear", 50, 0.5), "loss": "half_mse"}, LINEAR)
    run, best = session.run, session.run.objective.solution()
    x, d = run.objective.full().xt, session.run.state.theta - best
    least = run.scorer.score(best, run.state.buffers, run.objective.full()).loss
    assert d @ (x.T @ x / len(x)) @ d / 2 == pytest.approx(score(run).loss - least, rel=1e-10)


def floor(session: Session) -> float:
    """Train for one half; return the mean excess loss of its last part, ½ dᵀHd of θ's way d from the least squares."""
    run, away = session.run, []
    session.advance(HALF - TAIL)
    for _ in range(TAIL):
        session.advance(1)
        away.append(run.state.theta - run.objective.solution())
    x = run.objective.full().xt
    return float(np.mean(np.sum(away @ (x.T @ x / len(x)) * away, axis=1)) / 2)


def ratio(seed: int, train: int, command: Command) -> float:
    """Return by what factor a command halfway lowers the floor."""
    session = begin({
        "seed": seed, "data": examples("linear", train, 0.5), "loss": "half_mse",
        "optimizer": {"kind": "sgd", "learning_rate": 0.1}, "training": {"batch_size": 4},
    }, LINEAR)  # fmt: skip
    before = floor(session)
    do(session, command)
    return before / floor(session)


@pytest.mark.parametrize("seed", seeds(6))
@pytest.mark.parametrize(("command", "least", "most"), [(DECAY, 5, 30), (LARGER, 3, 6.5)])
def test_less_noise_lowers_the_floor(command, least, most, seed):
    assert least < ratio(seed, 2000, command) < most


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("command", "least", "most"), [(DECAY, 5, 20), (LARGER, 3, 5.5)])
def test_of_independent_examples_in_proportion_to_rate_over_batch(command, least, most, seed):
    assert least < ratio(seed, 30_000, command) < most
