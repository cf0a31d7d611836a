"""Arrows at the present point: downhill, the next update, the velocity, and the rates of two coordinates."""

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gdexplorer.arrays import Array
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.legend import Row
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.plot import Plot
from gdexplorer.probes.landscape import Arrows

REACH, HEAD = 52.0, 8.0  # px: an arrow, and its head
INNER = 11.0  # px around the point that arrows leave free
RATES = 24.0  # px, the longer half axis of the ellipse of rates
LOOKS = (("−gradient", "#FFFFFF", "#111418"), ("update", "#FF5A36", "#FFFFFF"), ("velocity", "#5EE6FF", "#111418"))
NEGLIGIBLE = 1e-10  # norm of a gradient that is zero but for rounding
SMALL = 170.0  # px: in a smaller plot, arrows are shorter in proportion
RATE_LOOK = ("rates per coordinate", "#FFD166", "#111418")


@dataclass(frozen=True, slots=True)
class _Arrow:
    direction: tuple[float, float]  # in coordinates of the plane
    color: str
    casing: str
    reach: float


class Compass(QGraphicsItem):
    """Directions only: all arrows are drawn equally long, for their units differ."""

    def __init__(self, plot: Plot) -> None:
        super().__init__()
        self._plot = plot
        self._arrows: tuple[_Arrow, ...] = ()
        self._rates: tuple[float, float] | None = None
        self._palette = LIGHT
        self.rows: tuple[Row, ...] = ()  # of the legend
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(29)

    def show_arrows(self, arrows: Arrows | None, point: Array, parameters: bool) -> None:
        """Draw arrows at a point (2,) of a plane whose axes may be the two parameters; None hides them."""
        self.setVisible(arrows is not None)
        if arrows is None:
            self._arrows, self._rates, self.rows = (), None, ()
            return
        self.setPos(*point)
        way = downhill(arrows)
        given = (None if way is None else np.array(way), arrows.update, arrows.velocity)
        shown = [(look, way) for look, way in zip(LOOKS, given, strict=True) if way is not None and _has_length(way)]
        self._arrows = tuple(
            _Arrow((float(way[0]), float(way[1])), color, casing, REACH - 7 * k)  # those below stay visible
            for k, ((_, color, casing), way) in enumerate(shown)
        )
        self._rates = rates_of(arrows) if parameters else None
        rows = [Row(name, color, (), "arrow", casing) for (name, color, casing), _ in shown]
        if self._rates is not None:
            rows.append(Row(RATE_LOOK[0], RATE_LOOK[1], (), "line", RATE_LOOK[2]))
        self.rows = tuple(rows)
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.update()

    def boundingRect(self) -> QRectF:
        reach = (REACH + 6) * self._palette.body / 10
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        across, up = self._plot.box.viewPixelSize()
        area = self._plot.area()
        scale = min(self._palette.body / 10, max(min(area.width(), area.height()) / SMALL, 0.5))
        inner = INNER * self._palette.body / 10 / scale
        painter.scale(scale, scale)
        shapes = []
        if self._rates is not None:
            shapes.append((_ellipse(self._rates), RATE_LOOK[1], RATE_LOOK[2]))
        for arrow in self._arrows:
            x, y = arrow.direction[0] / across, -arrow.direction[1] / up
            shapes.append((_shaft(math.atan2(y, x), inner, arrow.reach), arrow.color, arrow.casing))
        for shape, color, casing in shapes:
            for ink, width in ((casing, 4.5), (color, 2.0)):
                painter.setPen(QPen(QColor(ink), width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
                painter.drawPath(shape)


def _has_length(way: Array) -> bool:
    length = float(abs(way).max())
    return 0 < length < math.inf


def downhill(arrows: Arrows | None) -> tuple[float, float] | None:
    """Return −gradient in the plane, None where it is zero but for rounding."""
    if arrows is None or arrows.norm <= NEGLIGIBLE:
        return None
    return -float(arrows.gradient[0]), -float(arrows.gradient[1])


def rates_of(arrows: Arrows) -> tuple[float, float] | None:
    """Return the effective learning rates of two coordinates where there is a gradient to tell them from."""
    rates = arrows.rates
    known = rates is not None and all(map(math.isfinite, rates)) and max(rates) > 0 and arrows.norm > NEGLIGIBLE
    return rates if known else None


def _ellipse(rates: tuple[float, float]) -> QPainterPath:
    path, scale = QPainterPath(), RATES / max(rates)
    path.addEllipse(QPointF(0, 0), max(rates[0] * scale, 1.0), max(rates[1] * scale, 1.0))
    return path


def _shaft(angle: float, inner: float, reach: float) -> QPainterPath:
    def at(along: float, aside: float) -> QPointF:
        c, s = math.cos(angle), math.sin(angle)
        return QPointF(along * c - aside * s, along * s + aside * c)

    path = QPainterPath(at(inner, 0))
    path.lineTo(at(reach, 0))
    path.moveTo(at(reach - HEAD, -0.6 * HEAD))
    path.lineTo(at(reach, 0))
    path.lineTo(at(reach - HEAD, 0.6 * HEAD))
    return path
