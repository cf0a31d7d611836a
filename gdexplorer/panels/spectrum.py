"""The eigenvalues of a Hessian on a symmetric logarithmic axis, zeros apart in the middle."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QResizeEvent

from gdexplorer.arrays import Array
from gdexplorer.panels.fonts import small_metrics
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import DASHED, Palette
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.ranges import UpperBound
from gdexplorer.panels.ticks import linear_ticks, number, power_of_ten
from gdexplorer.probes.curvature import CurvatureReport

DECADES = 6  # below the largest, that are told from zero
PER_DECADE = 3  # bins
MIDDLE = 0.5  # half the room for zeros, in decades


class SpectrumPlot(Plot):
    """A histogram of all eigenvalues, or a stem for each that Lanczos found."""

    def __init__(self) -> None:
        self._top: float | None = None  # power of ten at the ends
        self._report: CurvatureReport | None = None
        super().__init__("Spectrum of the Hessian")
        self._bars = self.add(pg.BarGraphItem(x0=np.zeros(0), x1=np.zeros(0), y0=np.zeros(0), y1=np.zeros(0)))
        self._zeros = self.add(pg.BarGraphItem(x0=np.zeros(0), x1=np.zeros(0), y0=np.zeros(0), y1=np.zeros(0)))
        self._stems = self.curve("accent")
        self._limit = self.curve("muted", DASHED)
        self._ends = (self.note(role="text"), self.note(role="text"))
        self._highest = UpperBound(1.0)
        self.set_tickers(self._ticks, _counts)
        self.reading = self.read
        self.box.sigResized.connect(self._place_ends)
        self.show_palette(self.palette_now, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_highest"):  # the base class dresses itself before there are any
            self._bars.setOpts(brush=QColor(palette.accent), pen=pg.mkPen(None))
            self._zeros.setOpts(brush=QColor(palette.text), pen=pg.mkPen(None))
            self._arrange()

    def place(self, values: Array) -> Array:
        """Return where eigenvalues stand: 0 in the middle, then decades to either side."""
        size = np.abs(values)
        with np.errstate(divide="ignore"):
            out = np.log10(size) - self._least + MIDDLE
        return np.where(size < 10.0**self._least, 0.0, np.copysign(out, values))

    @property
    def _least(self) -> float:
        return (self._top or 0.0) - DECADES

    def draw(self, report: CurvatureReport, limit: float | None) -> None:
        """Draw a report's eigenvalues, and the threshold if there is one to compare λmax with."""
        self._report = report
        largest = float(np.abs(report.values).max())
        wanted = math.log10(largest) if largest else 0.0
        if self._top is None or not self._top - 1 <= wanted <= self._top:
            self._top = math.ceil(4 * (wanted + 0.15)) / 4
            self.bottom.picture = None
        places = self.place(report.values)
        edge = MIDDLE + DECADES
        zero = places == 0
        if report.whole:
            bins = np.arange(DECADES * PER_DECADE + 1) / PER_DECADE + MIDDLE
            edges = np.concatenate([-bins[::-1], bins])
            counts = np.histogram(places[~zero], edges)[0]
            counts, left, right = counts[counts > 0], edges[:-1][counts > 0], edges[1:][counts > 0]
            self._bars.setOpts(x0=left + 0.03, x1=right - 0.03, y0=np.zeros(len(left)), y1=counts)
            height = self._highest.follow(float(max(counts.max(initial=0), zero.sum())))
        else:
            self._bars.setOpts(x0=np.zeros(0), x1=np.zeros(0), y0=np.zeros(0), y1=np.zeros(0))
            height = 1.0
        stems = np.zeros(0) if report.whole else places[~zero]
        self._stems.setData(np.repeat(stems, 3), np.tile([0.0, 1.0, np.nan], len(stems)))
        some = [0] if zero.any() else []
        tall = [min(float(zero.sum()), height) if report.whole else 1.0] * len(some)
        self._zeros.setOpts(x0=[-0.3] * len(some), x1=[0.3] * len(some), y0=[0.0] * len(some), y1=tall)
        at = float(self.place(np.array([limit]))[0]) if limit is not None and math.isfinite(limit) else np.nan
        self._limit.setData(np.array([at, at]), np.array([0.0, height * 1.1]))
        if self.left.isVisible() != report.whole:
            self.plotItem.showAxis("left", report.whole)
        self._arrange()
        self.set_view(-edge, edge, 0.0, height * 1.1)
        self._place_ends()

    def _arrange(self) -> None:
        """Leave room for what stands around, and name the axes as far as their names fit."""
        whole = self._report is not None and self._report.whole
        metrics = small_metrics(self.palette_now)
        side = 2 * metrics.horizontalAdvance("0")
        self.set_margins(left=0 if whole else side, top=round(metrics.height() + 6), right=side)
        names = ("eigenvalue, log to both sides of 0", "eigenvalue, ± log", "λ, ± log")
        room = self.area().width() - metrics.height()
        name = next((name for name in names if metrics.horizontalAdvance(name) <= room), names[-1])
        self.set_labels(name, "count" if whole else "")
        self.bottom.resizeEvent()  # pyqtgraph centers a label only when the axis changes its size
        self._place_ends()

    @guarded
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if self._report is not None and self.plotItem is not None:  # pyqtgraph drops it in close(), and resizes then
            self._arrange()

    def _ticks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        top = math.floor(self._top or 0.0)
        stride = 2 if most >= 6 else 3 if most >= 4 else DECADES
        sides = [(sign * float(self.place(np.array([10.0**k]))[0]), ("−" if sign < 0 else "") + power_of_ten(k, 2))
                 for k in range(top, math.ceil(self._least), -stride) for sign in (-1, 1)]  # fmt: skip
        return sorted([*sides, (0.0, "0")])

    def _place_ends(self) -> None:
        """Write λmin and λmax above their places, apart from each other."""
        if self._report is None:
            return
        values = self._report.values
        area, line = self.area(), small_metrics(self.palette_now).height()
        lefts = []
        for note, name, value in zip(self._ends, ("λmin", "λmax"), values[[0, -1]].tolist(), strict=True):
            note.setText(f"{name} {number(value)}")
            width = note.boundingRect().width()
            middle = self.pixel(float(self.place(np.array([value]))[0]), 0).x()
            lefts.append(min(max(middle - width / 2, 0.0), max(area.right() - width, 0.0)))
        low, high = lefts
        width, gap = self._ends[0].boundingRect().width(), line / 2
        if low + width + gap > high:
            high = min(low + width + gap, area.right() - self._ends[1].boundingRect().width())
            low = max(min(low, high - gap - width), 0.0)
        for note, left in zip(self._ends, (low, high), strict=True):
            note.setPos(left, area.top() - line - 1)
        self._ends[0].setVisible(low + width <= high)

    def read(self, x: float, y: float) -> str:
        """Return the eigenvalue nearest to x."""
        if self._report is None:
            return ""
        values, places = self._report.values, self.place(self._report.values)
        near = np.abs(places - x).argmin()
        count = int((np.abs(places - places[near]) < 0.5 / PER_DECADE).sum())
        many = f"\n{count} eigenvalues within a third of a decade" if count > 1 else ""
        return f"λ = {number(float(values[near]))}, ±{number(float(self._report.residuals[near]), 2)}{many}"


def _counts(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return ticks at whole numbers."""
    return [(value, f"{value:,.0f}") for value, _ in linear_ticks(low, high, most) if value == round(value)]
