"""The noise of a mini-batch's gradient over the batch size, both logarithmic."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem

from gdexplorer.panels.fonts import text_width
from gdexplorer.panels.legend import Legend, Row
from gdexplorer.panels.marks import Mark, circle
from gdexplorer.panels.palette import DASHED, DOTTED, SOLID, Palette, mix
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.ranges import LogRange
from gdexplorer.panels.ticks import number
from gdexplorer.panels.traces import positive
from gdexplorer.probes.noise import NoiseReport

WITHOUT, WITH, DRAWN = "expected, none drawn twice", "1/√B, with replacement", "batches drawn"


class NoisePlot(Plot):
    """What is expected as lines, batches that were drawn as dots, the batch size of the run marked."""

    def __init__(self) -> None:
        self._report: NoiseReport | None = None
        self._names = ("", "")  # of the axes
        self._range = LogRange(1.0)
        super().__init__("Noise of the gradient over the batch size")
        self.set_log(x=True, y=True)
        self._equal = self.curve("muted", DOTTED, z=-1)
        self._ideal = self.curve("muted", DASHED, z=2, antialias=True)
        self._expected = self.curve("text", SOLID, z=3, antialias=True)
        self._here = self.curve("accent", DOTTED, z=1)
        self._mark = self.add(Mark(circle(4.0), 8))
        self._drawn = self.add(pg.ScatterPlotItem(pen=None))
        self._drawn.setZValue(1)
        self._note, self._level = self.note(role="accent"), self.note("as long as g")
        self._legend = Legend(self)
        self._legend.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.reading = self.read
        self.box.sigResized.connect(self._place)
        self.show_palette(self.palette_now, True)

    def forget_range(self) -> None:
        """Find the range anew with the next drawing."""
        self._range = LogRange(1.0)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_legend"):  # the base class dresses itself before there are any
            self.set_margins(top=self.overhang, right=round(text_width("00", palette)))
            self._drawn.setSize(0.55 * min(palette.body, 14.0))
            self._drawn.setBrush(QColor(mix(palette.panel, palette.text, 0.6)))
            self._mark.dress(palette.accent, palette.panel, palette.accent)
            self._place()

    def draw(self, report: NoiseReport) -> None:
        """Draw a report."""
        self._report = report
        sizes = np.geomspace(1, max(report.examples - 1, 1), 65)
        expected = np.array([report.expected(size) for size in sizes])
        ends = np.array([1.0, report.examples])
        self._expected.setData(np.log10(sizes), positive(expected))
        self._ideal.setData(np.log10(ends), positive(np.array([report.ideal(size) for size in ends])))
        across, up = np.repeat(np.log10(report.sizes), report.drawn.shape[1]), positive(report.drawn.reshape(-1))
        self._drawn.setData(across[np.isfinite(up)], up[np.isfinite(up)])
        shown = positive(np.concatenate([report.drawn.reshape(-1), [report.ideal(end) for end in ends]]))
        shown = shown[np.isfinite(shown)]
        low, high = (float(shown.min()), float(shown.max())) if len(shown) else (np.nan, np.nan)
        low, high = self._range.follow(low, high)
        self.set_view(-0.06, max(float(np.log10(report.examples)), 0.3) + 0.06, low, high)
        self._place()

    def _place(self) -> None:
        report = self._report
        if report is None:
            return
        names = ("‖g_B − g‖ / ‖g‖, log", "noise / ‖g‖, log", "noise, log", "noise")
        room, palette = self.area().height(), self.palette_now
        self._name_axes("batch size B, log", next((name for name in names if text_width(name, palette) <= room), ""))
        x0, x1, y0, y1 = self.view()
        self._equal.setData(np.array([x0, x1]), np.zeros(2))
        here, noise = float(np.log10(report.batch_size)), report.expected(report.batch_size)
        self._here.setData(np.full(2, here), np.array([y0, y1]))
        self._mark.setVisible(noise > 0)
        self._mark.setPos(here, np.log10(noise) if noise > 0 else y0)
        self._write(report, here, noise)

    def _name_axes(self, x: str, y: str) -> None:
        """Name them where the names are others now: pyqtgraph lays the axes out anew each time."""
        if (x, y) != self._names:
            self._names = (x, y)
            self.set_labels(x, y)

    def _write(self, report: NoiseReport, here: float, noise: float) -> None:
        palette, area = self.palette_now, self.area()
        text = f"B = {report.batch_size:,}: {number(noise) if noise > 0 else 'no noise'}"
        self._note.setText(text)
        at, width = self.pixel(here, 0.0), text_width(text, palette)
        left = at.x() + 6 if at.x() + 6 + width <= area.right() else max(at.x() - 6 - width, area.left())
        self._note.setPos(left, area.top())
        box, level = self._level.boundingRect(), self.pixel(0.0, 0.0).y()  # at the right, where the curve is below
        apart = area.top() + 2 * box.height() <= level <= area.bottom()
        self._level.setVisible(apart and area.width() >= 3 * box.width())
        self._level.setPos(area.right() - box.width() - 4, level - box.height())
        rows = (Row(WITHOUT, palette.text), Row(WITH, palette.muted, DASHED))
        self._legend.show_rows(rows, palette)
        grid = np.linspace(0.0, np.log10(max(report.examples, 2)), 40)
        line = positive(np.array([report.ideal(10.0**at) for at in grid]))
        self._legend.avoid(np.column_stack([grid, line])[np.isfinite(line)])

    def read(self, x: float, y: float) -> str:
        """Return what is expected and what was drawn at the batch size nearest to a place."""
        report = self._report
        if report is None:
            return ""
        k = int(np.abs(np.log10(report.sizes) - x).argmin())
        size, found = int(report.sizes[k]), report.drawn[k]
        root = float(np.sqrt(np.mean(found**2)))
        return (f"B = {size:,}\nexpected {number(report.expected(size))}, "
                f"with replacement {number(report.ideal(size))}\n"
                f"{len(found)} batches drawn: {number(root)} (root mean square)")  # fmt: skip
