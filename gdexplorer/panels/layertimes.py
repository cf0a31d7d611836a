"""Histograms over the updates: a row for each layer, in it the magnitudes of its elements from bottom to top."""

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gdexplorer.arrays import Array, IntArray
from gdexplorer.lab.columns import ROWS, Columns
from gdexplorer.lab.history import Marker
from gdexplorer.panels.gradientrows import Layers, Rows, no_ticks
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import Palette, mix
from gdexplorer.panels.ranges import UpperBound
from gdexplorer.panels.ticks import power_of_ten, whole_ticks
from gdexplorer.panels.timeplot import FIRST_BOUND
from gdexplorer.probes.histogram import BINS, LOWEST, PER_DECADE

WIDTH = 480  # pixels of the picture
ZEROS, GAP, FINE = 2, 1, 3  # rows of the strip of exact zeros, and between it and the bins; rows of a bin
WORTH = 0.002  # share of a layer's elements at which a decade is shown


class _Image(pg.GraphicsObject):
    """A picture stretched over the view, its pixels kept sharp."""

    def __init__(self) -> None:
        super().__init__()
        self._image, self._rect = QImage(), QRectF()

    def show(self, pixels: Array, rect: QRectF) -> None:
        """Draw 0xffRRGGBB (rows, columns), the first row on top."""
        height, width = pixels.shape
        self._image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        self.prepareGeometryChange()
        self._rect = rect
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._rect)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._image.isNull():
            painter.save()
            painter.translate(0, self._rect.top() + self._rect.bottom())
            painter.scale(1, -1)  # the view's y goes up
            painter.drawImage(self._rect, self._image)
            painter.restore()


def colors(palette: Palette) -> Array:
    """Return 256 colors 0xffRRGGBB for shares from 0 to 1: from the panel to the accent and on to the text."""
    stops = np.linspace(0.0, 1.0, 256)
    ramp = [mix(palette.panel, palette.accent, t / 0.6) if t <= 0.6 else
            mix(palette.accent, palette.text, (t - 0.6) / 0.4) for t in stops]  # fmt: skip
    return np.array([0xFF000000 | int(color[1:], 16) for color in ramp], dtype=np.uint32)


def decades(values: Array, before: tuple[int, int] | None) -> tuple[int, int]:
    """Return the bins to show, whole decades that hold what is worth it; no fewer than before."""
    bins = np.flatnonzero((values[:, :, 2:-1] >= WORTH).any(axis=(0, 1)))
    if not len(bins):
        return before or (6 * PER_DECADE, 9 * PER_DECADE)
    low = int(bins[0]) // PER_DECADE * PER_DECADE
    high = -(-(int(bins[-1]) + 1) // PER_DECADE) * PER_DECADE
    if before is not None:
        low, high = min(low, before[0]), max(high, before[1])
    if high - low < 2 * PER_DECADE:
        low = max(low - PER_DECADE, 0)
        high = min(max(high, low + 2 * PER_DECADE), BINS)
    return low, high


class LayerTimes(Rows):
    """Darker is a larger share of the layer's elements; the strip below is those that are exactly 0."""

    def __init__(self) -> None:
        self._column, self._symbol = 0.0, ""
        self._bins: tuple[int, int] | None = None
        self._columns: Columns | None = None
        super().__init__("Histograms over the updates, by layer")
        self._image = _Image()
        self._image.setZValue(-2)
        self.add(self._image)
        self._marks = self.curve("muted", (1.5, 3), z=2)
        self._cursor = self.curve("accent", z=3)
        self.set_tickers(whole_ticks, no_ticks)
        self.forget_range()
        self.show_palette(self.palette_now, True)

    def forget_range(self) -> None:
        """Find the ranges anew with the next drawing."""
        self._end, self._bins = UpperBound(FIRST_BOUND), None

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_image"):  # the base class dresses itself before there are any
            self._colors = colors(palette)
            self._gap = 0xFF000000 | int(palette.grid[1:], 16)
            self.arrange()
            self._paint()

    def arrange(self) -> None:
        """Give names the room they need, at most a third of the width."""
        names = [self.width_of(layer.id) for layer in self.layers]
        self._column = min(max([*names, self.width_of("10⁻⁹…1,000"), 0.0]) + 12, self.width() / 3)
        self.set_margins(left=round(self._column), top=round(self.line + 4), right=round(self.width_of("000")))
        self.place_notes()

    def draw(self, layers: Layers, columns: Columns, symbol: str, markers: Sequence[Marker]) -> None:
        """Draw what was found so far."""
        ids = [layer.id for layer in self.layers]
        self.layers, self._columns, self._symbol = layers, columns, symbol
        if ids != [layer.id for layer in layers]:
            self.arrange()
        end = self._end.follow(float(columns.steps[-1] + 1))
        self.draw_floors(0.0, end)
        self._paint()
        at = [marker.step for marker in markers if marker.step]
        self._marks.setData(np.repeat(np.array([*at, np.nan]), 3), np.tile([0.0, len(layers), np.nan], len(at) + 1))
        self.place_notes()

    def show_cursor(self, step: float) -> None:
        """Draw a line at the update that is shown, when that is not the newest; NaN for none."""
        self._cursor.setData(np.array([step, step]), np.array([0.0, len(self.layers)]))

    def _paint(self) -> None:
        columns = self._columns
        if columns is None or not len(columns) or not self.layers:
            return
        end = self._end.value
        values = columns.values
        self._bins = low, high = decades(values, self._bins)
        which = columns.at((np.arange(WIDTH) + 0.5) / WIDTH * end)
        known = np.flatnonzero(which >= 0)[-1] + 1 if (which >= 0).any() else 1  # beyond is the future
        rect = QRectF(0, 0, end * known / WIDTH, len(self.layers))
        self._image.show(self._pixels(values, which[:known], low, high), rect)

    def _pixels(self, values: Array, which: IntArray, low: int, high: int) -> Array:
        """Return the picture, the first layer on top."""
        found = values[np.maximum(which, 0)]  # (…, layers, ROWS)
        bins = np.repeat(found[:, :, 2 + low : 2 + high][:, :, ::-1], FINE, axis=2)
        # a bin that a third of the elements fill is as dark as one of zeros that all do
        level = np.sqrt(np.minimum(3 * bins, 1.0))
        zeros = np.repeat(np.sqrt(found[:, :, :1]), ZEROS, axis=2)
        pixels = self._colors[(255 * np.concatenate([level, zeros], axis=2)).astype(int)]
        pixels[which < 0] = self._gap
        blank = np.full((*pixels.shape[:2], GAP), self._colors[0], np.uint32)
        cut = level.shape[2]
        whole = np.concatenate([blank, pixels[:, :, :cut], blank, pixels[:, :, cut:]], axis=2)
        return np.ascontiguousarray(whole.reshape(len(which), -1).T)

    @property
    def ends(self) -> str:
        """The lowest and the highest magnitude that is shown."""
        if self._bins is None:
            return ""
        low, high = (power_of_ten(LOWEST + own // PER_DECADE, 2) for own in self._bins)
        return f"{low}…{high}"

    def write_notes(self) -> None:
        if not self.layers:
            return
        area = self.area()
        texts = (f"|{self._symbol}| from {self.ends.replace('…', ' to ')} in each row, log; strip below: exactly 0",
                 f"|{self._symbol}|, {self.ends}, log; below: exactly 0", f"|{self._symbol}|, {self.ends}",
                 f"|{self._symbol}|, log")  # fmt: skip
        self.put(self.fitting(texts, area.width(), texts[-1]), "muted", area.left(), 0)
        self.write_names(self._column - 8, lambda layer: self.ends)
        unit, line = "updates", self.line
        if area.height() >= 6 * line:
            self.put(unit, "muted", area.right() - 4, area.bottom() - line, right=True)

    def share_at(self, x: float, y: float) -> tuple[int, float, float] | None:
        """Return the step that is shown at a place, and of its layer the shares of exact zeros and in the bin there."""
        row, columns = len(self.layers) - 1 - math.floor(y), self._columns
        if columns is None or not len(columns) or not 0 <= row < len(self.layers) or self._bins is None:
            return None
        if (which := int(columns.at(np.array([x]))[0])) < 0:
            return None
        found = columns.values[which, row]
        low, high = self._bins
        rows = ZEROS + 2 * GAP + FINE * (high - low)
        bin = low + math.floor(((y - math.floor(y)) * rows - ZEROS - GAP) / FINE)
        inside = low <= bin < high
        assert len(found) == ROWS
        return int(columns.steps[which]), float(found[0]), float(found[2 + bin]) if inside else math.nan
