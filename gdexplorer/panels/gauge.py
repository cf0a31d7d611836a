"""How near the sharpness is to the edge of stability: a number, a bar from 0 to 2, and a word."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gdexplorer.arrays import Array
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.ticks import number

NEAR = 0.9  # of the threshold, from where on it counts as near
MOST = 2.0  # end of the bar
ROWS = 8  # full-set losses that are compared with as many before them
LARGE = 1.5  # times the size of titles

Level = Literal["below", "near", "above", "rising"]
COLORS: dict[Level, str] = {"below": "accent", "near": "warning", "above": "warning", "rising": "danger"}
WORDS: dict[Level, str] = {
    "below": "below the edge of stability",
    "near": "at the edge of stability",
    "above": "above the local stability limit; the loss is not rising",
    "rising": "above the local stability limit, and the loss rises",
}
SHORT: dict[Level, str] = {"below": "below", "near": "at the edge", "above": "above", "rising": "loss rises"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the gauge shows: the quantity's name and value; without a level only that, and why."""

    name: str
    value: float
    level: Level | None
    words: str

    @property
    def text(self) -> str:
        """The large number."""
        return f"{self.name} = {number(self.value, padded=True)}"


def level_of(ratio: float, rises: bool) -> Level:
    """Return how to color sharpness over threshold; runs at the edge live at 1, so that alone is no alarm."""
    if ratio < NEAR:
        return "below"
    if ratio > 1 and rises:
        return "rising"
    return "near" if ratio <= 2 - NEAR else "above"


def rising(curves: tuple[Array, ...], since: int = 0) -> bool:
    """Whether the newest full-set training losses all lie above the mean of as many before them.

    `since` is the update at which the loss got its present meaning.
    """
    losses = np.zeros(0)
    for part in reversed(curves):
        losses = np.concatenate([part[part[:, 0] >= since, 1], losses])[-2 * ROWS :]
        if len(losses) == 2 * ROWS:
            break
    half = len(losses) // 2
    return half >= 2 and bool(losses[-half:].min() > losses[:half].mean())


class Gauge(QWidget):
    """The number large, the bar below it, an amber or red one where that is due."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = LIGHT
        self.reading: Reading | None = None
        self.setAccessibleName("Edge of stability")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.show_palette(LIGHT)

    def show_reading(self, reading: Reading) -> None:
        """Show this."""
        if reading != self.reading:
            self.reading = reading
            self.setAccessibleDescription(f"{reading.text}: {reading.words}")
            self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._large, self._small = QFont(small_font(palette)), small_font(palette)
        self._large.setPointSizeF(LARGE * palette.title)
        self._large.setWeight(QFont.Weight.DemiBold)
        self.updateGeometry()
        self.update()

    @property
    def color(self) -> str:
        """The field of the palette that colors number and bar."""
        return "text" if self.reading is None or self.reading.level is None else COLORS[self.reading.level]

    def sizeHint(self) -> QSize:
        large, small = QFontMetricsF(self._large).height(), QFontMetricsF(self._small).height()
        return QSize(200, round(large + 1.9 * small + 4))

    def bar(self) -> QRectF:
        """Return where the bar is."""
        small = QFontMetricsF(self._small)
        side, thick = small.horizontalAdvance("0") / 2 + 1, max(round(0.7 * small.height()), 6)
        return QRectF(side, self.height() - small.height() - 2 - thick, self.width() - 2 * side, thick)

    def place(self, value: float) -> float:
        """Return the pixel of a value on the bar, its nearer end for what lies beyond."""
        bar = self.bar()
        return bar.left() + min(max(value / MOST, 0.0), 1.0) * bar.width()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.reading is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._write(painter, self.reading)
        if self.reading.level is not None:
            self._draw_bar(painter, self.reading.value)
        painter.end()

    def _write(self, painter: QPainter, reading: Reading) -> None:
        """Write the number, and the words beside it; below it where there is no bar."""
        font, words = self._fitting(reading)
        large, small = QFontMetricsF(font), QFontMetricsF(self._small)
        base = QFontMetricsF(self._large).ascent()
        painter.setFont(font)
        painter.setPen(QColor(getattr(self._palette, "text" if self.color == "accent" else self.color)))
        painter.drawText(QPointF(0, base), reading.text)
        painter.setFont(self._small)
        painter.setPen(QColor(self._palette.muted if self.color in ("text", "accent") else self._color()))
        if reading.level is None:
            top = base + large.descent()
            below = QRectF(0, top, self.width(), self.height() - top)
            painter.drawText(below, Qt.TextFlag.TextWordWrap, words)
        else:
            left = large.horizontalAdvance(reading.text) + 2 * small.averageCharWidth()
            painter.drawText(QPointF(left, base), words)

    def _fitting(self, reading: Reading) -> tuple[QFont, str]:
        """Return the number's font and the words that fit beside it: fewer words first, then a smaller number."""
        if reading.level is None:
            return self._large, reading.words
        smaller, small = QFont(self._large), QFontMetricsF(self._small)
        smaller.setPointSizeF(self._palette.title)
        for font in (self._large, smaller):
            left = QFontMetricsF(font).horizontalAdvance(reading.text) + 2 * small.averageCharWidth()
            for words in (reading.words, SHORT[reading.level]):
                if left + small.horizontalAdvance(words) <= self.width():
                    return font, words
        return smaller, ""

    def _color(self) -> QColor:
        return QColor(getattr(self._palette, self.color))

    def _draw_bar(self, painter: QPainter, value: float) -> None:
        bar, small = self.bar(), QFontMetricsF(self._small)
        painter.fillRect(bar, QColor(self._palette.grid))
        painter.fillRect(QRectF(bar.topLeft(), QPointF(self.place(value), bar.bottom())), self._color())
        one = self.place(1.0)
        painter.setPen(QPen(QColor(self._palette.text), 2))
        painter.drawLine(QPointF(one, bar.top() - 3), QPointF(one, bar.bottom()))
        painter.setFont(self._small)
        for tick, text in ((0.0, "0"), (1.0, "1"), (MOST, "2" if value <= MOST else "> 2")):
            painter.setPen(QColor(self._palette.text if tick == 1 else self._palette.muted))
            width = small.horizontalAdvance(text)
            left = min(self.place(tick) - width / 2, self.width() - width)
            painter.drawText(QPointF(left, bar.bottom() + 2 + small.ascent()), text)
