"""The plot that panels draw in: pyqtgraph dressed in a palette, quiet axes, no menus, no automatic ranges."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPen
from PySide6.QtWidgets import QGraphicsScene, QGraphicsSimpleTextItem, QToolTip, QWidget

from gdexplorer.arrays import Array
from gdexplorer.panels.axis import Axis, Ticker
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.fonts import small_font, small_metrics
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette, mix
from gdexplorer.panels.text import tooltip
from gdexplorer.panels.ticks import linear_ticks, log_ticks

Span = tuple[float, float]


def ink(palette: Palette, role: str) -> str:
    """Return the color of a role.

    ``faint`` (a line behind others), ``ghost 3`` (the run of color 3), ``#rrggbb``, or a field of the palette.
    """
    if role.startswith("#"):
        return palette.series(role)
    if role.startswith("ghost "):
        return palette.ghost(int(role.removeprefix("ghost "))).color
    if role == "faint":
        return mix(palette.panel, palette.text, 0.45 if palette.name == "projector" else 0.3)
    return str(getattr(palette, role))


@contextmanager
def thicker(widget: QWidget, factor: float) -> Iterator[None]:
    """Draw the curves of all plots in a widget thicker: their pens keep their pixels whatever the painter's scale."""
    curves = [item for plot in widget.findChildren(Plot) for item in plot.scene().items() if isinstance(item, Curve)]
    pens = [QPen(curve.opts["pen"]) for curve in curves]
    try:
        for curve, pen in zip(curves, pens, strict=True):
            thick = QPen(pen)
            thick.setWidthF(factor * pen.widthF())
            curve.setPen(thick)
        yield
    finally:
        for curve, pen in zip(curves, pens, strict=True):
            curve.setPen(pen)


class Plot(pg.PlotWidget):
    """One plot. Items wear roles, so that a change of theme restyles them; ranges are set, never found.

    Parameters
    ----------
    name
        Accessible name.
    mouse
        Whether the mouse pans and zooms.
    grid
        Whether hairlines stand behind the data.
    """

    # What hovering over a place (x, y) tells; a class attribute, as Qt sends events before __init__ is done.
    reading: Callable[[float, float], str] | None = None

    def __init__(self, name: str, mouse: bool = False, grid: bool = True, parent: QWidget | None = None) -> None:
        self.bottom, self.left = Axis("bottom"), Axis("left")
        super().__init__(parent, axisItems={"bottom": self.bottom, "left": self.left}, enableMenu=False)
        self.setAccessibleName(name)
        self.setFrameShape(self.Shape.NoFrame)
        # few items, most of which move in every frame: an index and lists of changed regions cost more than they save
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.palette_now: Palette = LIGHT
        self.paused = True
        self._curves: list[tuple[Any, str, tuple[float, ...]]] = []
        self._texts: list[tuple[Any, str]] = []
        self._labels = {"bottom": "", "left": ""}
        self._labeled: tuple[object, ...] = ()  # what they were last set to
        self._margins: tuple[float, ...] = ()
        self._chars, self._numbers, self._grid = 6.0, True, grid
        self.box = self.plotItem.vb
        self.plotItem.hideButtons()
        self.plotItem.setMouseEnabled(mouse, mouse)
        self.box.setDefaultPadding(0)
        self.box.disableAutoRange()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show_palette(LIGHT, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Restyle everything."""
        self.palette_now, self.paused = palette, paused
        self.setBackground(QColor(palette.panel))
        font = small_font(palette)
        for axis in (self.bottom, self.left):
            axis.metrics = small_metrics(palette)
            axis.setTickFont(font)
            axis.setTextPen(pg.mkPen(palette.muted))
            axis.setPen(pg.mkPen(palette.grid))
            axis.setTickPen(pg.mkPen(palette.grid))
            axis.setGrid(255 if self._grid else False)
            axis.setZValue(self.box.zValue() - 1 if self._grid else 0.5)  # pyqtgraph draws the grid upon the data
        for curve, role, dash in self._curves:
            curve.setPen(self.pen(role, dash))
        for item, role in self._texts:
            self._dress(item, role)
        self._labeled = ()  # pyqtgraph gave them the color of the axes
        self.set_labels(self._labels["bottom"], self._labels["left"])

    def pen(self, role: str, dash: tuple[float, ...] = ()) -> QPen:
        """Return the pen of a series: 1 px while running, the palette's width when paused."""
        width = 1 if role in ("faint", "grid") else self.palette_now.line_width(self.paused)
        width = max(width - 1, 1) if role.startswith("ghost ") else width
        pen: QPen = pg.mkPen(ink(self.palette_now, role), width=width)
        if dash:
            pen.setDashPattern(list(dash))
        return pen

    def curve(self, role: str, dash: tuple[float, ...] = (), z: float = 0.0, antialias: bool = False) -> Any:
        """Add a curve: `setData(x, y)` with float64 arrays; NaN breaks it. Decimate long data before."""
        item = Curve(pen=self.pen(role, dash), antialias=antialias, connect="finite")
        item.setZValue(z)
        self.add(item)
        self._curves.append((item, role, dash))
        return item

    def add(self, item: Any) -> Any:
        """Add any item of pyqtgraph in data coordinates; it never moves the view."""
        self.plotItem.addItem(item, ignoreBounds=True)
        return item

    def restyle(self, item: Any, role: str, dash: tuple[float, ...] = ()) -> None:
        """Give a curve that `curve` made another role."""
        self._curves = [curve for curve in self._curves if curve[0] is not item] + [(item, role, dash)]
        item.setPen(self.pen(role, dash))

    def text(self, text: str = "", role: str = "muted", anchor: Span = (0.0, 0.0), z: float = 20.0) -> Any:
        """Add plain text at a place in data coordinates (`setPos`, `setText`)."""
        item = pg.TextItem(text, anchor=anchor)
        item.setZValue(z)
        self._texts.append((item, role))
        self._dress(item, role)
        return self.add(item)

    def note(self, text: str = "", role: str = "muted") -> QGraphicsSimpleTextItem:
        """Add plain text in the plot's own pixels, where it may also stand beside the axes (see `pixel`)."""
        item = QGraphicsSimpleTextItem(text, self.plotItem)
        item.setZValue(20)
        self._texts.append((item, role))
        self._dress(item, role)
        return item

    def _dress(self, item: Any, role: str) -> None:
        color = ink(self.palette_now, role)
        if isinstance(item, QGraphicsSimpleTextItem):
            item.setBrush(QColor(color))
        else:
            item.setColor(color)
        item.setFont(small_font(self.palette_now))

    def set_labels(self, x: str = "", y: str = "") -> None:
        """Name the axes, and say "log" there if they are; costs nothing if they are so named already."""
        if (wanted := (x, y, self.palette_now, self._numbers)) == self._labeled:
            return
        self._labeled = wanted
        self._labels = {"bottom": x, "left": y}
        line = small_metrics(self.palette_now).height()
        style = {"color": self.palette_now.muted, "font-size": f"{self.palette_now.small:g}pt"}
        for side, axis in (("bottom", self.bottom), ("left", self.left)):
            axis.setLabel(escape(self._labels[side]) or None, **style)
            axis.resizeEvent()  # pyqtgraph centers the label only when the axis changes its size
        self.bottom.setStyle(showValues=self._numbers)
        self.bottom.setHeight(round(line * (2.3 if x else 1.15)) + 2 if self._numbers else round(0.6 * line))
        self.reserve_left(self._chars)

    def show_axes(self, shown: bool) -> None:
        """Show both axes or none; costs nothing if it is so already."""
        for side, axis in (("bottom", self.bottom), ("left", self.left)):
            if axis.isVisible() != shown:
                self.plotItem.showAxis(side, shown)

    def show_numbers(self, shown: bool) -> None:
        """Show the numbers of the bottom axis, or leave them to the plot below."""
        if shown != self._numbers:
            self._numbers = shown
            self.set_labels(self._labels["bottom"], self._labels["left"])

    def reserve_left(self, chars: float) -> None:
        """Fix the left axis' width to tick labels of so many digits, so that plots above each other align."""
        self._chars = chars
        metrics = small_metrics(self.palette_now)
        label = metrics.height() * 1.15 if self._labels["left"] else 0.0
        self.set_left(round(chars * metrics.horizontalAdvance("0") + 6 + label))

    def set_left(self, width: int) -> None:
        """Fix the left axis' width, in pixels."""
        if width != self.left.fixedWidth:  # else the axis would be painted anew
            self.left.setWidth(width)

    def set_log(self, x: bool = False, y: bool = False) -> None:
        """Label axes as logarithmic; the data given must then be log10 values."""
        self.set_tickers(log_ticks if x else linear_ticks, log_ticks if y else linear_ticks)

    def set_tickers(self, x: Ticker, y: Ticker) -> None:
        """Choose how the axes find their ticks: from low, high and the most that have room."""
        for axis, ticker in ((self.bottom, x), (self.left, y)):
            if axis.ticker is not ticker:
                axis.ticker = ticker
                axis.picture = None
                axis.update()

    def set_view(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """Show exactly this range; costs nothing if it is shown already."""
        if self.view() != (x0, x1, y0, y1):
            self.box.setRange(xRange=(x0, x1), yRange=(y0, y1), padding=0, disableAutoRange=False)

    def view(self) -> tuple[float, float, float, float]:
        """Return the range shown: x0, x1, y0, y1."""
        (x0, x1), (y0, y1) = self.box.viewRange()
        return x0, x1, y0, y1

    def set_margins(self, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> None:
        """Keep pixels around axes and data free, for notes."""
        if (left, top, right, bottom) != self._margins:
            self._margins = left, top, right, bottom
            self.plotItem.layout.setContentsMargins(left, top, right, bottom)
        self.plotItem.layout.activate()  # now, for notes that are placed next

    @property
    def overhang(self) -> int:
        """How far the number at an axis' end reaches beyond the data, in pixels."""
        return round(0.6 * small_metrics(self.palette_now).height())

    def prepare(self) -> None:
        """Move what has to move: pyqtgraph would do so while it paints, and then paint it all again."""
        self.scene().prepareForPaint()

    def minimumSizeHint(self) -> QSize:
        """Be content with little: panels leave out what does not fit."""
        return QSize(40, 30)

    @guarded(default=False)
    def viewportEvent(self, event: QEvent) -> bool:
        if self.reading is None or not isinstance(event, QHelpEvent):
            return bool(super().viewportEvent(event))
        place = self.box.mapSceneToView(self.mapToScene(event.pos()))
        QToolTip.showText(event.globalPos(), tooltip(self.reading(place.x(), place.y())), self)
        return True

    def area(self) -> QRectF:
        """Return where the data is drawn, in the pixels of notes."""
        return QRectF(self.box.geometry())

    def pixel(self, x: float, y: float) -> QPointF:
        """Return where a point of the data is, in the pixels of notes."""
        (x0, x1, y0, y1), area = self.view(), self.area()
        across, up = (x - x0) / ((x1 - x0) or 1), (y - y0) / ((y1 - y0) or 1)
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    def pixels(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return where many points are, across and down."""
        (x0, x1, y0, y1), area = self.view(), self.area()
        across, up = (x - x0) / ((x1 - x0) or 1), (y - y0) / ((y1 - y0) or 1)
        return area.left() + across * area.width(), area.bottom() - up * area.height()
