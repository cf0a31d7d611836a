"""The sheet of keyboard shortcuts."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from gdexplorer.panels.text import label


def show_shortcuts(window: QWidget, listed: Iterable[tuple[str, str, str]]) -> None:
    """Show (menu, action, shortcut), those of one menu below each other."""
    dialog = QDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Keyboard shortcuts")
    grid = QGridLayout()
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(6)
    before = ""
    for row, (menu, text, shortcut) in enumerate(listed):
        grid.addWidget(label(menu if menu != before else "", "muted"), row, 0)
        grid.addWidget(label(text), row, 1)
        grid.addWidget(label(shortcut, "title"), row, 2)
        before = menu
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 16, 24, 16)
    column.addLayout(grid)
    dialog.open()
