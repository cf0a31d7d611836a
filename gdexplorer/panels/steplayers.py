"""A step layer by layer, for networks that no diagram of single weights can show: shapes, sizes, pictures."""

from functools import partial
from math import prod

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.ticks import number
from gdexplorer.panels.tiles import Section, Tiles
from gdexplorer.probes.chain import Parameter, parameter
from gdexplorer.probes.stepwise import LayerStage, Stage, rms

HEADS = ("layer", "shape", "RMS z", "RMS a", "RMS δ", "RMS ∂W")
KERNELS = "filters"
ROOM = 14  # lines of text from which on there is room for pictures too


class _Pictures(Tiles):
    """Tiles that a click chooses a pixel of."""

    picked = Signal(int, int, int, int)  # section, picture, row, column

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.marked: tuple[tuple[int, int, int, int], ...] = ()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QPen(QColor(self._palette.accent), 2))
        for section, picture, row, column in self.marked:
            if section < len(self._fit) and picture < self._fit[section].shown:
                rect, (height, width) = self.rect_of(section, picture), self._sections[section].values.shape[1:]
                high, wide = rect.height() / height, rect.width() / width
                painter.drawRect(QRectF(rect.left() + column * wide, rect.top() + row * high, wide, high))
        painter.end()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at: QPointF = event.position()
        if (found := self.picture_at(at)) is not None:
            values, rect = self._sections[found[0]].values[found[1]], self.rect_of(*found)
            row = min(int((at.y() - rect.top()) / rect.height() * values.shape[0]), values.shape[0] - 1)
            column = min(int((at.x() - rect.left()) / rect.width() * values.shape[1]), values.shape[1] - 1)
            self.picked.emit(*found, row, column)


class Layers(QWidget):
    """A table of layers, and pictures of the one that the chosen parameter belongs to."""

    chosen = Signal(int)  # a parameter's place in θ
    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._stage: Stage | None = None
        self._index = self._row = 0
        self._sections: list[tuple[str, Section]] = []
        self.table = QTableWidget(0, len(HEADS))
        self.table.setHorizontalHeaderLabels(list(HEADS))
        self.table.setAccessibleName("Layers")
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setFrameShape(QTableWidget.Shape.NoFrame)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setHighlightSections(False)
        self.pictures = _Pictures("Pictures of the layer")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.table, 1)
        column.addWidget(self.pictures, 2)
        self.table.cellClicked.connect(self._on_cell_clicked)
        self.table.currentCellChanged.connect(self._on_cell_clicked)
        self.pictures.picked.connect(self._on_picked)
        self.pictures.stepped.connect(self.stepped)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.pictures.setVisible(self.height() >= ROOM * self.table.fontMetrics().height())

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        font = small_font(palette)
        self.table.setFont(font)
        self.table.horizontalHeader().setFont(font)
        self.table.verticalHeader().setDefaultSectionSize(round(1.5 * self.table.fontMetrics().height()))
        self.pictures.show_palette(palette)
        self._fit()

    def show_stage(self, stage: Stage, index: int, example: int, digits: int) -> None:
        """Draw a step, with the layer of this parameter marked, unless one without parameters is looked at."""
        fresh = self._stage is None or len(self._stage.layers) != len(stage.layers)
        if fresh or index != self._index:
            self._row = parameter(stage, index).layer
        self._stage, self._index = stage, index
        self.table.blockSignals(True)
        self.table.setRowCount(len(stage.layers))
        for row, own in enumerate(stage.layers):
            for column, text in enumerate(_cells(stage, own, min(digits, 3) if digits < 6 else digits)):
                item = QTableWidgetItem(text)
                if column > 1:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        self.table.selectRow(self._row)
        frame = 2 * self.table.frameWidth() + 8
        self.table.setMaximumHeight(self.table.horizontalHeader().sizeHint().height() + frame
                                    + len(stage.layers) * self.table.verticalHeader().defaultSectionSize())  # fmt: skip
        self.table.blockSignals(False)
        self._sections = _sections(stage, self._row, example, parameter(stage, index))
        self.pictures.show_sections(tuple(section for _, section in self._sections))
        self.pictures.marked = self._marked(stage)
        self.pictures.update()

    def _marked(self, stage: Stage) -> tuple[tuple[int, int, int, int], ...]:
        """Return the pixels that stand for the chosen parameter: section, picture, row, column."""
        where = parameter(stage, self._index)
        layer = stage.layers[where.layer].layer
        if not isinstance(layer, Convolution) or where.bias or where.layer != self._row:
            return ()
        pixel = divmod(where.column % layer.size**2, layer.size)
        return tuple((k, where.row, *pixel) for k, (kind, _) in enumerate(self._sections) if kind == KERNELS)

    def _on_cell_clicked(self, row: int, *_: int) -> None:
        """Choose the layer's parameter with the largest derivative."""
        stage = self._stage
        if stage is None or row < 0 or row == self._row:
            return
        self._row = row
        id = stage.layers[row].layer.id
        blocks = [block for block in stage.layout.blocks if block.id.partition(".")[0] == id]
        if not blocks:
            self.chosen.emit(self._index)
            return
        size = np.abs(stage.theta if stage.backward is None else stage.backward.gradient)
        start, stop = blocks[0].start, blocks[-1].stop
        self.chosen.emit(start + int(size[start:stop].argmax()))

    def _on_picked(self, section: int, picture: int, row: int, column: int) -> None:
        """Choose the weight under the mouse, of the filters."""
        stage, (kind, shown) = self._stage, self._sections[section]
        if stage is None or kind != KERNELS:
            return
        where = parameter(stage, self._index)
        size = shown.values.shape[1]
        channel = 0 if where.bias else where.column // size**2
        block = stage.layout.by_id[shown.id]
        self.chosen.emit(block.start + picture * block.shape[1] + channel * size**2 + row * size + column)


def _cells(stage: Stage, own: LayerStage, digits: int) -> list[str]:
    write = partial(number, digits=digits)

    def size(values: Array | None) -> str:
        return "" if values is None else write(rms(values))

    # δ as of each example's own loss, so that it does not shrink with the batch
    delta = None if own.delta is None or stage.batch is None else stage.batch.size * own.delta
    gradient = None
    if stage.backward is not None:
        parts = [stage.backward.gradient[block.start : block.stop] for block in stage.layout.blocks
                 if block.id.partition(".")[0] == own.layer.id]  # fmt: skip
        gradient = np.concatenate(parts) if parts else None
    shape = "×".join(map(str, own.outputs))
    return [f"{own.layer.id} {type(own.layer).__name__.lower()}", shape, size(own.z), size(own.a), size(delta),
            size(gradient)]  # fmt: skip


def _picture(values: Array, shape: tuple[int, ...]) -> Array:
    """Return one example's values (n,) as pictures (count, height, width): channels, a sequence, or a strip."""
    if len(shape) == 3:
        return values.reshape(shape)
    if len(shape) == 2:
        return values.reshape(shape).T[None]
    width = min(prod(shape), 16)
    padded = np.zeros(-(-prod(shape) // width) * width)
    padded[: prod(shape)] = values
    return padded.reshape(1, -1, width)


def _sections(stage: Stage, layer: int, example: int, where: Parameter) -> list[tuple[str, Section]]:
    own, found = stage.layers[layer], list[tuple[str, Section]]()
    id = own.layer.id
    if own.a is not None and stage.batch is not None:
        found.append(("a", Section(id, f"a of {id}", "picture", _picture(own.a[:, example], own.outputs))))
        if own.hidden is not None:
            steps = own.inputs[0]
            shape = (steps, own.hidden.shape[0] // steps)
            found.append(("h", Section(id, "h, a step a column", "picture", _picture(own.hidden[:, example], shape))))
    if own.delta is not None and stage.batch is not None:
        delta = stage.batch.size * own.delta[:, example]
        found.append(("delta", Section(id, f"δ of {id}", "picture", _picture(delta, own.outputs))))
        if own.hidden_delta is not None:
            steps = own.inputs[0]
            shape = (steps, own.hidden_delta.shape[0] // steps)
            values = stage.batch.size * own.hidden_delta[:, example]
            found.append(("dh", Section(id, "∂L/∂h, a step a column", "picture", _picture(values, shape))))
    if isinstance(own.layer, Convolution):
        size = own.layer.size
        channel = 0 if where.bias or where.layer != layer else where.column // size**2
        of = f", input channel {channel + 1} of {own.inputs[0]}" if own.inputs[0] > 1 else ""

        def kernels(theta: Array) -> Array:
            weights = stage.layout.view(theta, id, "weight").reshape(-1, own.inputs[0], size, size)
            return weights[:, channel]

        now = stage.theta if stage.update is None else stage.update.theta
        found.append((KERNELS, Section(id, f"filters{of}", "filter", kernels(now))))
        if stage.backward is not None:
            title = f"∂L/∂ filters{of}"
            found.append((KERNELS, Section(id, title, "filter", kernels(stage.backward.gradient))))
    return found
