"""Gradients of single examples around their mean, in a plane that holds the mean, with both axes on one scale."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem

from gdexplorer.arrays import Array
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.fonts import small_metrics, text_width
from gdexplorer.panels.legend import Legend, Row
from gdexplorer.panels.marks import Mark, circle
from gdexplorer.panels.palette import DASHED, DOTTED, Palette, mix
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.ranges import nice_above, quantile
from gdexplorer.panels.ticks import number
from gdexplorer.probes.cloud import CloudReport

USUAL = 0.98  # share of the examples that are certain to be seen
LEAST = (0.5, 1.5, 0.5, 0.5)  # that the axes reach to left and right, down and up
SPARE = 0.6  # of an axis that must be used, or it is found anew
ROUND = np.linspace(0.0, 2 * np.pi, 97)
WORSE = "loss rises"  # along −g, of the examples on that side


class CloudPlot(Plot):
    """Small discs for examples, larger ones for the mini-batch; g to (1, 0), g_B with its standard error around it."""

    def __init__(self) -> None:
        self._report: CloudReport | None = None
        self._names = ("", "")  # of the axes
        self._bounds = list(LEAST)  # left, right, down, up
        super().__init__("Gradients of single examples in the plane of their mean")
        self._border = self.curve("muted", DOTTED, z=-1)
        self._disc = self.curve("accent", DASHED, z=3, antialias=True)
        self._dots, self._own = (self.add(pg.ScatterPlotItem(pen=None)) for _ in range(2))
        self._arrows: list[Any] = [self.add(Curve(antialias=True)) for _ in range(2)]
        self._tips = [self.add(Mark(circle(4.0), 8)) for _ in range(2)]
        self._dots.setZValue(1)
        self._own.setZValue(2)
        for z, arrow in enumerate(self._arrows, 5):
            arrow.setZValue(z)
        self._note = self.note(WORSE)
        self._legend = Legend(self)
        self._legend.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.reading = self.read
        self.box.sigResized.connect(self._place)
        self.show_palette(self.palette_now, True)

    def forget_range(self) -> None:
        """Find the ranges anew with the next drawing."""
        self._bounds = list(LEAST)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_legend"):  # the base class dresses itself before there are any
            width = palette.line_width(paused) + 1
            self.set_margins(top=self.overhang, right=round(text_width("00", palette)))
            for arrow, tip, color in zip(self._arrows, self._tips, (palette.text, palette.accent), strict=True):
                arrow.setPen(pg.mkPen(color, width=width))
                tip.dress(color, palette.panel, color)
            size, edge = 0.65 * min(palette.body, 14.0), pg.mkPen(palette.panel)
            self._dots.setSize(size)
            self._own.setSize(1.3 * size)
            for dots, color in ((self._dots, mix(palette.panel, palette.text, 0.6)), (self._own, palette.accent)):
                dots.setBrush(QColor(color))
                dots.setPen(edge)
            self._place()

    def draw(self, report: CloudReport) -> None:
        """Draw a report."""
        self._report = report
        mean, radius = report.batch_mean, report.radius if np.isfinite(report.radius) else 0.0
        self._disc.setData(mean[0] + radius * np.cos(ROUND), mean[1] + radius * np.sin(ROUND))
        for arrow, tip, at in zip(self._arrows, self._tips, ((1.0, 0.0), mean.tolist()), strict=True):
            arrow.setData(np.array([0.0, at[0]]), np.array([0.0, at[1]]))
            tip.setPos(*at)
        alone = report.batch_size >= report.examples
        for item in (self._arrows[1], self._tips[1]):
            item.setVisible(not alone)
        x, y = report.places.T
        self._dots.setData(x, y)
        self._own.setData(*(report.batch_places.T if not alone else np.zeros((2, 0))))
        ends = (-x, x, -y, y)
        own = (-mean[0] + radius, mean[0] + radius, -mean[1] + radius, mean[1] + radius)
        for k, (values, end) in enumerate(zip(ends, own, strict=True)):
            needed, bound = 1.08 * max(quantile(values, USUAL), float(end)), self._bounds[k]
            if needed > bound or needed < SPARE * bound:
                self._bounds[k] = nice_above(needed, LEAST[k])
        self._place()

    def _place(self) -> None:
        """Fit the view into the present size, one scale for both axes, and draw what depends on it."""
        report, area = self._report, self.area()
        if report is None or area.width() < 1 or area.height() < 1:
            return
        self._name_axes(self.fitting(("along g, in units of ‖g‖", "along g, in ‖g‖"), area.width()), "across, in ‖g‖")
        left, right, down, up = self._bounds
        unit = max((left + right) / area.width(), (down + up) / area.height())
        across, high = (unit * area.width() - left - right) / 2, (unit * area.height() - down - up) / 2
        view = (-left - across, right + across, -down - high, up + high)
        self.set_view(*view)
        self._border.setData(np.zeros(2), np.array(view[2:]))
        self._explain(report)

    def _explain(self, report: CloudReport) -> None:
        palette, line = self.palette_now, small_metrics(self.palette_now).height()
        alone = report.batch_size >= report.examples
        rows = [Row(f"g of all {report.examples:,} examples", palette.text)]
        if not alone:
            rows.append(Row(f"g_B of the next {report.batch_size:,}", palette.accent))
        if np.isfinite(report.radius):
            rows.append(Row("its standard error √(V/B)", palette.accent, DASHED))  # a number here would be painted anew
        self._legend.show_rows(tuple(rows), palette)
        self._legend.avoid(np.concatenate([report.places, report.batch_places, [[0.0, 0.0], [1.0, 0.0]]]))
        border, area = self.pixel(0.0, 0.0).x(), self.area()
        room = border - area.left() - 8
        self._note.setVisible(text_width(WORSE, palette) <= room and report.uphill > 0)
        self._note.setPos(border - 4 - text_width(WORSE, palette), area.top() + 2)
        top = self._legend.y() <= area.top() + 0.5 * area.height() and self._legend.x() < border
        if self._legend.isVisible() and top:
            self._note.setPos(self._note.x(), area.bottom() - line - 2)

    def _name_axes(self, x: str, y: str) -> None:
        """Name them where the names are others now: pyqtgraph lays the axes out anew each time."""
        if (x, y) != self._names:
            self._names = (x, y)
            self.set_labels(x, y)

    def fitting(self, texts: tuple[str, ...], room: float) -> str:
        """Return the first text that is no wider than `room`, nothing if all are."""
        return next((text for text in texts if text_width(text, self.palette_now) <= room), "")

    @property
    def explained(self) -> bool:
        """Whether there is room for the legend."""
        return self._legend.isVisible()

    @property
    def beyond(self) -> int:
        """How many of the examples lie outside the picture."""
        if self._report is None:
            return 0
        (x0, x1, y0, y1), (x, y) = self.view(), self._report.places.T
        return int(np.count_nonzero((x < x0) | (x > x1) | (y < y0) | (y > y1)))

    def read(self, x: float, y: float) -> str:
        """Return what is known of the example nearest to a place."""
        report = self._report
        if report is None:
            return ""
        k = int(np.square(report.places - np.array([x, y])).sum(axis=1).argmin())
        return (f"training example {report.rows[k]:,}\n‖gᵢ‖ = {number(float(report.norms[k]))} ‖g‖\n"
                f"cosine with g {_cosine(report.cosines, k)}")  # fmt: skip


def _cosine(cosines: Array, k: int) -> str:
    return number(float(cosines[k])) if np.isfinite(cosines[k]) else "undefined: its gradient is 0"
