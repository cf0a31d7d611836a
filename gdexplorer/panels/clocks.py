"""What a time axis counts: updates, epochs, evaluations or seconds, and where in it each lane of a race is."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.history import History

KNOTS = 512  # rows of a chunk, at most, between which is interpolated


@dataclass(frozen=True, slots=True)
class Clock:
    """One unit of time."""

    name: str
    column: int  # of the curves' rows
    least: float  # units that a linear axis holds at least
    help: str


UPDATES = Clock("updates", 0, 50.0, "changes of the parameters")
EPOCHS = Clock("epochs", 6, 1.0, "passes over the training examples")
EVALUATIONS = Clock("evaluations", 5, 50.0, "losses or gradients that were asked for")
SECONDS = Clock("seconds", 0, 1e-4, "updates times the calibrated cost of one")
CLOCKS = (UPDATES, EPOCHS, EVALUATIONS, SECONDS)


@dataclass(frozen=True, slots=True)
class Pace:
    """One lane under a clock."""

    clock: Clock
    history: History
    factor: float = 1.0  # seconds per update under the clock that counts seconds

    @property
    def newest(self) -> float:
        """Time of the newest row of the curves."""
        parts = [part for part in self.history.curves if len(part)]
        return float(parts[-1][-1, self.clock.column]) * self.factor if parts else float("nan")

    @property
    def earliest(self) -> float:
        """Time of the first row that is later than 0, where a logarithmic axis may begin; NaN if there is none."""
        for part in self.history.curves:
            later = part[part[:, self.clock.column] > 0, self.clock.column]
            if len(later):
                return float(later[0]) * self.factor
        return float("nan")

    def at(self, steps: Array) -> Array:
        """Return the time of updates (n,), between rows of the curves by interpolation."""
        if self.clock.column == 0:
            return steps * self.factor
        knots = np.concatenate([_thinned(part) for part in self.history.curves])[:, [0, self.clock.column]]
        return np.asarray(np.interp(steps, *knots.T))


def _thinned(part: Array) -> Array:
    return part if len(part) <= KNOTS else np.concatenate([part[:: len(part) // KNOTS], part[-1:]])
