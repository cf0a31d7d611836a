"""Lesson 10, plateau and saturation: "Why is the wrongest neuron the slowest?"

(a) 1 − exp(−r²/2) from (4, 1) at η = 0.1 to f < 0.01. (b) One sigmoid unit with w = b = 4, x = 1 and target 0 at
η = 0.15 to an output a < 0.1.
"""

from typing import Any

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.commands import Change, MoveTo
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, knowing, updates_until

LOW = 0.01


def descent(optimizer: str, **knobs: float) -> Session:
    return begin({"problem": "plateau_well", "optimizer": {"kind": optimizer, "learning_rate": 0.1, **knobs}})


@pytest.mark.parametrize(
    ("optimizer", "knobs", "updates"),
    [("sgd", {}, 3394), ("momentum", {"momentum": 0.9}, 388), ("adagrad", {}, 171), ("adam", {}, 36),
     ("rmsprop", {"alpha": 0.9}, 19), ("rmsprop", {"alpha": 0.99}, 12)],
)  # fmt: skip
def test_who_rescales_walks_on_where_the_gradient_is_small(optimizer, knobs, updates):
    found = updates_until(descent(optimizer, **knobs), LOW, 4000)
    assert found == updates
    assert found > 1000 or optimizer != "sgd"
    assert found < 100 or optimizer != "adam"


def test_another_optimizer_in_mid_run_is_there_soon():
    session = descent("sgd")
    session.advance(500)
    assert session.run.total_loss() > 0.99
    assert session.send(Change("optimizer", {"kind": "adam", "learning_rate": 0.1})).accepted
    assert updates_until(session, LOW, 1000, since=500) < 100


# ---- one saturated unit -----------------------------------------------------------


def _one(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    return np.ones((n, 1)), np.zeros(n)


def _zero(name: str, task: Any, classes: int) -> Source:
    return Source(name, "One", "x = 1, t = 0.", task, classes, ("x",), ((0.0, 2.0),), 4, 0.0, None, _one)


# as a value for ½ MSE, for which classes would count as ±1, and as a class for cross-entropy
ONE = knowing(_zero("value", "regression", 0), _zero("class", "binary", 2))
DATA = {"amount": 4, "train_share": 0.75, "noise": 0}
SQUARED = {"data": {"kind": "value", **DATA}, "network": {"output": "sigmoid"}, "loss": "half_mse"}
ENTROPY = {"data": {"kind": "class", **DATA}, "loss": "binary_cross_entropy"}
RIGHT = 0.1  # output below which the unit has learned
SQUARED_LEVEL, ENTROPY_LEVEL = RIGHT**2 / 2, -np.log1p(-RIGHT)


def saturated(values: dict[str, Any]) -> Session:
    session = begin({**values, "optimizer": {"kind": "sgd", "learning_rate": 0.15}}, ONE)
    assert session.send(MoveTo(np.array([4.0, 4.0]))).accepted
    return session


def gradient(session: Session) -> float:
    session.run.look()
    return float(session.run.state.slots[0].gradient[0])


def test_squared_error_has_the_factor_of_the_sigmoid_and_cross_entropy_has_not():
    a = 1 / (1 + np.exp(-8))
    assert gradient(saturated(SQUARED)) == pytest.approx(a * a * (1 - a), rel=1e-12)
    assert gradient(saturated(ENTROPY)) == pytest.approx(a, rel=1e-12)


def test_the_wrongest_unit_is_the_slowest_under_squared_error():
    squared = updates_until(saturated(SQUARED), SQUARED_LEVEL, 20_000)
    entropy = updates_until(saturated(ENTROPY), ENTROPY_LEVEL, 1000)
    assert (squared, entropy) == (10265, 63)
    assert squared / entropy > 50


def test_cross_entropy_in_mid_run_wakes_it():
    session = saturated(SQUARED)
    session.advance(1000)
    stuck = session.run.state.theta.copy()
    assert (stuck > 3.9).all()
    for path, value in (("data.kind", "class"), ("network.output", "linear"), ("loss", "binary_cross_entropy")):
        assert session.send(Change(path, value)).accepted
    assert (session.run.state.theta == stuck).all()
    assert updates_until(session, ENTROPY_LEVEL, 1000, since=1000) < 100
