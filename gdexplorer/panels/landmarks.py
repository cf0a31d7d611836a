"""Points of a landscape of which something is known beforehand, and what is near a place."""

import math

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from gdexplorer.objectives.objective import Landmark
from gdexplorer.panels.marks import Mark
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.plot import Plot

NEAR = 10.0  # px, within which a place is a landmark's

Placed = tuple[float, float, Landmark]


def star(radius: float) -> QPainterPath:
    """Return a five-pointed star around the origin."""
    corners = [
        QPointF(math.sin(k * math.pi / 5), -math.cos(k * math.pi / 5)) * (radius if k % 2 == 0 else 0.45 * radius)
        for k in range(10)
    ]
    return _closed(corners)


def saltire(radius: float) -> QPainterPath:
    """Return a diagonal cross around the origin."""
    path, reach = QPainterPath(), radius * math.sqrt(0.5)
    for sign in (-1, 1):
        path.moveTo(QPointF(-reach, -sign * reach))
        path.lineTo(QPointF(reach, sign * reach))
    return path


def triangle(radius: float) -> QPainterPath:
    """Return a triangle around the origin, its tip above."""
    return _closed([QPointF(0, -radius), QPointF(0.87 * radius, 0.5 * radius), QPointF(-0.87 * radius, 0.5 * radius)])


def _closed(corners: list[QPointF]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF(corners))
    path.closeSubpath()
    return path


SHAPES = {"minimum": star(6.5), "saddle": saltire(5.0), "maximum": triangle(5.0)}


class Landmarks:
    """Marks of minima, saddles and maxima."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._marks: list[Mark] = []
        self.placed: tuple[Placed, ...] = ()
        self._palette: Palette | None = None

    def show(self, placed: tuple[Placed, ...]) -> None:
        """Mark these places; those outside of the view are clipped by the plot."""
        if [mark[:2] for mark in placed] != [mark[:2] for mark in self.placed]:
            for mark in self._marks:
                self._plot.plotItem.removeItem(mark)
            self._marks = []
            for x, y, landmark in placed:
                mark = self._plot.add(Mark(SHAPES[landmark.kind], 8))
                mark.setPos(x, y)
                self._marks.append(mark)
            self.placed = placed
            if self._palette is not None:
                self.show_palette(self._palette)
        self.placed = placed

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        for mark in self._marks:
            mark.dress(palette.path_casing, palette.path_core, palette.path_casing, 1.2, palette.body / 10)

    def near(self, x: float, y: float) -> Placed | None:
        """Return the landmark that a place is at."""
        here = self._plot.pixel(x, y)
        reach = NEAR * (self._palette.body / 10 if self._palette else 1)
        away = [((self._plot.pixel(a, b) - here).manhattanLength(), k) for k, (a, b, _) in enumerate(self.placed)]
        distance, k = min(away, default=(math.inf, 0))
        return self.placed[k] if distance <= reach else None


def called(landmark: Landmark) -> str:
    """Return what to call a landmark."""
    return landmark.name or landmark.kind
