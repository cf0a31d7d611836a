"""The first forty seconds: what a person sees of ``first.toml`` without touching anything, then after one change."""

from dataclasses import dataclass

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab import experiments
from gdexplorer.lab.apply import apply
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.commands import Change
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.run import Run
from gdexplorer.probes.boundary import Boundary, measure
from gdexplorer.probes.context import Context

SEEDS = range(20)
SECONDS, WATCHED = 40, 30
VISIBLE = 0.008  # share of the viewing box that changes its class within a second

CATALOGUE = standard()


@dataclass(frozen=True)
class Seen:
    """One seed's forty seconds, and ten more after tanh became ReLU."""

    moving: int  # seconds of the first 30 in which the boundary moved visibly
    final: float  # test accuracy at the pause
    changed: float  # and just after the change
    recovering: Array  # and in each of the ten seconds after it


@pytest.fixture(scope="module")
def first() -> Experiment:
    return experiments.load("first", CATALOGUE)


@pytest.fixture(scope="module")
def seen(first: Experiment) -> list[Seen]:
    return [watch(first.model_copy(update={"seed": seed})) for seed in SEEDS]


def watch(experiment: Experiment) -> Seen:
    run, second = Run(experiment, CATALOGUE), int(experiment.show.speed)
    classes, moved = predicted(run), []
    for _ in range(SECONDS):
        run.advance(second)
        before, classes = classes, predicted(run)
        moved.append(np.mean(classes != before))
    final = accuracy(run)
    apply(run, Change("network.activation", "relu"))
    changed, recovering = accuracy(run), []
    for _ in range(10):
        run.advance(second)
        recovering.append(accuracy(run))
    return Seen(int(np.sum(np.array(moved[:WATCHED]) > VISIBLE)), final, changed, np.array(recovering))


def predicted(run: Run) -> Array:
    """Return the class that each cell of the viewing box is given: (64, 64)."""
    theta = run.state.theta
    return measure(Boundary(), Context(run.state.step, run.objective, theta, theta, {}, 0)).values > 0


def accuracy(run: Run) -> float:
    scored = run.scorer.score(run.state.theta, run.state.buffers, run.objective.full("test"))
    assert scored.accuracy is not None
    return float(scored.accuracy)


def test_it_plays_for_forty_seconds_and_invites_to_change_one_thing(first: Experiment) -> None:
    assert first.show.pause_at == SECONDS * first.show.speed == 1200
    assert "ReLU" in first.show.invitation


def test_the_boundary_moves_visibly_in_most_seconds(seen: list[Seen]) -> None:
    assert min(one.moving for one in seen) >= 24


def test_the_final_accuracy_is_high_on_every_seed(seen: list[Seen]) -> None:
    assert min(one.final for one in seen) >= 0.95


def test_relu_costs_the_accuracy_and_training_brings_it_back(seen: list[Seen]) -> None:
    assert max(one.changed for one in seen) < 0.75
    assert np.median([one.recovering[3] for one in seen]) > 0.95
    assert min(one.recovering.max() for one in seen) > 0.93
    assert np.median([one.recovering[9] for one in seen]) > 0.97
