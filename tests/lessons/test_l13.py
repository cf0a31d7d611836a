"""Lesson 13, XOR, capacity, symmetry and luck: "Do zeros make a fair start?"

(a) 200 examples of `xor`, 2-8-1 tanh, SGD at 0.5, B = 20, 300 epochs. (b) 256 examples of XOR or rings with Adam at
0.03. (c) The four corners, descent at 0.5, 3000 updates. (d) Zeros on two blobs. Accuracies are those on the training
set.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.data.source import load
from gdexplorer.data.toy import BLOBS
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, curvature, do, examples, gradient, knowing, layers, score, seeds

CONSTANT = {"kind": "constant", "value": 0.5}
GRADUAL, QUICK = {"kind": "sgd", "learning_rate": 0.5}, {"kind": "adam", "learning_rate": 0.03}


def draw(session: Session, initializer, seed: int) -> None:
    do(session, Change("network.initializer", initializer), Reinitialize("network", seed))


def weights(run: Run) -> Array:
    """Each hidden unit's weights and bias."""
    return run.objective.layout.block(run.state.theta, "h1")


@pytest.mark.parametrize("seed", seeds(5))
def test_identical_units_stay_identical_until_chance_tells_them_apart(seed):
    """Zeros 0.50–0.53, constant 0.53–0.73, Xavier 1.00."""
    session = begin({
        "seed": seed, "data": examples("xor", 200), "network": {"layers": layers("tanh", 8), "initializer": "zeros"},
        "optimizer": GRADUAL, "training": {"batch_size": 20},
    })  # fmt: skip
    for initializer in ("zeros", CONSTANT):
        draw(session, initializer, seed)
        for _ in range(6):
            session.advance(500)
            assert np.ptp(weights(session.run), axis=0).max() == 0
        assert np.linalg.matrix_rank(weights(session.run)) <= 1
        assert score(session.run).accuracy < 0.8
    assert (weights(session.run) != CONSTANT["value"]).any(), "they have learned, all the same thing"
    draw(session, "xavier_normal", seed)
    session.advance(3000)
    assert np.linalg.matrix_rank(weights(session.run)) == 3
    assert score(session.run).accuracy > 0.94


@pytest.mark.parametrize("seed", seeds(8))
@pytest.mark.parametrize(("kind", "noise"), [("xor", 0), ("rings", 0.08)])
def test_no_line_separates_them_and_eight_units_do(kind, noise, seed):
    """60 epochs each: 0.38–0.72 without, 0.996–1 with the layer that is added in mid-run."""
    session = begin({"seed": seed, "data": examples(kind, 256, noise), "network": {"layers": []}, "optimizer": QUICK})
    session.advance(480)
    assert score(session.run).accuracy < 0.75
    do(session, Change("network.layers", layers("tanh", 8)))
    session.advance(480)
    assert score(session.run).accuracy > 0.96


# ---- the four corners, and luck --------------------------------------------------


def _corners(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """(1, 1), (1, −1), (−1, −1), (−1, 1) and the first once more, which tests if the split has left it out."""
    x = np.array([(1, 1), (1, -1), (-1, -1), (-1, 1), (1, 1)], float)
    return x, (x[:, 0] != x[:, 1]).astype(float)


CORNERS = knowing(
    Source("corners", "Corners", "Exclusive or.", "binary", 2, ("x", "y"), ((-1.5, 1.5),) * 2, 5, 0.0, None, _corners)
)
SPLIT = next(seed for seed in range(100)
             if len(np.unique(load(CORNERS.sources["corners"], 5, 0, 0.8, seed).train.x, axis=0)) == 4)  # fmt: skip


def stuck(units: int, starts: range) -> float:
    """Return the share of starts from which the loss is still above 0.3 after 3000 updates."""
    session = begin({
        "seed": SPLIT, "data": {"kind": "corners", "amount": 5, "train_share": 0.8, "noise": 0},
        "network": {"layers": layers("tanh", units)}, "optimizer": GRADUAL, "training": {"batch_size": 4},
    }, CORNERS)  # fmt: skip
    assert session.run.objective.full().size == 4
    assert session.run.objective.deterministic
    losses = []
    for seed in starts:
        do(session, Reinitialize("network", seed))
        session.advance(3000)
        losses.append(session.run.total_loss())
    return float(np.mean(np.array(losses) > 0.3))


def test_two_units_need_luck_four_do_not():
    assert 0 < stuck(2, range(4)) < 1
    assert stuck(4, range(4)) == 0


@pytest.mark.long
@pytest.mark.parametrize(("units", "least", "most"), [(2, 0.25, 0.6), (4, 0, 0), (8, 0, 0)])
def test_how_many_of_sixty_starts_are_stuck(units, least, most):
    """0.38 with two units, and 0.33 with weights of gain 1, at a loss of 0.347, which is ½ log 2."""
    assert least <= stuck(units, range(60)) <= most


# ---- where zeros stand -----------------------------------------------------------

# Where the classes are equally many, zeros are stationary at once; elsewhere the output's bias learns their odds first.
TRAIN, WIDTH = 32, 0.4  # a power of two, so that sums of ±½/32 are exact
BALANCED = [seed for seed in range(60) if load(BLOBS, 2 * TRAIN, WIDTH, 0.5, seed).train.y.mean() == 0.5]


@pytest.mark.parametrize(
    "seed", [*BALANCED[:2], *(pytest.param(seed, marks=pytest.mark.long) for seed in BALANCED[2:5])]
)
def test_zeros_are_a_saddle(seed):
    """The gradient is zero and the least eigenvalue −0.75 to −0.65, in the plane of a unit's weights in and out."""
    session = begin({
        "seed": seed, "data": examples("blobs", TRAIN, WIDTH), "optimizer": GRADUAL,
        "network": {"layers": layers("tanh", 8), "initializer": "zeros"}, "training": {"batch_size": TRAIN},
    })  # fmt: skip
    assert np.linalg.norm(gradient(session.run)) == 0
    values = curvature(session.run).values
    assert values[0] < -0.5
    assert values[-1] > 0.2
    session.advance(100)
    assert (session.run.state.theta == 0).all()
