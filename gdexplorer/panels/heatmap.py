"""A smooth picture of values on a regular grid, with cells that are not finite left blank."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gdexplorer.arrays import Array
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import mix

# pixels that a picture has at least on each side, and one that moves; Qt scales it smoothly from there
SIDE, MOVING_SIDE = 200, 120

Colors = NDArray[np.uint32]  # (256,) 0xffRRGGBB


@dataclass(frozen=True, slots=True)
class Fine:
    """Values (rows, columns) on a finer grid, row = y; NaN where they would rest on one that is not finite."""

    x: Array
    y: Array
    values: Array
    window: tuple[float, float, float, float]  # x0, x1, y0, y1


def spline(size: int, count: int) -> Array:
    """Return the matrix (count, size) that interpolates `size` equidistant samples at `count` places.

    The places are the centers of equal cells between the first and the last sample. The cubic of Catmull and Rom
    passes through the samples; beyond the ends it sees them continued linearly.
    """
    at = (np.arange(count) + 0.5) / count * (size - 1)
    left = np.minimum(at.astype(int), size - 2)
    t = (at - left)[:, None]
    basis = np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]) / 2
    padded = np.zeros((count, size + 2))
    np.put_along_axis(padded, left[:, None] + np.arange(4), basis, axis=1)
    inner = padded[:, 1:-1].copy()
    for outside, edge, inward in ((0, 0, 1), (-1, -1, -2)):  # f(−1) = 2 f(0) − f(1)
        inner[:, edge] += 2 * padded[:, outside]
        inner[:, inward] -= padded[:, outside]
    return inner


_spline = lru_cache(maxsize=16)(spline)


def refined(x: Array, y: Array, values: Array, side: int = SIDE) -> Fine:
    """Interpolate values (len(y), len(x)) on a grid of at least `side` cells a side."""
    window = (float(x[0]), float(x[-1]), float(y[0]), float(y[-1]))
    rows, columns = (_spline(n, (n - 1) * -(-side // (n - 1))) for n in values.shape)
    finite = np.isfinite(values)
    if finite.all():
        fine = rows @ values @ columns.T
    else:
        fine = rows @ np.where(finite, values, 0.0) @ columns.T
        fine[(rows != 0).astype(float) @ ~finite @ (columns != 0).T > 0] = np.nan
    return Fine(columns @ x, rows @ y, fine, window)


def colors_of(name: str) -> Colors:
    """Return the 256 colors of a map that pyqtgraph knows, such as "viridis"."""
    table = pg.colormap.get(name).getLookupTable(nPts=256).astype(np.uint32)
    return np.asarray(0xFF000000 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2], np.uint32)


@lru_cache(maxsize=16)
def diverging(low: str, paper: str, high: str, strength: float) -> Colors:
    """Return 256 colors from `low` over `paper` to `high`; `strength` is the share of color at both ends."""
    shares = np.abs(np.linspace(-1, 1, 256)) * strength
    ends = (low,) * 128 + (high,) * 128
    mixed = (mix(paper, end, float(share)) for end, share in zip(ends, shares, strict=True))
    return np.array([0xFF000000 | int(color[1:], 16) for color in mixed], np.uint32)


class HeatMap(pg.GraphicsObject):
    """Draws one picture over its window of the plot; row 0 lies at the lower edge."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._rect = QRectF()
        self.setZValue(-100)
        # Painted once per surface and size, then only copied to the screen.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show_values(self, fine: Fine, colors: Colors, levels: tuple[float, float]) -> None:
        """Draw values; `levels` wear the first and the last color, NaN none."""
        known = np.isfinite(fine.values)
        whole = bool(known.all())
        values = fine.values if whole else np.where(known, fine.values, 0.0)
        low, high = 0.5 * levels[0], 0.5 * levels[1]  # half of it all, for their distance may be too large
        indices = (0.5 * values - low) * (255 / max(high - low, 1e-300))
        pixels = colors[indices.clip(0, 255, out=indices).astype(np.uint8)]
        if not whole:
            pixels[~known] = 0
        height, width = pixels.shape
        form = QImage.Format.Format_ARGB32_Premultiplied
        self._image = QImage(pixels.tobytes(), width, height, 4 * width, form).copy()
        x0, x1, y0, y1 = fine.window
        rect = QRectF(x0, y0, x1 - x0, y1 - y0)
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

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._rect, self._image)
