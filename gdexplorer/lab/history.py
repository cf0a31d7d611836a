"""What a run remembers of itself, in bounded memory: losses, curves, the path of θ and markers.

The newest rows are exact; older ones become minimum and maximum of 64, in immutable chunks that frames share.
"""

from bisect import bisect_right
from dataclasses import dataclass
from math import sqrt

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.objectives.objective import Objective

CHUNK = 8192
BUCKET = 64
EXACT = 1_000_000
CURVES = 7  # columns
PATH_BYTES = 32 * 2**20
MOST_MARKERS = 1000


class Series:
    """Rows of (step, columns…) in the order of steps."""

    def __init__(self, columns: int, exact: int = EXACT) -> None:
        self._columns, self._exact = columns + 1, exact
        self._coarse: tuple[Array, ...] = ()  # minimum and maximum rows in turn
        self._full: tuple[Array, ...] = ()
        self._rows = np.empty((CHUNK, self._columns))
        self._count = 0
        self.total = 0  # rows so far, also those that were made coarse

    def append(self, *row: float) -> None:
        """Add a row: the step, then each column."""
        self.extend(np.array([row]))

    def extend(self, rows: Array) -> None:
        """Add rows (n, 1 + columns)."""
        self.total += len(rows)
        while len(rows):
            if self._count == CHUNK:
                self._turn_over()
            fitting = rows[: CHUNK - self._count]
            self._rows[self._count : self._count + len(fitting)] = fitting
            self._count += len(fitting)
            rows = rows[len(fitting) :]

    def _turn_over(self) -> None:
        self._rows.setflags(write=False)
        self._full += (self._rows,)
        self._rows, self._count = np.empty((CHUNK, self._columns)), 0
        if len(self._full) * CHUNK > self._exact:
            self._coarse += (_coarsened(self._full[0], BUCKET),)
            self._full = self._full[1:]
        if sum(map(len, self._coarse)) > self._exact:
            self._coarse = (_coarsened(np.concatenate(self._coarse), 4),)

    def until(self, total: int, step: float) -> "Series":
        """Return the first `total` rows, the last of them of this step, as a series; coarse ones as they are."""
        series = Series(self._columns - 1, self._exact)
        left = total - (self.total - len(self._full) * CHUNK - self._count)  # of the exact ones
        if left < 0:
            coarse = np.concatenate(self._coarse)
            series._coarse = (frozen(coarse[: np.searchsorted(coarse[:, 0], step, "right") // 2 * 2]),)
        else:
            whole = min(left // CHUNK, len(self._full))
            series._coarse, series._full = self._coarse, self._full[:whole]
            series.extend((*self._full, self._rows)[whole][: left - whole * CHUNK])
        series.total = total
        return series

    def rows(self) -> tuple[Array, Array]:
        """Return coarse and exact rows, (n, 1 + columns) each."""
        exact = (*self._full, self._rows[: self._count])
        return np.concatenate([self._rows[:0], *self._coarse]), joined(exact)

    @classmethod
    def restored(cls, coarse: Array, exact: Array, total: int) -> "Series":
        """Return a series of rows as `rows` returns them, of so many in all."""
        series = cls(exact.shape[1] - 1)
        series._coarse = (frozen(coarse),) if len(coarse) else ()
        series.extend(exact)
        series.total = total
        return series

    def parts(self) -> tuple[Array, ...]:
        """Return chunks (n, 1 + columns) that never change; together they are the series."""
        newest = self._rows[: self._count]
        newest.setflags(write=False)  # the view, not the rows
        return (*self._coarse, *self._full, newest)


def _coarsened(rows: Array, bucket: int) -> Array:
    whole = len(rows) // bucket * bucket
    blocks = rows[:whole].reshape(-1, bucket, rows.shape[1])
    pairs = np.stack([blocks.min(axis=1), blocks.max(axis=1)], axis=1).reshape(-1, rows.shape[1])
    result = np.concatenate([pairs, rows[whole:]])
    result.setflags(write=False)
    return result


class Path:
    """Points θ passed, at a spacing that doubles when there are too many."""

    def __init__(self, size: int) -> None:
        self.most = int(np.clip(PATH_BYTES // (4 * max(size, 1)), 32, 512))
        self.spacing = 1
        self.steps: tuple[int, ...] = ()
        self.points: tuple[Array, ...] = ()  # float32 (P,), read-only

    def append(self, step: int, theta: Array) -> None:
        """Remember θ at this step; of several at one step, the first and the last."""
        if self.steps[-2:] == (step, step):
            self.steps, self.points = self.steps[:-1], self.points[:-1]
        while len(self.steps) >= self.most:
            self.spacing *= 2
            kept = [k for k, at in enumerate(self.steps) if k == 0 or at % self.spacing == 0]
            self.steps = tuple(self.steps[k] for k in kept)
            self.points = tuple(self.points[k] for k in kept)
        with np.errstate(over="ignore"):  # what is beyond float32 is drawn at infinity, which is not at all
            point = theta.astype(np.float32)
        point.setflags(write=False)
        self.steps += (step,)
        self.points += (point,)

    def until(self, step: int) -> "Path":
        """Return the points up to a step; of two at that step the first, for what moved it came after."""
        path = Path(0)
        count = bisect_right(self.steps, step)
        count -= self.steps[:count][-2:] == (step, step)
        path.most, path.spacing = self.most, self.spacing
        path.steps, path.points = self.steps[:count], self.points[:count]
        return path


@dataclass(frozen=True, slots=True)
class Mark:
    """How much of a history there was at a moment."""

    step: int
    batch: int  # rows
    curves: int
    markers: int


@dataclass(frozen=True, slots=True)
class Marker:
    """A change of the run, on every time axis."""

    step: int
    label: str
    breaks: bool = False  # whether curves mean something else from here on


@dataclass(frozen=True, slots=True)
class History:
    """A view of the past that later steps do not alter."""

    batch: tuple[Array, ...]  # (n, 2): step, loss of the mini-batch with penalty
    # (n, 7): step, train and test loss without penalty, train and test accuracy, gradient evaluations, epochs
    curves: tuple[Array, ...]
    markers: tuple[Marker, ...]
    path_steps: tuple[int, ...]
    path: tuple[Array, ...]  # float32 (P,) each


class Recorder:
    """Writes the history of one run."""

    def __init__(self, size: int) -> None:
        self.batch, self.curves = Series(1), Series(CURVES - 1)
        self.markers: tuple[Marker, ...] = ()
        self.marked = 0  # markers so far, also those that are forgotten
        self.path = Path(size)

    def mark(self, marker: Marker) -> None:
        """Drop a marker."""
        self.markers = (*self.markers, marker)[-MOST_MARKERS:]
        self.marked += 1

    def mark_here(self, step: int) -> Mark:
        """Return how much there is now, at this step."""
        return Mark(step, self.batch.total, self.curves.total, self.marked)

    def until(self, mark: Mark) -> "Recorder":
        """Return what there was at a mark, to be written on apart from this."""
        recorder = Recorder(0)
        recorder.batch = self.batch.until(mark.batch, mark.step)
        recorder.curves = self.curves.until(mark.curves, mark.step)
        recorder.markers = self.markers[: max(len(self.markers) - (self.marked - mark.markers), 0)]
        recorder.marked, recorder.path = mark.markers, self.path.until(mark.step)
        return recorder

    def view(self) -> History:
        """Return the past up to now."""
        return History(self.batch.parts(), self.curves.parts(), self.markers, self.path.steps, self.path.points)


def spacing(step: int, cost: float) -> int:
    """Return the number of updates between full evaluations around a step, a power of two.

    It grows with the step from 1 to 128, so that the first updates are seen one by one and later ones cost
    little; for large networks `cost` (`evaluation_cost`) raises both ends.
    """
    least, most = _power(cost / 2.5e6, 1), _power(cost / 2.5e4, 128)
    return max(least, min(most, 1 << (step >> 8).bit_length()))


def evaluation_cost(objective: Objective) -> float:
    """Return what `spacing` goes by: examples × the geometric mean of parameters and multiplications.

    They are one for dense layers. By multiplications alone, a convolutional network's first hundreds of updates would
    pass unseen; by parameters alone, most of their time would be spent on looking.
    """
    return objective.full().size * sqrt(objective.layout.size * objective.work)


def _power(value: float, low: int, high: int = 512) -> int:
    """Return the power of two at or below a value, within bounds that are powers of two."""
    return min(max(1 << max(int(value), 1).bit_length() - 1, low), high)


def joined(parts: tuple[Array, ...]) -> Array:
    """Return chunks as one array, without copying if there is only one."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
