"""The strip that says that the past is shown, and leads back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.panels.text import label, set_tooltip


class Past(QWidget):
    """Shown while an earlier moment than the present is: what a change would do there, and the way back."""

    live_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("past", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        self.text = label("")
        self.text.setWordWrap(True)
        self.text.setAccessibleName("The past is shown")
        self.back = QPushButton("Back to the present")
        self.back.setProperty("primary", True)
        set_tooltip(self.back, "Shows the last update of this run again (End).")
        self.back.clicked.connect(self._on_back_clicked)
        row.addWidget(self.text, 1)
        row.addWidget(self.back)
        self.hide()

    def show_moment(self, step: int, head: int, past: bool) -> None:
        """Show that it is update `step` of `head`, if that is past."""
        if past:
            self.text.setText(f"Update {step:,} of {head:,}, in the past: changing something here branches.")
        self.setVisible(past)

    @guarded
    def _on_back_clicked(self) -> None:
        self.live_requested.emit()
