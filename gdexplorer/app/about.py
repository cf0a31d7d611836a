"""What the program is, in a box."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gdexplorer import __version__


def show_about(parent: QWidget) -> None:
    """Say what this is."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("About gdexplorer")
    box.setIconPixmap(parent.windowIcon().pixmap(64))
    box.setText(f"gdexplorer {__version__}\n\nSee gradient descent happen.\nOffline, no account, no GPU.\nMIT license.")
    box.open()
