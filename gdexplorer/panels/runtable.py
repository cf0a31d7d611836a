"""The table of runs: how each is drawn, its name to be typed over, its numbers, and where it comes from."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QStyledItemDelegate, QTableWidget, QTableWidgetItem, QWidget

from gdexplorer.lab.frame import RunEntry
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.lossplot import percent
from gdexplorer.panels.palette import LIGHT, Lane, Palette
from gdexplorer.panels.tablelook import dress, flatten, swatch
from gdexplorer.panels.text import tooltip
from gdexplorer.panels.ticks import number

NONE = "–"
# field, heading, tooltip; the widest text it needs room for
COLUMNS = (
    ("drawn", "drawn", "Checked: drawn beside the active run, in the curves and the landscape", ""),
    ("name", "run", "Type another name over it: double click or F2", "run 1"),
    ("state", "state", "Active: it trains; ghost: drawn thin; hidden: only in this table", "hidden"),
    ("updates", "updates", "Changes of the parameters so far", "100,000"),
    ("train", "loss", "Newest loss of the full training set, or of the function", "1.23×10⁻¹²"),
    ("test", "test loss", "Newest loss of the full test set", "1.23×10⁻¹²"),
    ("train_share", "accuracy", "Newest accuracy on the training set", "100.0 %"),
    ("test_share", "test acc.", "Newest accuracy on the test set", "100.0 %"),
    ("parent", "branched from", "The run it begins in, and the update up to which both are one", "run 1 at 100,000"),
    ("differs", "differs in", "Settings that are not those of the active run", "learning rate 0.3"),
)
FIELDS = tuple(field for field, *_ in COLUMNS)
WORDS = ("drawn", "name", "state", "parent", "differs")
LONGEST = 22  # letters of a run's name that are seen at most
DRAWN, NAME = FIELDS.index("drawn"), FIELDS.index("name")
_LATEST = {"train": 1, "test": 2, "train_share": 3, "test_share": 4}  # columns of the curves
# where there is little room, in turn
_DROPPED = ("state", "train_share", "test", "parent", "test_share", "updates", "differs")
_PLAIN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Delete)


def look_of(entry: RunEntry, palette: Palette) -> Lane:
    """Return how a run is drawn: the active one in the text's color."""
    return Lane(palette.text, ()) if entry.active else palette.ghost(entry.color)


def cells(entry: RunEntry, names: dict[int, str]) -> dict[str, str]:
    """Return a run's row as words, by field."""
    state = "active" if entry.active else "ghost" if entry.shown else "hidden"
    words = {
        "drawn": "",
        "name": entry.name,
        "state": state,
        "updates": f"{entry.step:,}",
        "differs": entry.differs or NONE,
    }
    for field, column in _LATEST.items():
        value = entry.latest[column]
        written = percent(value) if field.endswith("share") else number(value, padded=value != 0)
        words[field] = NONE if math.isnan(value) else written
    known = None if entry.parent is None else names.get(entry.parent, "a removed run")
    return words | {"parent": NONE if known is None else f"{known} at {entry.at:,}"}


def _key(entry: RunEntry, field: str, names: dict[int, str]) -> tuple[bool, Any]:
    """Return by what a column is sorted: what is unknown comes last."""
    if field in ("updates", "drawn"):
        return False, entry.step if field == "updates" else not (entry.active or entry.shown)
    if (column := _LATEST.get(field)) is not None:
        return math.isnan(entry.latest[column]), entry.latest[column]
    word = cells(entry, names)[field]
    return word == NONE, (word.casefold(), entry.at)


class _NameDelegate(QStyledItemDelegate):
    """Sends what is typed instead of writing it into the table: the next frame does that."""

    edited = Signal(int, str)  # row, text

    def setModelData(
        self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        assert isinstance(editor, QLineEdit)
        typed = " ".join(editor.text().split())
        if typed and typed != index.data():
            self.edited.emit(index.row(), typed)


class RunTable(QTableWidget):
    """Shows the runs of a frame; it emits what the user types, checks and wants removed."""

    renamed = Signal(int, str)  # run, name
    shown_changed = Signal(int, bool)  # run
    removal_requested = Signal(int)  # run

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self.setAccessibleName("Runs")
        self._palette: Palette = LIGHT
        self._entries: tuple[RunEntry, ...] = ()  # as they are listed
        self._given: tuple[RunEntry, ...] = ()
        self._sorting: tuple[str, bool] | None = None  # field, and whether it falls
        self._writing = False
        self._fitted: object = None  # what columns are fitted to
        delegate = _NameDelegate(self)
        delegate.edited.connect(self._on_name_edited)
        self.setItemDelegateForColumn(NAME, delegate)
        self.setHorizontalHeaderLabels([heading for _, heading, *_ in COLUMNS])
        for column, (field, _, tip, _) in enumerate(COLUMNS):
            heading = self.horizontalHeaderItem(column)
            assert heading is not None
            heading.setToolTip(tooltip(f"{tip}. A click sorts by it."))
            side = Qt.AlignmentFlag.AlignLeft if field in WORDS else Qt.AlignmentFlag.AlignRight
            heading.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        flatten(self)
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.setStretchLastSection(True)
        header.sectionClicked.connect(self._on_heading_clicked)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.itemChanged.connect(self._on_item_changed)
        self.show_palette(self._palette)

    # ---- what the user does ---------------------------------------------------------

    @property
    def run(self) -> RunEntry | None:
        """The run that is selected."""
        row = self.currentRow()
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def sort_by(self, field: str) -> None:
        """List by a column, rising; the second time falling; the third time as the runs came to be."""
        before = self._sorting
        if before is None or before[0] != field:
            self._sorting = (field, False)
        else:
            self._sorting = None if before[1] else (field, True)
        header = self.horizontalHeader()
        header.setSortIndicatorShown(self._sorting is not None)
        if self._sorting is not None:
            falling = Qt.SortOrder.DescendingOrder if self._sorting[1] else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(FIELDS.index(field), falling)
        self.show_runs(self._given)

    @guarded
    def _on_heading_clicked(self, column: int) -> None:
        self.sort_by(FIELDS[column])

    @guarded
    def rename(self) -> None:
        """Let the selected run's name be typed over."""
        if (item := self.item(self.currentRow(), NAME)) is not None:
            self.editItem(item)

    @guarded
    def _on_name_edited(self, row: int, typed: str) -> None:
        self.renamed.emit(self._entries[row].id, typed)

    @guarded
    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        if not self._writing and item.column() == DRAWN:
            self.shown_changed.emit(self._entries[item.row()].id, item.checkState() is Qt.CheckState.Checked)

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Keep keys that mean something here from the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        return bool(super().event(event))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes a run, Space shows or hides it wherever in the row one is."""
        entry = self.run
        if event.key() == Qt.Key.Key_Delete and entry is not None and not entry.active:
            self.removal_requested.emit(entry.id)
        elif event.key() == Qt.Key.Key_Space:
            if entry is not None and not entry.active:
                self.shown_changed.emit(entry.id, not entry.shown)
        else:
            super().keyPressEvent(event)

    # ---- what is shown --------------------------------------------------------------

    def show_runs(self, entries: Sequence[RunEntry]) -> None:
        """List these; the one that is selected stays so, wherever it comes to stand."""
        kept, self._given = self.run, tuple(entries)
        if self.state() is not self.State.EditingState or {e.id for e in entries} != {e.id for e in self._entries}:
            self._entries = self._sorted(self._given)
        else:  # rows stay where they are under the hand that types
            by_id = {entry.id: entry for entry in entries}
            self._entries = tuple(by_id[entry.id] for entry in self._entries)
        self._write()
        rows = [row for row, entry in enumerate(self._entries) if kept is not None and entry.id == kept.id]
        if self._entries and rows != [self.currentRow()]:
            self.setCurrentCell(rows[0] if rows else 0, NAME)

    def _sorted(self, entries: tuple[RunEntry, ...]) -> tuple[RunEntry, ...]:
        if self._sorting is None:
            return entries
        field, falling = self._sorting
        names = {entry.id: entry.name for entry in entries}
        key: Callable[[RunEntry], tuple[bool, Any]] = lambda entry: _key(entry, field, names)  # noqa: E731
        known = [entry for entry in entries if not key(entry)[0]]
        return (*sorted(known, key=key, reverse=falling), *(entry for entry in entries if key(entry)[0]))

    def _write(self) -> None:
        self._writing = True
        self.setRowCount(len(self._entries))
        names = {entry.id: entry.name for entry in self._given}
        for row, entry in enumerate(self._entries):
            words = cells(entry, names)
            for column, field in enumerate(FIELDS):
                item = self.item(row, column)
                if item is None:
                    self.setItem(row, column, item := QTableWidgetItem())
                    side = Qt.AlignmentFlag.AlignLeft if field in WORDS else Qt.AlignmentFlag.AlignRight
                    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                    item.setFlags(_PLAIN | Qt.ItemFlag.ItemIsEditable if column == NAME else _PLAIN)
                if item.text() != words[field]:
                    item.setText(words[field])
            self._write_look(row, entry, words)
        self._writing = False
        if (shape := self._shape()) != self._fitted:
            self._fitted = shape
            self._choose_columns()

    def _shape(self) -> list[tuple[object, ...]]:
        """Return what decides how wide columns are and which there are."""
        names = {entry.id: entry.name for entry in self._given}
        rows = [cells(entry, names) for entry in self._entries]
        return [tuple(row[field] if field in WORDS else row[field] == NONE for field in FIELDS) for row in rows]

    def _write_look(self, row: int, entry: RunEntry, words: dict[str, str]) -> None:
        drawn, name = self.item(row, DRAWN), self.item(row, NAME)
        assert drawn is not None
        assert name is not None
        if entry.active:  # it is always drawn
            drawn.setFlags(_PLAIN)
            drawn.setData(Qt.ItemDataRole.CheckStateRole, None)
        else:
            drawn.setFlags(_PLAIN | Qt.ItemFlag.ItemIsUserCheckable)
            drawn.setCheckState(Qt.CheckState.Checked if entry.shown else Qt.CheckState.Unchecked)
        drawn.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.name}: {words['state']}")
        look, wide = look_of(entry, self._palette), self._palette.body / (5 if entry.active else 7)
        if name.data(Qt.ItemDataRole.UserRole) != (look.color, look.dash, wide):
            name.setData(Qt.ItemDataRole.UserRole, (look.color, look.dash, wide))
            name.setIcon(swatch(self, look, wide))
        whole = tooltip("\n".join(f"{heading}: {words[field]}" for field, heading, *_ in COLUMNS[NAME:]))
        seen = entry.active or entry.shown
        for column in range(len(FIELDS)):
            if (item := self.item(row, column)) is not None:
                item.setToolTip(whole)
                item.setForeground(QColor(self._palette.text if seen else self._palette.muted))

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        dress(self, palette)
        self._fitted = None
        self._write()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_columns()

    def _choose_columns(self) -> None:
        """Hide the columns of which nothing is known, and the least important ones where there is no room for all."""
        metrics = QFontMetricsF(small_font(self._palette))
        names = {entry.id: entry.name for entry in self._given}
        words = [cells(entry, names) for entry in self._entries]
        widths = dict[str, int]()
        for field, heading, _, widest in COLUMNS:
            texts = [heading, *(row[field] for row in words)] if field in WORDS else [heading, widest]
            widths[field] = round(max(map(metrics.horizontalAdvance, texts)) + 20)
        icon, most = round(self.iconSize().width() + 0.5 * metrics.height()), LONGEST * metrics.averageCharWidth()
        room = self.viewport().width() - widths["drawn"] - widths["train"] - icon  # the loss stays beside the name
        widths["name"] = min(widths["name"], max(round(min(most, room)), round(most / 3))) + icon
        widths["parent"] = min(widths["parent"], round(1.5 * most))
        widths["differs"] = min(widths["differs"], round(metrics.horizontalAdvance(COLUMNS[-1][3])) + 20)
        hidden = {field for field in (*_LATEST, "parent") if all(row[field] == NONE for row in words)}
        for field in _DROPPED:
            if sum(width for name, width in widths.items() if name not in hidden) > self.viewport().width():
                hidden.add(field)
        for column, field in enumerate(FIELDS):
            self.setColumnHidden(column, field in hidden)
            self.setColumnWidth(column, widths[field])

    def listed(self) -> list[dict[str, str]]:
        """Return the rows as words by heading, as they are sorted."""
        names = {entry.id: entry.name for entry in self._given}
        words = [cells(entry, names) for entry in self._entries]
        return [{heading: row[field] for field, heading, *_ in COLUMNS[NAME:]} for row in words]
