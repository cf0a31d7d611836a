"""A network as a picture: units as maps or squares, weights as edges; a click or the arrow keys choose."""

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip

from gdexplorer.panels.canvas import Canvas
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.netlayout import Edge, Places, distance, edges, ends, places, shape_of
from gdexplorer.panels.netmarks import SHADES, paint_chosen, paint_mark, pen_of
from gdexplorer.panels.networds import Unit, colors_of, described, scale_of, source_name, values_of
from gdexplorer.panels.palette import LIGHT, Palette, mix
from gdexplorer.panels.text import tooltip
from gdexplorer.panels.ticks import number
from gdexplorer.panels.tints import image_of
from gdexplorer.probes.oneweight import Weight
from gdexplorer.probes.units import Column, UnitsReport

STEPS = {Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1), Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0)}
NEAR = 5.0  # px, how near to an edge a click must be
TITLES = 2  # lines above a column: its name, its units


class NetDiagram(Canvas):
    """Draws a report; emits what is chosen, and changes nothing itself."""

    unit_chosen = Signal(object)  # Unit
    edge_chosen = Signal(object)  # Weight
    laid = Signal(object)  # places have changed, those of this report's units

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Diagram of the network")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._palette: Palette = LIGHT
        self._paused = True
        self._report: UnitsReport | None = None
        self._unit: Unit = (0, 0)
        self._weight: Weight | None = None
        self._gradient = False
        self._images: list[QImage] = []  # of each column, its units one below the other
        self._scales: list[float] = []
        self._lower = 1
        self._lines: dict[tuple[int, int, int], QLineF] = {}  # found so far in this layout
        self.counts: dict[str, int] = {}  # units or filters of layers that can be changed
        self.at: Places | None = None
        self.edges: list[Edge] = []

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 80)

    def show_report(self, report: UnitsReport, unit: Unit, weight: Weight | None, gradient: bool) -> None:
        """Draw this, with a frame around a unit and one edge marked."""
        fresh = self._report is None or shape_of(report) != shape_of(self._report)
        self._report, self._unit, self._weight, self._gradient = report, unit, weight, gradient
        self._lay(fresh)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Take on a theme."""
        moved = palette is not self._palette
        self._palette, self._paused = palette, paused
        self.setFont(small_font(palette))
        self._lay(moved)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay(True)

    # ---- where things are -----------------------------------------------------------

    @property
    def line(self) -> float:
        """Height of a line of text."""
        return QFontMetricsF(small_font(self._palette)).height()

    def _lay(self, moved: bool) -> None:
        if (report := self._report) is None:
            return
        if moved or self.at is None:
            self._lines = {}
            top, line = TITLES * (self.line + 3) + 8, self.line
            for self._lower in (1, 2):  # lines below the columns, a second one where there is something to note
                self.at = places(report, self.width(), self.height(), top, self._lower * line + 6, line)
                if not any(self._noted(k) for k in range(len(report.columns))):
                    break
            self.laid.emit(report)
        assert self.at is not None
        self.edges = [edge for k in range(len(report.columns)) for edge in edges(report, k, self.at, self._gradient)]
        colors = colors_of(self._palette)
        self._images, self._scales = [], []
        for column, rects in zip(report.columns, self.at.units, strict=True):
            tiles = column.maps[:, ::-1] if column.maps.size else values_of(column).reshape(-1, 1, 1)
            drawn = tiles[: len(rects)].reshape(-1, tiles.shape[-1])
            self._scales.append(scale_of(column) if column.drawn else 0.0)
            self._images.append(image_of(drawn, self._scales[-1], colors, self._palette.danger)
                                if column.drawn else QImage())  # fmt: skip
        self.update()

    def unit_at(self, place: QPointF) -> Unit | None:
        """Return the unit, or the block as its unit 0, at a place."""
        for k, rects in enumerate(self.at.units if self.at else ()):
            for j, rect in enumerate(rects):
                if rect.adjusted(-2, -2, 2, 2).contains(place):
                    return k, j
        return None

    def edge_at(self, place: QPointF) -> Edge | None:
        """Return the edge nearest to a place, if it is near."""
        if self.at is None:
            return None
        away = [(distance(place, *ends(edge, self.at)), -edge.strength, k) for k, edge in enumerate(self.edges)]
        nearest = min(away, default=(NEAR + 1, 0.0, 0))
        return self.edges[nearest[2]] if nearest[0] <= NEAR else None

    # ---- what the user does ---------------------------------------------------------

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._report is None:
            return
        if (unit := self.unit_at(event.position())) is not None:
            self.unit_chosen.emit(unit)
        elif (edge := self.edge_at(event.position())) is not None:
            self.edge_chosen.emit(edge.weight(self._report))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        if step is None or self.at is None:
            event.ignore()
            return
        column = min(max(self._unit[0] + step[0], 0), len(self.at.units) - 1)
        before, now = len(self.at.units[self._unit[0]]), len(self.at.units[column])
        # to a column of other length: at the same height
        row = self._unit[1] if column == self._unit[0] else round((self._unit[1] + 0.5) / before * now - 0.5)
        self.unit_chosen.emit((column, min(max(row + step[1], 0), now - 1)))

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Tell what is under the mouse; keep the window's shortcuts from taking the arrows while it has the focus."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tooltip(self.reading(QPointF(event.pos()))), self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in STEPS:
            event.accept()
            return True
        return bool(super().event(event))

    def reading(self, place: QPointF) -> str:
        """Return what is at a place in words."""
        if (report := self._report) is None:
            return ""
        if (unit := self.unit_at(place)) is not None:
            return described(report, unit)
        if (edge := self.edge_at(place)) is not None:
            what = "∂L/∂w" if self._gradient else "w"
            before = report.columns[edge.column - 1]
            return (f"{source_name(before, edge.source)} → {report.columns[edge.column].id} unit {edge.unit + 1}\n"
                    f"{what} = {number(edge.value)}")  # fmt: skip
        return ""

    # ---- what is drawn --------------------------------------------------------------

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.panel))
        if self._report is None or self.at is None:
            return
        painter.setFont(small_font(self._palette))
        self._paint_edges(painter, self._report, self.at)
        for k, column in enumerate(self._report.columns):
            if column.drawn:
                self._paint_units(painter, k, column, self.at)
            else:
                self._paint_block(painter, k, column, self.at)
            self._paint_words(painter, k, column, self.at)
        painter.end()

    def _paint_edges(self, painter: QPainter, report: UnitsReport, at: Places) -> None:
        palette = self._palette
        # opaque, and jagged while it runs: Qt paints smooth or translucent lines ten times slower
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._paused)
        painter.setPen(QPen(QColor(palette.grid), 2))
        for k in range(1, len(report.columns)):  # into and out of a block: one line for all
            if not (report.columns[k - 1].drawn and report.columns[k].drawn):
                left, right = at.units[k - 1], at.units[k]
                middle = (left[0].top() + left[-1].bottom()) / 2, (right[0].top() + right[-1].bottom()) / 2
                painter.drawLine(QPointF(left[0].right(), middle[0]), QPointF(right[0].left(), middle[1]))
        alike: dict[tuple[int, bool], list[QLineF]] = {}
        for edge in self.edges:
            alike.setdefault((round(SHADES * edge.strength), edge.value > 0), []).append(self._line_of(edge, at))
        for (shade, positive), lines in sorted(alike.items(), key=lambda pair: pair[0]):  # the weak ones first
            painter.setPen(pen_of(palette, positive, shade, self._paused))
            painter.drawLines(lines)
        if (chosen := self._chosen(report)) is not None:
            paint_chosen(painter, self._line_of(chosen, at), chosen.value >= 0, palette)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _line_of(self, edge: Edge, at: Places) -> QLineF:
        place = edge.column, edge.source, edge.unit
        if (line := self._lines.get(place)) is None:
            line = self._lines[place] = QLineF(*ends(edge, at))
        return line

    def _chosen(self, report: UnitsReport) -> Edge | None:
        """Return the edge of the chosen weight, where both its ends are drawn."""
        weight, at = self._weight, self.at
        if weight is None or at is None:
            return None
        for k, column in enumerate(report.columns):
            if column.id == weight.block and k and column.drawn and report.columns[k - 1].drawn:
                index = weight.index(report.layout)
                if index is not None and weight.row < len(at.units[k]) and weight.column < len(at.units[k - 1]):
                    value = (report.gradient if self._gradient else report.theta)[index]
                    return Edge(k, weight.column, weight.row, float(value), 1.0)
        return None

    def _paint_units(self, painter: QPainter, k: int, column: Column, at: Places) -> None:
        palette = self._palette
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge = QColor(mix(palette.grid, palette.text, 0.35))
        image, side = self._images[k], self._images[k].width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, side > 1)
        for j, rect in enumerate(at.units[k]):
            painter.drawImage(rect, image.copy(0, j * side, side, side))  # of a part, an SVG would show the whole
            if column.dropped is not None and column.dropped[j]:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(palette.text))
                brush = painter.brush()
                brush.setStyle(Qt.BrushStyle.BDiagPattern)
                painter.fillRect(rect, brush)
                painter.setBrush(Qt.BrushStyle.NoBrush)
            chosen = (k, j) == self._unit
            painter.setPen(QPen(QColor(palette.accent if chosen else edge), 3 if chosen else 1))
            painter.drawRect(rect.adjusted(-2, -2, 2, 2) if chosen else rect)
            if column.dead[j] or column.saturated[j]:
                paint_mark(painter, rect, bool(column.dead[j]), palette)

    def _paint_block(self, painter: QPainter, k: int, column: Column, at: Places) -> None:
        palette, rect = self._palette, at.units[k][0]
        chosen = (k, 0) == self._unit
        painter.setPen(QPen(QColor(palette.accent if chosen else palette.muted), 3 if chosen else 1))
        painter.setBrush(QColor(mix(palette.panel, palette.text, 0.05)))
        painter.drawRect(rect)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(palette.text))
        words = [" + ".join(column.parts), "×".join(map(str, column.shape)), f"{column.parameters:,} parameters"]
        if not column.parameters:
            words.pop()
        inside = rect.adjusted(2, 0, -2, 0)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, flags, "\n".join(words))

    def _paint_words(self, painter: QPainter, k: int, column: Column, at: Places) -> None:
        """Write a column's name, kind and scale above it, and below what of it is not drawn or not well."""
        palette, line = self._palette, self.line
        room = QRectF(at.middle(k) - at.width / 2 + 2, 4, at.width - 4, line)
        title = column.id if k == 0 or column.activation == "linear" else f"{column.id} {column.activation}"
        many = column.units if column.drawn else self.counts.get(column.id)
        count = "" if many is None else f"{many:,}"
        painter.setPen(QColor(palette.text))
        for row, text in enumerate((title, count)):
            self._write(painter, room.translated(0, row * (line + 3)), text)
        low = QRectF(room.left(), self.height() - self._lower * line - 2, room.width(), line)
        painter.setPen(QColor(palette.muted))
        self._write(painter, low, f"±{number(self._scales[k], 2)}" if column.drawn else "")
        painter.setPen(QColor(palette.danger if column.dead.any() else palette.muted))
        self._write(painter, low.translated(0, line), self._noted(k))

    def _noted(self, k: int) -> str:
        """Return how many of a column's units are not drawn, or not well."""
        assert self._report is not None
        assert self.at is not None
        column, shown = self._report.columns[k], len(self.at.units[k])
        marked = ((column.dead, "dead"), (column.saturated, "saturated"))
        notes = [f"{int(found.sum())} {word}" for found, word in marked if found.any()]
        if column.drawn and shown < column.units:
            notes.insert(0, f"{shown} of {column.units:,}")
        return ", ".join(notes)

    def _write(self, painter: QPainter, room: QRectF, text: str) -> None:
        words = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
