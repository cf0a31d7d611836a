"""The network's output over two inputs: a map, the line where it is undecided, and the data."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from gdexplorer.arrays import Array
from gdexplorer.data import Data
from gdexplorer.panels.classes import names_of
from gdexplorer.panels.contours import lines
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.grid import bilinear
from gdexplorer.panels.heatmap import MOVING_SIDE, SIDE, HeatMap, refined
from gdexplorer.panels.marks import Dots
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.samples import clouds, halos, scale_of, wrong
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.ticks import number
from gdexplorer.probes.boundary import BoundaryReport


class Decision:
    """Draws reports of kind "map" on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        plot = stage.plot
        self._heat = plot.add(HeatMap())
        self._line = plot.add(Curve(connect="finite", antialias=True))
        self._halos, self._dots = plot.add(Dots(5)), plot.add(Dots(6))
        self._drawn: tuple[object, ...] = ()  # what the dots were made of
        self._data: Data | None = None
        self._report: BoundaryReport | None = None
        self._mistakes: dict[str, int] = {}

    def hide(self) -> None:
        """Leave the stage to another picture."""
        for item in (self._heat, self._line, self._halos, self._dots):
            item.hide()
        self._report = None

    def show(self, report: BoundaryReport, palette: Palette, paused: bool, splits: tuple[str, ...],
             mistakes: bool) -> None:  # fmt: skip
        """Draw a report, the points of these splits, and rings around mistakes."""
        data = report.data
        scale = scale_of(data, palette)
        x, y = report.axes
        fine = refined(x, y, report.values, SIDE if paused else MOVING_SIDE)
        self._heat.show_values(fine, scale.colors, scale.levels)
        at = [0.0] if data.task != "regression" else [value for value, _ in scale.ticks]
        self._line.setData(*lines(x, y, report.values, np.array(at)))
        wide = palette.line_width(paused)
        self._line.setPen(pg.mkPen(palette.text, width=1 if data.task == "regression" else max(2, wide)))
        x0, x1, y0, y1 = fine.window
        rect = QRectF(x0, y0, x1 - x0, y1 - y0)
        made_of = (id(data), palette, splits)
        if made_of != self._drawn:
            self._drawn, self._data = made_of, data  # held, so that its id stays its own
            self._dots.show_clouds(clouds(data, splits, scale, palette), rect)
        self._report = report
        self._show_mistakes(report, palette, splits, rect, mistakes and data.task == "binary")
        for item in (self._heat, self._line, self._dots):
            item.show()
        self._stage.bar.show_scale(scale.colors, scale.levels, scale.ticks, scale.title)
        self._stage.plot.set_view(*fine.window)
        self._stage.show_picture(rect.height() / rect.width(), (data.inputs[0], data.inputs[1]), True)

    def _show_mistakes(
        self, report: BoundaryReport, palette: Palette, splits: tuple[str, ...], rect: QRectF, on: bool
    ) -> None:
        self._halos.setVisible(on)
        self._mistakes = {}
        if on:
            read = {name: self._at(*getattr(report.data, name).x.T) for name in splits}
            self._halos.show_clouds(halos(report.data, splits, read, palette), rect)
            for name in splits:
                self._mistakes[name] = int(wrong(report.data, getattr(report.data, name), read[name]).sum())

    def _at(self, x: Array, y: Array) -> Array:
        assert self._report is not None
        across, up = self._report.axes
        return bilinear(across, up, self._report.values, x, y)

    def read(self, x: float, y: float) -> str:
        """Return the output at a place in words."""
        if self._report is None:
            return ""
        value = float(self._at(np.array([x]), np.array([y]))[0])
        if not np.isfinite(value):
            return ""
        place = f"({number(x)}, {number(y)})  "
        if self._report.data.task == "regression":
            return f"{place}output {number(value)}"
        return f"{place}{names_of(self._report.data)[int(value > 0)]}, confidence {number(abs(value), 2)}"

    def facts(self) -> list[Fact]:
        """Return what the picture shows and leaves out."""
        assert self._report is not None
        report = self._report
        rows, columns = report.values.shape
        facts: list[Fact] = []
        for name, count in self._mistakes.items():
            size = len(getattr(report.data, name).x)
            facts.append((f"{count:,} of {size:,} {name} examples wrong on this grid", "text"))
        if report.data.task == "regression":
            facts += [("colors are outputs, those of points their targets", "muted"),
                      ("lines at the labeled values", "muted")]  # fmt: skip
        else:
            facts += [("color strength is confidence", "muted"), ("on the line both classes are equal", "muted")]
        facts.append((f"network output on a {columns}×{rows} grid", "muted"))
        blank = int((~np.isfinite(report.values)).sum())
        if blank:
            facts.append((f"{blank:,} of {report.values.size:,} cells not finite, left blank", "warning"))
        return facts
