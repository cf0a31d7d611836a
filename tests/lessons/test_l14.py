"""Lesson 14, dead ReLUs: "Can a unit die?"

Two rings of 256 examples, B = 32, that is 8 updates an epoch. (a) 2-32-32-1 with He normal and SGD at 0.1: one epoch at
η = 10. (b) 2-32-1 with all hidden biases at −4 or −3, Adam at 0.02. Accuracies are those on the training set.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change, MoveTo
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, do, examples, layers, score, seeds

EPOCH = 8


def lesson(seed: int, activation: str, units: list[int], optimizer: str, rate: float) -> Session:
    return begin({
        "seed": seed, "data": examples("rings", 256, 0.08),
        "network": {"layers": layers(activation, *units), "initializer": "he_normal"},
        "optimizer": {"kind": optimizer, "learning_rate": rate}, "training": {"batch_size": 32},
    })  # fmt: skip


def dead(run: Run, layer: str) -> Array:
    """Whether each unit's z is negative or zero for every training example."""
    state = run.state
    z = run.program.trace(state.theta, state.buffers, run.objective.full())[f"{layer}.z"]
    return np.asarray((z <= 0).all(axis=1))


@pytest.mark.parametrize("seed", seeds(10))
def test_one_epoch_of_huge_steps_kills_for_good(seed):
    """Dead in the second layer: 0–0.09, then 0.94–1, after 60 more epochs 0.88–1; accuracy 0.977–1, then 0.49–0.63.

    Classes are the nearer to each other the larger the inner ring: with a radius of 0.3 instead of this one's 0.5 all
    ten have 1.000 after 20 epochs; with 0.5 they have it after 40.
    """
    session = lesson(seed, "relu", [32, 32], "sgd", 0.1)
    session.advance(20 * EPOCH)
    assert np.mean(dead(session.run, "h2")) < 0.4
    assert score(session.run).accuracy > 0.97
    do(session, Change("optimizer.learning_rate", 10.0))
    session.advance(EPOCH)
    assert np.mean(dead(session.run, "h2")) > 0.8
    do(session, Change("optimizer.learning_rate", 0.1))
    session.advance(60 * EPOCH)
    assert np.mean(dead(session.run, "h2")) > 0.8
    assert score(session.run).accuracy < 0.75


def biased(seed: int, activation: str, bias: float) -> tuple[Array, Array, Session]:
    """Put the biases there and train for 150 epochs; return who was dead, θ before it, and the session."""
    session = lesson(seed, activation, [32], "adam", 0.02)
    run = session.run
    theta = run.state.theta.copy()
    hidden(run, theta)[:, -1] = bias
    do(session, MoveTo(theta))
    born_dead = dead(run, "h1")
    session.advance(150 * EPOCH)
    return born_dead, theta, session


def hidden(run: Run, theta: Array) -> Array:
    """Weights and bias of each hidden unit."""
    return run.objective.layout.block(theta, "h1")


@pytest.mark.parametrize("seed", seeds(8))
@pytest.mark.parametrize("bias", [-4, -3])
def test_no_optimizer_can_scale_zero(bias, seed):
    """From −3 a unit or two of 32 live and learn what they can: 0.51–0.67."""
    born_dead, before, session = biased(seed, "relu", bias)
    after, run = session.run.state.theta, session.run
    assert born_dead.all() if bias == -4 else born_dead.mean() > 0.9
    np.testing.assert_array_equal(hidden(run, after)[born_dead], hidden(run, before)[born_dead])
    assert (after != before).any(), "the output has learned what it can"
    assert score(run).accuracy <= 0.81


@pytest.mark.parametrize("seed", seeds(8))
def test_leaky_units_come_back_from_mild_death(seed):
    """0.996–1, from where ReLU ends at 0.51–0.67."""
    born_dead, before, session = biased(seed, "leaky_relu", -3)
    assert born_dead.mean() > 0.9
    assert (hidden(session.run, session.run.state.theta) != hidden(session.run, before)).all()
    assert score(session.run).accuracy > 0.99


@pytest.mark.long
def test_leaky_units_often_do_not_from_a_severe_one():
    """From −5 three of eight have 0.38–0.64, the others 0.99 or 1."""
    accuracies = np.array([score(biased(seed, "leaky_relu", -5)[2].run).accuracy for seed in range(8)])
    assert 1 <= np.sum(accuracies < 0.9) <= 7
