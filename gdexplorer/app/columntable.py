"""The first rows of a file, and over them which columns are inputs and which one is learned."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.app.intake import Contents
from gdexplorer.panels.text import tooltip

USE, HOLDS, FIRST = range(3)  # rows: the box to tick, what is in the column, the first row of the file
WIDEST = 22  # letters of a column
_FIXED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class ColumnTable(QTableWidget):
    """Columns as in the file; Space or a click ticks an input, as does a click on its name."""

    chosen = Signal(tuple)  # names of the inputs, by the user

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Columns of the file: tick the inputs")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(True)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.verticalHeader().setHighlightSections(False)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._names: tuple[str, ...] = ()
        self._headings: list[QTableWidgetItem] = []
        self._uses: list[QTableWidgetItem] = []
        self._filling = False
        self.itemChanged.connect(self._on_item_changed)
        self.horizontalHeader().sectionClicked.connect(self._on_name_clicked)

    def show_contents(self, contents: Contents) -> None:
        """Show a file."""
        preview = contents.preview
        self._filling = True
        self._names = tuple(column.name for column in preview.columns)
        self._headings, self._uses = [], []
        self.clear()
        self.setRowCount(FIRST + len(preview.head))
        self.setColumnCount(len(self._names))
        self.setVerticalHeaderLabels(["use", "holds", *(str(k) for k in range(1, len(preview.head) + 1))])
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText)
        for at, (column, caption) in enumerate(zip(preview.columns, contents.captions, strict=True)):
            heading, use = _item(column.name), _item("")
            self._headings.append(heading)
            self._uses.append(use)
            self.setHorizontalHeaderItem(at, heading)
            use.setData(Qt.ItemDataRole.UserRole, column.numbers is not None)
            self.setItem(USE, at, use)
            holds = _item(caption, "\n".join(column.warnings))
            holds.setForeground(muted)
            self.setItem(HOLDS, at, holds)
            for row, cells in enumerate(preview.head, FIRST):
                cell = _item(cells[at])
                if column.numbers is not None:
                    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, at, cell)
        self._filling = False
        self._fit()

    def show_nothing(self) -> None:
        """Show that there is no file."""
        self._names, self._headings, self._uses = (), [], []
        self.setColumnCount(0)

    def show_choice(self, target: str, inputs: tuple[str, ...]) -> None:
        """Show what is an input, and what is learned."""
        self._filling = True
        for name, heading, use in zip(self._names, self._headings, self._uses, strict=True):
            numeric = use.data(Qt.ItemDataRole.UserRole)
            font = self.font()
            font.setBold(name == target)
            heading.setFont(font)
            use.setFont(font)
            if name == target or not numeric:
                use.setFlags(_FIXED)
                use.setData(Qt.ItemDataRole.CheckStateRole, None)
                use.setText("learned" if name == target else "not used")
                role = QPalette.ColorRole.Link if name == target else QPalette.ColorRole.PlaceholderText
                use.setForeground(self.palette().color(role))
            else:
                use.setFlags(_FIXED | Qt.ItemFlag.ItemIsUserCheckable)
                use.setCheckState(Qt.CheckState.Checked if name in inputs else Qt.CheckState.Unchecked)
                use.setText("input")
                use.setForeground(self.palette().color(QPalette.ColorRole.Text))
        self._filling = False

    def tick_all(self, on: bool) -> None:
        """Tick every column that can be an input, or none."""
        self._filling = True
        for use in self._boxes():
            use.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._filling = False
        self._tell()

    def _boxes(self) -> list[QTableWidgetItem]:
        return [use for use in self._uses if use.flags() & Qt.ItemFlag.ItemIsUserCheckable]

    def _fit(self) -> None:
        self.resizeColumnsToContents()
        widest = WIDEST * self.fontMetrics().averageCharWidth()
        room = self.fontMetrics().horizontalAdvance("not used") + 3 * self.fontMetrics().height()
        for at in range(self.columnCount()):
            self.setColumnWidth(at, min(max(self.columnWidth(at), room), widest))

    def _tell(self) -> None:
        ticked = {use.column() for use in self._boxes() if use.checkState() == Qt.CheckState.Checked}
        self.chosen.emit(tuple(name for at, name in enumerate(self._names) if at in ticked))

    @guarded
    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        if not self._filling and item.row() == USE:
            self._tell()

    @guarded
    def _on_name_clicked(self, column: int) -> None:
        use = self._uses[column]
        if use in self._boxes():
            on = use.checkState() == Qt.CheckState.Checked
            use.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)


def _item(text: str, tip: str = "") -> QTableWidgetItem:
    made = QTableWidgetItem(text)
    made.setFlags(_FIXED)
    made.setToolTip(tooltip(tip or text))
    return made
