"""What a search may ask of an objective: values, gradients and Hessian products of one batch, wherever it looks."""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Objective


class Ask:
    """An objective's program for points that come and go: it compiles for one point in memory, copied to each time."""

    def __init__(self, objective: Objective) -> None:
        size, dtype = objective.layout.size, objective.dtype
        self._program = objective.program(objective.full())
        self._point, self._out = np.zeros(size, dtype), np.zeros(size, dtype)
        self._buffers = np.zeros(0, dtype)
        self._batch = objective.full()
        self.first = np.nan  # value that was asked for first of this batch

    def at(self, buffers: Array, batch: Batch) -> None:
        """Answer for this batch from here on."""
        self._buffers, self._batch, self.first = buffers, batch, np.nan

    def value(self, theta: Array) -> float:
        """Return L(θ) with penalty."""
        self._point[...] = theta
        value = self._program.value_and_gradient(self._point, self._buffers, self._batch, self._out)
        if self.first != self.first:
            self.first = value
        return value

    def value_and_gradient(self, theta: Array, out: Array) -> float:
        """Return L(θ) with penalty and write ∂L/∂θ (P,)."""
        value = self.value(theta)
        out[...] = self._out
        return value

    def next_buffers(self, out: Array) -> None:
        """Write what the state outside θ becomes by the latest look; nothing if there was none."""
        self._program.next_buffers(out)

    def hvp(self, theta: Array, v: Array, out: Array) -> None:
        """Write ∂²L/∂θ² v (P,)."""
        self._program.hvp(theta, v, self._buffers, self._batch, out)
