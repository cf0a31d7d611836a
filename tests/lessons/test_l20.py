"""Lesson 20, L1, L2 and dropout: "Which makes zeros?"

L1 and L2: y = w·x + noise in 50 dimensions with 8 weights that are not 0 (1 to 3 in size), 60 training examples, noise
0.5, ½ MSE, full-batch descent at η = 0.1, λ = 0.2, 2000 updates.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, do, knowing, seeds

INPUTS, TRUE, STRENGTH, UPDATES = 50, 8, 0.2, 2000
UPDATES_DROPPED = 1500


def _sparse(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    x, weights = points.normal(size=(n, INPUTS)), np.zeros(INPUTS)
    weights[:TRUE] = points.choice([-1, 1], TRUE) * points.uniform(1, 3, TRUE)
    return x, x @ weights + noise * jitter.normal(size=n)


SPARSE = knowing(Source("sparse", "Sparse", "y = w·x + noise.", "regression", 0, tuple(f"x{k}" for k in range(INPUTS)),
                        ((-3.0, 3.0),) * INPUTS, 120, 0.5, None, _sparse))  # fmt: skip


def lesson(seed: int, **penalty: object) -> Session:
    session = begin({
        "seed": seed, "data": {"kind": "sparse", "amount": 120, "train_share": 0.5, "noise": 0.5}, "loss": "half_mse",
        "optimizer": {"kind": "sgd", "learning_rate": 0.1}, "training": {"batch_size": 60}, "penalty": penalty,
    }, SPARSE)  # fmt: skip
    assert session.run.objective.deterministic
    return session


def zeros(session: Session) -> tuple[int, int]:
    """Exact zeros among all weights, as the window shows them, and among those of the true inputs."""
    shown = session.frame().lane.state.zeros
    weights = session.run.objective.layout.view(session.run.state.theta, "output", "weight")[0]
    assert shown is None or shown == (np.count_nonzero(weights == 0), INPUTS)
    return np.count_nonzero(weights == 0), np.count_nonzero(weights[:TRUE] == 0)


@pytest.mark.parametrize("seed", seeds(8))
def test_only_the_proximal_step_makes_exact_zeros_and_keeps_what_is_true(seed):
    l2, subgradient, proximal = (
        lesson(seed, **penalty)
        for penalty in ({"l2": STRENGTH}, {"l1": STRENGTH}, {"l1": STRENGTH, "l1_form": "proximal"})
    )
    for session in (l2, subgradient, proximal):
        session.advance(UPDATES)
    assert zeros(l2) == zeros(subgradient) == (0, 0)
    found, lost = zeros(proximal)
    assert found >= 30
    assert lost == 0
    assert subgradient.run.total_loss() == pytest.approx(proximal.run.total_loss(), rel=0.05)


def test_in_mid_run_none_then_l2_then_l1():
    session = lesson(0)
    for change, low, high in (
        (Change("penalty.l2", STRENGTH), 0, 0), (Change("penalty.l2", 0.0), 0, 0),
        (Change("penalty.l1", STRENGTH), 0, 0), (Change("penalty.l1_form", "proximal"), 30, 42),
        (Change("penalty.l1_form", "subgradient"), 0, 0),
    ):  # fmt: skip
        assert session.send(change).accepted
        session.advance(UPDATES)
        assert low <= zeros(session)[0] <= high


# ---- dropout ----------------------------------------------------------------------

DROPPED = [
    {"id": "h1", "units": 64, "activation": "relu"},
    {"id": "d1", "kind": "dropout", "rate": 0.0},
    {"id": "h2", "units": 64, "activation": "relu"},
    {"id": "d2", "kind": "dropout", "rate": 0.0},
]


def overfit(seed: int, rate: float) -> Session:
    """2-64-64-1 ReLU on 80 moons at noise 0.3, Adam 0.005, B = 32, after 1500 updates; 1000 to test."""
    session = begin({
        "seed": seed, "data": {"kind": "moons", "amount": 1080, "train_share": 80 / 1080, "noise": 0.3},
        "network": {"layers": DROPPED, "initializer": "he_normal"}, "loss": "binary_cross_entropy",
        "optimizer": {"kind": "adam", "learning_rate": 0.005}, "training": {"batch_size": 32},
    })  # fmt: skip
    do(session, Change("network.layers.d1.rate", rate), Change("network.layers.d2.rate", rate))
    session.advance(UPDATES_DROPPED)
    return session


@pytest.mark.parametrize("seed", seeds(12))
def test_dropout_narrows_the_gap_between_training_and_test_loss(seed):
    """0.22–0.98 times the gap without; the training loss with units dropped is 1.18–2.08 times that in evaluation."""
    gaps = []
    for rate in (0.0, 0.5):
        run = overfit(seed, rate).run
        train, test = run.scores()
        gaps.append(test.loss - train.loss)
    streams, drawn, out = run.state.streams.copy(), [], np.empty_like(run.state.theta)
    for _ in range(300):  # with units dropped, as in training
        with np.errstate(all="ignore"):
            batch = run.objective.draw(streams)
            drawn.append(run.program.value_and_gradient(run.state.theta, np.zeros(0), batch, out))
    assert gaps[1] < gaps[0]
    assert np.mean(drawn) / train.loss > 1.1
