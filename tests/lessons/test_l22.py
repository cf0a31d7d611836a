"""Lesson 22, the edge of stability: "Can the loss fall while η is too big?"

The experiment `edge`: 40 evenly spaced examples of y = sin 4x + ½ cos 9x, a 1-32-32-1 tanh network, ½ MSE, full-batch
descent at η = 0.2, so that the threshold 2/η is 10; η is halved at update 4000.

The scale of the first weights decides how sharp the start is. Glorot's, √(2 / (in + out)), lies around the 0.2 of this
experiment: S₀ 2.9–6.4 on 200 seeds. With PyTorch's gain for tanh, 5/3, as `xavier_normal` and `xavier_uniform` have
it, S₀ exceeds 8 on every fourth seed.
"""

import numpy as np
import pytest

from gdexplorer.lab import experiments
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from gdexplorer.landscape.curvature import lanczos, threshold
from tests.lessons.walk import CATALOGUE, begin, losses, seeds

EVERY, STEPS = 40, 30  # updates between two measurements, products of each


def _begin(seed: int) -> Session:
    values = experiments.load("edge", CATALOGUE).model_dump()
    values["seed"] = seed
    return begin(values)


def _sharpness(session: Session) -> float:
    run, state = session.run, session.run.state
    product = run.program.linearize(state.theta, state.buffers, run.objective.full())
    found = lanczos(product, state.theta.size, STEPS, np.random.default_rng(state.step))
    assert found.residuals[-1] < 1e-3 * found.values[-1]
    return float(found.values[-1])


def lesson(seed: int) -> tuple[float, float, float, float, list[float], np.ndarray]:
    """Walk through the lesson: S₀, the threshold before and after, S at the end, S at the edge, and all losses."""
    session = _begin(seed)
    assert session.run.objective.full().size == 40
    first, before = _sharpness(session), threshold(session.run.state.experiment.optimizer)
    session.advance(2000)
    at_the_edge = []
    while session.run.state.step < 4000:
        session.advance(EVERY)
        at_the_edge.append(_sharpness(session))
    assert session.send(Change("optimizer.learning_rate", 0.1)).accepted
    after = threshold(session.run.state.experiment.optimizer)
    session.advance(4000)
    all_losses = losses(session.run)
    assert session.run.state.step == len(all_losses) == 8000
    assert before is not None and after is not None  # noqa: PT018
    return first, before, after, _sharpness(session), at_the_edge, all_losses


@pytest.mark.parametrize("seed", [*seeds(8), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(200, 208))])
def test_sharpness_hovers_at_the_threshold_while_the_loss_falls(seed):
    first, before, after, last, at_the_edge, losses = lesson(seed)
    assert (before, after) == (pytest.approx(10), pytest.approx(20))
    assert first < 8
    assert 0.95 < np.mean(at_the_edge) / before < 1.05
    rises = np.diff(losses[2000:4001]) > 0
    assert rises.reshape(-1, 250).mean(axis=1).max() > 0.3, "at the edge the loss goes up and down, in bouts"
    assert losses[3500:4000].mean() < losses[2000:2500].mean(), "and falls all the same"
    assert not (np.diff(losses[4100:5000]) > 0).any(), "below it the loss only falls"
    assert last > 10.3, "and sharpness rises again"
    assert last < 1.02 * after
