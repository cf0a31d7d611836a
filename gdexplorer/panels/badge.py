"""A word on a tinted ground, colored and told apart by what it says."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gdexplorer.landscape.stationary import Verdict
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette, mix

COLORS: dict[Verdict, str] = {
    "minimum": "good", "saddle": "warning", "maximum": "warning", "plateau": "warning", "degenerate": "accent",
    "undecided": "muted", "not stationary": "muted",
}  # fmt: skip


class Badge(QWidget):
    """The verdict on a point."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = LIGHT
        self.verdict: Verdict = "undecided"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Kind of point")
        self.show_palette(LIGHT)

    def show_verdict(self, verdict: Verdict) -> None:
        """Show this."""
        self.verdict = verdict
        self.setAccessibleDescription(verdict)
        self.updateGeometry()
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.setFont(small_font(palette))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(small_font(self._palette))
        width = metrics.horizontalAdvance(self.verdict) + 1.2 * metrics.height()
        return QSize(round(width), round(metrics.height() + 2))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        color = str(getattr(self._palette, COLORS[self.verdict]))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(color))
        painter.setBrush(QColor(mix(self._palette.panel, color, 0.12)))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setFont(small_font(self._palette))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.verdict)
        painter.end()
