"""The network with its numbers: values in the units, weights or their derivatives on the edges."""

from collections import Counter
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen

from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import mix, readable
from gdexplorer.panels.samples import VALUES
from gdexplorer.panels.stepgraph import Edge, place, strength, values
from gdexplorer.panels.stepplaces import PAD, Places
from gdexplorer.panels.steptext import unit_name
from gdexplorer.panels.ticks import number
from gdexplorer.probes.chain import parameter
from gdexplorer.probes.stepwise import Stage

LABELED = 8  # edges between two columns that all have a label
AT = 0.27  # of an edge's length, where its label is: edges from one unit have parted, those into one have not met
THIN, THICK = 1.0, 5.0  # px
CENTERED = Qt.AlignmentFlag.AlignCenter
OVER = CENTERED | Qt.TextFlag.TextDontClip  # also where the room is too narrow


class Diagram(Places):
    """A click chooses a weight, or a unit with its strongest; the arrow keys step through θ."""

    chosen = Signal(int)  # a parameter's place in θ

    # ---- what the user does ---------------------------------------------------------

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self._stage is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if (index := self._parameter_at(event.position())) is not None:
            self.chosen.emit(index)

    def _parameter_at(self, at: QPointF) -> int | None:
        stage = self._stage
        assert stage is not None
        if (unit := self.unit_at(at)) is not None:
            column, row = unit
            if column == 0:
                return None
            return place(stage, column - 1, row, int(strength(stage, column - 1, row, self._example).argmax()))
        for column in range(1, len(self._graph.columns)):
            for row in self._graph.columns[column]:
                if self.bias_rect(column, row).contains(at):
                    return place(stage, column - 1, row, self._graph.sizes[column - 1])
        edge = self.edge_at(at)
        return None if edge is None else edge.parameter

    # ---- what is drawn --------------------------------------------------------------

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.panel))
        if self._stage is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        self._paint_edges(painter, self._stage)
        for column, units in enumerate(self._graph.columns):
            for unit in units:
                self._paint_unit(painter, self._stage, column, unit)
            self._paint_foot(painter, column)
        self._paint_loss(painter, self._stage)
        painter.end()

    def shown(self, index: int) -> float:
        """Return what stands on an edge: the weight, after the pass backward ∂L/∂w, after the update the new one."""
        stage = self._stage
        assert stage is not None
        if stage.update is not None:
            return float(stage.update.theta[index])
        return float((stage.theta if stage.backward is None else stage.backward.gradient)[index])

    def _paint_edges(self, painter: QPainter, stage: Stage) -> None:
        edges = self._graph.edges
        most = max((abs(self.shown(edge.parameter)) for edge in edges), default=1.0) or 1.0
        colors = [readable(color, self._palette.panel, 3.0) for color in VALUES]
        ordered = sorted(edges, key=lambda edge: edge.parameter == self._index)
        for edge in ordered:
            value, chosen = self.shown(edge.parameter), edge.parameter == self._index
            color = QColor(self._palette.accent if chosen else colors[value > 0])
            wide = THIN + (THICK - THIN) * min(abs(value) / most, 1.0)
            style = Qt.PenStyle.SolidLine if value >= 0 else Qt.PenStyle.DashLine
            painter.setPen(QPen(color, max(wide, 3.0) if chosen else wide, style))
            painter.drawLine(self.line_of(edge))
        together = Counter(edge.column for edge in edges)
        for edge in ordered:
            chosen = edge.parameter == self._index or edge.target == self._graph.focus[edge.column]
            if chosen or together[edge.column] <= LABELED:
                self._paint_label(painter, edge)

    def _paint_label(self, painter: QPainter, edge: Edge) -> None:
        line, metrics = self.line_of(edge), self._metrics
        for digits in range(self._digits, 0, -1):  # fewer where there is no room for all
            text = number(self.shown(edge.parameter), digits)
            wide, high = metrics.horizontalAdvance(text) + PAD, metrics.height()
            if wide <= line.dx():
                break
        middle, half = line.pointAt(AT), 0.5 * wide + 2
        x = min(max(middle.x(), line.x1() + half), max(line.x2() - half, line.center().x()))  # not upon a unit
        rect = QRectF(x - wide / 2, middle.y() - high / 2, wide, high)
        chosen = edge.parameter == self._index
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._palette.accent if chosen else self._palette.panel))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setPen(QColor(self._palette.on_accent if chosen else self._palette.text))
        painter.drawText(rect, CENTERED, text)

    def _lines(self, stage: Stage, column: int, unit: int, room: int) -> list[tuple[str, str]]:
        """Return what stands in a unit, the most important first, each with the color of its role."""
        write, b = partial(number, digits=self._digits), self._example
        a = values(stage, column, b)
        if a is None or stage.batch is None:
            return [(unit_name(stage, column, unit), "text")]
        if column == 0:
            return [(f"{write(float(a[unit]))}", "text")]
        own = stage.layers[column - 1]
        assert own.z is not None
        lines = [(f"a {write(float(a[unit]))}", "text")]
        if own.delta is not None:
            lines.insert(0, (f"δ {write(stage.batch.size * float(own.delta[unit, b]))}", "accent"))
        elif column == len(stage.layers) and stage.loss is not None:
            lines.append((f"t {write(float(stage.batch.y[unit, b]))}", "good"))
        if room > len(lines):
            lines.append((f"z {write(float(own.z[unit, b]))}", "muted"))
        order = {"z": 0, "a": 1, "t": 2, "δ": 3}
        return sorted(lines[:room], key=lambda line: order[line[0][0]])

    def _paint_unit(self, painter: QPainter, stage: Stage, column: int, unit: int) -> None:
        palette, rect, metrics = self._palette, self.rect_of(column, unit), self._metrics
        focused = column > 0 and unit == self._graph.focus[column] and column == parameter(stage, self._index).layer + 1
        painter.setPen(QPen(QColor(palette.accent if focused else mix(palette.grid, palette.text, 0.35)),
                            3 if focused else 1.5))  # fmt: skip
        painter.setBrush(QColor(palette.panel))
        painter.drawRoundedRect(rect, 8, 8)
        room = max(1, int((rect.height() + 2) // metrics.height()))
        lines = self._lines(stage, column, unit, room)
        top = rect.center().y() - len(lines) * metrics.height() / 2
        for k, (text, role) in enumerate(lines):
            painter.setPen(QColor(getattr(palette, role)))
            painter.setFont(_fitted(self._font, text, rect.width() - 4))
            own = QRectF(rect.left(), top + k * metrics.height(), rect.width(), metrics.height())
            painter.drawText(own, CENTERED, text)
        painter.setFont(self._font)
        self._paint_head(painter, stage, column, unit)

    def _paint_head(self, painter: QPainter, stage: Stage, column: int, unit: int) -> None:
        """Write an input's name, or a unit's bias, above it, if there is room between it and the one above."""
        units, rect = self._graph.columns[column], self.bias_rect(column, unit)
        if units.index(unit) and self.rect_of(column, units[units.index(unit) - 1]).bottom() > rect.top() + 2:
            return
        if column == 0:
            painter.setPen(QColor(self._palette.muted))
            if stage.batch is not None:
                painter.drawText(rect, CENTERED, unit_name(stage, 0, unit))
            return
        index = place(stage, column - 1, unit, self._graph.sizes[column - 1])
        chosen = index == self._index
        text = f"b {self._number(self.shown(index))}"
        if chosen:
            wide = self._metrics.horizontalAdvance(text) + PAD
            back = QRectF(rect.center().x() - wide / 2, rect.top(), wide, rect.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._palette.accent))
            painter.drawRoundedRect(back, 4, 4)
        painter.setPen(QColor(self._palette.on_accent if chosen else self._palette.muted))
        painter.drawText(rect, OVER, text)

    def _paint_foot(self, painter: QPainter, column: int) -> None:
        """Say below a column how many units of it are not drawn."""
        stage, units, size = self._stage, self._graph.columns[column], self._graph.sizes[column]
        assert stage is not None
        x = self.rect_of(column, units[0]).center().x()
        name = "inputs" if column == 0 else stage.layers[column - 1].layer.id
        text = f"{name}, {len(units)} of {size:,}" if len(units) < size else name
        wide, high = self._metrics.horizontalAdvance(text) + 2, self._metrics.height()
        rect = QRectF(min(max(x - wide / 2, 0), self.width() - wide), self.height() - high - 2, wide, high)
        painter.setPen(QColor(self._palette.muted))
        painter.drawText(rect, CENTERED, text)

    def _paint_loss(self, painter: QPainter, stage: Stage) -> None:
        if stage.loss is None:
            return
        wide, _ = self._unit
        high, palette = self._metrics.height(), self._palette
        texts = [f"L {self._number(stage.loss.total)}"]
        if stage.update is not None:
            texts.append(f"→ {self._number(stage.update.loss)}")
        tall = len(texts) * high + PAD
        outputs = [self.rect_of(len(self._graph.columns) - 1, unit) for unit in self._graph.columns[-1]]
        if self._apart:
            middle = (outputs[0].center().y() + outputs[-1].center().y()) / 2
            rect = QRectF(self.width() - PAD - wide, middle - tall / 2, wide, tall)
        else:
            rect = QRectF(outputs[0].left(), outputs[0].bottom() + 2 * PAD, wide, tall)
        painter.setPen(QPen(QColor(mix(palette.grid, palette.text, 0.35)), 1.5))
        for output in outputs:
            begin = QPointF(output.right(), output.center().y()) if self._apart else QPointF(
                output.center().x(), output.bottom())  # fmt: skip
            end = QPointF(rect.left(), rect.center().y()) if self._apart else QPointF(rect.center().x(), rect.top())
            painter.drawLine(begin, end)
        painter.setPen(QPen(QColor(palette.accent), 2))
        painter.setBrush(QColor(mix(palette.panel, palette.accent, 0.1)))
        painter.drawRoundedRect(rect, 8, 8)
        painter.setPen(QColor(palette.text))
        for k, text in enumerate(texts):
            painter.setFont(_fitted(self._font, text, rect.width() - 4))
            line = QRectF(rect.left(), rect.top() + PAD / 2 + k * high, rect.width(), high)
            painter.drawText(line, CENTERED, text)
        painter.setFont(self._font)


def _fitted(font: QFont, text: str, room: float) -> QFont:
    """Return a font small enough for a text to have room."""
    wide, font = QFontMetricsF(font).horizontalAdvance(text), QFont(font)
    if wide > room > 0:
        font.setPointSizeF(max(font.pointSizeF() * room / wide, 6.0))
    return font
