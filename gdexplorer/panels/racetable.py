"""The table of a race: a row a lane, its color and dash, and the learning rate to be typed over."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.standings import NONE, Standing
from gdexplorer.panels.tablelook import dress, flatten, swatch
from gdexplorer.panels.text import tooltip

# field of a standing, heading, tooltip; the widest text it needs room for
COLUMNS = (
    ("name", "lane", "Optimizer, and what is different in its lane", "Adam"),
    ("rate", "η", "Learning rate: type another one over it", "0.000123"),
    ("updates", "updates", "Changes of the parameters so far", "100,000"),
    ("evaluations", "evaluations", "Losses or gradients that were asked for so far", "100,000"),
    ("train", "loss", "Loss of the full training set, or of the function", "1.23×10⁻¹²"),
    ("test", "test", "Loss of the full test set", "1.23×10⁻¹²"),
    ("reached", "reached", "Updates until the loss was first at the target or below", "100,000"),
    ("reached_evaluations", "after ev.", "Evaluations until the loss was first at the target or below", "100,000"),
    ("seconds", "seconds", "Updates times the calibrated cost of one, each lane alone on one core", "0.00123"),
    ("state", "state", "Whether the lane goes on", "diverged"),
)
FIELDS = tuple(field for field, *_ in COLUMNS)
RATE = FIELDS.index("rate")
# where there is little room, the first at first
_DROPPED = ("reached_evaluations", "test", "evaluations", "seconds", "updates", "state", "rate", "reached")


class _RateDelegate(QStyledItemDelegate):
    """Sends what is typed instead of writing it into the table: the next frame does that."""

    edited = Signal(int, str)  # lane, text

    def setModelData(
        self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        assert isinstance(editor, QLineEdit)
        if editor.text() != index.data():
            self.edited.emit(index.row(), editor.text())


class RaceTable(QTableWidget):
    """Shows standings; it emits what the user types and wants removed."""

    rate_edited = Signal(int, str)  # lane, text
    removal_requested = Signal(int)  # lane
    columns_changed = Signal()  # others have room now

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self.setAccessibleName("Lanes of the race")
        self._palette: Palette = LIGHT
        self._icons: dict[int, QIcon] = {}
        self._shown: list[Standing] = []
        delegate = _RateDelegate(self)
        delegate.edited.connect(self.rate_edited)
        self.setItemDelegateForColumn(RATE, delegate)
        self.setHorizontalHeaderLabels([heading for _, heading, *_ in COLUMNS])
        for column, (_, _, tip, _) in enumerate(COLUMNS):
            heading = self.horizontalHeaderItem(column)
            assert heading is not None
            heading.setToolTip(tooltip(tip))
            side = Qt.AlignmentFlag.AlignRight if _is_number(column) else Qt.AlignmentFlag.AlignLeft
            heading.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        flatten(self)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.show_palette(self._palette)

    @property
    def lane(self) -> int:
        """The lane that is selected; the first if none is."""
        return min(max(self.currentRow(), 0), max(self.rowCount() - 1, 0))

    def show_standings(self, rows: Sequence[Standing]) -> None:
        """Write what differs from what is there."""
        if len(rows) != self.rowCount():
            kept = self.lane
            self.setRowCount(len(rows))
            self._shown, self._icons = [], {}
            for row in range(len(rows)):
                self._fill(row)
            if rows:
                self.setCurrentCell(min(kept, len(rows) - 1), RATE)
        for row, standing in enumerate(rows):
            if self._shown[row : row + 1] != [standing]:
                self._write(row, standing)
        before, self._shown = self._shown, list(rows)
        if _shape(before) != _shape(self._shown):
            self._choose_columns()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette, self._icons = palette, {}
        dress(self, palette)
        rows, self._shown = self._shown, []
        for row, standing in enumerate(rows):
            self._write(row, standing)
        self._shown = rows
        self._choose_columns()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_columns()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes a rival."""
        if event.key() == Qt.Key.Key_Delete:
            self.removal_requested.emit(self.lane)
        else:
            super().keyPressEvent(event)

    def _fill(self, row: int) -> None:
        for column in range(len(COLUMNS)):
            item = QTableWidgetItem()
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            if _is_number(column):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)

    def _write(self, row: int, standing: Standing) -> None:
        items = [self.item(row, column) or QTableWidgetItem() for column in range(len(FIELDS))]  # there are all
        for item, field in zip(items, FIELDS, strict=True):
            text = getattr(standing, field)
            if field == "name" and standing.note:
                text = f"{text} · {standing.note}"
            if item.text() != text:
                item.setText(text)
        name, rate, state = items[0], items[RATE], items[-1]
        if row not in self._icons:
            self._icons[row] = swatch(self, self._palette.lane(row), self._palette.body / 5)
            name.setIcon(self._icons[row])
        name.setToolTip(tooltip(_whole(standing)))
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        rate.setFlags(flags if standing.rate == NONE else flags | Qt.ItemFlag.ItemIsEditable)
        rate.setToolTip(tooltip("" if standing.rate == NONE else "Type another learning rate: Enter, F2 or a digit"))
        state.setForeground(QColor(getattr(self._palette, standing.role)))
        state.setToolTip(tooltip(standing.reason))

    def _choose_columns(self) -> None:
        """Hide the least important columns where there is no room for all."""
        metrics = QFontMetricsF(small_font(self._palette))
        widths = {
            field: round(max(metrics.horizontalAdvance(heading), metrics.horizontalAdvance(widest)) + 20)
            for field, heading, _, widest in COLUMNS
        }
        widths["name"] += self.iconSize().width()
        longest = max((metrics.horizontalAdvance(s.name) for s in self._shown), default=0.0)
        widths["name"] = max(widths["name"], round(longest + 1.8 * metrics.height()) + self.iconSize().width())
        hidden = {"test"} if all(s.test == NONE for s in self._shown) else set()
        plain = not any(s.reason for s in self._shown)
        for field in ("state", *_DROPPED) if plain else _DROPPED:
            if sum(width for name, width in widths.items() if name not in hidden) > self.viewport().width():
                hidden.add(field)
        before = [self.isColumnHidden(column) for column in range(len(FIELDS))]
        for column, field in enumerate(FIELDS):
            self.setColumnHidden(column, field in hidden)
            if column:
                self.setColumnWidth(column, widths[field])
        if before != [field in hidden for field in FIELDS]:
            self.columns_changed.emit()

    def shows(self, field: str) -> bool:
        """Whether there is room for the column of a field."""
        return not self.isColumnHidden(FIELDS.index(field))


def _shape(rows: Sequence[Standing]) -> list[tuple[str, bool, bool]]:
    """Return what decides which columns there are."""
    return [(row.name, row.test == NONE, bool(row.reason)) for row in rows]


def _is_number(column: int) -> bool:
    return COLUMNS[column][0] not in ("name", "state")


def _whole(standing: Standing) -> str:
    """Return a row in full, for where columns are hidden."""
    lines: list[Any] = [standing.name, standing.note]
    lines += [f"{heading}: {getattr(standing, field)}" for field, heading, *_ in COLUMNS[1:]]
    return "\n".join(line for line in lines if line)
