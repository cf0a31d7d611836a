"""The largest eigenvalue over the updates, and the threshold that it meets at the edge of stability."""

import math

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.history import Marker
from gdexplorer.panels.lossplot import breaks
from gdexplorer.panels.palette import DASHED
from gdexplorer.panels.ranges import LogRange, UpperBound
from gdexplorer.panels.ticks import number
from gdexplorer.panels.timeplot import End, TimePlot
from gdexplorer.panels.traces import broken, positive

FAR = 3.0  # times the largest sharpness: a threshold above that is left out of a linear axis


class SharpnessPlot(TimePlot):
    """λmax solid, the threshold dashed; a gap where nobody measured."""

    def __init__(self) -> None:
        super().__init__("Sharpness over the updates", labelled=True)
        self._limit_line = self.curve("muted", DASHED, z=-1)
        self._top_line = self.curve("text", antialias=True)
        self.log = False
        self.rows: Array = np.zeros((0, 4))
        self.forget_range()

    def forget_range(self) -> None:
        """Find the ranges anew with the next drawing."""
        self._range, self._top = LogRange(), UpperBound(0.0)
        self.forget_time()

    def draw(self, rows: Array, markers: tuple[Marker, ...], limit_name: str) -> None:
        """Draw rows (n, 4) of step, λmax, λmin and threshold; without a name the threshold is left out."""
        self.rows = rows
        self.set_log(y=self.log)
        self.set_labels(y="sharpness, log" if self.log else "sharpness")
        self.name_time("updates")
        self.name_ends(("λmax", limit_name))
        x, values, limits = rows[:, 0], self._placed(rows[:, 1]), self._placed(rows[:, 3])
        if not limit_name:
            limits = np.full(len(rows), np.nan)
        gaps = breaks(x, markers, True)
        self._top_line.setData(*broken(x, values, gaps))
        self._limit_line.setData(np.repeat(x, 2)[1:], np.repeat(limits, 2)[:-1])  # it jumps when a knob is turned
        end = self.end_of_time(float(x[-1]))
        self.set_view(0.0, end, *self._heights(values, limits))
        self.show_markers(markers, False)
        last = int(np.flatnonzero(np.isfinite(rows[:, 1]))[-1]) if np.isfinite(rows[:, 1]).any() else -1
        ends = [End(float(x[last]), float(values[last]), "λmax", number(float(rows[last, 1]), padded=True))]
        if limit_name and self.view()[2] <= limits[last] <= self.view()[3]:
            ends.append(End(float(x[last]), float(limits[last]), limit_name, number(float(rows[last, 3]), padded=True),
                            True, "muted"))  # fmt: skip
        self.show_ends(ends)

    def _placed(self, values: Array) -> Array:
        return positive(values) if self.log else np.where(np.isfinite(values), values, np.nan)

    def _heights(self, values: Array, limits: Array) -> tuple[float, float]:
        """Return the range of the axis; it holds a threshold that is not far above."""
        shown = values[np.isfinite(values)]
        near = limits[np.isfinite(limits)]
        if not len(shown):
            return (-1.0, 0.0) if self.log else (0.0, 1.0)
        if self.log:
            both = np.concatenate([shown, near])
            return self._range.follow(float(both.min()), float(both.max()))
        largest = float(max(shown.max(), 0.0))
        near = near[near <= FAR * largest]
        top = self._top.follow(1.08 * max([largest, *near.tolist()])) or 1.0
        lowest = float(shown.min())
        return (0.0 if lowest >= 0 else 1.05 * lowest), top

    def read(self, x: float, _: float) -> str:
        """Return what was measured nearest to x, and the changes there."""
        lines = [f"update {marker.step:,}: {marker.label}" for marker in self.near(x)]
        measured = self.rows[np.isfinite(self.rows[:, 1])]
        if len(measured):
            step, top, bottom, limit = measured[np.abs(measured[:, 0] - x).argmin()].tolist()
            lines.append(f"update {step:,.0f}: λmax {number(top)}, λmin {number(bottom)}")
            lines += [] if math.isnan(limit) else [f"threshold {number(limit)}"]
        return "\n".join(lines)
