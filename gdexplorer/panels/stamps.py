"""Many small shapes: copies of one that was painted before, as Qt takes 20 µs for a smooth one and 1 µs for a copy."""

import math
from functools import lru_cache
from typing import Protocol

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPixmap, QTransform

from gdexplorer.arrays import Array, BoolArray

FEW = 12  # shapes up to which each is painted
PHASES = 4  # of a pixel, at which there is a copy


class Shape(Protocol):
    """What is painted around a place, in pixels; equal ones look alike."""

    def __hash__(self) -> int: ...

    @property
    def reach(self) -> float:
        """How far from its place it may go."""
        ...

    def draw(self, painter: QPainter, at: QPointF) -> None:
        """Paint one."""
        ...


def mapped(x: Array, y: Array, known: BoolArray, t: QTransform) -> Array:
    """Return where the known ones of points are in pixels, (n, 2)."""
    x, y = x[known].astype(float), y[known].astype(float)
    return np.stack([t.m11() * x + t.m21() * y + t.dx(), t.m12() * x + t.m22() * y + t.dy()], axis=1)


def scatter(painter: QPainter, points: Array, shape: Shape) -> None:
    """Paint a shape at points (n, 2), the later ones above; for files, which may be enlarged, each as it is."""
    if len(points) <= FEW or painter.paintEngine().type() != QPaintEngine.Type.Raster:
        for x, y in points.tolist():
            shape.draw(painter, QPointF(x, y))
        return
    ratio = painter.device().devicePixelRatioF()
    fine = np.rint(points * ratio * PHASES).clip(-1e6, 1e6).astype(np.intp)
    corners, phases = fine // PHASES / ratio - _half(shape), fine % PHASES @ (1, PHASES)
    stamps = _stamps(shape, ratio)
    for (x, y), phase in zip(corners.tolist(), phases.tolist(), strict=True):
        painter.drawPixmap(QPointF(x, y), stamps[phase])


def _half(shape: Shape) -> int:
    return int(shape.reach) + 2


@lru_cache(maxsize=256)
def _stamps(shape: Shape, ratio: float) -> list[QPixmap]:
    """Return a shape at each phase, those to the right first."""
    return [_stamp(shape, across, down, ratio) for down in range(PHASES) for across in range(PHASES)]


def _stamp(shape: Shape, across: int, down: int, ratio: float) -> QPixmap:
    """Return a shape whose place is so many parts of a pixel to the right and below."""
    half, shift = _half(shape), 1 / (PHASES * ratio)
    side = math.ceil((2 * half + 1) * ratio)
    stamp = QPixmap(side, side)
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape.draw(painter, QPointF(half + across * shift, half + down * shift))
    painter.end()
    return stamp
