"""A legend in the corner of a plot in which it hides least."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gdexplorer.arrays import Array
from gdexplorer.panels.fonts import small_font, small_metrics, text_width
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.plot import Plot

GAP, PAD = 6.0, 6.0  # px
SAMPLE = 2.2  # lines of text that a sample of the line is wide
LARGEST = 0.62  # of the plot's width and height; a legend that is larger is left out


@dataclass(frozen=True, slots=True)
class Row:
    """What a line or an arrow is, and the color around it, if there is one."""

    text: str
    color: str
    dash: tuple[float, ...] = ()
    shape: Literal["line", "arrow"] = "line"
    casing: str = ""


class Legend(QGraphicsItem):
    """Rows on the panel's color, in the plot's own pixels."""

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot.plotItem)
        self._plot, self._palette = plot, LIGHT
        self.rows: tuple[Row, ...] = ()
        self._points: Array = np.zeros((0, 2))
        self._size = (0.0, 0.0)
        self.setZValue(25)
        self.hide()
        plot.box.sigResized.connect(self.place)

    def show_rows(self, rows: tuple[Row, ...], palette: Palette) -> None:
        """Explain these; nothing if there are none."""
        if (rows, palette) != (self.rows, self._palette):
            self.rows, self._palette = rows, palette
            line = small_metrics(palette).height()
            widest = max((text_width(row.text, palette) for row in rows), default=0.0)
            self.prepareGeometryChange()
            self._size = (3 * PAD + SAMPLE * line + widest, PAD + 1.15 * line * len(rows))
            self.place()
            self.update()

    def avoid(self, points: Array) -> None:
        """Keep off these points (n, 2) in data coordinates, as far as possible."""
        self._points = points
        self.place()

    def place(self) -> None:
        """Stand in the corner with the fewest points."""
        area, (width, height) = self._plot.area(), self._size
        fits = width <= LARGEST * area.width() and height <= LARGEST * area.height()
        self.setVisible(bool(self.rows) and fits)
        if self.isVisible():
            left, right = area.left() + GAP, area.right() - GAP - width
            top, bottom = area.top() + GAP, area.bottom() - GAP - height
            corners = [QPointF(left, bottom), QPointF(right, bottom), QPointF(left, top), QPointF(right, top)]
            across, down = self._plot.pixels(self._points[:, 0], self._points[:, 1])
            hidden = [int(np.count_nonzero((across > corner.x()) & (across < corner.x() + width)
                                           & (down > corner.y()) & (down < corner.y() + height)))
                      for corner in corners]  # fmt: skip
            self.setPos(corners[hidden.index(min(hidden))])

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, *self._size)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        palette, line = self._palette, small_metrics(self._palette).height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back = QColor(palette.panel)
        back.setAlpha(228)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(self.boundingRect(), 4, 4)
        painter.setFont(small_font(palette))
        width = palette.line_width(True) + 1
        for k, row in enumerate(self.rows):
            middle = PAD / 2 + 1.15 * line * (k + 0.5)
            ends = QPointF(PAD, middle), QPointF(PAD + SAMPLE * line, middle)
            for color, thick, dash in ((row.casing, width + 2.5, ()), (row.color, float(width), row.dash)):
                if not color:
                    continue
                pen = QPen(QColor(color), thick, c=Qt.PenCapStyle.FlatCap)
                if dash:
                    pen.setDashPattern(list(dash))
                painter.setPen(pen)
                painter.drawLine(*ends)
                if row.shape == "arrow":
                    for aside in (-0.28 * line, 0.28 * line):
                        painter.drawLine(ends[1], ends[1] + QPointF(-0.4 * line, aside))
            painter.setPen(QColor(palette.text))
            left = 2 * PAD + SAMPLE * line
            painter.drawText(QRectF(left, middle - line, self._size[0] - left, 2 * line), Qt.AlignmentFlag.AlignVCenter,
                             row.text)  # fmt: skip
