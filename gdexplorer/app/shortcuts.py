"""The sheet of keyboard shortcuts."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from gdexplorer.panels.text import label

MARGIN = 24  # px
SCREEN = 0.9  # of the screen's height and width, at most
COLUMNS = (3, 2, 1)
Row = tuple[str, str, str]  # menu, action, shortcut


def show_shortcuts(window: QWidget, listed: Iterable[Row]) -> None:
    """Show shortcuts below the name of their menu, in as many columns as the screen has room for."""
    dialog = QDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Keyboard shortcuts")
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    around = QSize(3 * MARGIN, buttons.sizeHint().height() + 3 * MARGIN)
    room, rows = window.screen().availableSize() * SCREEN, list(listed)
    sheets = (_sheet(rows, columns) for columns in COLUMNS)
    sheet = next((one for one in sheets if one.sizeHint().width() + around.width() <= room.width()), _sheet(rows, 1))
    area = QScrollArea()
    area.setWidget(sheet)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(MARGIN, MARGIN - 8, MARGIN, MARGIN - 8)
    column.addWidget(area)
    column.addWidget(buttons)
    dialog.resize((sheet.sizeHint() + around).boundedTo(room))
    dialog.open()


def _sheet(rows: list[Row], columns: int) -> QWidget:
    """Lay all out side by side; a menu stays in one piece."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 8, 0)
    grid.setHorizontalSpacing(MARGIN)
    grid.setVerticalSpacing(4)
    column, line, listed = 0, 0, 0
    for menu, found in groupby(rows, itemgetter(0)):
        group = list(found)
        if column < columns - 1 and (listed + len(group) / 2) * columns > len(rows) * (column + 1):
            column, line = column + 1, 0
            grid.setColumnMinimumWidth(3 * column - 1, 8)
        if line:
            grid.setRowMinimumHeight(line, 8)
            line += 1
        grid.addWidget(label(menu, "title"), line, 3 * column, 1, 2)
        for _, text, shortcut in group:
            line, listed = line + 1, listed + 1
            grid.addWidget(label(text), line, 3 * column)
            grid.addWidget(label(shortcut, "muted"), line, 3 * column + 1)
        line += 1
    return made
