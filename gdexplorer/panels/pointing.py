"""A plot that reports what the mouse does in data coordinates, and hands nothing on to pyqtgraph."""

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from gdexplorer.panels.plot import Plot


class PointedPlot(Plot):
    """Its window is fixed: neither drag nor wheel moves it."""

    hovered = Signal(QPointF)
    left_alone = Signal()  # the mouse went elsewhere
    clicked = Signal(QPointF)
    drag_began = Signal(QPointF)  # where the button went down
    dragged = Signal(QPointF)
    dropped = Signal(QPointF)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, mouse=False, grid=False)
        self.setParent(parent)
        self._down: QPointF | None = None  # in pixels
        self._dragging = False
        self.setMouseTracking(True)

    def data_at(self, position: QPointF) -> QPointF:
        """Return the data coordinates of a place in the widget."""
        return QPointF(self.box.mapSceneToView(self.mapToScene(position.toPoint())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._down, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = event.position()
        if self._down is not None and not self._dragging:
            if (here - self._down).manhattanLength() < QApplication.startDragDistance():
                return
            self._dragging = True
            self.drag_began.emit(self.data_at(self._down))
        (self.dragged if self._dragging else self.hovered).emit(self.data_at(here))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._down is not None:
            (self.dropped if self._dragging else self.clicked).emit(self.data_at(event.position()))
            self._down, self._dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left_alone.emit()
