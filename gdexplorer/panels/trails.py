"""Paths, stems, the point and its arrow in the 3-D view, painted alike above whatever drew the surface."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF, QRadialGradient

from gdexplorer.arrays import Array
from gdexplorer.panels.ground import polyline
from gdexplorer.panels.palette import Palette, mix
from gdexplorer.panels.scene import FLOOR, Lens, Track3D
from gdexplorer.panels.terrain import Terrain

LIFT = 0.02  # of a path above the surface
SAME = 0.03  # heights that differ by less count as on the surface
STEP, FINEST, MOST = 0.03, 0.01, 500  # between points of a path, in the world, and how many there are about
STEM = 0.06  # between stems
ARROW = (0.15, 0.32)  # how short and how long it is drawn
HIDDEN, PALE = 0.3, 0.6  # opacity of what is behind the surface, and of paths that no run makes now
BALL = 6.5  # px


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """A track in the world, following the surface between its points."""

    points: Array  # (n, 3), NaN outside of the box and over holes
    shadow: Array  # (n, 3) on the floor
    feet: Array  # (m, 3) of the stems, on the surface
    heads: Array  # (m, 3) on the path
    track: Track3D


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """The current point, and the arrow from it as points on the surface (n, 3)."""

    place: Array  # (3,)
    arrow: Array


def trail(track: Track3D, terrain: Terrain) -> Trail:
    """Lay a track upon the surface, or at its own heights above or below it."""
    box = terrain.box
    x, y = box.across(track.x).astype(float), box.along(track.y).astype(float)
    height = np.full(x.shape, np.nan) if track.height is None else np.asarray(track.height, np.float64)
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    x, y, height = x[finite], y[finite], height[finite]
    kept = _spread(x, y, FINEST)
    x, y = x[kept], y[kept]
    offset = box.up(height[kept]) - terrain.height(x, y)
    offset = np.where(np.abs(offset) > SAME, offset, 0.0)  # comparing NaN is false
    every = np.arange(len(x), dtype=float)
    pieces = np.ceil(np.hypot(np.diff(x), np.diff(y)) / STEP).clip(1, 60).astype(int)
    first = np.repeat(pieces.cumsum() - pieces, pieces)
    at = np.append(
        np.repeat(every[:-1], pieces) + (np.arange(pieces.sum()) - first) / np.repeat(pieces, pieces), every[-1:]
    )
    if len(x):
        xs, ys, offsets = np.interp(at, every, x), np.interp(at, every, y), np.interp(at, every, offset)
    else:
        xs = ys = offsets = x
    points = np.stack([xs, ys, terrain.height(xs, ys) + offsets + LIFT], axis=1)
    a, b = box.half
    inside = (np.abs(xs) <= a) & (np.abs(ys) <= b)
    shadow = np.where(inside[:, None], np.stack([xs, ys, np.full(xs.shape, FLOOR)], axis=1), np.nan)
    stems = _spread(x, y, STEM) if track.stems else np.zeros(0, np.intp)
    stems = stems[(offset[stems] != 0) & np.isfinite(offset[stems])]
    surface = terrain.height(x[stems], y[stems])
    feet = np.stack([x[stems], y[stems], surface], axis=1)
    heads = np.stack([x[stems], y[stems], surface + offset[stems] + LIFT], axis=1)
    return Trail(points, shadow, feet, heads, track)


def _spread(x: Array, y: Array, apart: float) -> NDArray[np.intp]:
    """Return which points to draw, about so far apart and not too many, with the first and the last."""
    if len(x) < 3:
        return np.arange(len(x))
    length = np.append(0.0, np.hypot(np.diff(x), np.diff(y)).cumsum())
    cell = np.floor(length / max(apart, length[-1] / MOST))
    kept = np.append(True, np.diff(cell) > 0)
    kept[-1] = True
    return np.flatnonzero(kept)


def spot(x: float, y: float, height: float | None, arrow: tuple[float, float] | None, terrain: Terrain) -> Spot | None:
    """Place the point and lay its arrow along the surface; None outside of the window."""
    at = trail(Track3D(np.array([x]), np.array([y]), None if height is None else np.array([height])), terrain)
    if not len(at.points) or not np.isfinite(at.points).all():
        return None
    place = at.points[0] + [0, 0, LIFT]
    x0, x1, y0, y1 = terrain.box.window
    a, b = terrain.box.half
    way = np.zeros(2) if arrow is None else np.array([arrow[0] * 2 * a / (x1 - x0), arrow[1] * 2 * b / (y1 - y0)])
    length = float(np.hypot(*way))
    if not 0 < length < np.inf:
        return Spot(place, np.zeros((0, 3)))
    way *= min(max(length, ARROW[0]), ARROW[1]) / length
    flat = place[:2] + np.linspace(0, 1, 25)[:, None] * way
    above = place[2] - terrain.height(place[:1], place[1:2])
    line = np.column_stack([flat, terrain.height(flat[:, 0], flat[:, 1]) + above])
    whole = np.isfinite(line).all(axis=1)
    return Spot(place, line[: len(line) if whole.all() else int(whole.argmin())])


class Brush:
    """Paints trails with one lens and palette."""

    def __init__(self, painter: QPainter, lens: Lens, palette: Palette, width: float) -> None:
        self._painter, self._lens, self._palette, self._width = painter, lens, palette, width
        self._scale = palette.body / 10
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def color(self, track: Track3D) -> str:
        """Return the color of a track."""
        return track.color or self._palette.path_core

    def shadows(self, trails: list[Trail], now: Spot | None) -> None:
        """Draw what falls on the floor."""
        painter, palette = self._painter, self._palette
        dark = QColor(palette.text if palette.dark else "#000000")
        dark.setAlphaF(0.34 if palette.dark else 0.3)
        for one in trails:
            x, y = self._places(one.shadow)
            self._stroke(polyline(x, y, np.isfinite(x)), dark, self._width, ())
        if now is not None:
            x, y = self._places(np.array([[now.place[0], now.place[1], FLOOR]]))
            radius = BALL * self._scale
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(dark)
            painter.drawEllipse(QPointF(x[0], y[0]), radius, radius * float(self._lens.camera.axes()[2, 2]))

    def trails(self, trails: list[Trail], terrain: Terrain) -> None:
        """Draw paths with their stems; faint where the surface is in front of them."""
        for one in trails:
            color = self.color(one.track)
            x, y = self._places(one.points)
            there = np.isfinite(x) & np.isfinite(y)
            hidden = there & terrain.hides(one.points, self._lens.camera.eye())
            near = there & ~hidden
            near[:-1] |= there[:-1] & near[1:]  # so that the two kinds meet
            self._stems(one, color)
            faint = QColor(color)
            faint.setAlphaF(HIDDEN)
            self._stroke(polyline(x, y, hidden), faint, self._width, one.track.dash)
            path = polyline(x, y, near)
            self._painter.setOpacity(PALE if one.track.pale else 1.0)
            cased = self._width + 2 * self._scale**0.5
            dash = tuple(part * self._width / cased for part in one.track.dash)  # in units of the pen's width
            self._stroke(path, QColor(self._palette.path_casing), cased, dash)
            self._stroke(path, QColor(color), self._width, one.track.dash)
            self._painter.setOpacity(1.0)

    def _stems(self, one: Trail, color: str) -> None:
        if len(one.feet):
            (x0, y0), (x1, y1) = self._places(one.feet), self._places(one.heads)
            x, y = np.stack([x0, x1], 1).ravel(), np.stack([y0, y1], 1).ravel()
            path = QPainterPath()
            for k in range(0, len(x), 2):
                path.moveTo(x[k], y[k])
                path.lineTo(x[k + 1], y[k + 1])
            thin = QColor(color)
            thin.setAlphaF(0.6)
            self._stroke(path, thin, 1.0, ())

    def starts(self, trails: list[Trail], terrain: Terrain) -> None:
        """Draw a ring where each trail begins, and a small ball where it ends if there are several."""
        drawn: set[tuple[float, float]] = set()
        for one in trails:
            x, y = self._places(one.points[:1])
            if len(x) and np.isfinite(x[0]) and (key := (round(x[0], 1), round(y[0], 1))) not in drawn:
                drawn.add(key)
                radius = 4.0 * self._scale
                for width, color in ((4.0, self._palette.path_core), (1.8, self._palette.path_casing)):
                    self._painter.setPen(QPen(QColor(color), width * self._scale**0.5))
                    self._painter.setBrush(Qt.BrushStyle.NoBrush)
                    self._painter.drawEllipse(QPointF(x[0], y[0]), radius, radius)
        if len(trails) > 1:
            ends = [(one.points[-1], self.color(one.track)) for one in trails if len(one.points) and not one.track.pale]
            for place, color in sorted(ends, key=lambda end: -self._lens.project(*end[0])[2]):
                if np.isfinite(place).all():
                    self._ball(place, color, 0.75 * BALL, terrain)

    def point(self, now: Spot, terrain: Terrain, color: str = "") -> None:
        """Draw the current point as a ball, and its arrow."""
        if len(now.arrow) > 2:
            self._arrow(now.arrow, terrain.hides(now.arrow, self._lens.camera.eye()))
        self._ball(now.place, color or self._palette.path_core, BALL, terrain)

    def _arrow(self, line: Array, hidden: NDArray[np.bool_]) -> None:
        x, y = self._places(line)
        head = 9.0 * self._scale
        shaft = np.hypot(x - x[-1], y - y[-1]) > head
        base = int(shaft.nonzero()[0][-1]) if shaft.any() else 0
        tip, tail = QPointF(x[-1], y[-1]), QPointF(x[base], y[base])
        along = tip - tail
        along /= float(np.hypot(along.x(), along.y())) or 1.0
        foot, across = tip - along * head, QPointF(-along.y(), along.x())
        wings = QPolygonF([tip, foot + across * (0.45 * head), foot - across * (0.45 * head)])
        before = np.arange(len(x)) <= base
        core, casing = QColor(self._palette.path_casing), QColor(self._palette.path_core)
        painter, width = self._painter, self._width + 0.4
        for part, opacity in ((before & hidden, HIDDEN), (before & ~hidden, 1.0)):
            painter.setOpacity(opacity)
            path = polyline(x, y, part)
            for color, wide in ((casing, width + 2.4), (core, width)):
                self._stroke(path, color, wide, ())
        painter.setOpacity(HIDDEN if hidden[-1] else 1.0)
        painter.setPen(QPen(casing, 2.4, j=Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(core)
        painter.drawPolygon(wings)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(wings)
        painter.setOpacity(1.0)

    def _ball(self, place: Array, color: str, radius: float, terrain: Terrain) -> None:
        (x,), (y,) = self._places(place[None])
        painter, radius = self._painter, radius * self._scale
        middle = QPointF(x, y)
        light = QRadialGradient(middle, 1.1 * radius, middle + QPointF(-0.35, -0.4) * radius)
        light.setColorAt(0.0, QColor(mix(color, "#FFFFFF", 0.75)))
        light.setColorAt(0.35, QColor(mix(color, "#FFFFFF", 0.2)))
        light.setColorAt(1.0, QColor(mix(color, "#000000", 0.25)))
        painter.setOpacity(0.45 if terrain.hides(place[None], self._lens.camera.eye())[0] else 1.0)
        painter.setPen(QPen(QColor(self._palette.path_casing), 1.5 * self._scale**0.5))
        painter.setBrush(QBrush(light))
        painter.drawEllipse(middle, radius, radius)
        painter.setOpacity(1.0)

    def _places(self, points: Array) -> tuple[Array, Array]:
        x, y, _ = self._lens.project(points[:, 0], points[:, 1], points[:, 2])
        return x, y

    def _stroke(self, path: QPainterPath, color: QColor, width: float, dash: tuple[float, ...]) -> None:
        pen = QPen(color, width, c=Qt.PenCapStyle.FlatCap if dash else Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if dash:
            pen.setDashPattern(list(dash))
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawPath(path)
