"""The caption of a picture: facts in order of weight, as many as have room."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import set_tooltip

Fact = tuple[str, str]  # the words, and the field of the palette that colors them

_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_DOT = " · "


class Facts(QWidget):
    """Facts in lines, or one below the other where there is a column; the tooltip holds them all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[Fact, ...] = ()
        self._laid: list[tuple[QRect, str, str]] = []
        self._column = False
        self._palette = LIGHT
        self.setAccessibleName("Caption")

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Show these."""
        if facts != self._facts:
            self._facts = facts
            words = [text for text, _ in facts]
            set_tooltip(self, "\n".join(words))
            self.setAccessibleDescription(_DOT.join(words))
            self._lay()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.setFont(small_font(palette))
        self._lay()

    def set_column(self, column: bool) -> None:
        """Choose between lines and a column."""
        self._column = column
        self._lay()

    def text(self) -> str:
        """Return what is shown."""
        return _DOT.join(text for _, text, _ in self._laid)

    def line(self) -> int:
        """Return the height of one line of text."""
        return QFontMetrics(small_font(self._palette)).lineSpacing()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def _lay(self) -> None:
        metrics = QFontMetrics(small_font(self._palette))
        self._laid = self._stacked(metrics) if self._column else self._flowing(metrics)
        self.update()

    def _stacked(self, metrics: QFontMetrics) -> list[tuple[QRect, str, str]]:
        laid, top, gap = [], 0, round(metrics.height() * 0.4)
        for text, role in self._facts:
            height = metrics.boundingRect(0, 0, self.width(), 10_000, _WRAP, text).height()
            if top + height > self.height():
                break
            laid.append((QRect(0, top, self.width(), height), text, role))
            top += height + gap
        return laid

    def _flowing(self, metrics: QFontMetrics) -> list[tuple[QRect, str, str]]:
        """Set facts side by side, breaking none but those that are wider than the whole line."""
        laid: list[tuple[QRect, str, str]] = []
        line, dot = metrics.lineSpacing(), metrics.horizontalAdvance(_DOT)
        left = top = 0
        for text, role in self._facts:
            width = metrics.horizontalAdvance(text)
            if left and left + dot + width > self.width():
                left, top = 0, top + line
            if top + line > self.height() + 2:
                break
            start, high = left + dot if left else 0, line
            if width > self.width():
                width = self.width()
                high = metrics.boundingRect(0, 0, width, 10_000, _WRAP, text).height()
                if top + high > self.height() + 2:
                    text, high = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width), line
            laid.append((QRect(start, top, width + 2, high), text, role))
            left, top = start + width, top + high - line
        return laid

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font(self._palette))
        dot = painter.fontMetrics().horizontalAdvance(_DOT)
        for rect, text, role in self._laid:
            if rect.left() and not self._column:
                painter.setPen(QColor(self._palette.muted))
                painter.drawText(rect.left() - dot, rect.top(), dot, rect.height(), Qt.AlignmentFlag.AlignLeft, _DOT)
            painter.setPen(QColor(getattr(self._palette, role)))
            wraps = self._column or rect.height() > painter.fontMetrics().lineSpacing()
            painter.drawText(rect, _WRAP if wraps else Qt.AlignmentFlag.AlignLeft, text)
        painter.end()
