"""A smooth picture of values on a regular grid, with cells that are not finite left blank."""

from functools import lru_cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gdexplorer.arrays import Array, BoolArray
from gdexplorer.panels.palette import mix

SIDE = 200  # pixels that a picture has at least on each side; Qt scales it smoothly from there

Colors = NDArray[np.uint32]  # (256,) 0xffRRGGBB


def weights(size: int, count: int) -> Array:
    """Return the matrix (count, size) that interpolates `size` equidistant samples at `count` places.

    The places are the centers of equal cells between the first and the last sample; the cubic of Catmull and Rom
    passes through the samples, and its outermost intervals continue the samples linearly.
    """
    at = (np.arange(count) + 0.5) / count * (size - 1)
    left = np.minimum(at.astype(int), size - 2)
    t = (at - left)[:, None]
    basis = np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]) / 2
    padded = np.zeros((count, size + 2))
    np.put_along_axis(padded, left[:, None] + np.arange(4), basis, axis=1)
    inner = padded[:, 1:-1]
    for outside, edge, next_ in ((0, 0, 1), (-1, -1, -2)):  # f(−1) = 2 f(0) − f(1)
        inner[:, edge] += 2 * padded[:, outside]
        inner[:, next_] -= padded[:, outside]
    return inner


_weights = lru_cache(maxsize=16)(weights)


def enlarged(values: Array) -> tuple[Array, BoolArray]:
    """Return values (rows, columns) interpolated on a grid of at least `SIDE` cells a side, and which are known.

    A cell whose interpolation would touch a value that is not finite is unknown.
    """
    finite = np.isfinite(values)
    rows, columns = (_weights(n, n * -(-SIDE // n)) for n in values.shape)
    if finite.all():
        return rows @ values @ columns.T, np.ones((len(rows), len(columns)), bool)
    known = (rows != 0) @ ~finite @ (columns != 0).T == 0
    return rows @ np.where(finite, values, 0.0) @ columns.T, known


def colors_of(name: str) -> Colors:
    """Return the 256 colors of a map that pyqtgraph knows, such as "viridis"."""
    table = pg.colormap.get(name).getLookupTable(nPts=256).astype(np.uint32)
    return np.asarray(0xFF000000 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2], np.uint32)


def diverging(low: str, paper: str, high: str, strength: float) -> Colors:
    """Return 256 colors from `low` over `paper` to `high`; `strength` is the share of color at the ends."""
    shares = np.abs(np.linspace(-1, 1, 256)) ** 0.8 * strength
    ends = (low,) * 128 + (high,) * 128
    mixed = (mix(paper, end, float(share)) for end, share in zip(ends, shares, strict=True))
    return np.array([0xFF000000 | int(color[1:], 16) for color in mixed], np.uint32)


class HeatMap(pg.GraphicsObject):  # type: ignore[misc]
    """Draws one picture over a rectangle of the plot; row 0 lies at the lower edge."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._rect = QRectF()
        self.setZValue(-100)
        # Painted once per surface and size, then only copied to the screen.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show_values(self, values: Array, x: tuple[float, float], y: tuple[float, float], colors: Colors,
                    levels: tuple[float, float]) -> None:  # fmt: skip
        """Draw values (rows, columns) sampled from edge to edge; `levels` wear the first and the last color."""
        fine, known = enlarged(values)
        scale = 255 / max(levels[1] - levels[0], 1e-300)
        pixels = colors[((fine - levels[0]) * scale).clip(0, 255).astype(np.uint8)]
        pixels[~known] = 0
        height, width = pixels.shape
        self._image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
        rect = QRectF(x[0], y[0], x[1] - x[0], y[1] - y[0])
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self.update()

    def clear(self) -> None:
        """Draw nothing."""
        self._image = QImage()
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._rect)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._rect, self._image)
