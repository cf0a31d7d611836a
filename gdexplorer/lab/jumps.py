"""Places of a run that are worth a jump: changes, spikes of the loss, its lowest point."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gdexplorer.arrays import Array
from gdexplorer.lab.frame import Snapshot
from gdexplorer.lab.games import Turns
from gdexplorer.lab.history import History, joined

BEFORE = 8  # evaluations that a spike stands out from
SPIKE = 2.0  # times their median
_TRAIN, _TEST = 1, 2  # columns of the curves


def next_change(history: History, step: int) -> int | None:
    """Return the update of the first change after `step`; None if there is none."""
    return min((marker.step for marker in history.markers if marker.step > step), default=None)


def previous_change(history: History, step: int) -> int | None:
    """Return the update of the last change before `step`; None if there is none."""
    return max((marker.step for marker in history.markers if marker.step < step), default=None)


def next_spike(history: History, step: int) -> int | None:
    """Return the update at the top of the first spike of the training loss after `step`; None if there is none.

    With L_k the full training loss at evaluation k, a spike is a run of evaluations, as long as can be, with
    L_k > 2 · median(L_{k−8}, …, L_{k−1}), and its top the greatest of them. A rise that lasts ends being a spike when
    it fills the median. Losses from before a change of what the loss means are not compared with those after it.
    Where the record is coarse (see `lab.history`), so is the place.
    """
    for rows in _meanings(history):
        if len(rows) <= BEFORE or rows[-1, 0] <= step:
            continue
        losses = rows[:, _TRAIN]
        with np.errstate(invalid="ignore", over="ignore"):  # of what has diverged
            above = losses[BEFORE:] > SPIKE * np.median(sliding_window_view(losses[:-1], BEFORE), axis=1)
        edges = np.flatnonzero(np.diff(above, prepend=False, append=False)) + BEFORE
        for begin, end in edges.reshape(-1, 2):
            if (top := int(rows[begin + np.argmax(losses[begin:end]), 0])) > step:
                return top
    return None


def lowest(history: History, step: int) -> int | None:
    """Return the update of the lowest test loss, or training loss where there is none to test, since the loss means
    what it does at `step`; None if there is no finite one.
    """
    for rows in _meanings(history):
        if rows[-1, 0] >= step:
            tested = np.isfinite(rows[:, _TEST]).any()
            losses = rows[:, _TEST if tested else _TRAIN]
            finite = np.where(np.isfinite(losses), losses, np.inf)
            return int(rows[np.argmin(finite), 0]) if np.isfinite(finite).any() else None
    return None


def _meanings(history: History) -> Iterator[Array]:
    """Yield the rows of the curves between changes of what the loss means; of two at one step, the second is after."""
    rows, begin = joined(history.curves), 0
    for at in sorted({marker.step for marker in history.markers if marker.breaks}):
        end = max(int(np.searchsorted(rows[:, 0], at, "right")) - 1, 0)
        if end > begin:
            yield rows[begin:end]
            begin = end
    if begin < len(rows):
        yield rows[begin:]


def updates_of_epoch(state: Snapshot) -> int:
    """Return how many updates make an epoch, or a round of a game."""
    if isinstance(problem := state.experiment.problem, Turns):
        return max(problem.updates_of_a_round, 1)
    return max(math.ceil(state.train_examples / state.batch_size), 1)
