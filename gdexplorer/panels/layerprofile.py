"""One number of every layer, in a row each, joined from layer to layer on a logarithmic axis."""

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from gdexplorer.arrays import Array
from gdexplorer.panels.gradientrows import Layers, Rows, no_ticks
from gdexplorer.panels.palette import DASHED, Palette
from gdexplorer.panels.quantities import GRADIENT, Words
from gdexplorer.panels.ranges import LogRange
from gdexplorer.panels.ticks import log_ticks, number
from gdexplorer.probes.profile import Profile


class LayerProfile(Rows):
    """The numbers at the right, a dot each; a fitted line, if there is one, is dashed."""

    def __init__(self) -> None:
        self._titles: Words = GRADIENT.beside
        self._values: tuple[float, ...] = ()
        super().__init__("One number of every layer")
        self._digits = 3
        self._range = LogRange(2.0)
        self._line_item = self.curve("accent", antialias=True)
        self._fit = self.curve("text", DASHED, z=1, antialias=True)
        self._dots = pg.ScatterPlotItem(pen=pg.mkPen(None))
        self.add(self._dots)
        self.set_tickers(log_ticks, no_ticks)
        self.show_palette(self.palette_now, True)

    def forget_range(self) -> None:
        """Find the range anew with the next drawing."""
        self._range = LogRange(2.0)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_dots"):  # the base class dresses itself before there are any
            self._dots.setBrush(QColor(palette.accent))
            self._dots.setSize(0.7 * palette.body)
            self.arrange()

    def arrange(self) -> None:
        """Keep a column for the numbers at the right, with fewer digits where there is little room."""
        self._digits = 3 if self.width() >= 18 * self.width_of("0") else 2
        column = self.width_of("1.23×10¹⁰⁰" if self._digits == 3 else "1.2×10¹⁰⁰")
        self.set_margins(left=round(self.width_of("000")), top=round(self.line + 4), right=round(column + 8))
        self.place_notes()

    def draw(self, layers: Layers, values: Sequence[float], titles: Words = GRADIENT.beside,
             fit: Profile | None = None) -> None:  # fmt: skip
        """Draw one number a layer."""
        self.layers, self._values, self._titles = layers, tuple(values), titles
        x, y = self._points()
        known = x[np.isfinite(x)]
        ends = (known.min(), known.max()) if len(known) else (math.nan, math.nan)
        self._line_item.setData(x, y)
        self._dots.setData(known, y[np.isfinite(x)])
        if fit is None:
            self._fit.setData(np.zeros(0), np.zeros(0))
        else:
            self._fit.setData(np.log10(np.array(fit.fitted)), y[list(fit.rows)])
        self.draw_floors(*self._range.follow(float(ends[0]), float(ends[1])))
        self.place_notes()

    def _points(self) -> tuple[Array, Array]:
        values = np.array(self._values, dtype=float)
        x = np.full(len(values), np.nan)
        np.log10(values, out=x, where=np.isfinite(values) & (values > 0))
        return x, np.arange(len(values) - 1, -1, -1) + 0.5

    def write_notes(self) -> None:
        area = self.area()
        if not self.layers:
            return
        self.put(self.fitting(self._titles, self.width() - 8, self._titles[-1]), "muted", area.left(), 0)
        every = max(1, math.ceil(0.95 * self.line / self.row_height))
        for row, value in enumerate(self._values):
            if row % every == 0:
                text = number(value, self._digits) if np.isfinite(value) else "–"
                top = self.row_top(row) + (self.row_height - self.line) / 2
                self.put(text, "text", area.right() + 8, top)
