"""The thin axis beside the transport buttons: how far the run is, and where something was changed."""

from collections.abc import Sequence
from math import floor, log10

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette, mix
from gdexplorer.panels.text import tooltip

_REACH = 6  # px around a marker within which its label is shown


def nice(value: float) -> int:
    """Return the smallest of 1, 2, 5 × 10^k (and at least 10) that is not below ``value``."""
    if value <= 10:
        return 10
    power = 10 ** floor(log10(value))
    return next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= value)


class Timeline(QWidget):
    """Progress of the run in updates; it is read only, so it shows no handle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._step = 0
        self._markers: tuple[tuple[int, str], ...] = ()
        self._pause_at: int | None = None
        self._palette = LIGHT
        self.setAccessibleName("Progress of the run")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    @property
    def extent(self) -> int:
        """The update at the right end of the axis."""
        if self._pause_at is not None and self._step <= self._pause_at:
            return max(self._pause_at, 1)
        return nice(self._step * 1.02)

    def show_progress(self, step: int, markers: Sequence[tuple[int, str]], pause_at: int | None) -> None:
        """Show that ``step`` updates are done, the changes ``(step, label)``, and where the run pauses by itself."""
        told = (step, tuple(markers), pause_at)
        if told == (self._step, self._markers, self._pause_at):
            return
        if told[1:] != (self._markers, self._pause_at):
            self._describe(told[1], pause_at)
        self._step, self._markers, self._pause_at = told
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Draw in the colors and sizes of ``palette``."""
        self._palette = palette
        self.updateGeometry()
        self.update()

    def marker_at(self, x: float) -> str:
        """Return the labels of the markers near the pixel column ``x``, one a line; empty when there is none."""
        near = [(at, text) for at, text in self._markers if abs(self._x(at) - x) <= _REACH]
        lines = [f"update {at:,}: {text}" for at, text in near]
        if self._pause_at is not None and abs(self._x(self._pause_at) - x) <= _REACH:
            lines.append(f"update {self._pause_at:,}: the run pauses here")
        return "\n".join(lines)

    def _describe(self, markers: tuple[tuple[int, str], ...], pause_at: int | None) -> None:
        changes = "; ".join(f"{text} at update {at:,}" for at, text in markers[-5:]) or "none"
        pauses = "" if pause_at is None else f" Pauses at update {pause_at:,}."
        self.setAccessibleDescription(f"Latest changes: {changes}.{pauses}")

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(min(self._palette.small, self._palette.body))
        return font

    def _axis(self) -> QRectF:
        """Return the rectangle of the track; the number of updates stands right of it."""
        metrics = QFontMetrics(self._small())
        reserve = metrics.horizontalAdvance(f"update {self.extent:,}") + 12
        height = metrics.height()
        middle = (self.height() - height) / 2
        return QRectF(8, middle - 2, max(self.width() - reserve - 16, 20), 4)

    def _x(self, step: int) -> float:
        axis = self._axis()
        return axis.left() + axis.width() * min(step / self.extent, 1.0)

    def sizeHint(self) -> QSize:
        """Return room for the track, its markers and one line of numbers."""
        height = QFontMetrics(self._small()).height()
        return QSize(320, 2 * height + 10)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which the axis can be read."""
        return QSize(QFontMetrics(self._small()).horizontalAdvance("update 0,000,000") + 100, self.sizeHint().height())

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Show a marker's label when the mouse rests on it."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.marker_at(event.pos().x()) or f"{self._step:,} of {self.extent:,} updates"
            QToolTip.showText(event.globalPos(), tooltip(text), self)
            return True
        return super().event(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track, the part that is done, the ticks and the markers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._small())
        colors, axis = self._palette, self._axis()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(colors.panel, colors.text, 0.3 if colors.body >= 18 else 0.16)))
        painter.drawRoundedRect(axis, 2, 2)
        done = QRectF(axis.left(), axis.top(), self._x(self._step) - axis.left(), axis.height())
        painter.setBrush(QColor(colors.accent))
        painter.drawRoundedRect(done, 2, 2)
        self._paint_markers(painter, axis)
        self._paint_numbers(painter, axis)

    def _paint_markers(self, painter: QPainter, axis: QRectF) -> None:
        size = min(max(self._palette.body / 10, 0.8), 1.6)
        tip = axis.top() - 1
        painter.setBrush(QColor(self._palette.text))
        for at, _ in self._markers:
            x = self._x(at)
            corners = [(x, tip), (x - 4.5 * size, tip - 7 * size), (x + 4.5 * size, tip - 7 * size)]
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        if self._pause_at is not None:
            x = self._x(self._pause_at)
            for left in (x - 4 * size, x + size):
                painter.drawRect(QRectF(left, axis.top() - 4 * size, 3 * size, axis.height() + 8 * size))

    def _paint_numbers(self, painter: QPainter, axis: QRectF) -> None:
        painter.setPen(QColor(self._palette.muted))
        metrics = painter.fontMetrics()
        top = axis.bottom() + 3
        right = -1.0
        spacing = nice(self.extent / 5 + 1) if self.extent > 50 else 10
        for at in (*range(0, self.extent, spacing), self.extent):
            text = f"{at:,}"
            width = metrics.horizontalAdvance(text)
            left = min(max(self._x(at) - width / 2, 0.0), axis.right() + 8 - width)
            last = at == self.extent
            clear = last or left + width + 32 < axis.right() - metrics.horizontalAdvance(f"{self.extent:,}") / 2
            if left > right and clear:
                painter.drawText(QPointF(left, top + metrics.ascent()), text)
                right = left + width + 8
        painter.setPen(QColor(self._palette.text))
        box = QRectF(axis.right() + 14, 0, self.width() - axis.right() - 14, axis.center().y() * 2)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, f"update {self._step:,}")
