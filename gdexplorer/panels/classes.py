"""Examples in a plane, a color and a shape for each class, and the names of classes where their middles are."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gdexplorer.arrays import Array
from gdexplorer.data import Data
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.stamps import mapped, scatter

COLORS = ("#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8B5CF6", "#B8860B", "#6B7280", "#8C4A2F", "#D62F5B", "#4B7A1E")
RADIUS = 2.6  # px at a body text of 10 pt
RIM = 0.7  # px


def color_of(index: int, data: Data, palette: Palette) -> str:
    """Return a class's color: two classes have their own."""
    colors = palette.data if data.classes == 2 else COLORS
    return palette.series(colors[index % len(colors)])


def names_of(data: Data) -> tuple[str, ...]:
    """Return what classes are called; nothing where there are none."""
    return data.labels or tuple(f"class {k}" if data.classes == 2 else str(k) for k in range(data.classes))


def shape_of(index: int, radius: float) -> QPainterPath:
    """Return a disc, square, triangle, diamond or triangle upside down around the origin, all of about one area."""
    path, kind = QPainterPath(), index % 5
    if kind == 0:
        path.addEllipse(QPointF(0, 0), radius, radius)
    elif kind == 1:
        path.addRect(QRectF(-0.88 * radius, -0.88 * radius, 1.76 * radius, 1.76 * radius))
    else:
        points = {2: ((-1.2, 0.9), (1.2, 0.9), (0, -1.2)), 3: ((-1.25, 0), (0, -1.25), (1.25, 0), (0, 1.25)),
                  4: ((-1.2, -0.9), (1.2, -0.9), (0, 1.2))}[kind]  # fmt: skip
        path.addPolygon(QPolygonF([QPointF(x, y) * radius for x, y in points]))
        path.closeSubpath()
    return path


class Symbols(pg.GraphicsObject):
    """Points that keep their size in pixels, painted once and then copied until they or the view change."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[tuple[Array, Array, _Symbol]] = []
        self._rect = QRectF()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show_points(self, x: Array, y: Array, classes: Array, data: Data, palette: Palette, rect: QRectF) -> None:
        """Draw points (n,) of these classes; `rect` is the view."""
        known = np.isfinite(x) & np.isfinite(y)
        radius = RADIUS * min(palette.body, 14.0) / 10
        self._groups = []
        for k in range(max(data.classes, 1)):
            color = color_of(k, data, palette) if data.classes else palette.muted
            chosen = known & (classes == k) if data.classes else known
            self._groups.append((x[chosen], y[chosen], _Symbol(k, radius, color, palette.panel)))
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._rect)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        to_pixels = painter.worldTransform()
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for x, y, symbol in self._groups:
            scatter(painter, mapped(x, y, np.ones(len(x), bool), to_pixels), symbol)


@dataclass(frozen=True, slots=True)
class _Symbol:
    """The shape of a class in its color."""

    index: int
    radius: float
    color: str
    rim: str

    @property
    def reach(self) -> float:
        return 1.25 * self.radius + RIM

    def draw(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(QPen(QColor(self.rim), RIM))
        painter.setBrush(QColor(self.color))
        painter.drawPath(shape_of(self.index, self.radius).translated(at))


class Names:
    """The names of classes at their middles, so that color is not alone."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._items: list[pg.TextItem] = []

    def show(self, places: Array, classes: Array, data: Data, palette: Palette) -> None:
        """Write each at the median of its examples (n, 2)."""
        names = names_of(data)
        while len(self._items) < len(names):
            self._items.append(self._plot.text(anchor=(0.5, 0.5), role="text"))
        back = QColor(palette.panel)
        back.setAlpha(205)
        for k, item in enumerate(self._items):
            members = places[classes == k] if k < len(names) else places[:0]
            item.setVisible(bool(len(members)) and bool(np.isfinite(members).all()))
            if item.isVisible():
                item.setText(names[k])
                item.setPos(*np.median(members, axis=0).tolist())
                item.fill = pg.mkBrush(back)
                item.border = pg.mkPen(color_of(k, data, palette))
                item.update()

    def hide(self) -> None:
        """Write none."""
        for item in self._items:
            item.hide()
