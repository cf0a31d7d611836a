"""A slim vertical color bar with a few labels."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPaintEngine, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.heatmap import Colors
from gdexplorer.panels.palette import LIGHT, Palette

THICK, GAP = 8, 6  # px
Tick = tuple[float, str]


class ColorBar(QWidget):
    """Its whole height is the scale; labels may stand half a line beyond it, in `overhang` pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = LIGHT
        self._image = QImage()
        self._picture = QPixmap()  # of what is shown; null: to be drawn
        self._levels = (0.0, 1.0)
        self._ticks: tuple[Tick, ...] = ()
        self._title = ""
        self.setAccessibleName("Color scale")

    def show_scale(self, colors: Colors, levels: tuple[float, float], ticks: list[Tick], title: str) -> None:
        """Draw these colors from the lower to the upper level, labels at ticks within them."""
        state = (levels, tuple(ticks), title)
        image = QImage(colors[::-1].tobytes(), 1, 256, 4, QImage.Format.Format_RGB32).copy()
        if state != (self._levels, self._ticks, self._title) or image != self._image:
            self._levels, self._ticks, self._title = state
            self._image = image
            self.setAccessibleDescription(f"{title}: " + ", ".join(text for _, text in ticks))
            self._picture = QPixmap()
            self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._picture = QPixmap()
        self.update()

    def overhang(self) -> int:
        """Return how far the widget reaches beyond its scale, above and below."""
        return QFontMetrics(small_font(self._palette)).height() // 2

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(small_font(self._palette))
        labels = max((metrics.horizontalAdvance(text) for _, text in self._ticks), default=0)
        return QSize(THICK + GAP + labels + round(1.15 * metrics.height()), 80)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, ratio = QPainter(self), self.devicePixelRatioF()
        on_screen = painter.device().devicePixelRatioF() == ratio
        if not on_screen or painter.paintEngine().type() == QPaintEngine.Type.SVG:  # for a file
            self._draw(painter)
            painter.end()
            return
        if self._picture.size() != self.size() * ratio:  # drawn once: the plot beside it is painted in every frame
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._picture)
            self._draw(inner)
            inner.end()
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _draw(self, painter: QPainter) -> None:
        font = small_font(self._palette)
        painter.setFont(font)
        metrics = QFontMetrics(font)
        over, line = self.overhang(), metrics.height()
        scale = QRectF(0, over, THICK, self.height() - 2 * over)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(scale, self._image.scaled(THICK, self._image.height()))  # one column would fade in an SVG
        low, high = self._levels
        painter.setPen(QColor(self._palette.muted))
        left = THICK + GAP
        for value, text in self._ticks:
            y = scale.bottom() - (value - low) / ((high - low) or 1) * scale.height()
            if scale.top() - 1 <= y <= scale.bottom() + 1:
                box = QRect(left, round(y - line / 2), self.width(), line)
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        if metrics.horizontalAdvance(self._title) <= self.height():
            painter.rotate(-90)
            box = QRect(-self.height(), self.width() - line, self.height(), line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._title)
