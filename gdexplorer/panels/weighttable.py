"""The parameters that go into one unit, each with its gradient."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.networds import source_name
from gdexplorer.panels.palette import Palette, mix
from gdexplorer.panels.text import set_tooltip
from gdexplorer.panels.ticks import number
from gdexplorer.probes.oneweight import Weight
from gdexplorer.probes.units import UnitsReport

LISTED = 64
HEADS = ("from", "w", "∂L/∂w")
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Incoming:
    """One parameter of a unit."""

    weight: Weight
    name: str
    value: float
    slope: float


def incoming(report: UnitsReport, column: int, unit: int) -> list[Incoming]:
    """Return a unit's weights, those of a norm and the bias; of many weights those that are largest."""
    found = list[Incoming]()
    into = report.columns[column]
    if not column or not into.drawn:
        return found
    before = report.columns[column - 1]
    for id in into.ids:
        if (block := report.layout.by_id.get(id)) is None:
            continue
        values, slopes = (report.layout.block(vector, id)[unit] for vector in (report.theta, report.gradient))
        if block.content == "norm":
            names, chosen = ["scale γ", "shift β"], np.arange(2)
        else:
            names = [source_name(before, k) for k in range(before.units)] + ["bias"]
            chosen = np.arange(len(values))
            if len(values) - 1 > LISTED:
                largest = np.argsort(-np.abs(values[:-1]), kind="stable")[:LISTED]
                chosen = np.append(np.sort(largest), len(values) - 1)
        found += [Incoming(Weight(id, unit, int(k)), names[k], float(values[k]), float(slopes[k])) for k in chosen]
    return found


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Incoming] = []

    def show(self, rows: list[Incoming]) -> None:
        same = [row.weight for row in rows] == [row.weight for row in self.rows]
        if not same:
            self.beginResetModel()
        self.rows = rows
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 1), self.index(len(rows) - 1, 2))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(HEADS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.name, number(row.value), number(row.slope, 2))[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        return None


class WeightTable(QTableView):
    """Incoming parameters, one a line; arrows and clicks choose."""

    chosen = Signal(object)  # a Weight

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Incoming weights of the unit")
        set_tooltip(self, "The weights into this unit, and ∂L/∂w of the latest batch. Choose one to edit it below.")
        self._model = _Model()
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setSectionsClickable(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._showing = False
        self.selectionModel().currentRowChanged.connect(self._on_row_changed)

    @property
    def rows(self) -> list[Incoming]:
        """What is listed."""
        return self._model.rows

    def show_rows(self, rows: list[Incoming], weight: Weight | None) -> None:
        """Show these, with one of them chosen if it is among them."""
        self._showing = True
        self._model.show(rows)
        at = next((k for k, row in enumerate(rows) if row.weight == weight), -1)
        if at < 0:
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        elif self.currentIndex().row() != at:
            self.setCurrentIndex(self._model.index(at, 0))
        self._showing = False

    def _on_row_changed(self, now: QModelIndex, _: QModelIndex) -> None:
        if not self._showing and now.isValid():
            self.chosen.emit(self.rows[now.row()].weight)

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        font = small_font(palette)
        self.setFont(font)
        self.horizontalHeader().setFont(font)
        line = QFontMetricsF(font).height()
        self.verticalHeader().setDefaultSectionSize(round(1.35 * line))
        self.horizontalHeader().setFixedHeight(round(1.4 * line))
        chosen = mix(palette.panel, palette.accent, 0.18)
        self.setStyleSheet(
            f"QTableView {{ background: {palette.panel}; color: {palette.text}; border: none; "
            f"selection-background-color: {chosen}; selection-color: {palette.text}; }}"
            f"QTableView:focus {{ border: 1px solid {palette.accent}; }}"
            f"QTableView::item {{ padding: 0 3px; }}"
            f"QHeaderView {{ background: {palette.panel}; border: none; }}"
            f"QHeaderView::section {{ background: {palette.panel}; color: {palette.muted}; border: none; "
            f"border-bottom: 1px solid {palette.grid}; padding: 0 3px; }}"
        )


def chosen_of(rows: Sequence[Incoming], weight: Weight | None) -> Incoming | None:
    """Return the line of a weight."""
    return next((row for row in rows if row.weight == weight), None)
