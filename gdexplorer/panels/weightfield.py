"""The field in which the value of one parameter is shown and typed."""

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gdexplorer.panels.guard import guarded
from gdexplorer.panels.text import set_tooltip

NAME = "Value of the weight"
TIP = ("Type another value and press Enter: this parameter alone is changed, and the optimizer keeps what it "
       "remembers. Esc takes it back.")  # fmt: skip


class NumberField(QLineEdit):
    """A number that is shown until somebody types another one: Enter sends it, Esc takes it back."""

    entered = Signal(float)
    refused = Signal(str)

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = math.nan
        self.setAccessibleName(name)
        set_tooltip(self, tip)
        self.setMaxLength(32)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def show_value(self, value: float) -> None:
        """Show a number, unless one is being typed."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self.setText(f"{value:.6g}".replace("-", "−") if math.isfinite(value) else "")

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._send()
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self.setModified(False)
            self.show_value(self._value)
        else:
            super().keyPressEvent(event)

    def _send(self) -> None:
        if not self.isModified():
            return
        value = parsed(self.text())
        if value is None:
            self.refused.emit(f"'{self.text()}' is no number; type one such as 0.5, or Esc to leave the weight.")
            return
        self.setModified(False)
        self.selectAll()
        self.entered.emit(value)

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.setModified(False)
            self.show_value(self._value)


def parsed(text: str) -> float | None:
    """Return the finite number that a text is; a comma is a decimal point, a minus may be long."""
    try:
        value = float(text.strip().replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
