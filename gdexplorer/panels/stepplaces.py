"""Where units, biases and edges of a network's diagram are, and in what size of type."""

from math import hypot

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.stepgraph import MOST, STRONGEST, Edge, Graph, graph
from gdexplorer.panels.stepping import Stepping
from gdexplorer.panels.steptext import DIGITS
from gdexplorer.panels.ticks import number
from gdexplorer.probes.stepwise import Stage

NEAR = 8.0  # px from an edge that a click may be
PAD = 6.0
ROOMY, FEW = 4, 3  # units in a column up to which there is room for all digits; digits beyond
FEWEST = 3  # units of a column
LARGE, SMALLEST = 2.0, 6.0  # type, times that of the body; pt
LEGIBLE = 0.6  # times the type of notes


class Places(Stepping):
    """A stage laid out in columns of units, as large as there is room."""

    def __init__(self) -> None:
        super().__init__("Network with values")
        self._palette: Palette = LIGHT
        self._stage: Stage | None = None
        self._index, self._example, self._wanted = 0, 0, DIGITS  # significant digits
        self._graph = Graph((), (), (), ())
        self._measured: object = None  # what the size of the type was chosen for
        self._choose_units()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 100))

    def show_stage(self, stage: Stage, index: int, example: int, digits: int) -> None:
        """Draw a step, with this parameter marked."""
        self._stage, self._index, self._example, self._wanted = stage, index, example, digits
        self._choose_units()
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._choose_units()
        self.update()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_units()

    # ---- where things are -----------------------------------------------------------

    def _choose_units(self) -> None:
        """Take as many units as small type has room for."""
        if self._stage is not None:
            line = QFontMetricsF(small_font(self._palette)).height()
            most, strongest = (int(self.height() / (lines * line + PAD)) for lines in (2.2, 3.2))
            self._graph = graph(self._stage, self._index, self._example, min(max(most, FEWEST), MOST),
                                min(max(strongest, FEWEST), STRONGEST))  # fmt: skip
        self._choose_font()
        self._unit = self._box()
        self._rects = {(column, unit): self._placed(column, unit)
                       for column, units in enumerate(self._graph.columns) for unit in units}  # fmt: skip

    def _choose_font(self) -> None:
        """Take the largest type with which units and labels have room side by side, and units one below the other.

        Where that is too small, units have fewer lines and numbers fewer digits.
        """
        columns, most = len(self._graph.columns), max((len(units) for units in self._graph.columns), default=1)
        key = self.size(), self._palette.body, columns, most, self._wanted, self._apart
        if key == self._measured:
            return
        self._measured = key
        self._digits = self._wanted if most <= ROOMY or self._wanted > DIGITS else FEW
        lines = 2 + (most <= 6) + (most <= 4)
        few = self._digits if self._wanted > DIGITS else FEW
        for digits, tall in ((self._digits, lines), (few, 2)):
            self._digits = digits
            self._font, self._metrics = self._largest(tall)
            if self._font.pointSizeF() >= LEGIBLE * self._palette.small:
                break

    def _largest(self, lines: int) -> tuple[QFont, QFontMetricsF]:
        """Return the largest type in which there is room for units of so many lines, their biases among them."""
        columns, most = len(self._graph.columns), max((len(units) for units in self._graph.columns), default=1)
        font, size = QFont(small_font(self._palette)), LARGE * self._palette.body
        while True:
            font.setPointSizeF(size)
            metrics = QFontMetricsF(font)
            wide = columns * self._wide(metrics) + (columns - 1) * (self._sample(metrics) + 2 * PAD) + 2 * PAD
            high = most * (lines * metrics.height() + 2 * PAD) + metrics.height() + 2 * PAD
            if size <= SMALLEST or (wide <= self.width() - self._beside(metrics) and high <= self.height()):
                return font, metrics
            size -= 0.5

    def _sample(self, metrics: QFontMetricsF) -> float:
        return metrics.horizontalAdvance("0.0" + "0" * self._digits)

    def _wide(self, metrics: QFontMetricsF) -> float:
        """Return how wide a unit is."""
        return metrics.horizontalAdvance("δ ") + self._sample(metrics) + 2 * PAD

    def _beside(self, metrics: QFontMetricsF) -> float:
        """Return how much room the loss takes behind the last column; below a single output it takes none."""
        return self._wide(metrics) + 3 * PAD if self._apart else 0.0

    @property
    def _apart(self) -> bool:
        return self._stage is not None and self._stage.loss is not None and len(self._graph.columns[-1]) > 1

    def _number(self, value: float) -> str:
        return number(value, self._digits)

    def _box(self) -> tuple[float, float]:
        """Return a unit's width and height."""
        metrics, columns = self._metrics, self._graph.columns
        most = max(map(len, columns), default=1)
        row = (self.height() - 2 * PAD - metrics.height()) / max(most, 1)
        lines = max(1, min(3, int((row - PAD - metrics.height()) // metrics.height())))
        room = (self.width() - 2 * PAD - self._beside(metrics)) / max(len(columns), 1)
        return min(self._wide(metrics), 0.7 * room), min(lines * metrics.height() + PAD, row - 2)

    def rect_of(self, column: int, unit: int) -> QRectF:
        """Return where a unit is drawn."""
        return self._rects[column, unit]

    def _placed(self, column: int, unit: int) -> QRectF:
        wide, high = self._unit
        units, columns = self._graph.columns[column], len(self._graph.columns)
        left, right = PAD, self.width() - PAD - self._beside(self._metrics)
        x = left + (right - left - wide) * (column / max(columns - 1, 1))
        top, bottom = PAD, self.height() - PAD - self._metrics.height()
        step = (bottom - top) / len(units)
        middle = top + step * (units.index(unit) + 0.5) + 0.25 * self._metrics.height()
        return QRectF(x, middle - high / 2, wide, high)

    def line_of(self, edge: Edge) -> QLineF:
        """Return where a weight is drawn."""
        begin, end = self.rect_of(edge.column - 1, edge.source), self.rect_of(edge.column, edge.target)
        return QLineF(begin.right(), begin.center().y(), end.left(), end.center().y())

    def edge_at(self, at: QPointF) -> Edge | None:
        """Return the nearest weight, if one is near."""
        edges = [(_distance(self.line_of(edge), at), edge) for edge in self._graph.edges]
        near, edge = min(edges, default=(NEAR + 1, None), key=lambda pair: pair[0])
        return edge if near <= NEAR else None

    def unit_at(self, at: QPointF) -> tuple[int, int] | None:
        """Return the column and the unit at a place."""
        for column, units in enumerate(self._graph.columns):
            for unit in units:
                if self.rect_of(column, unit).contains(at):
                    return column, unit
        return None

    def bias_rect(self, column: int, unit: int) -> QRectF:
        """Return where a unit's bias is written: above it."""
        rect, high = self.rect_of(column, unit), self._metrics.height()
        return QRectF(rect.left() - 2 * PAD, rect.top() - high, rect.width() + 4 * PAD, high)


def _distance(line: QLineF, at: QPointF) -> float:
    """Return how far a point is from a segment."""
    dx, dy = line.dx(), line.dy()
    share = ((at.x() - line.x1()) * dx + (at.y() - line.y1()) * dy) / max(dx * dx + dy * dy, 1e-9)
    near = line.pointAt(min(max(share, 0.0), 1.0))
    return hypot(near.x() - at.x(), near.y() - at.y())
