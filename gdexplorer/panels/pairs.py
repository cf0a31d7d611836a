"""Inputs above what is given back of them: images, or curves of both in one picture where they are none."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from gdexplorer.arrays import Array
from gdexplorer.data import Data
from gdexplorer.panels.answer import gray
from gdexplorer.panels.palette import DASHED, LIGHT, Palette, mix
from gdexplorer.panels.plot import small_font
from gdexplorer.panels.stepping import Stepping
from gdexplorer.panels.thumbnails import pictures
from gdexplorer.panels.tiles import pixel

GAP = 6  # px
SMALLEST, LARGEST = 20, 112  # px, the side of a picture
WIDE = 1.6  # width over height of a curve
ROWS = ("in", "out")


@dataclass(frozen=True, eq=False, slots=True)
class Pair:
    """An input (d,), if there is one, what is made of it (d,), and words below."""

    given: Array | None
    made: Array
    words: str


class Pairs(Stepping):
    """As many pairs side by side as have room."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._palette: Palette = LIGHT
        self._data: Data | None = None
        self._pairs: tuple[Pair, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    def show_pairs(self, data: Data, pairs: tuple[Pair, ...]) -> None:
        """Draw the first of these, as many as have room."""
        self._data, self._pairs = data, pairs
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.setFont(small_font(palette))
        self.update()

    # ---- where things are -----------------------------------------------------------

    @property
    def _images(self) -> bool:
        return self._data is not None and len(self._data.shape) == 3

    @property
    def _rows(self) -> int:
        """One where input and output share a picture, or there is no input."""
        return 2 if self._images and any(pair.given is not None for pair in self._pairs) else 1

    def fitting(self, height: float) -> int:
        """Return how much of a height is needed."""
        line = QFontMetricsF(small_font(self._palette)).height()
        return round(self._rows * (self._side(height) + GAP) + line)

    def _side(self, height: float | None = None) -> float:
        """Return the height of a picture, within this widget's if no other is given."""
        line = QFontMetricsF(small_font(self._palette)).height()
        room = ((self.height() if height is None else height) - line - GAP * self._rows) / self._rows
        if self._rows == 1 and not self._images:
            room = min(room, self.width() / WIDE)
        elif len(self._pairs) == 1:
            room = min(room, self.width() - 1)
        side = max(min(room, LARGEST * (1 + (len(self._pairs) == 1))), SMALLEST)
        if self._images and self._data is not None:
            side = pixel(side, self._data.shape[1]) * self._data.shape[1]
        return side

    def _across(self) -> float:
        side = self._side()
        if not self._images or self._data is None:
            return WIDE * side
        return side * self._data.shape[2] / self._data.shape[1]

    def _left(self) -> float:
        metrics = QFontMetricsF(small_font(self._palette))
        return max(map(metrics.horizontalAdvance, ROWS)) + GAP if self._rows == 2 else 0.0

    @property
    def room(self) -> int:
        """How many pairs have room side by side."""
        metrics = QFontMetricsF(small_font(self._palette))
        words = max((metrics.horizontalAdvance(pair.words) for pair in self._pairs[:1]), default=0.0)
        across = self._across() if len(self._pairs) == 1 else max(self._across(), words)
        return max(int((self.width() - self._left() + GAP) // (across + GAP)), 1)

    def rect_of(self, column: int, row: int) -> QRectF:
        """Return where a picture is."""
        metrics = QFontMetricsF(small_font(self._palette))
        words = metrics.horizontalAdvance(self._pairs[0].words) if len(self._pairs) > 1 else 0.0
        pitch = max(self._across(), words) + GAP
        return QRectF(self._left() + column * pitch, row * (self._side() + GAP), self._across(), self._side())

    # ---- what is drawn --------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._data is None or not self._pairs:
            return
        painter = QPainter(self)
        painter.setFont(small_font(self._palette))
        metrics = QFontMetricsF(painter.font())
        for column, pair in enumerate(self._pairs[: self.room]):
            if self._images:
                shown = [pair.given, pair.made] if self._rows == 2 else [pair.made]
                for row, values in enumerate(shown):
                    if values is not None:
                        self._paint_image(painter, self.rect_of(column, row), values)
            else:
                self._paint_curves(painter, self.rect_of(column, 0), pair)
            below = self.rect_of(column, self._rows - 1)
            painter.setPen(QColor(self._palette.muted))
            width = max(below.width(), self.width() - below.left() if len(self._pairs) == 1 else
                        metrics.horizontalAdvance(pair.words) + 1)  # fmt: skip
            text = metrics.elidedText(pair.words, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRectF(below.left(), below.bottom() + 2, width, metrics.height()),
                             Qt.AlignmentFlag.AlignLeft, text)  # fmt: skip
        for row in range(self._rows if self._rows == 2 else 0):
            painter.setPen(QColor(self._palette.muted))
            place = QRectF(0, self.rect_of(0, row).top(), self._left(), self._side())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, ROWS[row])
        painter.end()

    def _paint_image(self, painter: QPainter, rect: QRectF, values: Array) -> None:
        assert self._data is not None
        image = pictures(self._data, values[None])
        assert image is not None
        painter.drawImage(rect, gray(image[0], self._palette))
        painter.setPen(QColor(mix(self._palette.grid, self._palette.text, 0.2)))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _paint_curves(self, painter: QPainter, rect: QRectF, pair: Pair) -> None:
        """Draw the input solid and what is made of it dashed, each feature of a sequence on its own."""
        assert self._data is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(mix(self._palette.grid, self._palette.text, 0.2)))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.save()
        painter.setClipRect(rect)
        low, high = (float(ends) for ends in (min(d[0] for d in self._data.domain), max(d[1] for d in self._data.domain)))
        features = self._data.shape[1] if len(self._data.shape) == 2 else 1
        for values, color, dash in ((pair.given, self._palette.text, ()), (pair.made, self._palette.accent, DASHED)):
            if values is None or not np.isfinite(values).all():
                continue
            pen = QPen(QColor(color), 1.5)
            if dash:
                pen.setDashPattern(list(dash[:2]))
            painter.setPen(pen)
            for series in values.reshape(-1, features).T:
                across = rect.left() + 3 + np.arange(len(series)) / max(len(series) - 1, 1) * (rect.width() - 6)
                down = rect.bottom() - 3 - (series - low) / ((high - low) or 1) * (rect.height() - 6)
                points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
                painter.drawPolyline(QPolygonF(points)) if len(points) > 1 else painter.drawEllipse(points[0], 3, 3)
        painter.restore()
