"""What is on the screen while the program loads: a window in its place and its color, with its name in the middle."""

from PySide6.QtCore import QByteArray, QEventLoop, QSettings, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gdexplorer.app import theme
from gdexplorer.app.guard import guarded
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import PALETTES

SIZE = (1280, 720)  # of a window that was never opened before
SIDE = 64  # px of the icon
PATIENCE_MS = 300


class Opening(QWidget):
    """Stands in for the window; imports nothing that takes time."""

    def __init__(self, kept: QSettings) -> None:
        super().__init__()
        self.setWindowTitle("gdexplorer")
        self._palette = PALETTES.get(str(kept.value("window/theme")), PALETTES["light"])
        self.resize(*SIZE)
        geometry = kept.value("window/geometry")
        self._new = not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry))
        self._icon = icon("gdexplorer", self._palette.accent, SIDE).pixmap(SIDE, SIDE)
        self._painted = QEventLoop()

    def appear(self) -> None:
        """Show it, and return as soon as it is painted."""
        self.show()
        QTimer.singleShot(PATIENCE_MS, self._painted.quit)  # a screen that is off paints nothing
        self._painted.exec()

    def give_way(self, window: QWidget) -> None:
        """Show the window in its own place, and go."""
        if self._new:
            window.setGeometry(self.geometry())
        window.show()
        QTimer.singleShot(0, self.deleteLater)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon and the name."""
        painter, area = QPainter(self), self.rect()
        painter.fillRect(area, QColor(self._palette.window))
        painter.drawPixmap(area.center().x() - SIDE // 2, area.center().y() - SIDE, self._icon)
        painter.setPen(QColor(self._palette.muted))
        painter.setFont(theme.body_font(self._palette))
        below = area.adjusted(0, area.height() // 2 + 12, 0, 0)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, "gdexplorer")
        painter.end()
        QTimer.singleShot(0, self._painted.quit)  # once the picture is on the screen
