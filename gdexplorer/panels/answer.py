"""One image, and how strongly a network takes it for each class."""

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from gdexplorer.arrays import Array
from gdexplorer.panels.canvas import Canvas
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.heatmap import Colors
from gdexplorer.panels.palette import LIGHT, Palette, mix

GAP = 4  # px
LARGEST = 160  # px, the side of the image
BROAD = 1.3  # width over height from which on bars stand beside the image
TRUE = "◂ true"


def gray(values: Array, palette: Palette) -> QImage:
    """Return values (height, width) from 0, the paper, to 1, the ink."""
    height, width = values.shape
    levels = np.where(np.isfinite(values), values, 0.0).clip(0, 1) * 255 + 0.5
    pixels = _grays(palette.panel, palette.text)[levels.astype(np.uint8)]
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def grays(values: Array, palette: Palette) -> list[QImage]:
    """Return pictures (n, height, width) from 0, the paper, to 1, the ink."""
    count, height, width = values.shape
    strip = gray(values.reshape(count * height, width), palette)
    return [strip.copy(0, k * height, width, height) for k in range(count)]


@lru_cache(maxsize=8)
def _grays(paper: str, ink: str) -> Colors:
    return np.array([QColor(mix(paper, ink, k / 255)).rgb() for k in range(256)], np.uint32)


class Answer(Canvas):
    """The image above or beside bars, the most likely classes and the true one if not all have room."""

    largest, share = LARGEST, 0.45  # the image's side, and the part of the room that it takes

    def __init__(self) -> None:
        super().__init__()
        self._palette: Palette = LIGHT
        self._values: Array | None = None
        self._labels: tuple[str, ...] = ()
        self._shares: Array = np.zeros(0)
        self._true = -1
        self.setAccessibleName("Example and answer")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    def show_answer(self, values: Array, labels: tuple[str, ...], shares: Array | None, true: int) -> None:
        """Show an image (height, width) from 0 to 1, and the classes' probabilities if there are any."""
        self._values, self._labels, self._true = values, labels, true
        self._shares = np.zeros(0) if shares is None else shares
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.update()

    def bars(self, height: float) -> list[int]:
        """Return the classes that have a bar within a height, in their own order."""
        room = int(height // self._line())
        order = np.argsort(-self._shares, kind="stable").tolist()
        chosen = order[: max(room, 0)]
        if chosen and self._true >= 0 and self._true not in chosen:
            chosen[-1] = self._true
        return sorted(chosen)

    def _line(self) -> float:
        return QFontMetricsF(small_font(self._palette)).height() + 2

    def _broad(self) -> bool:
        return self.width() > BROAD * self.height() and len(self._shares) > 0

    def picture(self) -> QRectF:
        """Return where the image is, its pixels whole."""
        if self._values is None:
            return QRectF()
        rows, columns = self._values.shape
        share = self.share if len(self._shares) else 1.0
        across, down = self.width() * (share if self._broad() else 1), self.height() * (1 if self._broad() else share)
        side = max(min(across / columns, down / rows, self.largest / max(rows, columns)), 0.5)
        side = int(side) if side >= 1 else side
        return QRectF(0, 0, columns * side, rows * side)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._values is None:
            return
        painter = QPainter(self)
        broad, picture = self._broad(), self.picture()
        painter.drawImage(picture, gray(self._values, self._palette))
        painter.setPen(QColor(mix(self._palette.grid, self._palette.text, 0.2)))
        painter.drawRect(picture.adjusted(0, 0, -1, -1))
        if len(self._shares):
            corner = (picture.right() + 3 * GAP, 0.0) if broad else (0.0, picture.bottom() + 2 * GAP)
            self._paint_bars(painter, QRectF(*corner, self.width() - corner[0], self.height() - corner[1]))
        painter.end()

    def _paint_bars(self, painter: QPainter, room: QRectF) -> None:
        palette, line = self._palette, self._line()
        plain = QFont(small_font(palette))
        bold = QFont(plain)
        bold.setBold(True)
        metrics = QFontMetricsF(bold)
        names = min(max(metrics.horizontalAdvance(name) for name in self._labels), 0.45 * room.width())
        right = metrics.horizontalAdvance("100 %") + 2
        true = metrics.horizontalAdvance(TRUE) + GAP
        if room.width() < names + right + true + 6 * GAP:
            true = 0.0
        length = max(min(room.width() - names - right - true - 2 * GAP, 16 * line), 4.0)
        first = int(self._shares.argmax())
        for k, index in enumerate(self.bars(room.height())):
            top, share = room.top() + k * line, float(self._shares[index])
            correct = index == self._true
            color = QColor(palette.good if correct else palette.danger if index == first else palette.muted)
            painter.setFont(bold if correct or index == first else plain)
            painter.setPen(QColor(palette.text))
            name = metrics.elidedText(self._labels[index], Qt.TextElideMode.ElideRight, names)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(room.left(), top, names, line), flags, name)
            left = room.left() + names + GAP
            painter.fillRect(QRectF(left, top + 0.2 * line, length, 0.6 * line), QColor(palette.grid))
            painter.fillRect(QRectF(left, top + 0.2 * line, length * share, 0.6 * line), color)
            words = "–" if share != share else f"{100 * share:.0f} %"
            painter.drawText(QRectF(left + length + GAP, top, right, line), flags, words)
            if correct and true:
                painter.drawText(QRectF(left + length + right + 2 * GAP, top, true, line),
                                 Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, TRUE)  # fmt: skip
        painter.setFont(plain)
