"""The control of a network's hidden layers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gdexplorer.app.choice import Choice, fill_combo, select_choice
from gdexplorer.app.editor import Editor, name_widget
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import Combo, IconButton, Spin
from gdexplorer.panels.text import label, set_tooltip

MOST_LAYERS = 32
MOST_UNITS = 4096


@dataclass(frozen=True, slots=True)
class LayerValue:
    """What the control knows about one hidden layer."""

    id: str
    units: int
    activation: str


FIRST = LayerValue("", units=8, activation="tanh")  # what "Add layer" copies where there is none


class LayersEditor(Editor):
    """The hidden layers from input to output.

    Sends ``(path, tuple of dicts)`` when a layer comes or goes, ``(path.<id>.units, n)`` and
    ``(path.<id>.activation, name)`` when one changes. An id once used is not given to another layer.
    """

    redraw_requested = Signal(str)  # layer id

    def __init__(self, path: str, activations: Sequence[Choice], parent: QWidget | None = None) -> None:
        super().__init__(path, None, parent)
        self._activations = tuple(activations)
        self._value = ()
        self._highest = 0
        self.rows: list[LayerRow] = []
        body = QWidget(self)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.add_button = IconButton("plus", "Add layer", body)
        self.add_button.clicked.connect(self._on_add_clicked)
        self._column.addWidget(self.add_button)
        self._grid.addWidget(body, 0, 0, 1, 2)
        self._redraw()

    @property
    def held(self) -> bool:
        """Whether one of the rows is in the user's hand."""
        return any(row.held for row in self.rows)

    def show_value(self, value: Sequence[Any]) -> None:
        """Show the layers: objects or mappings with ``id``, ``units`` and ``activation`` (its name)."""
        super().show_value(tuple(_read(layer) for layer in value))

    def _draw(self, value: tuple[LayerValue, ...]) -> None:
        self._highest = max([self._highest, *(_number(layer.id) for layer in value)])
        if [row.layer.id for row in self.rows] != [layer.id for layer in value]:
            self._rebuild(value)
        for row, layer in zip(self.rows, value, strict=True):
            row.draw(layer)
        self.add_button.setEnabled(len(value) < MOST_LAYERS)
        tip = "Add a hidden layer before the output." if len(value) < MOST_LAYERS else f"{MOST_LAYERS} is the most."
        set_tooltip(self.add_button, tip)

    def _rebuild(self, value: tuple[LayerValue, ...]) -> None:
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [LayerRow(layer, self._activations, self) for layer in value]
        for index, row in enumerate(self.rows):
            self._column.insertWidget(index, row)
            row.units_edited.connect(self._on_row_units_edited)
            row.activation_edited.connect(self._on_row_activation_edited)
            row.redraw_clicked.connect(self.redraw_requested)
            row.remove_clicked.connect(self._on_row_remove_clicked)

    def _send_layers(self, layers: tuple[LayerValue, ...]) -> None:
        self._value = layers
        self._redraw()
        self.edited.emit(self.path, tuple(asdict(layer) for layer in layers))

    def _send_part(self, id: str, name: str, value: Any) -> None:
        self._value = tuple(row.layer for row in self.rows)
        self._drawn = self._value
        self.edited.emit(f"{self.path}.{id}.{name}", value)

    @guarded
    def _on_add_clicked(self) -> None:
        model = self._drawn[-1] if self._drawn else FIRST
        new = LayerValue(f"h{self._highest + 1}", model.units, model.activation)
        self._send_layers((*self._drawn, new))

    @guarded
    def _on_row_remove_clicked(self, id: str) -> None:
        self._send_layers(tuple(layer for layer in self._drawn if layer.id != id))

    @guarded
    def _on_row_units_edited(self, id: str, units: int) -> None:
        self._send_part(id, "units", units)

    @guarded
    def _on_row_activation_edited(self, id: str, activation: str) -> None:
        self._send_part(id, "activation", activation)


class LayerRow(QWidget):
    """One hidden layer: its id, units, activation, and buttons to draw it anew and to remove it."""

    units_edited = Signal(str, int)
    activation_edited = Signal(str, str)
    redraw_clicked = Signal(str)
    remove_clicked = Signal(str)

    def __init__(self, layer: LayerValue, activations: tuple[Choice, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.layer = layer
        self._activations = activations
        name = label(layer.id, "muted")
        name.setMinimumWidth(name.fontMetrics().horizontalAdvance("h00"))
        self.spin = Spin(1, MOST_UNITS, self)
        set_tooltip(self.spin, f"Units of this layer, 1 to {MOST_UNITS}. Weights that still fit are kept.")
        name_widget(self.spin, f"Units of {layer.id}", "")
        name.setBuddy(self.spin)
        self.combo = Combo(self)
        name_widget(self.combo, f"Activation of {layer.id}", "")
        fill_combo(self.combo, activations)
        self.dice = self._button("redraw", "Draw this layer's weights anew")
        self.cross = self._button("close", "Remove this layer")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (name, self.spin, self.combo, self.dice, self.cross):
            row.addWidget(widget, 1 if widget is self.combo else 0)
        self.combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.draw(layer)
        self.spin.valueChanged.connect(self._on_spin_value_changed)
        self.combo.activated.connect(self._on_combo_activated)
        self.dice.clicked.connect(self._on_dice_clicked)
        self.cross.clicked.connect(self._on_cross_clicked)

    @property
    def held(self) -> bool:
        """Whether a number is being typed or the list is open."""
        return self.spin.unsent or self.combo.view().isVisible()

    def draw(self, layer: LayerValue) -> None:
        """Show a layer; the signals that this causes find nothing changed."""
        self.layer = layer
        self.spin.setValue(layer.units)
        select_choice(self.combo, self._activations, layer.activation)
        set_tooltip(self.combo, f"{self.combo.currentText()}: activation of this layer. The weights are kept.")

    def _button(self, icon: str, tip: str) -> IconButton:
        button = IconButton(icon, "", self)
        set_tooltip(button, tip)
        name_widget(button, f"{tip} ({self.layer.id})", "")
        return button

    @guarded
    def _on_spin_value_changed(self, units: int) -> None:
        if units != self.layer.units:
            self.layer = LayerValue(self.layer.id, units, self.layer.activation)
            self.units_edited.emit(self.layer.id, units)

    @guarded
    def _on_combo_activated(self, index: int) -> None:
        activation = self._activations[index].value
        if activation != self.layer.activation:
            self.layer = LayerValue(self.layer.id, self.layer.units, activation)
            self.activation_edited.emit(self.layer.id, activation)

    @guarded
    def _on_dice_clicked(self) -> None:
        self.redraw_clicked.emit(self.layer.id)

    @guarded
    def _on_cross_clicked(self) -> None:
        self.remove_clicked.emit(self.layer.id)


def _read(layer: Any) -> LayerValue:
    if isinstance(layer, Mapping):
        return LayerValue(layer["id"], layer["units"], layer["activation"])
    return LayerValue(layer.id, layer.units, layer.activation)


def _number(id: str) -> int:
    match = re.fullmatch(r"h(\d+)", id)
    return int(match[1]) if match else 0
