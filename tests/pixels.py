"""The pixels of a picture as an array, for a method call for each takes seconds."""

import numpy as np
from PySide6.QtGui import QImage

from gdexplorer.arrays import Array


def pixels(image: QImage) -> Array:
    """0xRRGGBB of each, in rows from the top."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.bytesPerLine() // 4)
    return rows[:, : plain.width()] & 0xFFFFFF


def colors(image: QImage) -> set[str]:
    """Every color that occurs."""
    return {f"#{color:06X}" for color in np.unique(pixels(image)).tolist()}
