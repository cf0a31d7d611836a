"""The network's output over one input: the fitted curve among the points."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from gdexplorer.arrays import Array
from gdexplorer.data import Data
from gdexplorer.panels.classes import names_of
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.marks import Dots
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.plot import ink
from gdexplorer.panels.samples import MOST, drawn, plain, targets
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.ticks import number
from gdexplorer.probes.boundary import BoundaryReport

Span = tuple[float, float]
FAR = 1.0  # spans of the data that a wild curve may add to the picture on each side
PAD = 0.08


class Fitted:
    """Draws reports of kind "curve" on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        plot = stage.plot
        self._stems = plot.add(Curve(connect="finite"))
        self._dots = plot.add(Dots(5))
        self._curve = plot.add(Curve(connect="finite", antialias=True))
        self._curve.setZValue(6)
        self._report: BoundaryReport | None = None
        self._range: Span | None = None
        self._drawn: tuple[object, ...] = ()  # what the dots were made of
        self._data: Data | None = None
        self._residuals = False

    def hide(self) -> None:
        """Leave the stage to another picture."""
        for item in (self._stems, self._dots, self._curve):
            item.hide()
        self._report = self._range = None

    def show(self, report: BoundaryReport, palette: Palette, paused: bool, splits: tuple[str, ...],
             residuals: bool, hold: bool = False) -> None:  # fmt: skip
        """Draw a report, the points of these splits, and stems from the training points to the curve.

        With `hold` the view stays as it is, whatever there is to see.
        """
        if self._report is not None and self._report.data is not report.data and not hold:
            self._range = None
        self._report, self._residuals = report, residuals
        data, x = report.data, report.axes[0]
        self._curve.setData(x, report.values)
        self._curve.setPen(pg.mkPen(palette.text, width=palette.line_width(paused) + 1))
        if self._range is None or not hold:
            self._range = vertical(data, report.values, self._range)
        low, high = self._range
        rect = QRectF(float(x[0]), low, float(x[-1] - x[0]), high - low)
        made_of = (id(data), palette, splits, low, high)
        if made_of != self._drawn:
            self._drawn, self._data = made_of, data  # held, so that its id stays its own
            named = [(name, drawn(getattr(data, name))) for name in ("test", "train") if name in splits]
            made = [plain(part.x[:, 0], targets(data, part), name == "test", palette) for name, part in named]
            self._dots.show_clouds(made, rect)
        self._stems.setVisible(residuals)
        if residuals:
            self._stems.setPen(pg.mkPen(ink(palette, "faint"), width=1))
            train = drawn(data.train)
            self._stems.setData(*stems(train.x[:, 0], targets(data, train), report.fitted[-MOST:]))
        self._dots.show()
        self._curve.show()
        self._stage.plot.set_view(rect.left(), rect.right(), low, high)
        axis = "y" if data.task == "regression" else f"confidence in {names_of(data)[1]}"
        self._stage.show_picture(None, (data.inputs[0], axis), False)

    def read(self, x: float, y: float) -> str:
        """Return the output over a place in words."""
        if self._report is None or not self._report.axes[0][0] <= x <= self._report.axes[0][-1]:
            return ""
        name = self._report.data.inputs[0]
        return f"{name} {number(x)}  output {number(float(np.interp(x, self._report.axes[0], self._report.values)))}"

    def facts(self) -> list[Fact]:
        """Return what the picture shows and leaves out."""
        assert self._report is not None
        assert self._range is not None
        facts: list[Fact] = [(f"line: network output at {len(self._report.values):,} places", "muted")]
        if self._residuals:
            facts.insert(0, ("stems: residuals of the training examples", "muted"))
        if not np.isfinite(self._report.values).all():
            facts.insert(0, ("the output is not finite everywhere, left blank there", "warning"))
        elif self._report.values.min() < self._range[0] or self._report.values.max() > self._range[1]:
            facts.insert(0, ("the curve leaves the picture", "warning"))
        return facts


def stems(x: Array, y: Array, fitted: Array) -> tuple[Array, Array]:
    """Return one curve of vertical pieces from (x, y) to (x, fitted), NaN between them."""
    gap = np.full(len(x), np.nan)
    return np.stack([x, x, gap], axis=1).ravel(), np.stack([y, fitted, gap], axis=1).ravel()


def vertical(data: Data, values: Array, before: Span | None) -> Span:
    """Return the range to draw: all points, and the curve unless it is wild; the one before if it still suits."""
    points = np.concatenate([targets(data, data.train), targets(data, data.test)])
    low, high = (float(points.min()), float(points.max())) if points.size else (-1.0, 1.0)
    span = (high - low) or 1.0
    curve = values[np.isfinite(values)]
    if curve.size:
        lowest, highest = low - FAR * span, high + FAR * span
        low, high = min(low, max(float(curve.min()), lowest)), max(high, min(float(curve.max()), highest))
    if before is not None and before[0] <= low and high <= before[1] and (before[1] - before[0]) < 1.6 * (high - low):
        return before
    pad = PAD * (high - low or 1.0)
    return low - pad, high + pad
