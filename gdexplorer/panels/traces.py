"""Long series made short enough to draw: minimum and maximum per pixel column, and running means.

A history comes in chunks that never change. Each finished chunk is reduced once and remembered, so that a
frame costs the same after a million updates as after a thousand.
"""

import math
from dataclasses import dataclass
from operator import is_not
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, BoolArray, IntArray

COLUMNS = 1000  # pixel columns of a view, unless it says how many it has


@dataclass(frozen=True, slots=True)
class Reduced:
    """Groups of neighboring rows: where they are, what they span, and how many they are."""

    x: Array  # (m,) mean step
    low: Array  # (m, columns)
    high: Array  # (m, columns)
    mean: Array  # (m, columns)
    count: Array  # (m,)

    def line(self, column: int) -> tuple[Array, Array]:
        """Return points that show every minimum and maximum."""
        if not len(self.x) or self.count.max() == 1:
            return self.x, self.mean[:, column]
        return np.repeat(self.x, 2), np.column_stack([self.low[:, column], self.high[:, column]]).ravel()


def _grouped(rows: Array, size: int, column: int) -> Reduced:
    """Reduce rows (n, 1 + columns) in groups of ``size``; the last may be shorter."""
    if size == 1:
        return Reduced(rows[:, column], rows[:, 1:], rows[:, 1:], rows[:, 1:], np.ones(len(rows)))
    starts = np.arange(0, len(rows), size)
    count, mean = _means(rows, np.ones(len(rows)), starts)
    low, high = (reduce.reduceat(rows[:, 1:], starts, axis=0) for reduce in (np.minimum, np.maximum))
    return Reduced(mean[:, column], low, high, mean[:, 1:], count)


def _means(rows: Array, weight: Array, starts: IntArray) -> tuple[Array, Array]:
    """Return total weights (m,) and means (m, columns) of groups of rows; not by way of sums, for they may overflow."""
    count = np.add.reduceat(weight, starts)
    share = weight / np.repeat(count, np.diff(np.append(starts, len(rows))))
    return count, np.add.reduceat(rows * share[:, None], starts, axis=0)


class Trace:
    """The reduction of one history's chunks, kept from frame to frame."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Array, tuple[int, int], Reduced]] = {}
        self._whole: tuple[tuple[Array, ...], tuple[float, float, bool, int, int], Reduced] | None = None

    def reduced(
        self, parts: tuple[Array, ...], start: float, stop: float, log: bool = False, column: int = 0,
        pixels: int = COLUMNS,
    ) -> Reduced:  # fmt: skip
        """Return the rows with ``start <= x <= stop``, one or two a pixel column where they are many.

        Parameters
        ----------
        parts
            Chunks (n, 1 + columns) in the order of steps; all but the last never change.
        start, stop
            Ends of the view; with ``log``, ``start`` must be positive.
        log
            Whether the view is logarithmic in x, so that early rows get more of the width.
        column
            Which of the rows' numbers is x; it grows with the step, which is number 0.
        pixels
            Width of the view.
        """
        done, newest, view = parts[:-1], parts[-1:], (start, stop, log, column, pixels)
        whole = self._whole
        if whole is None or whole[1] != view or len(whole[0]) != len(done) or any(map(is_not, whole[0], done)):
            pieces, known = [], {}
            for part in _inside(done, start, stop, column):
                how = (_group_size(part, *view), column)
                found = self._known.get(id(part))
                if found is None or found[0] is not part or found[1] != how:
                    found = (part, how, _grouped(part, *how))
                known[id(part)] = found
                pieces.append(found[2])
            self._known = known
            self._whole = whole = (done, view, _joined(pieces, parts[0].shape[1] - 1))
        newer = _inside(newest, start, stop, column)
        pieces = [whole[2], *(_grouped(part, _group_size(part, *view), column) for part in newer)]
        return _merged(_joined(pieces, parts[0].shape[1] - 1), start, stop, log, pixels)


def _inside(parts: tuple[Array, ...], start: float, stop: float, column: int) -> list[Array]:
    return [part for part in parts if len(part) and part[-1, column] >= start and part[0, column] <= stop]


def _group_size(part: Array, start: float, stop: float, log: bool, column: int, pixels: int) -> int:
    """Return how many rows to a group leave about two groups a column of the view where the chunk begins."""
    first, last = float(part[0, column]), float(part[-1, column])
    width = max(first, start) * math.log(stop / start) if log else stop - start
    rows = len(part) / ((last - first) or 1.0) * width / (2 * pixels)
    return 1 << max(0, int(rows).bit_length() - 1)


def _across(x: Array, start: float, stop: float, log: bool) -> Array:
    """Return where x lies in the view, 0 at its start and 1 at its stop."""
    if log:
        x, start, stop = np.log(np.maximum(x, start)), np.log(start), np.log(stop)
    across: Array = (x - start) / (stop - start)
    return across


_FIELDS = ("x", "low", "high", "mean", "count")


def _joined(pieces: list[Reduced], columns: int) -> Reduced:
    if not pieces:
        none = np.zeros((0, columns))
        return Reduced(np.zeros(0), none, none, none, np.zeros(0))
    return Reduced(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in _FIELDS))


def _merged(whole: Reduced, start: float, stop: float, log: bool, pixels: int) -> Reduced:
    """Reduce to the columns of the view."""
    if log and len(whole.x) and whole.x[0] < start:
        inside = whole.x >= start
        whole = Reduced(*(getattr(whole, name)[inside] for name in _FIELDS))
    if len(whole.x) <= 2 * pixels:
        return whole
    column: IntArray = (_across(whole.x, start, stop, log) * pixels).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    count, weighted = _means(np.column_stack([whole.x, whole.mean]), whole.count, starts)
    return Reduced(
        weighted[:, 0],
        np.minimum.reduceat(whole.low, starts),
        np.maximum.reduceat(whole.high, starts),
        weighted[:, 1:],
        count,
    )


def broken(x: Array, y: Array, breaks: IntArray) -> tuple[Array, Array]:
    """Return the points with a gap (NaN) before each index in ``breaks``."""
    if not len(breaks):
        return x, y
    return np.insert(x, breaks, x[np.minimum(breaks, len(x) - 1)]), np.insert(y, breaks, np.nan)


def smoothed(x: Array, y: Array, weight: Array, tau: float) -> Array:
    """Return the exponential running mean of y.

    ``s_i = Σ_{k≤i} w_k y_k e^{−(x_i − x_k)/τ} / Σ_{k≤i} w_k e^{−(x_i − x_k)/τ}``, unbiased from the first point on.
    """
    result = np.empty(len(y))
    if not len(y):
        return result
    unit = max(1.0, float(np.abs(y).max(initial=0.0, where=np.isfinite(y))))  # for the sums grow by e³⁰⁰
    y = y / unit
    # A τ far below one pixel column changes nothing that is seen, but would cost many short blocks.
    tau = max(tau, float(x[-1] - x[0]) / (15 * COLUMNS))
    above = below = 0.0
    start = 0
    while start < len(x):
        stop = max(start + 1, int(np.searchsorted(x, x[start] + 300 * tau, side="right")))
        growth = weight[start:stop] * np.exp((x[start:stop] - x[start]) / tau)
        top, bottom = above + np.cumsum(growth * y[start:stop]), below + np.cumsum(growth)
        result[start:stop] = top / bottom
        if stop < len(x):
            decay = np.exp(-(x[stop] - x[start]) / tau)
            above, below = float(top[-1] * decay), float(bottom[-1] * decay)
        start = stop
    return result * unit


def positive(y: Array) -> Array:
    """Return log10 of y, NaN where it has none."""
    usable: BoolArray = np.isfinite(y) & (y > 0)
    result: Any = np.full(len(y), np.nan)
    np.log10(y, out=result, where=usable)
    return np.asarray(result)
