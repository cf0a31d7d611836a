"""What stands between a gradient and a rule's update: the buffer nobody clears, clipping, the schedule of the rate.

After the update comes L1's proximal step. Updates are counted from the run's update 0. Searches choose their own steps,
and know none of these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.lab.accumulation import add_to_buffer, keep_buffer
from gdexplorer.lab.bugs import NO_BUGS, BugSettings, bugged
from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.proximal import strengths_of, thresholded
from gdexplorer.lab.state import State
from gdexplorer.objectives.objective import Objective
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
    accumulate: int = 1
    mean: bool = True
    zero: bool = True
    bugs: BugSettings = NO_BUGS

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
    return Steering(schedule, training.schedule, training.clip, training.clip_threshold, training.accumulate,
                    training.accumulate_mean, training.zero_gradient, experiment.bugs)  # fmt: skip


def _steady(experiment: Experiment) -> bool:
    """Whether the learning rate stays as it is set."""
    return isinstance(experiment.training.schedule, ConstantKnobs)


def scheduled(state: State, step: int, catalogue: Catalogue, rate: float = 1.0) -> Settings:
    """Return the optimizer's knobs with the learning rate that update `step` takes, or the next where it waits.

    It is multiplied by `rate`, that of a game's player.
    """
    experiment = state.experiment
    knobs = experiment.optimizer
    if (_steady(experiment) and rate == 1) or not isinstance(catalogue.record("optimizers", kind(knobs)), Rule):
        return knobs
    steering = steering_of(experiment, catalogue)
    factor = state.plateau.factor if steering.schedule.listens else steering.factor(step)
    return knobs.model_copy(update={"learning_rate": rate_of(knobs) * factor * rate})


def proposer(rule: Rule[Any], state: State, catalogue: Catalogue,
             tally: Tally | None = None, objective: Objective | None = None, rate: float = 1.0,
             ) -> Callable[[Array, Slots, Array], None]:  # fmt: skip
    """Return the rule's `propose` with what comes before and after it: the very same where there is nothing.

    Parameters
    ----------
    tally
        Counts what is clipped; the state's own if not given.
    objective
        What is descended, for its L1 may be proximal.
    rate
        That a player's learning rate is multiplied by.
    """
    steady, zero = _steady(state.experiment), state.experiment.training.zero_gradient
    propose, strengths = bugged(rule.propose, state.experiment.bugs), strengths_of(objective)
    if strengths is not None:
        propose = thresholded(propose, strengths)
    if steady and zero and state.experiment.training.clip == "none":
        return propose
    steering = steering_of(state.experiment, catalogue)
    knobs, base = state.experiment.optimizer, rate * rate_of(state.experiment.optimizer)
    factor, own = steering.schedule.factor, steering.knobs
    if steering.schedule.listens:
        factor = lambda knobs, step: state.plateau.factor  # noqa: E731
    clip, threshold = CLIPS.get(steering.clip), steering.threshold
    counted = state.tally if tally is None else tally
    pace, now = rule.pace, -1.0

    def paced(theta: Array, slots: Slots, out: Array) -> None:
        nonlocal now
        if not steady and (new := factor(own, state.step)) != now:
            pace(slots, knobs, base * new)
            now = new
        if not zero:
            add_to_buffer(slots)
        if clip is not None:
            clip(slots.gradient, threshold, counted)
        if not zero:
            keep_buffer(slots)
        propose(theta, slots, out)

    return paced
