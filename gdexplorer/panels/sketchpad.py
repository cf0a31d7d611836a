"""An image and the answer to it, on which one can draw: a soft pen, an eraser, the mouse or the keys."""

from math import ceil, hypot

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from gdexplorer.arrays import Array, frozen
from gdexplorer.panels.answer import Answer
from gdexplorer.panels.guard import guarded

PEN = 0.8  # pixels of the image, the radius
SPACING = 0.25  # pixels of the image between two dabs of one stroke
MOVES = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
PAINTS, ERASES = (Qt.Key.Key_Space,), (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


def dabbed(values: Array, row: float, column: float, erase: bool = False) -> Array:
    """Return an image (height, width) from 0 to 1 with a dab around a place; pixel (0, 0) reaches from 0 to 1.

    Ink is as dark as the pen covers a pixel, or as it was.
    """
    rows, columns = (np.arange(size) + 0.5 for size in values.shape)
    away = np.hypot(rows[:, None] - row, columns[None, :] - column)
    cover = np.clip(PEN + 0.5 - away, 0, 1)
    return frozen(np.minimum(values, 1 - cover) if erase else np.maximum(values, cover))


class Sketchpad(Answer):
    """While `drawing`, strokes of the mouse and the arrow keys with Space change the image."""

    drawn = Signal(object)  # the image (height, width)
    largest, share = 400, 0.5

    def __init__(self) -> None:
        super().__init__()
        self.drawing = self.erasing = False
        self._sheet: Array = np.zeros((0, 0))
        self._cursor = (0, 0)  # row and column, for the keys
        self._last: tuple[float, float] | None = None  # of the stroke under way

    # ---- the sheet ----------------------------------------------------------------------

    @property
    def sheet(self) -> Array:
        """The image that is drawn on."""
        return self._sheet

    def begin(self, values: Array) -> None:
        """Draw on a copy of these from 0 to 1 (height, width)."""
        self.drawing, self._sheet, self._values = True, frozen(values), values
        self._cursor = values.shape[0] // 2, values.shape[1] // 2
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Sheet to draw on")
        self.setAccessibleDescription("Arrow keys move the pen, Space paints, Backspace erases.")
        self.update()

    def end(self) -> None:
        """Put the pen away."""
        self.drawing, self._last = False, None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Example and answer")
        self.setAccessibleDescription("")
        self.unsetCursor()
        self.update()

    def clear(self) -> None:
        """Take an empty sheet."""
        self._take(frozen(np.zeros_like(self._sheet)))

    def _take(self, values: Array) -> None:
        self._sheet = self._values = values
        self.update()
        self.drawn.emit(values)

    def show_answer(self, values: Array, labels: tuple[str, ...], shares: Array | None, true: int) -> None:
        """Show the answer; of the image, one that is drawn on is ahead."""
        super().show_answer(self._sheet if self.drawing else values, labels, shares, true)

    # ---- the mouse ----------------------------------------------------------------------

    def _place(self, position: QPointF) -> tuple[float, float]:
        """Return row and column, in pixels of the image, of a place of the widget."""
        rect, (rows, columns) = self.picture(), self._sheet.shape
        return (position.y() - rect.top()) / rect.height() * rows, (position.x() - rect.left()) / rect.width() * columns

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        buttons = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
        if not self.drawing or event.button() not in buttons or not self.picture().contains(event.position()):
            event.ignore()
            return
        self._last = self._place(event.position())
        self._stroke(self._last, event.button() == Qt.MouseButton.RightButton)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            self._stroke(self._place(event.position()), bool(event.buttons() & Qt.MouseButton.RightButton))

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def _stroke(self, end: tuple[float, float], away: bool) -> None:
        """Draw from where the pen was."""
        start = self._last or end
        values = self._sheet
        dabs = max(ceil(hypot(end[0] - start[0], end[1] - start[1]) / SPACING), 1)
        for share in np.arange(1, dabs + 1) / dabs:
            row, column = (a + (b - a) * share for a, b in zip(start, end, strict=True))
            values = dabbed(values, row, column, away or self.erasing)
        self._last, self._cursor = end, self._within(int(end[0]), int(end[1]))
        self._take(values)

    def _within(self, row: int, column: int) -> tuple[int, int]:
        rows, columns = self._sheet.shape
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    # ---- the keys -----------------------------------------------------------------------

    def _wants(self, event: QEvent) -> bool:
        if not (self.drawing and isinstance(event, QKeyEvent)):
            return False
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return not held and event.key() in (*MOVES, *PAINTS, *ERASES)

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts from taking the keys."""
        if event.type() == QEvent.Type.ShortcutOverride and self._wants(event):
            event.accept()
            return True
        return bool(super().event(event))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._wants(event):
            event.ignore()
            return
        key, (row, column) = Qt.Key(event.key()), self._cursor
        if key in MOVES:
            self._cursor = self._within(row + MOVES[key][0], column + MOVES[key][1])
            self.update()
        else:
            self._take(dabbed(self._sheet, row + 0.5, column + 0.5, key in ERASES or self.erasing))

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # ---- what is drawn ------------------------------------------------------------------

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.drawing:
            return
        painter, rect = QPainter(self), self.picture()
        painter.setPen(QPen(QColor(self._palette.accent), 2))
        painter.drawRect(rect.adjusted(1, 1, -1, -1))
        if self.hasFocus():  # where the keys paint
            (row, column), unit = self._cursor, rect.height() / len(self._sheet)
            place = QRectF(rect.left() + column * unit, rect.top() + row * unit, unit, unit)
            painter.setPen(QPen(QColor(self._palette.panel), 3))
            painter.drawRect(place)
            painter.setPen(QPen(QColor(self._palette.accent), 1.5))
            painter.drawRect(place)
        painter.end()
