"""The surface painted without OpenGL: quads from back to front, each filled row by row, all rows at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from gdexplorer.arrays import Array
from gdexplorer.panels.scene import Lens
from gdexplorer.panels.terrain import Terrain

UNDERSIDE = 0.62  # of the light
FORMAT = QImage.Format.Format_ARGB32_Premultiplied


@dataclass(frozen=True, slots=True, eq=False)
class Quads:
    """What stays while the camera moves."""

    x: Array  # (columns,)
    y: Array  # (rows, 1)
    z: Array  # (rows, columns)
    corners: NDArray[np.intp]  # (n, 4) into the flattened grid, counterclockwise from above
    colors: Array  # (rows × columns, 3) float32, 0 to 255


def quads(terrain: Terrain) -> Quads:
    """Cut a surface into quads, none where a corner is missing."""
    index = np.arange(terrain.z.size).reshape(terrain.z.shape)
    around = (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1])
    corners = np.stack([part.ravel() for part in around], axis=1)
    corners = corners[np.isfinite(terrain.z).ravel()[corners].all(axis=1)]
    x, y = terrain.x.astype(np.float32), terrain.y[:, None].astype(np.float32)
    return Quads(x, y, terrain.z, corners, terrain.rgb.reshape(-1, 3).astype(np.float32))


def painted(shapes: Quads, lens: Lens, scale: float) -> QImage:
    """Return a picture with `scale` pixels for each of the lens', empty around the surface and in its holes."""
    width, height = round(lens.width * scale), round(lens.height * scale)
    with np.errstate(invalid="ignore"):
        across, down, depth = (np.float32(part).ravel() for part in lens.project(shapes.x, shapes.y, shapes.z))
    corners = shapes.corners[np.argsort(-depth[shapes.corners].sum(axis=1), kind="stable")]
    x, y = across[corners] * np.float32(scale) - np.float32(0.5), down[corners] * np.float32(scale) - np.float32(0.5)
    top, bottom = _first(y.min(axis=1), height), _first(y.max(axis=1), height)
    which, row = _ranges(top, bottom)
    shift = (bottom - top).cumsum() - bottom  # from a row of the picture to its place among all quads' rows
    left, right = np.full(len(row), np.inf, np.float32), np.full(len(row), -np.inf, np.float32)
    for k in range(4):
        edge, at, place = _cuts(x[:, [k, k - 1]], y[:, [k, k - 1]], height)
        at += shift[edge]
        left[at], right[at] = np.minimum(left[at], place), np.maximum(right[at], place)
    turned = (x[:, 2] - x[:, 0]) * (y[:, 3] - y[:, 1]) < (x[:, 3] - x[:, 1]) * (y[:, 2] - y[:, 0])
    packed = _colors(shapes, corners, y, np.where(turned, np.float32(1), np.float32(UNDERSIDE)), which, row)
    begin = row * width
    span, index = _ranges(begin + _first(left, width), begin + _first(right, width))
    pixels = np.zeros(width * height, np.uint32)
    pixels[index] = packed[span]  # the last of several stays, which is the nearest
    return QImage(pixels.data, width, height, 4 * width, FORMAT).copy()


def _colors(
    shapes: Quads, corners: NDArray[np.intp], y: Array, light: Array, which: NDArray[np.intp], row: NDArray[np.intp]
) -> NDArray[np.uint32]:
    """Return the color of each row of each quad: from that of its upper corner to that of its lower one."""
    every = np.arange(len(y))
    top, bottom = y.argmin(axis=1), y.argmax(axis=1)
    first, last = (shapes.colors[corners[every, end]] * light[:, None] for end in (top, bottom))
    high = y[every, top]
    share = (row - high[which]) / np.maximum(y[every, bottom] - high, np.float32(1e-6))[which]
    change = last - first
    red, green, blue = ((first[:, k][which] + share * change[:, k][which]).astype(np.uint32) for k in range(3))
    return np.asarray(0xFF000000 | red << 16 | green << 8 | blue, np.uint32)


def _first(at: Array, size: int) -> NDArray[np.intp]:
    """Return the first pixel at or beyond a place."""
    return np.asarray(np.ceil(at).clip(0, size).astype(np.intp))


def _ranges(start: NDArray[np.intp], stop: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all numbers of all ranges, and before them the range that each is of."""
    count = np.maximum(stop - start, 0)
    which = np.repeat(np.arange(len(count)), count)
    return which, np.arange(len(which)) + (start - (count.cumsum() - count))[which]


def _cuts(x: Array, y: Array, height: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Return which edges (n, 2) cut which rows, and where.

    Computed downward, whichever way the edge runs, so that neighbors agree to the last bit and leave no gap.
    """
    swap = y[:, 0] > y[:, 1]
    x0, x1 = np.where(swap, x[:, 1], x[:, 0]), np.where(swap, x[:, 0], x[:, 1])
    y0, y1 = y.min(axis=1), y.max(axis=1)
    slope = (x1 - x0) / np.maximum(y1 - y0, np.float32(1e-6))
    edge, row = _ranges(_first(y0, height), _first(y1, height))
    return edge, row, x0[edge] + (row.astype(np.float32) - y0[edge]) * slope[edge]


def reduced(image: QImage, width: int, height: int) -> QImage:
    """Return a picture at half its size, each pixel the mean of four."""
    small = QImage(width, height, FORMAT)
    small.fill(0)
    painter = QPainter(small)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(0, 0, width, height), image)
    painter.end()
    return small
