"""Lesson 6, same gradient, different step: "What happens if the loss is multiplied by 1000?"

50 updates down the ravine ½(x² + 100y²) by descent at η = 0.01, RMSprop at 0.05, Adam at 0.3 and AdaGrad at 1; the
ravine turned by 45°, to f < 10⁻³; and two moons, 512 with noise 0.15, for a 2-16-16-1 tanh network with B = 32.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change, Restart
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from tests.lessons.walk import begin, do, examples, layers, losses, score, seeds, updates_until

SGD = {"kind": "sgd", "learning_rate": 0.01}
RMSPROP = {"kind": "rmsprop", "learning_rate": 0.05}
ADAM = {"kind": "adam", "learning_rate": 0.3}
ADAGRAD = {"kind": "adagrad", "learning_rate": 1}
ADAPTIVE = [RMSPROP, {**RMSPROP, "alpha": 0.9}, ADAM, ADAGRAD]
UPDATES, FACTOR = 50, 1000


def ravine(optimizer) -> Session:
    return begin({"problem": "ravine", "optimizer": optimizer})


def path(session: Session) -> Array:
    """θ after each of the updates."""
    points = []
    for _ in range(UPDATES):
        session.advance(1)
        points.append(session.run.state.theta.copy())
    return np.array(points)


def test_descent_is_thrown_out_at_once():
    session = ravine(SGD)
    session.advance(20)
    do(session, Change("problem.factor", FACTOR), Restart())
    session.advance(UPDATES)
    assert (losses(session.run)[1:6] > 1e5 * losses(session.run)[:5]).all()
    session.advance(100)
    assert session.run.state.status.health is Health.DIVERGED


@pytest.mark.parametrize("optimizer", ADAPTIVE)
def test_who_divides_by_the_gradients_size_takes_the_same_path(optimizer):
    """Less than 2 · 10⁻⁸ apart: ε alone tells the scales from each other."""
    session = ravine(optimizer)
    before = path(session)
    do(session, Change("problem.factor", FACTOR), Restart())
    after = path(session)
    assert 0 < np.abs(after - before).max() < 1e-5
    assert np.linalg.norm(before[-1] - before[0]) > 1


@pytest.mark.parametrize("optimizer", [SGD, *ADAPTIVE])
def test_in_mid_run_they_remember_the_smaller_gradients_and_get_over_it(optimizer):
    session = ravine(optimizer)
    session.advance(20)
    before = session.run.total_loss()
    do(session, Change("problem.factor", FACTOR))
    session.advance(5)
    if optimizer is SGD:
        assert session.run.total_loss() > 1e6 * FACTOR * before
    session.advance(195)
    assert session.over == (optimizer is SGD)
    assert session.over or session.run.total_loss() < 0.1 * FACTOR * before


@pytest.mark.parametrize(
    ("optimizer", "upright", "turned"),
    [({**SGD, "learning_rate": 0.0195}, 275, 275), (ADAM, 92, 181), (RMSPROP, 285, 394), (ADAGRAD, 157, 479)],
)
def test_steps_per_coordinate_depend_on_the_axes(optimizer, upright, turned):
    session = ravine(optimizer)
    assert updates_until(session, 1e-3, 1000) == upright
    do(session, Change("problem.kind", "ravine_45"), Change("optimizer", optimizer))  # it suggests a rate to descent
    assert session.run.state.step == 0
    assert updates_until(session, 1e-3, 1000) == turned


# ---- two moons ------------------------------------------------------------------

GRID = 10  # updates between two looks at the loss over all training examples


@pytest.mark.parametrize("seed", seeds(6))
def test_momentum_and_adam_learn_two_moons_in_less_than_half_the_updates(seed):
    """Momentum takes 0.13–0.17, Adam 0.23–0.30 of them; with weights of gain 1 it is 0.11–0.23 and 0.18–0.32."""
    session = begin({
        "seed": seed, "data": examples("moons", 512, 0.15), "network": {"layers": layers("tanh", 16, 16)},
        "optimizer": {"kind": "sgd", "learning_rate": 0.1}, "training": {"batch_size": 32},
        "rivals": [{"id": "m", "optimizer": {"kind": "momentum", "learning_rate": 0.1, "momentum": 0.9}},
                   {"id": "a", "optimizer": {"kind": "adam", "learning_rate": 0.01}}],
    })  # fmt: skip
    steps = [np.inf] * 3
    while max(steps) == np.inf and session.step < 3000:
        session.advance(GRID)
        steps = [min(last, session.step if score(run).loss < 0.1 else np.inf)
                 for last, run in zip(steps, session.runs, strict=True)]  # fmt: skip
    sgd, momentum, adam = steps
    assert sgd < np.inf
    assert momentum < sgd / 2
    assert adam < sgd / 2
