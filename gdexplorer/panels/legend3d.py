"""What is written in a corner of the 3-D view: the names of the tracks."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gdexplorer.panels.fonts import small_font, small_metrics, text_width
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.scene import Track3D

MARGIN = 8.0  # px


def paint_legend(painter: QPainter, room: QRectF, palette: Palette, tracks: Sequence[Track3D], width: float) -> None:
    """Name the tracks in the lower left corner, one below the other, if there are several and room for them."""
    named = [track for track in tracks if track.label]
    line = small_metrics(palette).height()
    high = 1.2 * line * len(named)
    if len(named) < 2 or room.height() < high + 10 * line:
        return
    wide = 2.6 * line + max(text_width(track.label, palette) for track in named)
    where = QRectF(MARGIN, room.bottom() - MARGIN - high, wide, high)
    _backed(painter, where, palette)
    for k, track in enumerate(named):
        middle = where.top() + (k + 0.5) * 1.2 * line
        pen = QPen(QColor(track.color or palette.path_core), width, c=Qt.PenCapStyle.FlatCap)
        if track.dash:
            pen.setDashPattern(list(track.dash))
        painter.setPen(pen)
        painter.drawLine(QPointF(where.left(), middle), QPointF(where.left() + 2 * line, middle))
        painter.setPen(QColor(palette.text))
        text = QRectF(where.left() + 2.4 * line, middle - line / 2, wide, line)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, track.label)


def _backed(painter: QPainter, where: QRectF, palette: Palette) -> None:
    """Put the panel's color behind words, which may lie above the surface when it is near."""
    paper = QColor(palette.panel)
    paper.setAlphaF(0.75)
    painter.setFont(small_font(palette))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(paper)
    painter.drawRoundedRect(where.adjusted(-4, -2, 4, 2), 4, 4)
