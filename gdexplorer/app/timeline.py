"""The thin axis beside the transport buttons: what moment is shown, how far the run is, where something was changed."""

from collections.abc import Sequence
from math import floor, log10

from PySide6.QtCore import QEvent, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette, mix
from gdexplorer.panels.text import tooltip

_REACH = 6  # px around a marker within which its label is shown, and a click goes there
_KEYS = frozenset(
    {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
     Qt.Key.Key_Home, Qt.Key.Key_End}
)  # fmt: skip


def nice(value: float) -> int:
    """Return the smallest of 1, 2, 5 × 10^k (and at least 10) that is not below ``value``."""
    if value <= 10:
        return 10
    power = 10 ** floor(log10(value))
    return next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= value)


class Timeline(QAbstractSlider):
    """Scrubs through the record of the run, which goes up to `head`: by the mouse, and by keys if it has the focus.

    Its value is where the handle is: at `step`, the update that is shown, or at one that was asked for by a signal and
    is on the way. What it shows comes by `show_progress`.
    """

    travel_requested = Signal(int)  # to the update
    live_requested = Signal()  # back to the present

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = self.head = 0
        self.past = False
        self._grip = 0.0  # px from the handle to the mouse that holds it
        self._markers: tuple[tuple[int, str], ...] = ()
        self._pause_at: int | None = None
        self._palette = LIGHT
        self.setRange(0, 0)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # clicked, it leaves the keys to the run
        self.setAccessibleName("Update that is shown")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.valueChanged.connect(self._on_value_changed)

    @property
    def extent(self) -> int:
        """The update at the right end of the axis."""
        if self._pause_at is not None and self.head <= self._pause_at:
            return max(self._pause_at, 1)
        return nice(self.head * 1.02)

    def show_progress(
        self,
        step: int,
        markers: Sequence[tuple[int, str]],
        pause_at: int | None,
        head: int | None = None,
        *,
        past: bool = False,
        arriving: bool = False,
    ) -> None:
        """Show the run.

        Parameters
        ----------
        step
            The update that is shown.
        markers
            Changes as (update, label).
        pause_at
            Where the run pauses by itself.
        head
            The last update of the record; `step` if not given.
        past
            Whether an earlier moment than the present is shown.
        arriving
            Whether `step` is only on the way to the update that was asked for.
        """
        head = step if head is None else head
        told = (step, head, past, tuple(markers), pause_at)
        if told != (self.step, self.head, self.past, self._markers, self._pause_at):
            if told[2:] != (self.past, self._markers, self._pause_at):
                self._describe(told[3], pause_at, past)
            self.step, self.head, self.past, self._markers, self._pause_at = told
            self.update()
        with QSignalBlocker(self):
            self.setRange(0, head)
            self.setPageStep(max(head // 10, 1))
            if not (arriving or self.isSliderDown()):
                self.setValue(step)

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

    def step_at(self, x: float) -> int:
        """Return the update at the pixel column ``x``, of those of the record."""
        axis = self._axis()
        return min(max(round((x - axis.left()) / axis.width() * self.extent), 0), self.head)

    def _describe(self, markers: tuple[tuple[int, str], ...], pause_at: int | None, past: bool) -> None:
        changes = "; ".join(f"{text} at update {at:,}" for at, text in markers[-5:]) or "none"
        pauses = "" if pause_at is None else f" Pauses at update {pause_at:,}."
        where = "In the past. " if past else ""
        self.setAccessibleDescription(f"{where}Latest changes: {changes}.{pauses}")

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(min(self._palette.small, self._palette.body))
        return font

    @property
    def _radius(self) -> int:
        return max(round(0.55 * self._palette.body), 5)

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
        return QSize(320, 2 * height + 12)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which the axis can be read."""
        return QSize(QFontMetrics(self._small()).horizontalAdvance("update 0,000,000") + 100, self.sizeHint().height())

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Take the keys of a slider before they are anything else's; tell what is under the mouse when it rests."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            x = event.pos().x()
            beyond = x > self._x(self.head) + _REACH
            here = f"{self.head:,} of {self.extent:,} updates" if beyond else f"update {self.step_at(x):,}"
            QToolTip.showText(event.globalPos(), tooltip(self.marker_at(x) or here), self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.setAccepted(event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier))
            return True
        return super().event(event)

    @guarded
    def _on_value_changed(self, step: int) -> None:
        self.update()
        self.live_requested.emit() if step == self.head else self.travel_requested.emit(step)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go back to the present by End, also from its last update in the past, where a run diverged."""
        if event.key() == Qt.Key.Key_End and self.value() == self.head:
            self.live_requested.emit()
        else:
            super().keyPressEvent(event)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel alone: nobody leaves the present by a turn of it."""
        event.ignore()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle, or go to the place or the marker under the mouse."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self.setSliderDown(True)
        self._grip = x - self._x(self.value())
        if abs(self._grip) > self._radius:
            self._grip = 0.0
            near = [at for at, _ in self._markers if abs(self._x(at) - x) <= _REACH]
            self.setValue(min(near, key=lambda at: abs(self._x(at) - x)) if near else self.step_at(x))

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go where the handle is drawn to."""
        if self.isSliderDown():
            self.setValue(self.step_at(event.position().x() - self._grip))

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the handle."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

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
        for step, share in ((self.head, 0.45), (self.value(), 1.0)):
            part = QRectF(axis.left(), axis.top(), self._x(step) - axis.left(), axis.height())
            painter.setBrush(QColor(mix(colors.panel, colors.accent, share)))
            painter.drawRoundedRect(part, 2, 2)
        self._paint_handle(painter, axis)
        self._paint_markers(painter, axis)
        self._paint_numbers(painter, axis)

    def _paint_handle(self, painter: QPainter, axis: QRectF) -> None:
        """Draw the handle: full in the present, a ring in the past, with a rim of text color if it has the focus."""
        colors, middle = self._palette, QPointF(self._x(self.value()), axis.center().y())
        rim = 2.0 if colors.body < 18 else 3.0
        painter.setPen(QPen(QColor(colors.text if self.hasFocus() else colors.panel), rim))
        painter.setBrush(QColor(colors.accent))
        painter.drawEllipse(middle, self._radius, self._radius)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.past:
            painter.setBrush(QColor(colors.panel))
            painter.drawEllipse(middle, 0.5 * self._radius, 0.5 * self._radius)

    def _paint_markers(self, painter: QPainter, axis: QRectF) -> None:
        size = min(max(self._palette.body / 10, 0.8), 1.6)
        tip = axis.top() - 1
        colors = self._palette
        for at, _ in self._markers:
            painter.setBrush(QColor(colors.text if at <= self.value() else mix(colors.panel, colors.text, 0.5)))
            x = self._x(at)
            corners = [(x, tip), (x - 4.5 * size, tip - 7 * size), (x + 4.5 * size, tip - 7 * size)]
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        if self._pause_at is not None:
            painter.setBrush(QColor(colors.text))
            x = self._x(self._pause_at)
            for left in (x - 4 * size, x + size):
                painter.drawRect(QRectF(left, axis.top() - 4 * size, 3 * size, axis.height() + 8 * size))

    def _paint_numbers(self, painter: QPainter, axis: QRectF) -> None:
        painter.setPen(QColor(self._palette.muted))
        metrics = painter.fontMetrics()
        top = axis.center().y() + self._radius + 1
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
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, f"update {self.value():,}")
