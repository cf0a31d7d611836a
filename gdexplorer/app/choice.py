"""The controls of everything that is not a number: one of several, some of several, yes or no, text."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QSizePolicy, QToolButton, QWidget

from gdexplorer.app.editor import Editor, name_widget
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import PADDING, Combo, Field
from gdexplorer.fields import Description
from gdexplorer.panels.header import SHORT
from gdexplorer.panels.text import set_tooltip, tooltip

CHIP_GAP = 4  # px
SHORT_NAMES = {  # of those too long for the controls in large type; where a set is from is left out anyway
    "Handwritten digits": "Digits", "Exclusive or (Playground)": "XOR squares",
    "Two Gaussians (Playground)": "2 Gaussians", "Glyph in a scene": "Glyph scene", "Sine continuation": "Sine cont.",
    "Adding problem": "Adding", "Styblinski–Tang": "Styblinski",
    "Sine and parabola (lilipads)": "Sine, parabola", "Six-hump camel": "6-hump camel",
    "Three-hump camel": "3-hump camel", "leaky ReLU": "leaky", "softmax cross-entropy": "softmax CE",
    "Nesterov momentum": "Nesterov", "conjugate gradient": "conj. gradient", "random search": "random",
    "gradient ascent": "ascent", "PyTorch default": "PyTorch", "linear warm-up": "warm-up",
    "warm-up + cosine": "warm-up, cos", "reduce on plateau": "on plateau",
}  # fmt: skip


class Choice(NamedTuple):
    """One of the values to choose from."""

    value: Any
    label: str
    help: str = ""


def fill_combo(combo: Combo, choices: Sequence[Choice]) -> None:
    """Fill a combo box; each item explains itself, and has a short name where one is needed."""
    combo.clear()
    for index, choice in enumerate(choices):
        combo.addItem(choice.label)
        combo.setItemData(index, tooltip(choice.help), Qt.ItemDataRole.ToolTipRole)
        name = choice.label.removesuffix(" (Playground)").removesuffix(" (lilipads)")
        combo.setItemData(index, SHORT_NAMES.get(choice.label, name), SHORT)
    combo.view().setMinimumWidth(combo.view().sizeHintForColumn(0) + 2 * PADDING)


def select_choice(combo: Combo, choices: Sequence[Choice], value: Any) -> None:
    """Select a value; one that is not among the choices is shown as it is, if a person can read it."""
    combo.setPlaceholderText(str(value) if isinstance(value, str | int | float) else "")
    combo.setCurrentIndex(next((i for i, choice in enumerate(choices) if choice.value == value), -1))


class ChoiceEditor(Editor):
    """One of several values, in a combo box."""

    def __init__(
        self, path: str, description: Description, choices: Sequence[Choice], parent: QWidget | None = None
    ) -> None:
        super().__init__(path, description, parent)
        self.combo = Combo(self)
        self.combo.activated.connect(self._on_combo_activated)
        self._build_row(self.combo, self.combo)
        self.set_choices(choices)

    @property
    def held(self) -> bool:
        """Whether the list is open."""
        return self.combo.view().isVisible()

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer other values; the present one stays."""
        self._choices = tuple(choices)
        fill_combo(self.combo, self._choices)
        self._redraw()

    def _draw(self, value: Any) -> None:
        select_choice(self.combo, self._choices, value)

    @guarded
    def _on_combo_activated(self, index: int) -> None:
        value = self._choices[index].value
        if value != self._drawn:
            self._send(value)


class ChipsEditor(Editor):
    """Some of several values, at least one, as toggles; sends a tuple in the order of the choices."""

    def __init__(
        self, path: str, description: Description, choices: Sequence[Choice], parent: QWidget | None = None
    ) -> None:
        super().__init__(path, description, parent)
        self._choices = tuple(choices)
        self.chips = [QToolButton(self) for _ in self._choices]
        self._build_row(ChipGrid(self.chips, self), self.chips[0], below=True)
        for chip, choice in zip(self.chips, self._choices, strict=True):
            chip.setText(choice.label)
            chip.setCheckable(True)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            chip.setProperty("chip", True)
            set_tooltip(chip, choice.help)
            name_widget(chip, f"{description.label}: {choice.label}", choice.help)
            chip.clicked.connect(self._on_chip_clicked)
        self._redraw()

    def _draw(self, value: Any) -> None:
        for chip, choice in zip(self.chips, self._choices, strict=True):
            chip.setChecked(choice.value in (value or ()))

    @guarded
    def _on_chip_clicked(self) -> None:
        pairs = zip(self.chips, self._choices, strict=True)
        chosen = tuple(choice.value for chip, choice in pairs if chip.isChecked())
        if chosen:
            self._send(chosen)
        else:
            self._redraw()
            self.complain("At least one stays on.")


class ChipGrid(QWidget):
    """Chips of one width in as many columns as fit."""

    def __init__(self, chips: Sequence[QToolButton], parent: QWidget) -> None:
        super().__init__(parent)
        self._chips = chips
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(CHIP_GAP)
        for chip in chips:
            chip.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._arrange(len(chips))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the width there is."""
        super().resizeEvent(event)
        widest = max(chip.sizeHint().width() for chip in self._chips)
        self._arrange(min(len(self._chips), max(1, (self.width() + CHIP_GAP) // (widest + CHIP_GAP))))

    def _arrange(self, columns: int) -> None:
        if columns != self._columns:
            for column in range(max(columns, self._columns)):
                self._grid.setColumnStretch(column, int(column < columns))
            self._columns = columns
            for index, chip in enumerate(self._chips):
                self._grid.addWidget(chip, *divmod(index, columns))


class SwitchEditor(Editor):
    """Yes or no."""

    def __init__(self, path: str, description: Description, parent: QWidget | None = None) -> None:
        super().__init__(path, description, parent)
        self.box = QCheckBox(self)
        self.box.clicked.connect(self._on_box_clicked)
        self._build_row(self.box, self.box)
        self._redraw()

    def _draw(self, value: Any) -> None:
        self.box.setChecked(bool(value))
        self.box.setText("on" if value else "off")

    @guarded
    def _on_box_clicked(self) -> None:
        on = self.box.isChecked()
        self.box.setText("on" if on else "off")
        self._send(on)


class TextEditor(Editor):
    """A line of text, sent with Enter or on leaving."""

    def __init__(self, path: str, description: Description, parent: QWidget | None = None) -> None:
        super().__init__(path, description, parent)
        self.field = Field(12, self)
        self.field.submitted.connect(self._on_field_done)
        self.field.left.connect(self._on_field_done)
        self.field.canceled.connect(self._on_field_canceled)
        self._build_row(self.field, self.field)
        self._redraw()

    @property
    def held(self) -> bool:
        """Whether the field has unsent text."""
        return self.field.unsent

    def _draw(self, value: Any) -> None:
        self.field.setText("" if value is None else str(value))

    @guarded
    def _on_field_done(self) -> None:
        text = self.field.text()
        self.field.setModified(False)
        if text != self._value:
            self._send(text)

    @guarded
    def _on_field_canceled(self) -> None:
        self._redraw()
