"""What stands around the surface of the 3-D view: the floor with its contours, and the axes with their numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gdexplorer.arrays import Array
from gdexplorer.panels.fonts import small_font, small_metrics, text_width
from gdexplorer.panels.grid import bilinear
from gdexplorer.panels.heatmap import Colors
from gdexplorer.panels.palette import Palette, mix, readable
from gdexplorer.panels.relief import Relief
from gdexplorer.panels.scene import BASE, FLOOR, TOP, Box, Lens, Margins
from gdexplorer.panels.ticks import linear_ticks

Place = tuple[float, float, float]
GAP = 7.0  # px between an axis and its numbers
DISTINCT = 1.9  # contrast of contours with the panel
SMALL = 13  # lines of text: a view less high than this has no names and numbers


def margins(palette: Palette, height: float) -> Margins:
    """Return the room around the box that names and numbers need."""
    line = small_metrics(palette).height()
    return (4.2 * line, 1.6 * line, 3.2 * line, 2.6 * line) if height >= SMALL * line else (8.0, 8.0, 8.0, 8.0)


def polyline(x: Array, y: Array, joined: NDArray[np.bool_]) -> QPainterPath:
    """Return a path through points; `joined` (n,) says which of them are drawn, and breaks it elsewhere."""
    connect = np.zeros(len(x), np.int32)
    connect[:-1] = joined[:-1] & joined[1:]
    path: QPainterPath = pg.arrayToQPath(np.where(joined, x, 0.0), np.where(joined, y, 0.0), connect=connect)
    return path


@dataclass(frozen=True, slots=True)
class _Edge:
    """One axis on the floor, in pixels."""

    ticks: tuple[tuple[QPointF, QPointF, str], ...]  # where the number is, the other end of its line, the number
    middle: QPointF
    away: QPointF  # the unit vector outward
    name: str


class Ground:
    """Everything that only the camera moves."""

    def __init__(self, box: Box, relief: Relief, colors: Colors, axes: tuple[str, str]) -> None:
        self._box, self._relief, self._axes = box, relief, axes
        self._contours = tuple(_by_height(relief, colors, box))

    def paint(self, painter: QPainter, lens: Lens, palette: Palette) -> None:
        """Draw what the surface may stand in front of."""
        a, b = self._box.half
        floor = [(-a, -b, FLOOR), (a, -b, FLOOR), (a, b, FLOOR), (-a, b, FLOOR)]
        painter.setPen(_hairline(palette))
        painter.setBrush(QColor(mix(palette.panel, palette.text, 0.03)))
        painter.drawPolygon(QPolygonF([_at(lens, place) for place in floor]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(palette.grid), 1.0))
        for edge in self._edges(lens, palette):
            for near, far, _ in edge.ticks:
                painter.drawLine(near, far)
        width = 1.8 if palette.name == "projector" else 1.1
        for x, y, color in self._contours:
            across, down, _ = lens.project(x, y, np.full(x.shape, FLOOR))
            painter.setPen(QPen(QColor(readable(color, palette.panel, DISTINCT)), width))
            painter.drawPath(polyline(across, down, np.isfinite(x)))

    def paint_axes(self, painter: QPainter, lens: Lens, palette: Palette) -> None:
        """Write names and numbers, if there is room; they stay legible where the surface is behind them."""
        line = small_metrics(palette).height()
        if lens.height < SMALL * line:
            return
        painter.setFont(small_font(palette))
        for edge in self._edges(lens, palette):
            reach = 0.0
            for near, _, text in edge.ticks:
                reach = max(reach, _tick(painter, lens, near, edge.away, text, palette))
            if reach:
                _write(painter, lens, edge.middle, edge.away, reach + 0.2 * line, edge.name, palette)
        self._paint_height(painter, lens, palette)

    def _edges(self, lens: Lens, palette: Palette) -> Iterator[_Edge]:
        """Yield the two edges of the floor that are near the eye."""
        axes = lens.camera.axes()
        for k, place in enumerate((self._box.across, self._box.along)):
            half, side = self._box.half[k], self._box.half[1 - k]
            right, up, toward = axes[:, 1 - k]
            if abs(toward) <= 0.35:  # seen along the edge, or from above: to the right, as heights are on the left
                toward = right if abs(right) > abs(up) else -up
            near = side if toward > 0 else -side

            def at(along: float, across: float, k: int = k) -> QPointF:
                return _at(lens, (along, across, FLOOR) if k == 0 else (across, along, FLOOR))

            most = _most(at(-half, near), at(half, near), small_metrics(palette).height())
            ticks = linear_ticks(self._box.window[2 * k], self._box.window[2 * k + 1], most)
            where = [(float(place(np.array(value))), text) for value, text in ticks]
            lines = tuple((at(along, near), at(along, -near), text) for along, text in where)
            yield _Edge(lines, at(0, near), _unit(at(0, near) - at(0, 0)), self._axes[k])

    def _paint_height(self, painter: QPainter, lens: Lens, palette: Palette) -> None:
        a, b = self._box.half
        corner = min(((x, y) for x in (-a, a) for y in (-b, b)), key=lambda place: _at(lens, (*place, 0.0)).x())
        line = small_metrics(palette).height()
        foot, base, top = (_at(lens, (*corner, z)) for z in (FLOOR, BASE, TOP))
        ticks = self._relief.ticks(int((base.y() - top.y()) / (1.3 * line)) + 1)
        if not ticks or base.y() - top.y() < 2 * line:
            return
        painter.setPen(_hairline(palette))
        painter.drawLine(foot, top)
        for value, text in ticks:
            place = _at(lens, (*corner, float(self._box.up(np.array(value)))))
            _tick(painter, lens, place, QPointF(-1, 0), text, palette)
        name = self._relief.title
        above = top + QPointF(-0.2 * text_width(name, palette), 0)
        _write(painter, lens, above, QPointF(0, -1), 0.5 * line, name, palette)


def _by_height(relief: Relief, colors: Colors, box: Box) -> Iterator[tuple[Array, Array, str]]:
    """Yield the contours of each height in world coordinates, with the color of that height."""
    x, y = relief.contours
    heights = bilinear(relief.fine.x, relief.fine.y, relief.fine.values, np.nan_to_num(x), np.nan_to_num(y))
    piece = np.isnan(x).cumsum()
    low, high = box.levels
    groups: dict[int, list[int]] = {}
    for k in range(int(piece[-1]) + 1 if len(piece) else 0):
        mine = heights[(piece == k) & np.isfinite(x) & np.isfinite(heights)]
        if mine.size:
            groups.setdefault(round(float(np.median(mine)) / (relief.step or 1.0)), []).append(k)
    for level, pieces in groups.items():
        mine = np.isin(piece, pieces)
        share = (level * (relief.step or 1.0) - low) / (high - low)
        color = f"#{int(colors[round(255 * min(max(share, 0.0), 1.0))]) & 0xFFFFFF:06X}"
        yield box.across(x[mine]), box.along(y[mine]), color


def _at(lens: Lens, place: Place) -> QPointF:
    x, y, _ = lens.project(*(np.array(part) for part in place))
    return QPointF(float(x), float(y))


def _hairline(palette: Palette) -> QPen:
    return QPen(QColor(mix(palette.panel, palette.text, 0.45 if palette.name == "projector" else 0.22)), 1.0)


def _unit(vector: QPointF) -> QPointF:
    return vector / (float(np.hypot(vector.x(), vector.y())) or 1.0)


def _most(first: QPointF, last: QPointF, line: float) -> int:
    """Return how many numbers have room along an edge."""
    across, down = abs(last.x() - first.x()), abs(last.y() - first.y())
    return min(int(max(across / (3.2 * line), down / (1.6 * line))), 7)


def _tick(painter: QPainter, lens: Lens, at: QPointF, away: QPointF, text: str, palette: Palette) -> float:
    """Draw a tick with its number, and return how far the number reaches."""
    painter.setPen(_hairline(palette))
    painter.drawLine(at, at + away * (0.6 * GAP))
    painter.setPen(QColor(palette.muted))
    return _write(painter, lens, at, away, GAP, text, palette)


def _write(painter: QPainter, lens: Lens, at: QPointF, away: QPointF, gap: float, text: str, palette: Palette) -> float:
    """Write text beside a place that is in view, all of it in view, and return how far from the place it reaches."""
    width, height = text_width(text, palette) + 2, small_metrics(palette).height()
    reach = abs(away.x()) * width / 2 + abs(away.y()) * height / 2
    center = at + away * (gap + reach)
    if 0 <= at.x() <= lens.width and 0 <= at.y() <= lens.height:
        left = min(max(center.x() - width / 2, 2.0), lens.width - width - 2)
        top = min(max(center.y() - height / 2, 2.0), lens.height - height - 2)
        painter.drawText(QRectF(left, top, width, height), Qt.AlignmentFlag.AlignCenter, text)
    return gap + 2 * reach
