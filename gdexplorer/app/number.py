"""The control of a number: a slider for the hand, a field for exact values."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gdexplorer.app.editor import GRID, Editor, caption, name_widget
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import Field, Slider
from gdexplorer.app.scale import make_scale, read_number, show_number
from gdexplorer.fields import Description

DIGITS = 6  # characters a field shows without scrolling
LONGEST = 32  # characters a field takes


class NumberEditor(Editor):
    """A float or an int.

    The slider covers ``description.slider``, or both bounds where that is missing; without either there is the field
    alone. Typed numbers may lie beyond the slider, within the bounds.
    """

    def __init__(self, path: str, description: Description, parent: QWidget | None = None) -> None:
        super().__init__(path, description, parent)
        self._integer = description.annotation is int
        content = QWidget(self)
        row = self._row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self.field = Field(DIGITS, content)
        self.field.setMaxLength(LONGEST)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.slider: Slider | None = None
        if (ends := _ends(description)) is not None:
            self._scale = make_scale(*ends, log=description.log, integer=self._integer)
            self.slider = Slider(self._scale.last, content)
            self.slider.actionTriggered.connect(self._on_slider_action)
            row.addWidget(self.slider, 1)
            name_widget(self.slider, caption(description), description.help)
        row.addWidget(self.field, 0 if self.slider else 1)
        self.field.submitted.connect(self._on_field_submitted)
        self.field.left.connect(self._on_field_left)
        self.field.canceled.connect(self._on_field_canceled)
        self.field.textEdited.connect(self._on_field_text_edited)
        self._build_row(content, self.field)
        self._redraw()

    def add(self, widget: QWidget) -> None:
        """Put something small at the end of the row."""
        self._row.addWidget(widget)

    @property
    def held(self) -> bool:
        """Whether the slider is pressed or the field has unsent text."""
        return self.field.unsent or (self.slider is not None and self.slider.isSliderDown())

    def _draw(self, value: Any) -> None:
        self.field.setText("" if value is None else show_number(value))
        if self.slider is not None and value is not None:
            self.slider.setValue(self._scale.position(value))

    @guarded
    def _on_slider_action(self) -> None:
        # Only the user triggers actions, setValue does not; the position is ahead of the value here.
        assert self.slider is not None
        position = self.slider.sliderPosition()
        if self._drawn is not None and position == self._scale.position(self._drawn):
            return  # at the end, or not moved: a typed number beyond the slider must stay
        number = self._scale.value(position)
        value = int(number) if self._integer else number
        self.field.setText(show_number(value))
        self._send(value)

    @guarded
    def _on_field_text_edited(self) -> None:
        self.complain("")

    @guarded
    def _on_field_canceled(self) -> None:
        self._redraw()

    @guarded
    def _on_field_submitted(self) -> None:
        if self.field.isModified():
            self._take_text()
        self.field.selectAll()

    @guarded
    def _on_field_left(self) -> None:
        if sentence := self._take_text():
            self._redraw()
            self.complain(f"{sentence} It stays {self.field.text()}." if self.field.text() else sentence)

    def _take_text(self) -> str:
        """Send the typed number; where it cannot be, complain and return the sentence."""
        assert self.description is not None
        try:
            value = read_number(self.field.text(), self.description, integer=self._integer)
        except ValueError as error:
            self.complain(str(error))
            return str(error)
        changed = value != self._value
        self._value = value
        self._redraw()
        if changed:
            self._send(value)
        return ""


def _ends(description: Description) -> tuple[float, float] | None:
    if description.slider is not None:
        return description.slider
    if description.low is None or description.high is None:
        return None
    return description.low, description.high
