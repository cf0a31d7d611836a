"""What stands between a gradient and a rule's update: clipping, and the schedule of the learning rate.

Updates are counted from the run's update 0. Searches choose their own steps, and know neither.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.state import State
from gdexplorer.optim import Rule, Slots
from gdexplorer.optim.clipping import CLIPS, EPSILON, Tally
from gdexplorer.optim.knobs import rate_of
from gdexplorer.optim.schedules import CONSTANT, ConstantKnobs, Schedule


@dataclass(frozen=True, slots=True)
class Steering:
    """A schedule with its knobs, and how gradients are clipped."""

    schedule: Schedule[Any]
    knobs: Settings
    clip: str
    threshold: float

    def factor(self, step: int) -> float:
        """Return what the learning rate is multiplied by at an update."""
        return self.schedule.factor(self.knobs, step)

    def clip_each(self, parts: Array) -> None:
        """Clip the gradients (P, S) of S descents, each for itself."""
        if self.clip == "norm":
            lengths = np.hypot.reduce(parts, axis=0)
            parts *= np.where(np.isfinite(lengths), np.minimum(1.0, self.threshold / (lengths + EPSILON)), 1.0)
        elif self.clip == "value":
            fine = np.isfinite(parts).all(axis=0)
            np.clip(parts, -self.threshold, self.threshold, parts, where=fine)


NONE = Steering(CONSTANT, ConstantKnobs(), "none", 1.0)


def steering_of(experiment: Experiment, catalogue: Catalogue) -> Steering:
    """Return what an experiment says of it."""
    training = experiment.training
    schedule = catalogue.record("schedules", kind(training.schedule))
    return Steering(schedule, training.schedule, training.clip, training.clip_threshold)


def _steady(experiment: Experiment) -> bool:
    """Whether the learning rate stays as it is set."""
    return isinstance(experiment.training.schedule, ConstantKnobs)


def scheduled(experiment: Experiment, step: int, catalogue: Catalogue) -> Settings:
    """Return the optimizer's knobs with the learning rate that update `step` takes."""
    knobs = experiment.optimizer
    if _steady(experiment) or not isinstance(catalogue.record("optimizers", kind(knobs)), Rule):
        return knobs
    steering = steering_of(experiment, catalogue)
    return knobs.model_copy(update={"learning_rate": rate_of(knobs) * steering.factor(step)})


def proposer(rule: Rule[Any], state: State, catalogue: Catalogue,
             tally: Tally | None = None) -> Callable[[Array, Slots, Array], None]:  # fmt: skip
    """Return the rule's `propose` with what comes before it: the very same where there is nothing.

    Parameters
    ----------
    tally
        Counts what is clipped; the state's own if not given.
    """
    steady = _steady(state.experiment)
    if steady and state.experiment.training.clip == "none":
        return rule.propose
    steering = steering_of(state.experiment, catalogue)
    knobs, base = state.experiment.optimizer, rate_of(state.experiment.optimizer)
    factor, own = steering.schedule.factor, steering.knobs
    clip, threshold = CLIPS.get(steering.clip), steering.threshold
    counted = state.tally if tally is None else tally
    pace, propose, now = rule.pace, rule.propose, -1.0

    def paced(theta: Array, slots: Slots, out: Array) -> None:
        nonlocal now
        if not steady and (new := factor(own, state.step)) != now:
            pace(slots, knobs, base * new)
            now = new
        if clip is not None:
            clip(slots.gradient, threshold, counted)
        propose(theta, slots, out)

    return paced
