"""The control of a network's hidden layers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from gdexplorer.app.choice import Choice
from gdexplorer.app.editor import Editor, name_widget
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import IconButton
from gdexplorer.app.layerrow import LayerRow
from gdexplorer.fields import Settings, describe
from gdexplorer.lab.layer_kinds import DENSE, LAYERS
from gdexplorer.lab.layers import LayerKind
from gdexplorer.panels.text import label, set_tooltip

MOST_LAYERS = 32
FIRST: dict[str, Any] = {"kind": "dense", "units": 8, "activation": "tanh"}  # a copy of which "Add layer" adds to none

Value = dict[str, Any]  # a layer's settings, its activation by name


class LayersEditor(Editor):
    """The hidden layers from input to output.

    Sends ``(path, tuple of dicts)`` when a layer comes or goes and ``(path.<id>.<setting>, value)`` when one changes.
    An id once used is not given to another layer.
    """

    redraw_requested = Signal(str)  # layer id

    def __init__(self, path: str, activations: Sequence[Choice], kinds: Iterable[LayerKind] = LAYERS,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(path, None, parent)
        self._activations = tuple(activations)
        self._kinds = {kind.name: kind for kind in kinds}
        self._value = ()
        self._highest = 0
        self.rows: list[LayerRow] = []
        body = QWidget(self)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        line = QHBoxLayout()
        line.setSpacing(2)
        self.add_button = IconButton("plus", "Add layer", body)
        self.add_button.clicked.connect(self._on_add_clicked)
        self.kind_button = IconButton("chevron-down", "", body)
        self.kind_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.kind_button.setMenu(self._menu())
        set_tooltip(self.kind_button, "Add a layer of another kind.")
        name_widget(self.kind_button, "Add a layer of another kind", "")
        self.kind_button.setVisible(len(self._kinds) > 1)
        line.addWidget(self.add_button)
        line.addWidget(self.kind_button)
        line.addStretch(1)
        self._column.addLayout(line)
        self._heading = label("")
        self._heading.hide()
        self._grid.addWidget(self._heading, 0, 0, 1, 2)
        self._grid.addWidget(body, 1, 0, 1, 2)
        self._redraw()

    def entitle(self, heading: str) -> None:
        """Say whose layers they are; nothing where there is one network."""
        self._heading.setText(heading)
        self._heading.setVisible(bool(heading))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for kind in self._kinds.values():
            action = QAction(kind.label[:1].upper() + kind.label[1:], menu)
            action.setData(kind.name)
            action.setToolTip(kind.help)
            action.triggered.connect(self._on_kind_triggered)
            menu.addAction(action)
        return menu

    @property
    def held(self) -> bool:
        """Whether one of the rows is in the user's hand."""
        return any(row.held for row in self.rows)

    def show_value(self, value: Sequence[Settings | Mapping[str, Any]]) -> None:
        """Show the layers: settings, or all of these as a mapping."""
        super().show_value(tuple(_read(layer) for layer in value))

    def _draw(self, value: tuple[Value, ...]) -> None:
        self._highest = max([self._highest, *(_number(layer["id"]) for layer in value)])
        if [_identity(row.layer) for row in self.rows] != [_identity(layer) for layer in value]:
            self._rebuild(value)
        for row, layer in zip(self.rows, value, strict=True):
            row.draw(layer)
        room = len(value) < MOST_LAYERS
        for button in (self.add_button, self.kind_button):
            button.setEnabled(room)
        set_tooltip(self.add_button, "Add a hidden layer before the output." if room else f"{MOST_LAYERS} is the most.")

    def _rebuild(self, value: tuple[Value, ...]) -> None:
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [LayerRow(layer, self._kinds[layer["kind"]], self._activations, self) for layer in value]
        for index, row in enumerate(self.rows):
            self._column.insertWidget(index, row)
            row.edited.connect(self._on_row_edited)
            row.redraw_clicked.connect(self.redraw_requested)
            row.remove_clicked.connect(self._on_row_remove_clicked)

    def _send_layers(self, layers: tuple[Value, ...]) -> None:
        self._value = layers
        self._redraw()
        self.edited.emit(self.path, layers)

    def _add(self, layer: Value) -> None:
        """Add a layer where it fits: what needs the shape of its inputs before what flattens them."""
        layer = {**layer, "id": f"h{self._highest + 1}"}
        at = len(self._drawn)
        if self._kinds[layer["kind"]].shaped:
            shaped = [k for k, other in enumerate(self._drawn) if other["kind"] == "reshape" or
                      self._kinds[other["kind"]].shaped]  # fmt: skip
            at = shaped[-1] + 1 if shaped else 0
        self._send_layers((*self._drawn[:at], layer, *self._drawn[at:]))

    @guarded
    def _on_add_clicked(self) -> None:
        dense = [layer for layer in self._drawn if layer["kind"] == DENSE.name]
        self._add(dense[-1] if dense else FIRST)

    @guarded
    def _on_kind_triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        name = action.data()
        if name == DENSE.name:
            self._on_add_clicked()
            return
        self._add({"kind": name} | _named({d.name: d.default for d in describe(self._kinds[name].Knobs)}))

    @guarded
    def _on_row_remove_clicked(self, id: str) -> None:
        self._send_layers(tuple(layer for layer in self._drawn if layer["id"] != id))

    @guarded
    def _on_row_edited(self, id: str, name: str, value: Any) -> None:
        self._value = self._drawn = tuple(dict(row.layer) for row in self.rows)
        self.edited.emit(f"{self.path}.{id}.{name}", value)


def _identity(layer: Value) -> tuple[str, str]:
    return layer["id"], layer["kind"]


def _read(layer: Settings | Mapping[str, Any]) -> Value:
    return _named(dict(layer))


def _named(layer: Value) -> Value:
    """Return settings with the name of the activation in place of its knobs."""
    if "activation" not in layer:
        return layer
    knobs = layer["activation"]
    name = knobs["kind"] if isinstance(knobs, Mapping) else getattr(knobs, "kind", knobs)
    return layer | {"activation": name}


def _number(id: str) -> int:
    match = re.fullmatch(r"h(\d+)", id)
    return int(match[1]) if match else 0
