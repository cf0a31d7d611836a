"""Lesson 24 (a), gradients by inputs: "Where does it look?"

A digit MLP of 64-32-10 ReLU on the 8×8 digits that ship, Adam at 0.01, B = 32, 1500 updates; the lesson was conceived
on images of 12×12, so that its top 14 pixels of 144, a tenth, are 6 of 64 here. And the experiment `scenes-cnn`, 8 and
16 filters on scenes of 20×20 with a glyph of 7×7, after 500 updates, that is 4 epochs. Maps are those of the test
split, of each example's own class.
"""

from functools import cache

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab import experiments
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.objectives.sensitivity import Derivatives, Sensitivity
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.saliency import (
    area_share, deletion, enlarged, grad_cam, gradient_times_input, ink, mass_share, peak_inside, ranked, saliency,
    shuffled, within,
)  # fmt: skip
from tests.lessons.walk import CATALOGUE, begin, layers, seeds

DIGITS = {"data": {"kind": "digits", "amount": 1797, "train_share": 0.8, "noise": 0.0},
          "network": {"layers": layers("relu", 32), "initializer": "he_normal"}, "loss": "softmax_cross_entropy",
          "optimizer": {"kind": "adam", "learning_rate": 0.01}}  # fmt: skip
TOP = 6
SCENES = 400  # of 1000 test scenes
HALF = 0.5  # of full ink


def looked(run: Run, layer: str = "", count: int = 1000, ahead: int = 0) -> tuple[Derivatives, Array, Array]:
    """Derivatives of outputs that many classes ahead of the own, images (n, 1, H, W) and ∂s/∂x in their shape."""
    objective, state = run.objective, run.state
    assert isinstance(objective, SupervisedObjective)
    test, shape = objective.data.test, objective.data.shape
    output = (test.y[:count].astype(int) + ahead) % objective.data.classes
    found = Sensitivity(objective, layer).at(state.theta, state.buffers, test.x[:count], output)
    return found, test.x[:count].reshape(-1, *shape), found.by_inputs.reshape(-1, *shape)


def accuracy(run: Run) -> float:
    found = run.scorer.score(run.state.theta, run.state.buffers, run.objective.full("test")).accuracy
    assert found is not None
    return found


@pytest.mark.parametrize("seed", seeds(6))
def test_of_a_dense_network_saliency_lies_on_the_strokes_no_more_than_chance(seed: int) -> None:
    """REPORT."""
    session = begin(DIGITS | {"seed": seed})
    for updates in (0, 1500):
        session.advance(updates)
        _, x, by_inputs = looked(session.run)
        for above in (0.0, HALF):
            masks = ink(x, above)
            mass, area = mass_share(saliency(by_inputs), masks).mean(), area_share(masks).mean()
            assert 0.85 < mass / area < 1.1
        assert mass_share(gradient_times_input(by_inputs, x), ink(x)).min() == 1  # whatever the network
    assert accuracy(session.run) > 0.94


@pytest.mark.parametrize("seed", seeds(6))
def test_deleting_what_gradient_times_input_names_costs_more_than_any_ink(seed: int) -> None:
    """REPORT."""
    session = begin(DIGITS | {"seed": seed})
    session.advance(1500)
    run = session.run
    found, x, by_inputs = looked(run)

    def score(images: Array) -> Array:
        outputs = run.program.predict(run.state.theta, run.state.buffers, images.reshape(len(images), -1))
        return outputs[np.arange(len(images)), found.chosen]

    rng = np.random.default_rng(seed)
    named = deletion(score, x, ranked(gradient_times_input(by_inputs, x)), [TOP]).mean()
    for above in (0.0, HALF):
        at_random = np.mean([deletion(score, x, shuffled(ink(x, above), rng), [TOP]).mean() for _ in range(5)])
        assert named >= 2.5 * at_random > 0


@cache
def scenes(seed: int) -> Session:
    session = begin(experiments.load("scenes-cnn", CATALOGUE).model_dump() | {"seed": seed})
    session.advance(500)
    return session
