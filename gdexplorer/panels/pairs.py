"""Inputs above what is given back of them: images, or curves of both in one picture where they are none."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from gdexplorer.arrays import Array
from gdexplorer.data import Data
from gdexplorer.panels.answer import grays
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import DASHED, LIGHT, Palette, mix
from gdexplorer.panels.stepping import Stepping
from gdexplorer.panels.thumbnails import pictures
from gdexplorer.panels.tiles import pixel

GAP = 6  # px
SMALLEST, LARGEST = 20, 112  # px, the side of a picture
ENOUGH = 56  # px at a body text of 10 pt: where pictures are as large, more of them are better than larger ones
WIDE = 1.6  # width over height of a curve
ROWS = ("in", "out")


@dataclass(frozen=True, eq=False, slots=True)
class Pair:
    """An input (d,), if there is one, what is made of it (d,), and words below."""

    given: Array | None
    made: Array
    words: str


@dataclass(frozen=True, slots=True)
class _Places:
    """Where pairs stand: the first one's left, a picture's size, the way to the next pair and the next band."""

    left: float
    size: QSizeF
    pitch: QSizeF
    columns: int
    bands: int


class Pairs(Stepping):
    """As many pairs as have room, in bands one below the other where it is high."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._palette: Palette = LIGHT
        self._data: Data | None = None
        self._pairs: tuple[Pair, ...] = ()
        self._pictures: list[list[QImage]] = []  # of each pair, if they are images
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    def show_pairs(self, data: Data, pairs: tuple[Pair, ...]) -> None:
        """Draw the first of these, as many as have room."""
        self._data, self._pairs = data, pairs
        self._make()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.setFont(small_font(palette))
        self._make()

    def _make(self) -> None:
        """Turn pairs to images, once: they are painted often."""
        self._pictures = []
        if self._data is not None and self._images and self._pairs:
            rows = [x for pair in self._pairs for x in (pair.given, pair.made) if x is not None]
            values = pictures(self._data, np.array(rows))
            assert values is not None
            images = grays(values, self._palette)
            self._pictures = [images[k : k + self._rows] for k in range(0, len(images), self._rows)]
        self.update()

    # ---- where things are -----------------------------------------------------------

    @property
    def _images(self) -> bool:
        return self._data is not None and len(self._data.shape) == 3

    @property
    def _rows(self) -> int:
        """One where input and output share a picture, or there is no input."""
        return 2 if self._images and any(pair.given is not None for pair in self._pairs) else 1

    @property
    def _line(self) -> float:
        return QFontMetricsF(small_font(self._palette)).height()

    def fitting(self, height: float) -> int:
        """Return how much of a height is needed."""
        bands, side = self._bands(height)
        return round(bands * self._pitch(side))

    def _pitch(self, side: float) -> float:
        """Return the height of a band: input, output, words."""
        return self._rows * (side + GAP) + self._line + GAP / 2

    def _bands(self, height: float) -> tuple[int, float]:
        """Return how many bands there are, as long as pictures are large enough, and the height of a picture."""
        alone = len(self._pairs) == 1
        least = ENOUGH * self._palette.body / 10
        bands = 1 if alone else max(int((height + GAP) // self._pitch(least)), 1)
        side = (height / bands - self._pitch(0)) / self._rows
        if not self._images:
            side = min(side, self.width() / WIDE)
        elif alone:
            side = min(side, self.width() - 1)
        side = max(min(side, LARGEST * (1 + alone)), SMALLEST)
        if self._images and self._data is not None:
            side = pixel(side, self._data.shape[1]) * self._data.shape[1]
        return bands, side

    def _places(self) -> _Places:
        metrics = QFontMetricsF(small_font(self._palette))
        bands, side = self._bands(self.height())
        ratio = self._data.shape[2] / self._data.shape[1] if self._images and self._data is not None else WIDE
        left = max(map(metrics.horizontalAdvance, ROWS)) + GAP if self._rows == 2 else 0.0
        words = max((metrics.horizontalAdvance(pair.words) for pair in self._pairs), default=0.0)
        pitch = max(ratio * side, words) + GAP
        columns = max(int((self.width() - left + GAP) // pitch), 1)
        return _Places(left, QSizeF(ratio * side, side), QSizeF(pitch, self._pitch(side)), columns, bands)

    @property
    def room(self) -> int:
        """How many pairs have room."""
        at = self._places()
        return at.columns * at.bands

    def rect_of(self, index: int, row: int) -> QRectF:
        """Return where a picture is: of which pair, and 0 for the input, 1 for what is given back."""
        return self._rect(self._places(), index, row)

    def _rect(self, at: _Places, index: int, row: int) -> QRectF:
        band, column = divmod(index, at.columns)
        top = band * at.pitch.height() + row * (at.size.height() + GAP)
        return QRectF(QPointF(at.left + column * at.pitch.width(), top), at.size)

    # ---- what is drawn --------------------------------------------------------------

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._data is None or not self._pairs:
            return
        painter = QPainter(self)
        painter.setFont(small_font(self._palette))
        flags, muted = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, QColor(self._palette.muted)
        at, edge = self._places(), QColor(mix(self._palette.grid, self._palette.text, 0.2))
        for index, pair in enumerate(self._pairs[: at.columns * at.bands]):
            rects = [self._rect(at, index, row) for row in range(self._rows)]
            if self._images:
                painter.setPen(edge)
                for rect, image in zip(rects, self._pictures[index], strict=True):
                    painter.drawImage(rect, image)
                    painter.drawRect(rect.adjusted(0, 0, -1, -1))
            else:
                self._paint_curves(painter, rects[0], pair)
            painter.setPen(muted)
            below = QRectF(rects[-1].bottomLeft() + QPointF(0, 2), QSizeF(at.pitch.width(), self._line))
            painter.drawText(below, flags, pair.words)
            if self._rows == 2 and index % at.columns == 0:
                for rect, name in zip(rects, ROWS, strict=True):
                    painter.drawText(QRectF(0, rect.top(), at.left, rect.height()), flags, name)
        painter.end()

    def _paint_curves(self, painter: QPainter, rect: QRectF, pair: Pair) -> None:
        """Draw the input solid and what is made of it dashed, each feature of a sequence on its own."""
        assert self._data is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(mix(self._palette.grid, self._palette.text, 0.2)))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.save()
        painter.setClipRect(rect)
        low, high = (
            float(ends) for ends in (min(d[0] for d in self._data.domain), max(d[1] for d in self._data.domain))
        )
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
