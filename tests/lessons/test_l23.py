"""Lesson 23, recurrence and clipping: "How far back?"

(a) A simple layer of 24 units over 50 steps, its weights from one state to the next ρ times an orthogonal matrix; other
weights are so small, N(0, 0.02²), that tanh bends little unless states grow by themselves. h₀ is the state before the
first step and h₅₀ that behind the last.

(b) The delayed sum, 512 sequences of 30 steps: 16 rectifiers, recurrent weights 1.1·I, SGD at 0.03, B = 32; ½MSE, of
which the mean alone leaves half the variance, 0.133. float32, as that is where 10⁴⁴ is no number any more.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from tests.lessons.walk import CATALOGUE, begin, examples, knowing, losses, score, seeds

STEPS, UNITS = 50, 24
RADII = {0.5: (0.0, 1e-14), 0.9: (0.004, 0.006), 1.0: (0.6, 1.0), 1.5: (100.0, 1e5)}


def _noise(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    return points.uniform(-1, 1, (n, STEPS)), points.uniform(-1, 1, n)


NOISE = Source("noise", "Noise", "Nothing to learn.", "regression", 0, tuple(f"step {t}" for t in range(STEPS)),
               ((-1.0, 1.0),) * STEPS, amount=64, noise=0.0, limit=None, make=_noise, shape=(STEPS, 1))  # fmt: skip


def first_to_last(seed: int, radius: float, activation: str) -> float:
    """‖∂L/∂h₀‖ / ‖∂L/∂h₅₀‖ over all training examples."""
    layer = {"kind": "rnn", "id": "r", "units": UNITS, "activation": activation, "radius": radius}
    run = begin(
        {"seed": seed, "data": examples("noise", 32), "loss": "half_mse",
         "network": {"layers": [layer], "initializer": {"kind": "normal", "sigma": 0.02}}}, knowing(NOISE),
    ).run  # fmt: skip
    found = run.program.trace(run.state.theta, run.state.buffers, run.objective.full())
    h, delta = (found[name].reshape(STEPS, UNITS, -1) for name in ("r.hidden", "r.hidden_delta"))
    slope = 1 - h[0] ** 2 if activation == "tanh" else np.ones_like(h[0])
    before = run.objective.layout.block(run.state.theta, "r.h").T @ (slope * delta[0])
    return float(np.linalg.norm(before) / np.linalg.norm(delta[-1]))


@pytest.mark.parametrize("seed", seeds(8))
def test_fifty_steps_back_the_gradient_has_vanished_or_exploded(seed):
    """8.8 · 10⁻¹⁶, 0.0049–0.0051, 0.83–0.90 and 600–1,300."""
    for radius, (low, high) in RADII.items():
        assert low < first_to_last(seed, radius, "tanh") < high, radius


@pytest.mark.parametrize("seed", seeds(8))
def test_of_a_linear_layer_it_is_the_radius_to_the_power_of_the_steps(seed):
    for radius in RADII:
        assert first_to_last(seed, radius, "linear") == pytest.approx(radius**STEPS, rel=1e-12)


def delayed_sum(seed: int, clip: str, activation: str = "relu", radius: float = 1.1) -> Session:
    layer = {"kind": "rnn", "id": "r", "units": 16, "activation": activation, "start": "identity", "radius": radius}
    return begin(
        {"seed": seed, "data": examples("delayed_sum", 512), "loss": "half_mse",
         "network": {"layers": [layer], "initializer": "xavier_normal", "precision": "float32"},
         "optimizer": {"kind": "sgd", "learning_rate": 0.03},
         "training": {"batch_size": 32, "clip": clip, "clip_threshold": 1.0}}, CATALOGUE,
    )  # fmt: skip


@pytest.mark.parametrize("seed", seeds(8))
def test_rectifiers_explode_at_once_unless_gradients_are_clipped(seed):
    """After 1 update there is no finite gradient; with clipping 0.017–0.024 after 400 updates."""
    session = delayed_sum(seed, "none")
    session.advance(3)
    assert session.run.state.status.health is Health.DIVERGED
    session = delayed_sum(seed, "norm")
    targets = session.run.objective.full().y
    assert targets.var() / 2 == pytest.approx(0.133, abs=0.015)
    session.advance(400)
    assert session.run.state.status.health is Health.FINE
    assert score(session.run).loss < 0.06


@pytest.mark.parametrize("seed", seeds(8))
@pytest.mark.parametrize("radius", [1.1, 1.5, 2.0])
def test_tanh_does_not_for_it_saturates(radius, seed):
    """The largest loss of a batch is 0.28–2.7; at ρ = 2 some learn hardly anything, 0.14 after 400 updates."""
    session = delayed_sum(seed, "none", "tanh", radius)
    session.advance(400)
    assert session.run.state.status.health is Health.FINE
    assert losses(session.run).max() < 1e3
