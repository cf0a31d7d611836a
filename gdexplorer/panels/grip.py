"""The hand on the landscape: it drags the point, or pans the ground beneath it."""

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal

from gdexplorer.panels.guard import guarded
from gdexplorer.panels.landmap import LandMap
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.zoom import Zoom
from gdexplorer.probes.landscape import LandscapeReport

GRAB = 16  # px around the point from where it can be dragged
PATIENCE = 3  # frames for which a dropped point waits for the run to follow


class Grip(QObject):
    """Draws the point where the hand is, and after it was dropped until the run follows."""

    dropped = Signal(QPointF)  # where to, in the plane

    def __init__(self, stage: Stage, map: LandMap, zoom: Zoom, parent: QObject) -> None:
        super().__init__(parent)
        self._plot, self._reader, self._map, self._zoom = stage.plot, stage.reader, map, zoom
        self._report: LandscapeReport | None = None
        self.held: QPointF | None = None  # where the point is drawn in place of where it is
        self.dragging, self._patience = False, 0
        self._panned: QPointF | None = None  # what of the ground the mouse holds
        self._plot.hovered.connect(self._on_hovered)
        self._plot.drag_began.connect(self._on_drag_began)
        self._plot.dragged.connect(self._on_dragged)
        self._plot.dropped.connect(self._on_dropped)

    @property
    def panning(self) -> bool:
        """Whether the mouse holds the ground."""
        return self._panned is not None

    def _near(self, place: QPointF) -> bool:
        dot = self._map.tracks.point
        away = self._plot.pixel(place.x(), place.y()) - self._plot.pixel(dot.x(), dot.y())
        return self._report is not None and away.manhattanLength() <= GRAB * self._plot.palette_now.body / 10

    @guarded
    def _on_hovered(self, place: QPointF) -> None:
        self._map.cursor(self._near(place))

    @guarded
    def _on_drag_began(self, place: QPointF) -> None:
        if self._report is None:
            return
        self._plot.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._near(place):
            self.dragging = True
            self._map.tracks.left.setPos(*self._report.path[-1])
            self._map.tracks.left.show()
        else:
            self._panned = place

    @guarded
    def _on_dragged(self, place: QPointF) -> None:
        if self.dragging:
            self.held = self._inside(place)
            self._map.tracks.point.setPos(self.held)
            self._reader.say(self._map.read(self.held.x(), self.held.y()), self.held)
        elif self._panned is not None:
            self._zoom.pan(self._panned - place)

    @guarded
    def _on_dropped(self, place: QPointF) -> None:
        self._panned = None
        if self.dragging:
            self.dragging, self._patience = False, PATIENCE
            self.held = self._inside(place)
            self._map.tracks.left.hide()
            self._reader.say("")
            self.dropped.emit(self.held)
        self._map.cursor(self._near(place))

    def _inside(self, place: QPointF) -> QPointF:
        x0, x1, y0, y1 = self._plot.view()
        return QPointF(min(max(place.x(), x0), x1), min(max(place.y(), y0), y1))

    def follow(self, report: LandscapeReport) -> None:
        """Draw the point where the run is, unless it is held."""
        before, self._report = self._report, report
        if self.held is not None and not self.dragging:
            self._patience -= 1
            if before is None or not np.array_equal(before.theta, report.theta) or not self._patience:
                self.held = None
        if self.held is None:
            self._map.tracks.point.setPos(*report.path[-1])

    def let_go(self, forget: bool = False) -> None:
        """Hold nothing any longer; the same coordinates are another place now, or there is no surface at all."""
        self.held, self.dragging = None, False
        self._report = None if forget else self._report
        self._map.tracks.left.hide()
        self._reader.say("")
