"""Lesson 12, exploding gradients, initialization and batch norm: "Can scale alone ruin it?"

The experiment `exploding`: ten ReLU layers of 20 units with weights from N(0, 1) on 256 moons, B = 32, SGD at 0.1,
8 updates an epoch. Accuracies are those on the training set, in evaluation.
"""

import numpy as np
import pytest

from gdexplorer.lab import experiments
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from tests.lessons.walk import CATALOGUE, begin, do, gradient, score, seeds

DEPTH, EPOCH = 10, 8


def lesson(seed: int) -> Session:
    return begin(experiments.load("exploding", CATALOGUE).model_dump() | {"seed": seed})


def rms(values) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def first_layer(run: Run) -> float:
    """Root mean square of the loss's derivatives by the first layer's weights."""
    return rms(run.objective.layout.view(gradient(run), "h1", "weight"))


@pytest.mark.parametrize("seed", seeds(10))
def test_delta_explodes_geometrically_and_with_it_loss_and_gradient(seed):
    """A factor of 2.9–3.3 a layer back, √(20/2) = 3.16; the loss begins at 2,500–46,000; 1.3–2.4 · 10⁵ times He's."""
    session = lesson(seed)
    run, state = session.run, session.run.state
    trace = run.program.trace(state.theta, state.buffers, run.objective.full())
    deltas = [rms(trace[f"h{k}.delta"]) for k in range(1, DEPTH + 1)]
    factor = (deltas[0] / deltas[-1]) ** (1 / (DEPTH - 1))
    exploded = first_layer(run)
    loss = score(run).loss
    do(session, Change("network.initializer", "he_normal"), Reinitialize("network", seed))
    ratio = exploded / first_layer(run)
    assert 2.5 < factor < 3.6
    assert loss > 1e3
    assert ratio > 1e3


@pytest.mark.parametrize("seed", seeds(5))
def test_batch_norm_makes_the_same_weights_trainable(seed):
    """Without it 0.49–0.54 or diverged, with it 0.984–0.996."""
    session = lesson(seed)
    session.advance(60 * EPOCH)
    plain = score(session.run).accuracy
    finite = session.run.state.status.health
    do(session, Change("network.normalization", "batch_norm"), Reinitialize("network", seed))
    session.advance(60 * EPOCH)
    normed = score(session.run).accuracy
    assert plain < 0.65 or finite is Health.DIVERGED
    assert normed > 0.93


@pytest.mark.parametrize("seed", seeds(5))
def test_it_trains_sigmoids_too(seed):
    """0.973–0.996 at η = 0.5."""
    session = begin(experiments.load("vanishing", CATALOGUE).model_dump() | {"seed": seed})
    do(session, Change("network.normalization", "batch_norm"), Reinitialize("network", seed),
       Change("optimizer.learning_rate", 0.5))  # fmt: skip
    session.advance(60 * EPOCH)
    assert score(session.run).accuracy > 0.9


@pytest.mark.parametrize("seed", seeds(10))
@pytest.mark.parametrize(("activation", "bound"), [("gelu", 0.01), ("relu", 0.05)])
def test_weights_ten_times_as_large_change_nothing_behind_it_and_divide_their_gradient(seed, activation, bound):
    """By 10 within 0.2 % with GELU, 0.5 % with tanh, 3.1 % with ReLU.

    The output changes by ε's share of the variance, 10⁻⁵, more for units of small variance, which is enough to open or
    close single ReLUs behind it.
    """
    session = lesson(seed)
    do(session, Change("network.activation", activation), Change("network.normalization", "batch_norm"),
       Change("network.initializer", "he_normal"), Reinitialize("network", seed))  # fmt: skip
    run, outputs, gradients = session.run, [], []
    weights = run.objective.layout.view(run.state.theta, "h1", "weight")
    for _ in range(2):
        outputs.append(run.program.trace(run.state.theta, np.zeros(0), run.objective.full())["h1_norm.a"])
        gradients.append(run.objective.layout.view(gradient(run), "h1", "weight").copy())
        weights *= 10
    np.testing.assert_allclose(outputs[1], outputs[0], atol=0.01)
    assert 10 * np.linalg.norm(gradients[1]) == pytest.approx(np.linalg.norm(gradients[0]), rel=bound)
