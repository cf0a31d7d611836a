"""Lesson 24 (a), gradients by inputs: "Where does it look?"

A digit MLP of 64-32-10 ReLU on the 8×8 digits that ship, Adam at 0.01, B = 32, 1500 updates; the lesson was conceived
on images of 12×12, so that its top 14 pixels of 144, a tenth, are 6 of 64 here. And the experiment `scenes-cnn`, 8 and
16 filters on scenes of 20×20 with a glyph of 7×7, after 500 updates, that is 4 epochs. Maps are those of the test
split, of each example's own class.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab import experiments
from gdexplorer.lab.run import Run
from gdexplorer.objectives.sensitivity import Derivatives, Sensitivity
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.saliency import (
    area_share,
    deletion,
    enlarged,
    grad_cam,
    gradient_times_input,
    ink,
    mass_share,
    peak_inside,
    ranked,
    saliency,
    shuffled,
    within,
)
from tests.lessons.walk import CATALOGUE, begin, layers, seeds

DIGITS = {"data": {"kind": "digits", "amount": 1797, "train_share": 0.8, "noise": 0.0},
          "network": {"layers": layers("relu", 32), "initializer": "he_normal"}, "loss": "softmax_cross_entropy",
          "optimizer": {"kind": "adam", "learning_rate": 0.01}}  # fmt: skip
TOP = 6
HALF = 0.5  # of full ink


def looked(run: Run, layer: str = "", ahead: int = 0) -> tuple[Derivatives, Array, Array]:
    """Derivatives of outputs that many classes ahead of the own, images (n, 1, H, W) and ∂s/∂x in their shape."""
    objective, state = run.objective, run.state
    assert isinstance(objective, SupervisedObjective)
    test, shape = objective.data.test, objective.data.shape
    output = (test.y.astype(int) + ahead) % objective.data.classes
    found = Sensitivity(objective, layer).at(state.theta, state.buffers, test.x, output)
    return found, test.x.reshape(-1, *shape), found.by_inputs.reshape(-1, *shape)


def accuracy(run: Run) -> float:
    found = run.scorer.score(run.state.theta, run.state.buffers, run.objective.full("test")).accuracy
    assert found is not None
    return found


@pytest.mark.parametrize("seed", seeds(6))
def test_of_a_dense_network_saliency_lies_on_the_strokes_no_more_than_chance(seed: int) -> None:
    """Mass over area 0.95–1.02 before training, 0.87–1.04 after it, be ink what is not blank or what is half black.

    The area is 0.51 of the picture or 0.29.
    """
    session = begin(DIGITS | {"seed": seed})
    for updates in (0, 1500):
        session.advance(updates)
        _, x, by_inputs = looked(session.run)
        for above in (0.0, HALF):
            masks = ink(x, above)
            mass, area = mass_share(saliency(by_inputs), masks).mean(), area_share(masks).mean()
            assert 0.8 < mass / area < 1.1
        assert mass_share(gradient_times_input(by_inputs, x), ink(x)).min() == 1  # whatever the network
    assert accuracy(session.run) > 0.94


@pytest.mark.parametrize("seed", seeds(6))
def test_deleting_what_gradient_times_input_names_costs_more_than_any_ink(seed: int) -> None:
    """5.0–5.6 times what any ink costs, 3.3–3.7 times ink that is half black or more."""
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


def in_box(run: Run, ahead: int = 0) -> tuple[float, float, float, float]:
    """Share of peaks of saliency in the glyph's box; of the mass in it, saliency's and Grad-CAM's; and its area."""
    found, x, by_inputs = looked(run, "c2", ahead=ahead)
    assert isinstance(run.objective, SupervisedObjective)
    boxes, size = run.objective.data.test.boxes, x.shape[2:]
    assert boxes is not None
    masks, looks = within(boxes, *size), saliency(by_inputs)
    cam = enlarged(grad_cam(found.activations, found.by_activations), *size)
    return (float(peak_inside(looks, masks).mean()), float(mass_share(looks, masks).mean()),
            float(np.nanmean(mass_share(cam, masks))), float(area_share(masks).mean()))  # fmt: skip


@pytest.mark.parametrize("seed", seeds(6))
def test_a_convolutional_network_looks_at_the_glyph(seed: int) -> None:
    """Peaks 0.76–0.85, mass 0.25–0.29, Grad-CAM 0.39–0.45 and, of the next class, 0.20–0.32; the area is 0.12.

    With random weights peaks 0.14–0.28, mass 0.13–0.14, and Grad-CAM 0.15–0.20, but that is no test: of other such
    networks it was 0.11–0.34.
    """
    session = begin(experiments.load("scenes-cnn", CATALOGUE).model_dump() | {"seed": seed})
    peaks, mass, _, area = in_box(session.run)
    assert area == pytest.approx(0.1225)
    assert peaks < 0.5
    assert mass < 0.2
    session.advance(500)
    assert accuracy(session.run) > 0.97  # as the experiment says
    peaks, mass, cam, _ = in_box(session.run)
    assert peaks > 0.7
    assert mass > 0.2
    assert cam > 0.25
    other = in_box(session.run, ahead=1)[2]
    assert area * 1.2 < other < cam  # not class-exclusive
