"""A recurrent layer through time: its hidden state, and beneath it how large the gradient arrives at each step."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from gdexplorer.panels.colorbar import ColorBar
from gdexplorer.panels.fonts import small_metrics, text_width
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.heatmap import Colors, Fine, HeatMap, diverging
from gdexplorer.panels.palette import DASHED, Palette, readable
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.ranges import LogRange, UpperBound
from gdexplorer.panels.samples import STRENGTH, VALUES
from gdexplorer.panels.ticks import log_ticks, number, whole_ticks
from gdexplorer.probes.sequences import Recurrence

SIDE = 240  # cells of the picture on each side at least: each number is a block of them
CHARS = 5.5  # digits of room at the left
FAR = 1.5  # decades beyond the norms that the line of ρ is followed


class HiddenMap(Plot):
    """Units upwards, steps to the right; the paper is 0."""

    def __init__(self) -> None:
        self._recurrence: Recurrence | None = None
        super().__init__("Hidden state over time", grid=False)
        self._map = self.add(HeatMap())
        self._title = self.note(role="muted")
        self._bound = UpperBound(0.1)
        self.set_tickers(whole_ticks, whole_ticks)
        self.reading = self._read
        self.box.sigResized.connect(self._place)
        self.show_palette(self.palette_now, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_bound"):  # the base class dresses itself before there are any
            self.set_margins(top=round(small_metrics(palette).height() + 6))
            self.reserve_left(CHARS)
            if self._recurrence is not None:
                self.draw(self._recurrence)

    def colors(self) -> Colors:
        """Return the colors from −most over 0, the paper, to most."""
        low, high = (readable(color, self.palette_now.panel, 4.5) for color in VALUES)
        return diverging(low, self.palette_now.panel, high, STRENGTH)

    @property
    def most(self) -> float:
        """The end of the scale of colors."""
        return self._bound.value

    def draw(self, recurrence: Recurrence) -> None:
        """Draw h (T, H)."""
        self._recurrence, hidden = recurrence, recurrence.hidden
        steps, units = hidden.shape
        finite = hidden[np.isfinite(hidden)]
        most = self._bound.follow(float(np.abs(finite).max(initial=0.0)))
        values = np.repeat(np.repeat(hidden.T, -(-SIDE // units), 0), -(-SIDE // steps), 1)
        window = (-0.5, steps - 0.5, 0.5, units + 0.5)
        self._map.show_values(Fine(np.zeros(0), np.zeros(0), values, window), self.colors(), (-most, most))
        self.set_view(*window)
        self._place()

    def _place(self) -> None:
        if (found := self._recurrence) is None:
            return
        area = self.area()
        texts = (f"hidden state h of {found.id}, {found.hidden.shape[1]} units over {len(found.hidden)} steps",
                 f"hidden state h of {found.id}, by unit", f"h of {found.id}", "h")  # fmt: skip
        room = self.width() - area.left()
        self._title.setText(next((text for text in texts if text_width(text, self.palette_now) <= room), ""))
        self._title.setPos(area.left(), area.top() - small_metrics(self.palette_now).height() - 2)

    def _read(self, x: float, y: float) -> str:
        found, step, unit = self._recurrence, round(x), round(y)
        if found is None or not (0 <= step < len(found.hidden) and 1 <= unit <= found.hidden.shape[1]):
            return ""
        return f"step {step}, unit {unit}\nh = {number(float(found.hidden[step, unit - 1]))}"


class NormPlot(Plot):
    """‖∂ℓ/∂h_t‖ on a logarithmic axis, under the steps of the map, labelled by lag, and ρ^lag from the last one."""

    def __init__(self) -> None:
        self._recurrence: Recurrence | None = None
        super().__init__("Norm of the gradient by lag")
        self._rho = self.curve("accent", DASHED, antialias=True)
        self._line = self.curve("text", antialias=True)
        self._dots = pg.ScatterPlotItem(size=5, pen=pg.mkPen(None))
        self.add(self._dots)
        self._title, self._name = self.note(role="text"), self.note(role="accent")
        self._range, self._steps = LogRange(2.0), 0
        self.set_tickers(self._lags, log_ticks)
        self.reading = self._read
        self.box.sigResized.connect(self._on_resized)
        self.show_palette(self.palette_now, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_range"):  # the base class dresses itself before there are any
            self._dots.setBrush(QColor(palette.text))
            self.reserve_left(CHARS)
            self.set_margins(top=round(small_metrics(palette).height() + 6))
            self._place()

    def _lags(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        last = self._steps - 1
        return [(last - lag, label) for lag, label in whole_ticks(last - high, last - low, most)]

    def _on_resized(self) -> None:
        """Draw again: how much of the height the words take is known only now."""
        if self._recurrence is not None:
            self.draw(self._recurrence)

    def draw(self, recurrence: Recurrence) -> None:
        """Draw the norms (T,)."""
        if self._recurrence is None or self._recurrence.id != recurrence.id or self._steps != len(recurrence.norms):
            self._range = LogRange(2.0)
            self.bottom.picture = None
        self._recurrence, norms, self._steps = recurrence, recurrence.norms, len(recurrence.norms)
        x = np.arange(self._steps, dtype=float)
        y = np.full(self._steps, np.nan)
        known = np.isfinite(norms) & (norms > 0)
        np.log10(norms, out=y, where=known)
        self._line.setData(x, y)
        self._dots.setData(x[known], y[known])
        ends = (float(y[known].min()), float(y[known].max())) if known.any() else (math.nan, math.nan)
        radius = recurrence.radius if known[-1] else None  # there is nowhere to begin
        self._rho.setVisible(bool(radius))
        if radius:
            line = y[-1] + recurrence.lags * math.log10(radius)
            self._rho.setData(x, line)
            far = min(max(float(line[0]), ends[0] - FAR), ends[1] + FAR)
            ends = min(ends[0], far), max(ends[1], far)
        low, high = self._range.follow(*ends)
        words = 1.3 * small_metrics(self.palette_now).height() / max(self.area().height(), 1.0) if radius else 0.0
        self.set_view(-0.5, self._steps - 0.5, low, high + min(words, 0.4) * (high - low))
        self._place()

    def _place(self) -> None:
        if (found := self._recurrence) is None:
            return
        area, top = self.area(), self.area().top() - small_metrics(self.palette_now).height() - 2
        factor = f"×{number(found.per_step, padded=True)} a step" if math.isfinite(found.per_step) else "0"
        texts = (f"‖∂ℓ/∂h‖ by lag, log: {factor} back", f"‖∂ℓ/∂h‖, log: {factor} back", f"‖∂ℓ/∂h‖ {factor}", factor)
        room = self.width() - area.left()
        title = next((text for text in texts if text_width(text, self.palette_now) <= room), "")
        self._title.setText(title)
        self._title.setPos(area.left(), top)
        self._place_name()

    def _place_name(self) -> None:
        """Write at the older end of the dashed line what it is, on the side where the solid one is not."""
        (x, y), found = self._rho.getData(), self._recurrence
        _, _, low, high = self.view()
        seen = [] if x is None or not self._rho.isVisible() else np.flatnonzero((low <= y) & (y <= high)).tolist()
        self._name.setVisible(len(seen) > 1)
        if len(seen) < 2 or found is None or found.radius is None:
            return
        self._name.setText(f"ρ^lag, ρ = {number(found.radius, padded=True)}")
        line, area, at = small_metrics(self.palette_now).height(), self.area(), seen[0]
        width = self._name.boundingRect().width()
        left = min(self.pixel(float(x[at]), 0.0).x() + 4, area.right() - width)
        step = self.pixel(1.0, 0.0).x() - self.pixel(0.0, 0.0).x()
        across, heights = self.pixels(x[seen], y[seen])
        over = across <= left + width + step
        over[0] = True
        heights = heights[over].tolist()
        _, norms = self._line.getData()
        _, others = self.pixels(x[seen][over], norms[seen][over])
        others = others[np.isfinite(others)].tolist()
        tops = [top for top in (min(heights) - line - 1, max(heights) + 1) if area.top() <= top <= area.bottom() - line
                and not any(top - 2 <= other <= top + line + 2 for other in others)]  # fmt: skip
        self._name.setVisible(bool(tops))
        if tops:
            self._name.setPos(left, tops[0])

    def _read(self, x: float, y: float) -> str:
        found, step = self._recurrence, round(x)
        if found is None or not 0 <= step < len(found.norms):
            return ""
        return f"step {step}, lag {found.lags[step]}\n‖∂ℓ/∂h‖ = {number(float(found.norms[step]))}"


class ThroughTime(QWidget):
    """Both, one upon the other, with the scale of colors beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.norms, self.bar = HiddenMap(), NormPlot(), ColorBar()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._grid.addWidget(self.hidden, 0, 0)
        self._grid.addWidget(self.norms, 1, 0)
        self._side = QVBoxLayout()  # whose margins bring the scale to the height of the map
        self._side.addWidget(self.bar)
        self._grid.addLayout(self._side, 0, 1)
        self._grid.setColumnStretch(0, 1)
        self._grid.setRowStretch(0, 1)
        self._grid.setRowStretch(1, 1)

    def draw(self, recurrence: Recurrence) -> None:
        """Draw one layer."""
        self.hidden.draw(recurrence)
        self.norms.draw(recurrence)
        self._scale()

    def _scale(self) -> None:
        most = self.hidden.most
        ticks = [(value, number(value)) for value in (-most, 0.0, most)]
        self.bar.show_scale(self.hidden.colors(), (-most, most), ticks, "h")

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Take on a theme."""
        for plot in (self.hidden, self.norms):
            plot.show_palette(palette, paused)
        self.bar.show_palette(palette)
        self._scale()
        self._fit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the scale the height of the map, and name axes where there is room."""
        line = round(small_metrics(self.hidden.palette_now).height())
        high = self.height() >= 17 * line
        self.norms.set_labels("lag: steps back from the last" if high else "")
        self.hidden.show_numbers(high)
        self.hidden.set_labels("step" if self.height() >= 24 * line else "")
        bottom = round(self.hidden.bottom.maximumHeight())
        self.bar.setVisible(self.width() >= 20 * line and self.height() >= 10 * line)
        over = self.bar.overhang()
        self._side.setContentsMargins(0, max(line + 6 - over, 0), 0, max(bottom - over, 0))
