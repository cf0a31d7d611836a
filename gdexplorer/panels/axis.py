"""The axis of plots: few ticks, few digits."""

from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from gdexplorer.panels.guard import guarded
from gdexplorer.panels.ticks import linear_ticks

GAP = 6.0  # px between labels
Ticker = Callable[[float, float, int], list[tuple[float, str]]]  # low, high, most -> positions with labels


class Axis(pg.AxisItem):
    """An axis with few ticks and few digits; logarithmic ones are given log10 values."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.ticker: Ticker = linear_ticks
        self.metrics = QFontMetricsF(QFont())
        self._labels: dict[float, str] = {}
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, autoExpandTextSpace=False, autoReduceTextSpace=False, tickAlpha=255,
                      hideOverlappingLabels=False)  # fmt: skip

    def boundingRect(self) -> QRectF:
        """Include what labels at the ends need: pyqtgraph forgets it, and drops them, where there is a grid."""
        overhang = 60 if self.orientation in ("top", "bottom") else 0
        return QRectF(super().boundingRect()).adjusted(-overhang, -12, overhang, 12)

    @guarded
    def paint(self, *arguments: Any) -> None:
        super().paint(*arguments)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return one level of ticks, as many as have room."""
        wide = self.orientation in ("top", "bottom")
        room = 5 * self.metrics.horizontalAdvance("0") + 16 if wide else 2.4 * self.metrics.height()
        most = 1 if size < room else min(int(size / room) + 1, 7 if wide else 6)
        low, high = min(minVal, maxVal), max(minVal, maxVal)
        ticks = self.ticker(low, high, most)
        while wide and most > 1 and self._collide(ticks, size / ((high - low) or 1)):
            most -= 1
            ticks = self.ticker(low, high, most)
        self._labels = dict(ticks)
        return [(1.0, list(self._labels))]

    def _collide(self, ticks: list[tuple[float, str]], scale: float) -> bool:
        """Whether labels side by side touch; `scale` is in px."""
        widths = [self.metrics.horizontalAdvance(text) for _, text in ticks]
        return any((one + other) / 2 + GAP > scale * (after - before) for (before, _), (after, _), one, other
                   in zip(ticks, ticks[1:], widths, widths[1:], strict=False))  # fmt: skip

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the labels that `tickValues` found."""
        return [self._labels[value] for value in values]
