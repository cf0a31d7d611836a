"""Lesson 15, mini-batch noise: "Four times the batch: how much less noise?"

A 2-16-16-1 tanh network on 1024 moons with noise 0.2; θ stands still, 200 batches of each size from 1 to 256.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, do, examples, gradient, layers, seeds

EXAMPLES, DRAWS = 1024, 200
SIZES = 2 ** np.arange(9)


def lesson(seed: int) -> Session:
    return begin({
        "seed": seed, "data": examples("moons", EXAMPLES, 0.2), "network": {"layers": layers("tanh", 16, 16)},
        "optimizer": {"kind": "sgd", "learning_rate": 0.1}, "training": {"batch_size": 1},
    })  # fmt: skip


def drawn(session: Session, batches: int) -> Array:
    """Gradients (batches, P) of the batches that would come next, all at the present θ."""
    run, streams = session.run, session.run.state.streams.copy()
    found, out = np.empty((batches, run.state.theta.size)), np.empty_like(run.state.theta)
    with np.errstate(all="ignore"):
        for row in found:
            run.program.value_and_gradient(run.state.theta, run.state.buffers, run.objective.draw(streams), out)
            row[:] = out
    return found


def noise(gradients: Array, full: Array) -> float:
    """√ of the mean ‖g_B − g‖², over ‖g‖."""
    return float(np.sqrt(np.mean(np.sum((gradients - full) ** 2, axis=1))) / np.linalg.norm(full))


def cosine(gradients: Array, full: Array) -> float:
    """Mean cosine of the angle between g_B and g."""
    return float(np.mean(gradients @ full / (np.linalg.norm(gradients, axis=1) * np.linalg.norm(full))))


@pytest.mark.parametrize("seed", seeds(6))
def test_noise_falls_as_one_over_the_root_of_the_batch(seed):
    """Slope −0.510 to −0.496, cosine 0.34–0.47 for one example and 0.993–0.997 for 256.

    One epoch of single examples gives all gradients, of which batches with replacement are means.
    """
    session = lesson(seed)
    full, single = gradient(session.run), drawn(session, EXAMPLES)
    np.testing.assert_allclose(single.mean(axis=0), full, rtol=0, atol=1e-12)
    rng = np.random.default_rng(seed)
    batches = [single[rng.integers(0, EXAMPLES, (DRAWS, size))].mean(axis=1) for size in SIZES]
    noises = [noise(found, full) for found in batches]
    assert np.polyfit(np.log(SIZES), np.log(noises), 1)[0] == pytest.approx(-0.5, abs=0.05)
    assert cosine(batches[0], full) < 0.7
    assert cosine(batches[-1], full) > 0.97


@pytest.mark.parametrize("seed", seeds(6))
def test_the_batch_slider_does_the_same_and_a_little_better(seed):
    """Within an epoch no example comes twice: the noise has a factor √((n − B)/(n − 1)) as well."""
    session = lesson(seed)
    full, single = gradient(session.run), drawn(session, EXAMPLES)
    one = noise(single, full)
    for size in (4, 16, 64, 256):
        do(session, Change("training.batch_size", size))
        expected = one * np.sqrt((EXAMPLES - size) / (EXAMPLES - 1) / size)
        assert noise(drawn(session, DRAWS), full) == pytest.approx(expected, rel=0.15)
