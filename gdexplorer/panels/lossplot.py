"""The loss and the accuracy of one run, or of the lanes of a race, over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.lab.history import Marker
from gdexplorer.panels.clocks import Pace
from gdexplorer.panels.legend import Legend, Row
from gdexplorer.panels.palette import SOLID
from gdexplorer.panels.ranges import LogRange, UpperBound, nice_above, quantile, robust_top
from gdexplorer.panels.ticks import linear_ticks, log_ticks, number
from gdexplorer.panels.timeplot import End, TimePlot
from gdexplorer.panels.traces import Reduced, broken, positive, smoothed


@dataclass(frozen=True, slots=True)
class Scales:
    """How time and loss are drawn."""

    log_loss: bool = True
    log_time: bool = False
    tau: int = 0  # updates the running mean of the batch loss looks back; 0 is off
    time_name: str = "updates"

    def time(self, x: Array) -> Array:
        """Return times as coordinates of the axis."""
        return positive(x) if self.log_time else x

    def loss(self, y: Array) -> Array:
        """Return losses as coordinates of the axis, NaN where they have none."""
        return positive(y) if self.log_loss else np.where(np.isfinite(y), y, np.nan)

    def value(self, y: float) -> float:
        """Return the loss at a coordinate."""
        return 10.0**y if self.log_loss else y

    def value_of_time(self, x: float) -> float:
        """Return the time at a coordinate."""
        return 10.0**x if self.log_time else x

    @property
    def label(self) -> str:
        """Label of the time axis."""
        return self.time_name + (", log" if self.log_time else "")


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """One curve, in times and values."""

    name: str
    x: Array  # (n,)
    y: Array  # (n,)
    gaps: IntArray  # indices before which it breaks
    end: tuple[float, float]  # the newest point
    role: str = "text"  # color: see `gdexplorer.panels.plot.ink`
    dash: tuple[float, ...] = SOLID
    hollow: bool = False


def percent(share: float) -> str:
    """Return a share as an accuracy is written: 97.3 %."""
    return f"{100 * share:.1f} %"


def percent_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return ticks at whole percents."""
    return [(x / 100, f"{label} %") for x, label in linear_ticks(100 * low, min(100 * high, 100), most)]


def breaks(x: Array, markers: tuple[Marker, ...], remeasured: bool) -> IntArray:
    """Return the indices of rows before which a curve over updates breaks; see `gaps`."""
    return gaps(x, np.array([marker.step for marker in markers if marker.breaks], dtype=float), remeasured)


def gaps(x: Array, places: Array, remeasured: bool) -> IntArray:
    """Return the indices of rows before which a curve breaks, at these places of x.

    With ``remeasured``, the last row at a place itself was taken after the change.
    """
    if not len(places):
        return np.zeros(0, dtype=np.int64)
    after = np.searchsorted(x, places, side="right")
    if remeasured and len(x):
        after = np.where(x[after - 1] == places, after - 1, after)
    return np.unique(after[(after > 0) & (after < len(x))])


class _Lines(TimePlot):
    """Curves that come and go."""

    def __init__(self, name: str, labelled: bool) -> None:
        super().__init__(name, labelled)
        self._lines = [self.curve("text", antialias=True) for _ in range(2)]
        self._ghosts: list[Any] = []  # curves of the runs that are compared with, behind
        self._styles: dict[Any, tuple[str, tuple[float, ...]]] = {line: ("text", SOLID) for line in self._lines}

    def _draw_lines(self, items: list[Any], lines: Sequence[Line], ys: Sequence[Array], scales: Scales) -> None:
        while len(items) < len(lines):
            items.append(self.curve("text", z=-1 if items is self._ghosts else 0, antialias=True))
        for item, line, y in zip(items, lines, ys, strict=False):
            if self._styles.get(item) != (line.role, line.dash):
                self._styles[item] = (line.role, line.dash)
                self.restyle(item, line.role, line.dash)
            item.setData(*broken(scales.time(line.x), y, line.gaps))
        for item in items[len(lines) :]:
            item.setData(np.zeros(0), np.zeros(0))


class LossPlot(_Lines):
    """Full-set losses, the batch loss behind them."""

    def __init__(self) -> None:
        super().__init__("Loss", labelled=True)
        self.legend = Legend(self)
        self._batch = self.curve("faint", z=-3)
        self._smooth = self.curve("muted", z=-2, antialias=True)
        self.forget_range()

    def forget_range(self) -> None:
        """Find the range anew with the next drawing."""
        self._range, self._top = LogRange(), UpperBound(0.0)

    def dress(self, scales: Scales, numbered: bool) -> None:
        """Set the axes; the numbers of time are left out where another plot below has them."""
        self.restyle(self._batch, "grid" if scales.tau else "faint")
        self.show_numbers(numbered)
        self.set_labels(y="loss, log" if scales.log_loss else "loss")
        self.name_time(scales.label if numbered else "")
        self.set_tickers(log_ticks if scales.log_time else linear_ticks, log_ticks if scales.log_loss else linear_ticks)

    def draw(self, lines: Sequence[Line], mean: Array, scales: Scales, ends: tuple[float, float],
             most: float = np.inf, ghosts: Sequence[Line] = ()) -> None:  # fmt: skip
        """Draw losses beside what `draw_batch` returned; `ends` is the view in time, and losses end at `most`."""
        ys, others = ([scales.loss(line.y) for line in group] for group in (lines, ghosts))
        self._draw_lines(self._lines, lines, ys, scales)
        self._draw_lines(self._ghosts, ghosts, others, scales)
        top = float(scales.loss(np.array([most]))[0])
        low, high = self._heights(np.concatenate([*ys, *others]), mean, scales.log_loss, top)
        self.set_view(*ends, low, high)
        marks = []
        for line in lines:
            x, y = (float(f(np.array([v]))[0]) for f, v in zip((scales.time, scales.loss), line.end, strict=True))
            y = low if scales.log_loss and line.end[1] == 0 else y  # below every logarithmic axis
            marks.append(End(x, y, line.name, number(line.end[1], padded=True), line.hollow, line.role))
        if scales.tau and len(mean) and lines:
            newest = float(mean[-1])
            marks.append(End(marks[0].x, newest, "batch", number(scales.value(newest), padded=True), role="muted"))
        self.show_ends(marks)

    def name_ghosts(self, rows: tuple[Row, ...]) -> None:
        """Say which run each thin line is, in the corner where that hides least of the lines."""
        before = self.legend.rows
        self.legend.show_rows(rows, self.palette_now)
        if rows != before and rows:
            points = [np.column_stack(item.getData()) for item in (*self._lines, *self._ghosts) if len(item.xData)]
            x0, x1, *_ = self.view()
            reach = np.linspace(0.0, self.label_share() * (x1 - x0), 12)  # of the labels at the curves' ends
            points += [np.column_stack([end.x + reach, np.full(12, end.y)]) for end in self._ends]
            if points:
                self.legend.avoid(np.concatenate([part[:: max(len(part) // 100, 1)] for part in points]))

    def draw_batch(self, batch: Reduced | None, pace: Pace, places: Array, scales: Scales) -> Array:
        """Draw the batch loss, reduced over updates, and its running mean; return what the range must hold of it.

        `places` are the updates at which it breaks.
        """
        none = np.zeros(0)
        if batch is None or not len(batch.x):
            self._batch.setData(none, none)
            self._smooth.setData(none, none)
            return none
        x, y = batch.line(0)
        self._batch.setData(*broken(scales.time(pace.at(x)), scales.loss(y), gaps(x, places, False)))
        if not scales.tau:
            self._smooth.setData(none, none)
            return scales.loss(batch.mean[:, 0])
        cut = gaps(batch.x, places, False)
        cuts = [0, *cut.tolist(), len(batch.x)]
        mean = scales.loss(np.concatenate([
            smoothed(batch.x[a:b], batch.mean[a:b, 0], batch.count[a:b], scales.tau)
            for a, b in pairwise(cuts)
        ]))  # fmt: skip
        self._smooth.setData(*broken(scales.time(pace.at(batch.x)), mean, cut))
        return mean

    def _heights(self, full: Array, mean: Array, log: bool, most: float) -> tuple[float, float]:
        """Return the range of the loss axis."""
        top = robust_top(np.concatenate([full, mean]), log)
        top = min(top, most) if np.isfinite(most) else top
        full, mean = full[np.isfinite(full)], mean[np.isfinite(mean)]
        if not log:
            bottom = float(full.min(initial=0.0))
            high = self._top.follow(1.05 * top) if np.isfinite(top) else self._top.value
            return (-nice_above(-1.03 * bottom) if bottom < 0 else 0.0), high or 1.0
        lows = [float(full.min())] if len(full) else []
        lows += [quantile(mean, 0.05)] if len(mean) else []
        if not lows:
            return -1.0, 0.0
        low = max(min(lows), top - 12)  # of a loss that falls to rounding errors, twelve decades
        return self._range.follow(min(low, float(full[0])) if len(full) else low, top)


class AccuracyPlot(_Lines):
    """Shares of examples that are classified correctly."""

    def __init__(self) -> None:
        super().__init__("Accuracy", labelled=False)

    def dress(self, scales: Scales, name: str = "accuracy") -> None:
        """Set the axes."""
        self.set_labels(y=name)
        self.name_time(scales.label)
        self.set_tickers(log_ticks if scales.log_time else linear_ticks, percent_ticks)

    def draw(self, lines: Sequence[Line], scales: Scales, ends: tuple[float, float],
             ghosts: Sequence[Line] = ()) -> None:  # fmt: skip
        """Draw accuracies."""
        self._draw_lines(self._lines, lines, [line.y for line in lines], scales)
        self._draw_lines(self._ghosts, ghosts, [line.y for line in ghosts], scales)
        shown = np.concatenate([line.y for line in (*lines, *ghosts)])
        least = float(np.min(shown, initial=1.0, where=np.isfinite(shown)))
        self.set_view(*ends, 0.4 if least >= 0.42 else 0.0, 1.04)
        self.show_ends([
            End(float(scales.time(np.array(line.end[:1]))[0]), line.end[1], line.name, percent(line.end[1]),
                line.hollow, line.role)
            for line in lines
        ])  # fmt: skip


def marked(plots: Sequence[TimePlot], markers: tuple[Marker, ...], pace: Pace, scales: Scales, start: float) -> None:
    """Show markers in plots; what is before a logarithmic axis stands at its `start`."""
    times = pace.at(np.array([marker.step for marker in markers], dtype=float))
    places = scales.time(np.maximum(times, start)) if scales.log_time else times
    for plot in plots:
        plot.show_markers_at(markers, places.tolist())
