"""The loss and the accuracy of one run over its updates."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.lab.history import Marker
from gdexplorer.panels.palette import DASHED
from gdexplorer.panels.ranges import LogRange, UpperBound, quantile, robust_top
from gdexplorer.panels.ticks import linear_ticks, log_ticks, number
from gdexplorer.panels.timeplot import End, TimePlot
from gdexplorer.panels.traces import Reduced, broken, positive, smoothed

NAMES = ("train", "test")


@dataclass(frozen=True, slots=True)
class Scales:
    """How time and loss are drawn."""

    log_loss: bool = True
    log_time: bool = False
    tau: int = 0  # updates the running mean of the batch loss looks back; 0 is off
    unit: float = 1.0  # updates per unit of the time axis
    unit_name: str = "updates"

    def time(self, x: Array) -> Array:
        """Return updates as coordinates of the axis."""
        return positive(x) if self.log_time else x

    def loss(self, y: Array) -> Array:
        """Return losses as coordinates of the axis, NaN where they have none."""
        return positive(y) if self.log_loss else np.where(np.isfinite(y), y, np.nan)

    def value(self, y: float) -> float:
        """Return the loss at a coordinate."""
        return 10.0**y if self.log_loss else y

    def time_ticks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        """Return ticks in the chosen unit of time."""
        if self.log_time:
            shift = math.log10(self.unit)
            return [(x + shift, label) for x, label in log_ticks(low - shift, high - shift, most)]
        return [(x * self.unit, label) for x, label in linear_ticks(low / self.unit, high / self.unit, most)]

    @property
    def time_name(self) -> str:
        """Label of the time axis."""
        return self.unit_name + (", log" if self.log_time else "")


def percent(share: float) -> str:
    """Return a share as an accuracy is written: 97.3 %."""
    return f"{100 * share:.1f} %"


def percent_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return ticks at whole percents."""
    return [(x / 100, f"{label} %") for x, label in linear_ticks(100 * low, min(100 * high, 100), most)]


def breaks(x: Array, markers: tuple[Marker, ...], remeasured: bool) -> IntArray:
    """Return the indices of rows before which a curve breaks.

    With ``remeasured``, the last row at a marker's own update was taken after the change.
    """
    steps = np.array([marker.step for marker in markers if marker.breaks], dtype=float)
    if not len(steps):
        return np.zeros(0, dtype=np.int64)
    after = np.searchsorted(x, steps, side="right")
    if remeasured and len(x):
        after = np.where(x[after - 1] == steps, after - 1, after)
    return np.unique(after[(after > 0) & (after < len(x))])


def _train_and_test(plot: TimePlot) -> tuple[Any, Any]:
    return plot.curve("text", antialias=True), plot.curve("text", DASHED, antialias=True)


class LossPlot(TimePlot):
    """Full-set losses, the batch loss behind them."""

    def __init__(self) -> None:
        super().__init__("Loss", labelled=True)
        self._batch = self.curve("faint", z=-3)
        self._smooth = self.curve("muted", z=-2, antialias=True)
        self._lines = _train_and_test(self)
        self.forget_range()

    def forget_range(self) -> None:
        """Find the range anew with the next drawing."""
        self._range, self._top = LogRange(), UpperBound(0.0)

    def dress(self, scales: Scales, numbered: bool) -> None:
        """Set the axes; the numbers of time are left out where another plot below has them."""
        self.restyle(self._batch, "grid" if scales.tau else "faint")
        self.show_numbers(numbered)
        self.set_labels(y="loss, log" if scales.log_loss else "loss")
        self.name_time(scales.time_name if numbered else "")
        self.set_tickers(scales.time_ticks, log_ticks if scales.log_loss else linear_ticks)

    def draw(self, curves: Reduced, batch: Reduced, markers: tuple[Marker, ...], last: Array, scales: Scales,
             ends: tuple[float, float]) -> None:  # fmt: skip
        """Draw the losses; ``last`` is the newest row of full-set numbers, ``ends`` the view in time."""
        full = []
        for column, line in enumerate(self._lines):
            x, y = curves.line(column)
            y = scales.loss(y)
            full.append(y)
            line.setData(*broken(scales.time(x), y, breaks(x, markers, True)))
        x, y = batch.line(0)
        self._batch.setData(*broken(scales.time(x), scales.loss(y), breaks(x, markers, False)))
        mean = self._draw_mean(batch, markers, scales)
        self.set_view(*ends, *self._heights(np.concatenate(full), mean, scales.log_loss))
        self.show_markers(markers, scales.log_time)
        at = float(scales.time(last[:1])[0])
        losses = scales.loss(last[1:3])
        marks = [End(at, float(losses[k]), name, number(float(last[1 + k]), padded=True), k == 1)
                 for k, name in enumerate(NAMES)]  # fmt: skip
        if scales.tau and len(mean):
            marks.append(
                End(at, float(mean[-1]), "batch", number(scales.value(float(mean[-1])), padded=True), role="muted")
            )
        self.show_ends(marks)

    def _draw_mean(self, batch: Reduced, markers: tuple[Marker, ...], scales: Scales) -> Array:
        """Draw the running mean of the batch loss; return what the range must hold of it."""
        if not scales.tau or not len(batch.x):
            self._smooth.setData(np.zeros(0), np.zeros(0))
            return scales.loss(batch.mean[:, 0])
        gaps = breaks(batch.x, markers, False)
        cuts = [0, *gaps.tolist(), len(batch.x)]
        mean = scales.loss(np.concatenate([
            smoothed(batch.x[a:b], batch.mean[a:b, 0], batch.count[a:b], scales.tau)
            for a, b in pairwise(cuts)
        ]))  # fmt: skip
        self._smooth.setData(*broken(scales.time(batch.x), mean, gaps))
        return mean

    def _heights(self, full: Array, mean: Array, log: bool) -> tuple[float, float]:
        """Return the range of the loss axis."""
        top = robust_top(np.concatenate([full, mean]), log)
        if not log:
            return 0.0, self._top.follow(1.05 * top) if np.isfinite(top) else self._top.value or 1.0
        full, mean = full[np.isfinite(full)], mean[np.isfinite(mean)]
        lows = [float(full.min())] if len(full) else []
        lows += [quantile(mean, 0.05)] if len(mean) else []
        return self._range.follow(max(min(lows), top - 12), top) if lows else (-1.0, 0.0)


class AccuracyPlot(TimePlot):
    """Shares of examples that are classified correctly."""

    def __init__(self) -> None:
        super().__init__("Accuracy", labelled=False)
        self._lines = _train_and_test(self)

    def dress(self, scales: Scales) -> None:
        """Set the axes."""
        self.set_labels(y="accuracy")
        self.name_time(scales.time_name)
        self.set_tickers(scales.time_ticks, percent_ticks)

    def draw(self, curves: Reduced, markers: tuple[Marker, ...], last: Array, scales: Scales,
             ends: tuple[float, float]) -> None:  # fmt: skip
        """Draw the accuracies."""
        for column, line in enumerate(self._lines, start=2):
            x, y = curves.line(column)
            line.setData(*broken(scales.time(x), y, breaks(x, markers, True)))
        shown = curves.low[:, 2:]
        least = float(np.min(shown, initial=1.0, where=np.isfinite(shown)))
        self.set_view(*ends, 0.4 if least >= 0.42 else 0.0, 1.04)
        self.show_markers(markers, scales.log_time)
        at = float(scales.time(last[:1])[0])
        self.show_ends([End(at, float(last[3 + k]), name, percent(float(last[3 + k])), k == 1)
                        for k, name in enumerate(NAMES)])  # fmt: skip
