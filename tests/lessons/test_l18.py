"""Lesson 18, zero_grad: "What does forgetting do?"

(a) 8 micro-batches of 16 against one batch of 128, a tanh network on two moons. (b) A plane fitted to 256 examples in
3 dimensions, noise 0.5, ½ MSE, B = 16, η = 0.05, 1000 updates, with "zero the gradient before each step" on and off.

On two moons, nearly separable, forgetting may help: with one hidden layer of 16 at η = 0.01 the loss after 1500 updates
is 5·10⁻⁷ to 0.12 of the right run's. It need not: with two hidden layers at η = 0.1 it is 24 to 3,600 times that, for a
speed that nothing brakes carries the weights far past where the loss was low.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from tests.lessons.walk import begin, knowing, losses, seeds

FORGET = {"zero_gradient": False}


# ---- (a) accumulation ---------------------------------------------------------------


def moons(seed: int, rate: float, units: list[int], **training: object) -> Session:
    layers = [{"id": f"h{k}", "units": n, "activation": "tanh"} for k, n in enumerate(units, 1)]
    return begin({
        "seed": seed, "data": {"kind": "moons", "amount": 256, "train_share": 0.5, "noise": 0.1},
        "network": {"layers": layers}, "optimizer": {"kind": "sgd", "learning_rate": rate}, "training": training,
    })  # fmt: skip


def gradient_of(session: Session) -> Array:
    session.advance(1)
    return session.run.state.slots[0].gradient


@pytest.mark.parametrize("seed", seeds(6))
def test_eight_micro_batches_are_the_big_one_and_eight_times_that_where_nobody_divides(seed):
    big, mean, whole = (
        moons(seed, 0.1, [16, 16], **training)
        for training in ({"batch_size": 128}, {"batch_size": 16, "accumulate": 8},
                         {"batch_size": 16, "accumulate": 8, "accumulate_mean": False})
    )  # fmt: skip
    assert big.run.objective.full().size == 128
    expected, found, undivided = map(gradient_of, (big, mean, whole))
    assert np.abs(found - expected).max() / np.abs(expected).max() < 1e-12
    assert np.linalg.norm(undivided) / np.linalg.norm(expected) == pytest.approx(8, rel=1e-12)
    assert losses(mean.run) == pytest.approx(losses(big.run), rel=1e-12)


# ---- (b) what forgetting does --------------------------------------------------------


def _plane(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    x, weights = points.normal(size=(n, 3)), points.normal(size=3)
    return x, x @ weights + noise * jitter.normal(size=n)


PLANE = knowing(Source("plane", "Plane", "y = w·x + noise.", "regression", 0, ("x1", "x2", "x3"), ((-3.0, 3.0),) * 3,
                       320, 0.5, None, _plane))  # fmt: skip


def regression(seed: int, **training: object) -> Session:
    session = begin({
        "seed": seed, "data": {"kind": "plane", "amount": 320, "train_share": 0.8, "noise": 0.5}, "loss": "half_mse",
        "optimizer": {"kind": "sgd", "learning_rate": 0.05}, "training": {"batch_size": 16, **training},
    }, PLANE)  # fmt: skip
    assert session.run.objective.full().size == 256
    return session


@pytest.mark.parametrize("seed", seeds(8))
def test_on_mini_batches_of_a_regression_forgetting_swings_ever_further(seed):
    right, wrong = regression(seed), regression(seed, **FORGET)
    for session in (right, wrong):
        session.advance(1000)
    assert wrong.run.state.status.health is Health.FINE
    ratio = losses(wrong.run)[-100:].mean() / losses(right.run)[-100:].mean()
    assert ratio > 20
    assert losses(wrong.run)[-100:].mean() > losses(wrong.run)[100:200].mean()


def test_unchecked_in_mid_run_it_leaves_and_checked_again_it_returns():
    session = regression(0)
    session.advance(300)
    settled = losses(session.run)[-100:].mean()
    for zero, low, high in ((False, 20, np.inf), (True, 0, 1.5)):
        assert session.send(Change("training.zero_gradient", zero)).accepted
        session.advance(1000)
        assert low < losses(session.run)[-100:].mean() / settled < high


def bowl(c: float) -> Array:
    """x after each update on ½λx², λ = 4, from 1, at η = c/λ."""
    session = begin({"problem": "parabola", "optimizer": {"kind": "sgd", "learning_rate": c / 4}, "training": FORGET})
    xs = []
    for _ in range(1000):
        if not session.advance(1):
            break
        xs.append(session.run.state.theta[0])
    return np.array(xs)


def test_on_a_bowl_it_never_settles_and_beyond_four_it_diverges():
    """Σg is a momentum without friction: stable while ηλ < 4, in place of 2."""
    slow = np.abs(bowl(0.1))
    assert slow.max() <= 1.05
    assert slow.reshape(-1, 100).max(axis=1).min() > 0.95
    assert np.abs(bowl(3.9)).max() < 10
    assert np.abs(bowl(4.1)).max() > 1e30


@pytest.mark.parametrize("seed", seeds(6))
def test_on_separable_classes_it_may_be_faster(seed):
    right, wrong = (moons(seed, 0.01, [16], batch_size=16, **training) for training in ({}, FORGET))
    for session in (right, wrong):
        session.advance(1500)
    assert wrong.run.scores()[0].loss < 0.5 * right.run.scores()[0].loss


@pytest.mark.parametrize("seed", seeds(6))
def test_in_a_deeper_network_at_a_larger_rate_it_is_worse(seed):
    right, wrong = (moons(seed, 0.1, [16, 16], batch_size=16, **training) for training in ({}, FORGET))
    for session in (right, wrong):
        session.advance(1500)
    assert wrong.run.scores()[0].loss > 10 * right.run.scores()[0].loss
