"""What was counted of a quantity over the updates, a column for each measurement, in bounded memory."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.probes.histogram import BINS, Counts

MOST = 320  # columns; from there every second one is dropped
ROWS = BINS + 3  # exact zeros, what is below the lowest edge, the bins by magnitude, what is above the highest edge


def shares(counts: Counts) -> Array:
    """Return shares (ROWS,) of a layer's elements by magnitude; their sum is 1."""
    both = counts.negative + counts.positive
    found = np.concatenate([[counts.zeros, counts.tiny], both, [counts.huge]])
    return np.asarray(found / max(counts.size, 1))


@dataclass(slots=True)
class _Column:
    step: int
    layers: Sequence[Counts]
    numbers: Sequence[float]
    gap: bool  # whether nobody looked for a while before it
    shares: Array | None = None  # (layers, ROWS), from when it is drawn

    def drawn(self) -> Array:
        if self.shares is None:
            self.shares = np.stack([shares(layer) for layer in self.layers]).astype(np.float32)
            self.layers = ()
        return self.shares


class Columns:
    """Steps at which somebody measured, and what was found then."""

    def __init__(self) -> None:
        self._columns: list[_Column] = []
        self._paused = False
        self._newest = -1  # step of the column that was put last, −1 where nobody looked since

    def __len__(self) -> int:
        return len(self._columns)

    def add(self, step: int, layers: Sequence[Counts], numbers: Sequence[float]) -> None:
        """Put a column at its place, instead of one of the same step; `numbers` are one for each layer.

        One from the past among later ones stands behind a gap unless somebody looked all the time before it.
        """
        columns, made = self._columns, _Column(step, layers, numbers, self._paused)
        k = bisect_left(columns, step, key=lambda column: column.step)
        if k == len(columns):
            columns.append(made)
            self._paused = False
        elif columns[k].step == step:
            made.gap = columns[k].gap
            columns[k] = made
        else:
            made.gap = bool(k) and columns[k].gap and columns[k - 1].step != self._newest
            columns[k].gap |= not k
            columns.insert(k, made)
        self._newest = step
        if len(self._columns) > MOST:
            for dropped, kept in zip(self._columns[1::2], self._columns[2::2], strict=False):
                kept.gap |= dropped.gap
            self._columns = self._columns[::2]

    def cut(self, step: int) -> None:
        """Forget what was at a step or behind it: another run goes on from there."""
        while self._columns and self._columns[-1].step >= step:
            self._columns.pop()

    def pause(self) -> None:
        """Leave a gap before the next column."""
        self._paused, self._newest = bool(self._columns), -1

    @property
    def steps(self) -> IntArray:
        """When somebody measured (n,)."""
        return np.array([column.step for column in self._columns], dtype=np.int64)

    @property
    def values(self) -> Array:
        """Shares (n, layers, ROWS)."""
        return np.stack([column.drawn() for column in self._columns])

    def series(self) -> tuple[Array, Array]:
        """Return steps (n,) and numbers (n, layers) as lines are drawn, with a row of NaN in every gap."""
        x, y = list[float](), list[Sequence[float]]()
        for column in self._columns:
            if column.gap:
                x.append(column.step)
                y.append([np.nan] * len(column.numbers))
            x.append(column.step)
            y.append(column.numbers)
        return np.array(x, float), np.array(y, float)

    def at(self, x: Array) -> IntArray:
        """Return which column stands at each place on the axis of updates, −1 where there is none.

        A column reaches to the next; the last one, and one before a gap, at most as far as columns usually do.
        """
        steps = self.steps.astype(float)
        usual = float(np.median(np.diff(steps))) if len(steps) > 1 else 1.0
        following = np.append(steps[1:], np.inf)
        gaps = np.array([*(column.gap for column in self._columns[1:]), True])
        ends = np.where(gaps, np.minimum(steps + usual, following), following)
        found = np.searchsorted(steps, x, side="right") - 1
        return np.where((found >= 0) & (x < ends[np.maximum(found, 0)]), found, -1)
