"""A panel as a picture for a document: its title, what it draws, its caption, and the settings it depends on."""

from collections.abc import Iterator

from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QRegion, Qt
from PySide6.QtWidgets import QWidget

from gdexplorer.app.theme import body_font, small_font
from gdexplorer.panels import vector
from gdexplorer.panels.header import Header
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.plot import thicker

SCALE = 2  # pixels of a PNG for each on the screen
MARGIN = 8


class Picture:
    """What a picture shows, and where: the panel without its controls, its title above it, a line below it.

    Parameters
    ----------
    title, status
        A line above and one below.
    """

    def __init__(self, panel: Panel, palette: Palette, title: str, status: str) -> None:
        self._panel, self._palette, self._title = panel, palette, title
        for part in panel.findChildren(QWidget):  # what waits for its turn while a run plays would stay blank
            part.setUpdatesEnabled(True)
        self._headers = frozenset[QWidget](panel.findChildren(Header))
        self._top = _below(panel)
        self._bold, self._small = body_font(palette), small_font(palette)
        self._bold.setBold(True)
        metrics, self._line = QFontMetrics(self._bold), QFontMetrics(self._small).lineSpacing()
        self._above = MARGIN + metrics.lineSpacing() + MARGIN // 2
        self._rows = _wrapped(status, QFontMetrics(self._small), panel.width() - 2 * MARGIN)
        self._shown = QRect(0, self._top, panel.width(), panel.height() - self._top)
        below = MARGIN // 2 + self._line * len(self._rows) + MARGIN
        self.size = QSize(panel.width(), self._above + self._shown.height() + below)

    def image(self) -> QImage:
        """Return it in pixels."""
        image = QImage(self.size * SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(SCALE)
        image.fill(QColor(self._palette.panel))
        painter = QPainter(image)
        with thicker(self._panel, SCALE):
            self._panel.render(painter, QPoint(0, self._above), self._region())
        for words, font, color, baseline in self._texts():
            painter.setFont(font)
            painter.setPen(QColor(color))
            painter.drawText(MARGIN, baseline, words)
        painter.end()
        return image

    def _region(self) -> QRegion:
        """Return what of the panel is shown: other rows of controls leave gaps."""
        region = QRegion(self._shown)
        for header in self._headers:
            if header.isVisibleTo(self._panel):
                region -= QRegion(QRect(header.mapTo(self._panel, QPoint(0, 0)), header.size()))
        return region

    def png(self) -> bytes:
        """Return it as a PNG."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        self.image().save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(data.data())

    def svg(self) -> bytes:
        """Return it as SVG."""
        shown = self._shown
        inner = vector.svg_of(self._panel, self._headers)
        inner = (f'<svg x="0" y="{self._above}" width="{shown.width()}" height="{shown.height()}" '
                 f'viewBox="0 {shown.top()} {shown.width()} {shown.height()}">\n{inner}\n</svg>')  # fmt: skip
        lines = [
            vector.text(words, MARGIN, baseline, QFontMetrics(font).height() * 0.8, color, font.bold())
            for words, font, color, baseline in self._texts()
        ]
        whole = vector.document("\n".join([inner, *lines]), self.size, self._palette.panel, self._title)
        return whole.encode()

    def _texts(self) -> Iterator[tuple[str, QFont, str, int]]:
        """Yield each line of text: words, font, color, baseline."""
        yield self._title, self._bold, self._palette.text, MARGIN + QFontMetrics(self._bold).ascent()
        top = self._above + self._shown.height() + MARGIN // 2 + QFontMetrics(self._small).ascent()
        for number, row in enumerate(self._rows):
            yield row, self._small, self._palette.muted, top + number * self._line


def _below(panel: Panel) -> int:
    """Return where the rows of controls at the top of a panel end: they are no part of a picture."""
    top = 0
    headers = sorted((header for header in panel.findChildren(Header) if header.isVisibleTo(panel)),
                     key=lambda header: header.mapTo(panel, QPoint(0, 0)).y())  # fmt: skip
    for header in headers:
        at = header.mapTo(panel, QPoint(0, 0))
        if at.y() <= top + MARGIN and header.width() > 0.8 * panel.width():
            top = at.y() + header.height()
    return top


def _wrapped(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Break a line at its dots where it is too long."""
    rows = [""]
    for part in text.split(" · "):
        longer = f"{rows[-1]} · {part}" if rows[-1] else part
        if rows[-1] and metrics.horizontalAdvance(longer) > width:
            rows.append(part)
        else:
            rows[-1] = longer
    return [metrics.elidedText(row, Qt.TextElideMode.ElideRight, width) for row in rows]
