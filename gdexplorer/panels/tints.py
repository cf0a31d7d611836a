"""Values from −most over 0 to most as small images, 0 being the paper."""

from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage

from gdexplorer.arrays import Array
from gdexplorer.panels.heatmap import Colors, diverging
from gdexplorer.panels.palette import Palette, readable
from gdexplorer.panels.samples import VALUES


@lru_cache(maxsize=8)
def signed_colors(palette: Palette) -> Colors:
    """Return the 256 colors from −1 over the paper at 0 to 1: those of values, as two classes have their own."""
    low, high = (readable(color, palette.panel, 7.0 if palette.dark else 4.5) for color in VALUES)
    return diverging(low, palette.panel, high, 1.0)


def image_of(values: Array, most: float, colors: Colors, unknown: str) -> QImage:
    """Return values (height, width) in the colors from −most to most; what is not finite in a color of its own."""
    known = np.isfinite(values)
    levels = np.where(known, values, 0.0) / (most or 1.0)
    pixels = colors[np.rint(127.5 + 127.5 * levels).clip(0, 255).astype(np.uint8)]
    pixels[~known] = 0xFF000000 | int(unknown[1:], 16)
    height, width = pixels.shape
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def images_of(values: Array, most: float, colors: Colors, unknown: str) -> list[QImage]:
    """Return pictures (n, height, width) as images."""
    count, height, width = values.shape
    strip = image_of(values.reshape(count * height, width), most, colors, unknown)
    return [strip.copy(0, k * height, width, height) for k in range(count)]
