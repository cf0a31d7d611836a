"""What every control of the side panel has in common: path, label, value, complaint."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from gdexplorer.fields import Description
from gdexplorer.panels.text import label, set_tooltip

GRID = 8  # px
LABEL_SHARE, CONTROL_SHARE = 2, 3


class Editor(QWidget):
    """One setting's control. It shows what it is told and reports what the user does; it never holds the truth."""

    edited = Signal(str, object)  # (path, value), on the user's action only

    def __init__(self, path: str, description: Description | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.description = description
        self._value: Any = description.default if description else None  # last told or sent
        self._drawn: Any = None  # last drawn or sent
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(4)
        self._error = label("")
        self._error.setForegroundRole(QPalette.ColorRole.BrightText)  # the theme's color of danger
        self._error.setWordWrap(True)
        self._error.hide()
        self._grid.addWidget(self._error, 2, 0, 1, 2)

    @property
    def held(self) -> bool:
        """Whether the user has the control in hand, so that nothing may move under it."""
        return False

    @property
    def problem(self) -> str:
        """The sentence under the control, or an empty string."""
        return self._error.text()

    def show_value(self, value: Any) -> None:
        """Show a value; never emits, and leaves a held control alone."""
        self._value = value
        if not self.held and value != self._drawn:
            self._redraw()

    def complain(self, sentence: str) -> None:
        """Show one plain sentence under the control; an empty one takes it away."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def _draw(self, value: Any) -> None:
        raise NotImplementedError

    def _redraw(self) -> None:
        self._drawn = self._value
        self.complain("")
        self._draw(self._value)

    def _send(self, value: Any) -> None:
        self._value = self._drawn = value
        self.complain("")
        self.edited.emit(self.path, value)

    def _build_row(self, content: QWidget, focus: QWidget, *, below: bool = False) -> None:
        """Set ``content`` right of the label, or ``below`` it; ``focus`` is the part the label belongs to."""
        assert self.description is not None
        name = label(caption(self.description))
        name.setWordWrap(True)
        name.setBuddy(focus)
        for widget in (name, content):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, widget.sizePolicy().verticalPolicy())
        self._grid.addWidget(name, 0, 0, 1, 2 if below else 1)
        self._grid.addWidget(content, *((1, 0, 1, 2) if below else (0, 1, 1, 1)))
        self._grid.setColumnStretch(0, LABEL_SHARE)
        self._grid.setColumnStretch(1, CONTROL_SHARE)
        set_tooltip(self, self.description.tooltip)
        self.setFocusProxy(focus)
        name_widget(focus, caption(self.description), self.description.help)


def caption(description: Description) -> str:
    """Return a setting's label as shown: name, letter, unit, and ↻ where a change draws weights anew."""
    name = description.label[:1].upper() + description.label[1:]
    unit = f"({description.unit})" if description.unit else ""
    symbol = "" if description.symbol in name.split() else description.symbol
    return " ".join(filter(None, (name, symbol, unit, "" if description.live else "↻")))


def name_widget(widget: QWidget, name: str, help: str) -> None:
    """Name a widget for assistive technology."""
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(help)
