"""Lesson 21, more data: "Which gap closes?"

Two moons with noise 0.3, 2-32-32-1 ReLU, Adam at η = 0.01, 1,500 updates on the first 20, 100, 500 and 2,000 training
examples, each tested on the same 1,000.
"""

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab import experiments
from gdexplorer.lab.learning import learning_curves, restricted
from gdexplorer.lab.run import Run
from gdexplorer.probes.learning import Learning
from tests.lessons.walk import CATALOGUE, begin, gradient, layers, seeds

SIZES = (20, 100, 500, 2000)
DRAWS = 40  # samples of each size, over which the error of the gradient is averaged


def moons(seed: int, amount: int, share: float) -> Run:
    return begin({
        "seed": seed, "data": {"kind": "moons", "amount": amount, "train_share": share, "noise": 0.3},
        "network": {"layers": layers("relu", 32, 32), "initializer": "he_normal"},
        "optimizer": {"kind": "adam", "learning_rate": 0.01},
    }).run  # fmt: skip


@pytest.mark.parametrize("seed", seeds(6))
def test_the_gap_between_training_and_test_loss_closes(seed):
    report = learning_curves(moons(seed, 3000, 2 / 3), Learning(1500, 1, SIZES))
    gap = dict(zip(SIZES, report.gaps.tolist(), strict=True))
    assert gap[20] > 0.5
    assert gap[2000] < 0.1
    assert report.losses[0, 0, 0] < 0.01  # 20 examples are learned by heart
    assert report.losses[0, -1, 1] < report.losses[0, 0, 1]


@pytest.mark.parametrize("seed", seeds(6))
def test_the_error_of_the_gradient_falls_with_the_square_root_of_the_number_of_examples(seed):
    """|g_n − g| / |g| where training begins, g being that of 99,000 examples; √10 = 3.2."""
    run = moons(seed, 100_000, 0.99)
    errors = [error(run, n, np.random.default_rng(seed)) for n in (20, 200, 2000)]
    for more, fewer in zip(errors[1:], errors, strict=False):
        assert 2.2 < fewer / more < 4.2


def error(run: Run, n: int, rng: np.random.Generator) -> float:
    """The root of the mean square over samples."""
    whole = gradient(run)
    return float(np.sqrt(np.mean([((of(run, n, rng) - whole) ** 2).sum() for _ in range(DRAWS)]) / (whole**2).sum()))


def of(run: Run, n: int, rng: np.random.Generator) -> Array:
    """The gradient over a sample of n training examples, written as one would without a run."""
    objective = restricted(run.objective, rng.choice(len(run.objective.data.train.x), n, replace=False))
    out, batch = np.empty_like(run.state.theta), objective.full()
    with np.errstate(all="ignore"):
        objective.program(batch).value_and_gradient(run.state.theta, run.state.buffers, batch, out)
    return out


@pytest.mark.parametrize("seed", [7, 8])
def test_the_experiment_of_few_examples_does_what_its_commentary_says(seed):
    few = experiments.load("few-examples", CATALOGUE).model_copy(update={"seed": seed})
    run = Run(few, CATALOGUE)
    assert len(run.objective.data.train.x) == 20
    assert 1150 < run.state.theta.size < 1250
    tested = []
    for _ in range(2):
        run.advance(750)
        train, test = run.scores()
        tested.append(test.loss)
    assert train.loss < 0.001
    assert tested[1] > tested[0] > 0.5
    more = few.model_copy(update={"data": few.data.model_copy(update={"train_share": 0.8})})
    (gap,) = learning_curves(Run(more, CATALOGUE), Learning(1500, 1, (800,))).gaps
    assert gap < 0.2
