"""The control of a formula f(x, y): it is checked as it is typed, and an arrow points at what is wrong."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPolygonF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.app.choice import TextEditor
from gdexplorer.app.guard import guarded
from gdexplorer.fields import Description
from gdexplorer.objectives.formula import FormulaError, compile_formula

SIZE = 7  # px, of the arrow


class Pointer(QWidget):
    """An arrow under a field."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._x: float | None = None
        self.setFixedHeight(SIZE)

    @property
    def place(self) -> float | None:
        """Where it points, in px from the left; None where it does not."""
        return self._x

    def point(self, x: float | None) -> None:
        """Point at a place, or at nothing."""
        self._x = None if x is None else min(max(x, SIZE), self.width() - SIZE)
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the arrow."""
        if self._x is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.palette().color(QPalette.ColorRole.BrightText))
            painter.setBrush(self.palette().color(QPalette.ColorRole.BrightText))
            corners = [QPointF(self._x, 0), QPointF(self._x - SIZE, SIZE), QPointF(self._x + SIZE, SIZE)]
            painter.drawPolygon(QPolygonF(corners))
            painter.end()


class FormulaEditor(TextEditor):
    """A line of text that is sent only if it compiles."""

    def __init__(self, path: str, description: Description, parent: QWidget | None = None) -> None:
        super().__init__(path, description, parent)
        self.field.textEdited.connect(self._on_field_edited)

    def _build_row(self, content: QWidget, focus: QWidget, *, below: bool = False) -> None:
        box = QWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        self.pointer = Pointer(box)
        column.addWidget(content)
        column.addWidget(self.pointer)
        super()._build_row(box, focus, below=True)

    def complain(self, sentence: str) -> None:
        """Show a sentence under the field; without one, nothing is pointed at."""
        super().complain(sentence)
        if not sentence:
            self.pointer.point(None)

    def _sound(self) -> bool:
        try:
            compile_formula(self.field.text())
        except FormulaError as error:
            self.complain(error.sentence)
            self.pointer.point(self.field.place_of(error.column))
            return False
        self.complain("")
        return True

    @guarded
    def _on_field_edited(self, text: str) -> None:
        self._sound()

    @guarded
    def _on_field_done(self) -> None:
        if self._sound():
            super()._on_field_done()
