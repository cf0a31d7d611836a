"""Lesson 2, four buttons: "Which one changes a weight?"

A 2-2-1 network of sigmoids, ½(o − t)², x = (.05, .10), t = .01, η = .5. From hand, unit by unit:
h = σ(.15·.05 + .20·.10 + .35), σ(.25·.05 + .30·.10 + .35), o = σ(.40 h₁ + .45 h₂ + .60).
"""

from math import exp

import numpy as np
import pytest

from gdexplorer.lab import experiments
from gdexplorer.lab.session import Session
from gdexplorer.probes.stepwise import Phase, Stage, StepByStep
from tests.lessons.walk import CATALOGUE


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


H = sigmoid(0.15 * 0.05 + 0.20 * 0.10 + 0.35), sigmoid(0.25 * 0.05 + 0.30 * 0.10 + 0.35)
OUT = sigmoid(0.40 * H[0] + 0.45 * H[1] + 0.60)
DELTA = (OUT - 0.01) * OUT * (1 - OUT)


@pytest.fixture
def session() -> Session:
    return Session(experiments.load("four-buttons", CATALOGUE), CATALOGUE)


def press(session: Session, phase: Phase) -> Stage:
    if phase is Phase.UPDATE:
        session.train(1)
    request = StepByStep(1, phase)
    stage = session.frame(frozenset({request})).lane.views[request]
    assert stage.phase is phase
    return stage


def test_each_button_adds_its_numbers_and_the_last_one_moves_the_parameters(session):
    theta, before = session.run.state.theta, session.run.state.theta.tobytes()
    forward = press(session, Phase.FORWARD)
    assert forward.layers[0].a[:, 0] == pytest.approx(H, rel=1e-12)
    assert forward.layers[1].a.item() == pytest.approx(0.751365, abs=5e-7)
    assert forward.layers[1].a.item() == pytest.approx(OUT, rel=1e-12)
    loss = press(session, Phase.LOSS).loss
    assert loss.total == loss.data == pytest.approx(0.274811, abs=5e-7)
    backward = press(session, Phase.BACKWARD)
    assert backward.unmoved
    assert theta.tobytes() == before
    weights = backward.layout.view(backward.backward.gradient, "output", "weight")[0]
    assert weights == pytest.approx((0.082167, 0.082668), abs=5e-7)
    assert weights == pytest.approx((DELTA * H[0], DELTA * H[1]), rel=1e-12)
    update = press(session, Phase.UPDATE)
    assert theta.tobytes() != before
    assert not update.unmoved
    assert update.update.loss == pytest.approx(0.258015, abs=5e-7)
    assert update.first_order == pytest.approx(0.016588, abs=5e-7)
    assert update.first_order == pytest.approx(loss.total - update.update.loss, rel=0.03)
    assert np.array_equal(update.update.theta, theta)
