"""The pens of edges, and the marks of units that learn no more."""

from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gdexplorer.panels.palette import Palette, mix

THICKEST = 3.2  # px
DASH = [4.0, 3.0]
SHADES = 16  # of edges


@lru_cache(maxsize=256)
def pen_of(palette: Palette, positive: bool, shade: int, paused: bool) -> QPen:
    """Return the pen of an edge: the stronger, the wider and the more of its color; dashed below 0."""
    share = shade / SHADES
    width = max(THICKEST * share, 0.6) if paused else max(round(THICKEST * share), 1)
    pen = QPen(QColor(mix(palette.panel, palette.series(palette.data[positive]), 0.15 + 0.85 * share)), width)
    if not positive:
        pen.setDashPattern(DASH)
    return pen


def paint_chosen(painter: QPainter, line: QLineF, positive: bool, palette: Palette) -> None:
    """Paint an edge that stands out; dashed below 0."""
    painter.setPen(QPen(QColor(palette.panel), 7))
    painter.drawLine(line)
    pen = QPen(QColor(palette.text), 2.5)
    if not positive:
        pen.setDashPattern(DASH)
    painter.setPen(pen)
    painter.drawLine(line)


def paint_mark(painter: QPainter, rect: QRectF, dead: bool, palette: Palette) -> None:
    """Cross a dead unit out; put a flat line, a slope that is gone, on a saturated one."""
    color = QColor(palette.danger if dead else palette.warning)
    size = min(max(0.42 * rect.width(), 8.0), 18.0)
    box = QRectF(rect.right() - size + 3, rect.top() - 3, size, size)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1))
    painter.setBrush(QColor(palette.panel))
    painter.drawEllipse(box)
    painter.setPen(QPen(color, 2))
    inner = box.adjusted(0.28 * size, 0.28 * size, -0.28 * size, -0.28 * size)
    if dead:
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())
    else:
        painter.drawLine(QPointF(inner.left(), box.center().y()), QPointF(inner.right(), box.center().y()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
