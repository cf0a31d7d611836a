"""Marks that keep their size in pixels: a single dot, ring or cross, and clouds of data points."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gdexplorer.arrays import Array, BoolArray
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.stamps import mapped, scatter

USUAL = 340.0  # px, the side of a plot whose points have their own size
RIM = 1.0  # px


def circle(radius: float) -> QPainterPath:
    """Return a circle around the origin."""
    path = QPainterPath()
    path.addEllipse(QPointF(0, 0), radius, radius)
    return path


def cross(radius: float) -> QPainterPath:
    """Return a plus sign with an open middle around the origin."""
    path = QPainterPath()
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        path.moveTo(QPointF(x, y) * radius * 0.35)
        path.lineTo(QPointF(x, y) * radius)
    return path


def outline(mask: BoolArray) -> QPainterPath:
    """Return the edges between pixels inside and outside a mask (height, width), one unit a pixel."""
    path, padded = QPainterPath(), np.pad(mask, 1)
    for row, column in np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1]).tolist():
        path.moveTo(column, row)
        path.lineTo(column + 1, row)
    for row, column in np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1]).tolist():
        path.moveTo(column, row)
        path.lineTo(column, row + 1)
    return path


class Mark(QGraphicsItem):
    """A shape in pixels with a casing, so that it stands out on any color."""

    def __init__(self, path: QPainterPath, z: float) -> None:
        super().__init__()
        self._path, self._core, self._casing, self._fill, self._width = path, "#000000", "#FFFFFF", "", 1.5
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(z)

    def dress(self, core: str, casing: str, fill: str = "", width: float = 1.5, scale: float = 1.0) -> None:
        """Take on colors; an empty `fill` leaves the inside open."""
        self._core, self._casing, self._fill, self._width = core, casing, fill, width
        self.setScale(scale)
        self.update()

    def boundingRect(self) -> QRectF:
        reach = self._width + 3
        return QRectF(self._path.boundingRect().adjusted(-reach, -reach, reach, reach))

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._casing), self._width + 3, c=Qt.PenCapStyle.RoundCap))
        painter.drawPath(self._path)
        painter.setPen(QPen(QColor(self._core), self._width, c=Qt.PenCapStyle.RoundCap))
        painter.setBrush(QColor(self._fill) if self._fill else Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)


@dataclass(frozen=True, eq=False, slots=True)
class Cloud:
    """Points of one look: discs of `size` px with a rim around, or circles if they have an inside."""

    x: Array
    y: Array
    color: str
    rim: str
    size: float
    inside: str = ""
    line: float = 1.5  # px, of a circle


class Dots(pg.GraphicsObject):
    """Data points, painted once and then copied until they or the view change; smaller in a small plot."""

    def __init__(self, z: float) -> None:
        super().__init__()
        self._clouds: tuple[Cloud, ...] = ()
        self._rect = QRectF()
        self.setZValue(z)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show_clouds(self, clouds: list[Cloud], rect: QRectF) -> None:
        """Draw clouds, the later ones above; `rect` is the view."""
        self._clouds = tuple(cloud for cloud in clouds if len(cloud.x))
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._rect)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        to_pixels = painter.worldTransform()
        view = to_pixels.mapRect(self._rect)
        scale = min(max(min(view.width(), view.height()) / USUAL, 0.6), 1.3)
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for cloud in self._clouds:
            known = np.isfinite(cloud.x) & np.isfinite(cloud.y)
            disc = _Disc(cloud.color, cloud.rim, cloud.inside, cloud.size / 2 * scale, cloud.line * scale)
            scatter(painter, mapped(cloud.x, cloud.y, known, to_pixels), disc)


@dataclass(frozen=True, slots=True)
class _Disc:
    """A disc with a rim, or a circle if it has an inside, in pixels."""

    color: str
    rim: str
    inside: str
    radius: float
    line: float

    @property
    def reach(self) -> float:
        return self.radius + RIM

    def draw(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(QPen(QColor(self.rim), RIM))
        painter.setBrush(QColor(self.color))
        painter.drawEllipse(at, self.radius + RIM / 2, self.radius + RIM / 2)
        if self.inside:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.inside))
            painter.drawEllipse(at, self.radius - self.line, self.radius - self.line)
