"""A widget as SVG: plots by pyqtgraph's exporter, all other widgets by Qt's generator, each in its place.

Qt's generator knows no clipping that holds, so each widget is drawn by itself into a rectangle that clips it.
"""

import importlib
import re
from math import sqrt
from typing import Any
from xml.dom import minidom
from xml.sax.saxutils import escape

from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QPainter, QRegion
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView, QWidget

from gdexplorer.panels.plot import Plot

exporter: Any = importlib.import_module("pyqtgraph.exporters.SVGExporter")  # the class there has the module's name
DPI = 96
_INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_MATRIX = re.compile(r"matrix\((.*)\)")
UNSCALED = "non-scaling-stroke"
_IDS = re.compile(r'(\bid="|url\(#|href="#)')


def svg_of(widget: QWidget, leave: frozenset[QWidget] = frozenset()) -> str:
    """Return what a widget shows, without those of `leave`, as SVG of its size in pixels, without the outer element."""
    parts = list[str]()
    _collect(widget, QPoint(0, 0), leave, parts)
    return "\n".join(parts)


def document(parts: str, size: QSize, background: str, title: str) -> str:
    """Return a whole SVG file."""
    width, height = size.width(), size.height()
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" '
            f'xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">\n<title>{escape(title)}</title>\n<rect width="{width}" height="{height}" '
            f'fill="{background}"/>\n{parts}\n</svg>\n')  # fmt: skip


def text(words: str, left: float, baseline: float, pixels: float, color: str, bold: bool = False) -> str:
    """Return a line of text."""
    weight = ' font-weight="600"' if bold else ""
    return (f'<text x="{left:g}" y="{baseline:g}" font-size="{pixels:g}" font-family="sans-serif"{weight} '
            f'fill="{color}">{escape(words)}</text>')  # fmt: skip


def _collect(widget: QWidget, at: QPoint, leave: frozenset[QWidget], parts: list[str]) -> None:
    """Add a widget and what is in it, from back to front."""
    if widget in leave:
        return
    number = len(parts)
    if isinstance(widget, Plot):
        parts.append(_placed(_unique(_plot(widget), number), at, widget.size()))
        return
    if isinstance(widget, QGraphicsView | QOpenGLWidget):
        parts.append(_placed(_picture(widget), at, widget.size()))
        return
    parts.append(_placed(_unique(_painted(widget), number), at, widget.size()))
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow() and child.isVisibleTo(widget):
            _collect(child, at + child.pos(), leave, parts)


def _placed(content: str, at: QPoint, size: QSize) -> str:
    return (f'<svg x="{at.x()}" y="{at.y()}" width="{size.width()}" height="{size.height()}" overflow="hidden">\n'
            f"{content}\n</svg>")  # fmt: skip


def _unique(content: str, number: int) -> str:
    """Tell the names of gradients and clips from those of the other widgets."""
    return _IDS.sub(rf"\g<1>w{number}_", content)


def _painted(widget: QWidget) -> str:
    """Return what a widget itself paints, not what is in it."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(DPI)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(0, 0), widget.size()))
    painter = QPainter(generator)
    widget.render(painter, QPoint(0, 0), QRegion(), QWidget.RenderFlag(0))
    painter.end()
    return _inside(_plain_strokes(bytes(data.data()).decode()))


def _plain_strokes(whole: str) -> str:
    """Give lines that keep their width whatever their scale a width of their own: few programs know such lines."""
    document = minidom.parseString(whole)
    for group in document.getElementsByTagName("g"):
        drawn = [node for node in group.childNodes if isinstance(node, minidom.Element)]
        found = _MATRIX.match(group.getAttribute("transform"))
        if found is None or not any(node.getAttribute("vector-effect") == UNSCALED for node in drawn):
            continue
        a, b, c, d = map(float, found[1].split(",")[:4])
        scale = sqrt(abs(a * d - b * c)) or 1.0
        for name in ("stroke-width", "stroke-dasharray"):
            if (value := group.getAttribute(name)) not in ("", "none"):
                group.setAttribute(name, ",".join(f"{float(part) / scale:g}" for part in value.split(",")))
        for node in drawn:
            if node.hasAttribute("vector-effect"):
                node.removeAttribute("vector-effect")
    return str(document.toxml())


def _inside(whole: str) -> str:
    found = _INSIDE.search(whole)
    assert found is not None
    return found[1]


def _picture(widget: QWidget) -> str:
    """Return a view of other kinds, such as OpenGL's, as an image."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    encoded = bytes(data.toBase64().data()).decode()
    return (f'<image width="{widget.width()}" height="{widget.height()}" preserveAspectRatio="none" '
            f'xlink:href="data:image/png;base64,{encoded}"/>')  # fmt: skip


def _plot(plot: Plot) -> str:
    made = exporter.SVGExporter(plot.plotItem)
    made.params["background"] = QColor(plot.palette_now.panel)
    with closing_paths():
        return _inside(bytes(made.export(toBytes=True)).decode())


class closing_paths:  # noqa: N801 - reads as what it does
    """Let pyqtgraph 0.14 read the paths of Qt ≥ 6.11, which end with a Z that has no coordinates.

    It raises on them (`exporters/SVGExporter.py`, `correctCoordinates`). Qt draws the closing line itself, so nothing
    is lost without the Z. Where pyqtgraph knows it, nothing is replaced; then this is to be removed.
    """

    def __enter__(self) -> None:
        self._usual = exporter.correctCoordinates
        if not reads_closed_paths():
            exporter.correctCoordinates = self._corrected

    def __exit__(self, *_: object) -> None:
        exporter.correctCoordinates = self._usual

    def _corrected(self, node: minidom.Element, *others: object) -> None:
        for path in node.getElementsByTagName("path"):
            path.setAttribute("d", " ".join(part for part in path.getAttribute("d").split() if part not in "Zz"))
        self._usual(node, *others)


def reads_closed_paths() -> bool:
    """Whether the installed pyqtgraph needs no help."""
    node = minidom.parseString('<g><g><path d="M0,0 L1,0 L1,1 Z"/></g></g>').documentElement
    try:
        exporter.correctCoordinates(node, [], None, {})
    except ValueError:
        return False
    return True
