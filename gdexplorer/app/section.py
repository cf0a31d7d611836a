"""A part of the side panel that folds away."""

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from gdexplorer.app.editor import GRID
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import IconButton


class SectionBox(QWidget):
    """A title that opens and closes what is below it.

    With a ``memory`` it remembers, under ``sections/<title>``, whether the user left it open.
    """

    toggled = Signal(bool)  # by the user: is it open now

    def __init__(
        self, title: str, *, opened: bool = True, memory: QSettings | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._memory = memory
        self._key = f"sections/{title}"
        if memory is not None:
            opened = bool(memory.value(self._key, opened, type=bool))
        self.header = IconButton("chevron-right", title, self)
        self.header.setCheckable(True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.header.setProperty("heading", True)
        self.header.clicked.connect(self._on_header_clicked)
        self._content = QWidget(self)
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(GRID, 0, 0, GRID)
        self._column.setSpacing(GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self._content)
        self.set_opened(opened)

    @property
    def opened(self) -> bool:
        """Whether the content shows."""
        return self.header.isChecked()

    def set_opened(self, opened: bool) -> None:
        """Open or close, without a word to anyone."""
        self.header.setChecked(opened)
        self.header.set_icon("chevron-down" if opened else "chevron-right")
        self.header.setAccessibleName(f"{self.header.text()}, {'open' if opened else 'closed'}")
        self._content.setVisible(opened)

    def add(self, widget: QWidget) -> None:
        """Append a widget to the content."""
        self._column.addWidget(widget)

    def clear(self) -> None:
        """Take every widget out of the content and delete it."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()

    @guarded
    def _on_header_clicked(self) -> None:
        opened = self.header.isChecked()
        self.set_opened(opened)
        if self._memory is not None:
            self._memory.setValue(self._key, opened)
        self.toggled.emit(opened)
