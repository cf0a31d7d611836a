"""Zooming and panning a plot whose picture is evaluated anew for every window, when the user has come to rest."""

import math

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal

from gdexplorer.landscape.surface import Window
from gdexplorer.panels.pointing import PointedPlot

NOTCH = 1.25  # times less of the plane is seen, for each notch of the wheel and each key
REST_MS = 120
NARROWEST = 1e-7  # of the distance from the origin: less would not be resolved
WIDEST = 1e6


class Zoom(QObject):
    """Moves the plot's window at once, and asks for its evaluation a moment after the last move."""

    settled = Signal(object)  # the Window; None for what suits the path

    def __init__(self, plot: PointedPlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._home = False
        self.centered = False  # whether the window's middle stays where it is
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self._on_timeout)
        plot.navigable = True
        plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        plot.wheeled.connect(self._on_wheeled)
        plot.double_clicked.connect(self._on_double_clicked)
        plot.keyed.connect(self._on_keyed)

    @property
    def moving(self) -> bool:
        """Whether the user has not come to rest."""
        return self._timer.isActive()

    def scale(self, factor: float, about: QPointF | None = None) -> None:
        """See `factor` times as much; the place stays where it is."""
        x0, x1, y0, y1 = self._plot.view()
        if about is None or self.centered:
            about = QPointF((x0 + x1) / 2, (y0 + y1) / 2)
        x, y = about.x(), about.y()
        width, height = factor * (x1 - x0), factor * (y1 - y0)
        if min(width, height) > NARROWEST * math.hypot(x, y) and max(width, height) < WIDEST:
            self._show(x + factor * (x0 - x), x + factor * (x1 - x), y + factor * (y0 - y), y + factor * (y1 - y))

    def pan(self, by: QPointF) -> None:
        """Move the window."""
        if not self.centered:
            x0, x1, y0, y1 = self._plot.view()
            self._show(x0 + by.x(), x1 + by.x(), y0 + by.y(), y1 + by.y())

    def reset(self) -> None:
        """Ask for the window that suits the path."""
        self._home = True
        self._timer.start()

    def stop(self) -> None:
        """Forget what was not asked for yet."""
        self._timer.stop()

    def _show(self, x0: float, x1: float, y0: float, y1: float) -> None:
        self._home = False
        self._plot.set_view(x0, x1, y0, y1)
        self._timer.start()

    def _on_timeout(self) -> None:
        x0, x1, y0, y1 = self._plot.view()
        self.settled.emit(None if self._home else Window((x0, x1), (y0, y1)))

    def _on_wheeled(self, place: QPointF, notches: float) -> None:
        self.scale(NOTCH**-notches, place)

    def _on_double_clicked(self, place: QPointF) -> None:
        self.reset()

    def _on_keyed(self, key: Qt.Key) -> None:
        if key == Qt.Key.Key_Home:
            self.reset()
        else:
            self.scale(NOTCH if key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore) else 1 / NOTCH)
