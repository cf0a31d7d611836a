"""Gradients that add up: over the micro-batches of one update, and from update to update where nobody clears them."""

from collections.abc import Callable
from math import isfinite

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.groups import TrainingSettings
from gdexplorer.objectives.batch import Batch
from gdexplorer.optim.clipping import norm
from gdexplorer.optim.slots import Slots

Evaluate = Callable[[Array, Array, Batch, Array], float]  # (θ, buffers, batch, out): loss, and its gradient in `out`
BUFFER, FRESH = "uncleared", "fresh"  # in slots: Σ of all gradients so far, and the norm of the latest


class Summed:
    """Loss and gradient of `count` micro-batches: the one that is given, and others that it draws itself.

    An epoch that ends among them just goes over into the next. Each counts equally, also the short last one of an
    epoch; the loss is the mean of theirs, the gradient the mean, or the sum where ``mean`` is false.

    Parameters
    ----------
    part
        Scratch (P,) for the gradient of one of them.
    remember
        What moves running statistics in the buffers, which each of them does; the last is left to the caller.
    """

    def __init__(self, evaluate: Evaluate, draw: Callable[[], Batch], count: int, mean: bool, part: Array,
                 remember: Callable[[Array], None]) -> None:  # fmt: skip
        self._evaluate, self._draw, self._count, self._mean, self._part = evaluate, draw, count, mean, part
        self._remember = remember
        self.examples = 0  # in the micro-batches of the latest update

    def __call__(self, theta: Array, buffers: Array, batch: Batch, out: Array) -> float:
        """Return the loss and write the gradient (P,), as a program does."""
        part = self._part
        loss, self.examples = self._evaluate(theta, buffers, batch, part), batch.size
        np.copyto(out, part)
        for _ in range(self._count - 1):
            if buffers.size and isfinite(loss):
                self._remember(buffers)
            batch = self._draw()
            loss += self._evaluate(theta, buffers, batch, part)
            np.add(out, part, out)
            self.examples += batch.size
        if self._mean:
            np.divide(out, self._count, out)
        return loss / self._count


def equip(slots: Slots, training: TrainingSettings) -> None:
    """Give slots the buffer that is never cleared, empty at first, or take it from them, as the settings are now."""
    if training.zero_gradient:
        slots.arrays.pop(BUFFER, None)
        slots.numbers.pop(FRESH, None)
    elif BUFFER not in slots.arrays:
        slots.arrays[BUFFER] = np.zeros_like(slots.gradient)
        slots.numbers[FRESH] = 0.0


def add_to_buffer(slots: Slots) -> None:
    """Let the rule see what was there plus the fresh gradient."""
    slots.numbers[FRESH] = norm(slots.gradient)
    np.add(slots.gradient, slots.arrays[BUFFER], slots.gradient)


def keep_buffer(slots: Slots) -> None:
    """Leave for the next update what the rule sees now, clipped or not."""
    np.copyto(slots.arrays[BUFFER], slots.gradient)


def norms(slots: Slots) -> tuple[float, float] | None:
    """Return the norms of the latest fresh gradient and of the buffer, None where it is cleared."""
    return (slots.numbers[FRESH], norm(slots.arrays[BUFFER])) if BUFFER in slots.arrays else None
