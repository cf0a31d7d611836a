"""A plot that reports what the mouse does in data coordinates, and hands nothing on to pyqtgraph."""

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from gdexplorer.panels.guard import guarded
from gdexplorer.panels.plot import Plot

KEYS = frozenset({Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_Underscore, Qt.Key.Key_Home})


class PointedPlot(Plot):
    """Its window is fixed: neither drag nor wheel moves it, but whoever listens may if it is `navigable`."""

    navigable = False  # whether wheel, double click and the keys of zooming are told
    sketching = False  # whether buttons draw, instead of clicking and dragging
    hovered = Signal(QPointF)
    left_alone = Signal()  # the mouse went elsewhere
    clicked = Signal(QPointF)
    drag_began = Signal(QPointF)  # where the button went down
    dragged = Signal(QPointF)
    dropped = Signal(QPointF)
    wheeled = Signal(QPointF, float)  # notches, away from the user
    double_clicked = Signal(QPointF)
    keyed = Signal(Qt.Key)  # one of `KEYS`
    sketched = Signal(QPointF, bool)  # where a button went down, and whether it takes away: right, or with Shift
    stroked = Signal(QPointF)  # where the drawing button is moved to
    lifted = Signal()  # it came up

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, mouse=False, grid=False)
        self.setParent(parent)
        self._down: QPointF | None = None  # in pixels
        self._dragging = self._stroke = False
        self.setMouseTracking(True)

    def data_at(self, position: QPointF) -> QPointF:
        """Return the data coordinates of a place in the widget."""
        return QPointF(self.box.mapSceneToView(self.mapToScene(position.toPoint())))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        left, right = event.button() == Qt.MouseButton.LeftButton, event.button() == Qt.MouseButton.RightButton
        if self.sketching:
            if left or right:
                away = right or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self._stroke = not away
                self.sketched.emit(self.data_at(event.position()), away)
        elif left:
            self._down, self._dragging = event.position(), False

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = event.position()
        if self._stroke:
            self.stroked.emit(self.data_at(here))
        if self._down is not None and not self._dragging:
            if (here - self._down).manhattanLength() < QApplication.startDragDistance():
                return
            self._dragging = True
            self.drag_began.emit(self.data_at(self._down))
        (self.dragged if self._dragging else self.hovered).emit(self.data_at(here))

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._stroke and event.button() == Qt.MouseButton.LeftButton:
            self._stroke = False
            self.lifted.emit()
        if event.button() == Qt.MouseButton.LeftButton and self._down is not None:
            (self.dropped if self._dragging else self.clicked).emit(self.data_at(event.position()))
            self._down, self._dragging = None, False

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.navigable and event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit(self.data_at(event.position()))
        else:
            self.mousePressEvent(event)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.navigable and event.angleDelta().y():
            self.wheeled.emit(self.data_at(event.position()), event.angleDelta().y() / 120)
            event.accept()
        else:
            event.ignore()

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts from taking the keys of zooming while the plot has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._keyed(event):
            event.accept()
            return True
        return bool(super().event(event))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._keyed(event):
            self.keyed.emit(Qt.Key(event.key()))
        else:
            event.ignore()  # pyqtgraph would keep it

    def _keyed(self, event: QKeyEvent) -> bool:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier & ~Qt.KeyboardModifier.ShiftModifier
        return self.navigable and not held and event.key() in KEYS

    @guarded
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left_alone.emit()
