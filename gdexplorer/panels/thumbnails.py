"""Small pictures of examples, side by side."""

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gdexplorer.arrays import Array
from gdexplorer.data import Data
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette, mix

MOST = 12
GAP = 4  # px
LARGEST = 96  # px, the side of a picture


def pictures(data: Data, x: Array) -> Array | None:
    """Return examples (n, d) as gray images (n, height, width) from 0 to 1, None if they are no images."""
    if len(data.shape) != 3:
        return None
    low, high = (np.array(ends) for ends in zip(*data.domain, strict=True))
    return np.asarray(((x - low) / (high - low)).clip(0, 1).reshape(-1, *data.shape).mean(axis=1))


class Thumbnails(QWidget):
    """Up to twelve gray pictures, as large as there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette: Palette = LIGHT
        self._values: tuple[Array, ...] = ()
        self._images: list[QImage] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Examples")

    def minimumSizeHint(self) -> QSize:
        return QSize(24, 24)

    def show_pictures(self, values: Array) -> None:
        """Show images (n, height, width) from 0, the paper, to 1, the ink."""
        self._values = tuple(values[:MOST])
        self._make()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._make()

    def _make(self) -> None:
        paper, ink = self._palette.panel, self._palette.text
        table = [QColor(mix(paper, ink, k / 255)).rgb() for k in range(256)]
        self._images = []
        for values in self._values:
            height, width = values.shape
            levels = np.ascontiguousarray((255 * values).round().astype(np.uint8))
            image = QImage(levels.tobytes(), width, height, width, QImage.Format.Format_Indexed8).copy()
            image.setColorTable(table)
            self._images.append(image)
        self.update()

    def rects(self) -> list[QRectF]:
        """Return where each picture is: rows from the upper left, of the side at which all have room."""
        count = len(self._images)
        if not count:
            return []
        ratio = self._images[0].height() / self._images[0].width()
        fitting = [(self._side(columns, -(-count // columns), ratio), columns) for columns in range(1, count + 1)]
        side, columns = max(fitting)
        return [QRectF(k % columns * (side + GAP), k // columns * (side * ratio + GAP), side, side * ratio)
                for k in range(count)]  # fmt: skip

    def _side(self, columns: int, rows: int, ratio: float) -> float:
        """Return the width of pictures in so many rows and columns, 1 px at least."""
        width = (self.width() - GAP * (columns - 1)) / columns
        height = (self.height() - GAP * (rows - 1)) / rows
        return max(min(width, height / ratio, LARGEST), 1.0)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        edge = QColor(mix(self._palette.grid, self._palette.text, 0.12))
        for rect, image in zip(self.rects(), self._images, strict=True):
            painter.drawImage(rect, image)
            painter.setPen(edge)
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.end()
