"""What the network view changes in the list of hidden layers, and the buttons above its columns."""

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QToolButton

from gdexplorer.panels.icons import icon
from gdexplorer.panels.netdiagram import NetDiagram
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import set_tooltip
from gdexplorer.probes.units import UnitsReport

Value = Mapping[str, Any]  # a layer's settings
MOST_LAYERS = 32
FIRST: Value = {"kind": "dense", "units": 8, "activation": {"kind": "tanh"}}
COUNTS = ("units", "filters")  # settings of layers that the buttons change


def count_of(layer: Value) -> str:
    """Return the name of the setting that says how many units a layer has; nothing where there is none."""
    return next((name for name in COUNTS if name in layer), "")


def number_of(id: str) -> int:
    """Return the number in an id such as h3, else 0."""
    match = re.fullmatch(r"h(\d+)", id)
    return int(match[1]) if match else 0


def with_another(layers: Sequence[Value], ids: Sequence[str], id: str) -> tuple[Value, ...]:
    """Return layers with one more of this id, dense: behind those of a dense column and like them, else the last."""
    members = [k for k, layer in enumerate(layers) if layer["id"] in ids]
    dense, like, at = [k for k in members if layers[k]["kind"] == "dense"], FIRST, len(layers)
    if dense:
        acting = [layers[k]["activation"] for k in members if "activation" in layers[k]]
        like, at = {**layers[dense[0]], "activation": acting[-1]}, members[-1] + 1
    return (*layers[:at], {**like, "id": id}, *layers[at:])


def without(layers: Sequence[Value], ids: Sequence[str]) -> tuple[Value, ...]:
    """Return layers without those."""
    return tuple(layer for layer in layers if layer["id"] not in ids)


class CountButtons(QObject):
    """− and + above each column of a hidden layer that has units or filters; they lie upon the diagram."""

    stepped = Signal(str, int)  # layer id, −1 or 1

    def __init__(self, diagram: NetDiagram) -> None:
        super().__init__(diagram)
        self._diagram = diagram
        self._palette: Palette = LIGHT
        self.buttons: dict[tuple[str, int], QToolButton] = {}

    def place(self, report: UnitsReport, layers: Sequence[Value]) -> None:
        """Put them where the columns are now; make those that are missing, and drop the others."""
        diagram, at = self._diagram, self._diagram.at
        counted = {layer["id"]: layer for layer in layers if count_of(layer)}
        diagram.counts = {id: layer[count_of(layer)] for id, layer in counted.items()}
        side, found = round(diagram.line), set[tuple[str, int]]()
        for k, column in enumerate(report.columns if at is not None else ()):
            if (layer := counted.get(column.id)) is None or at is None:
                continue
            wide = diagram.fontMetrics().horizontalAdvance(f"{layer[count_of(layer)]:,}")
            for by in (-1, 1):
                found.add(key := (column.id, by))
                button = self.buttons.get(key) or self._button(key, count_of(layer))
                left = at.middle(k) + by * (wide / 2 + side * 0.75) - side / 2 - 1
                button.setGeometry(round(left), round(diagram.line + 6), side + 2, side + 2)
                button.setVisible(at.width > wide + 3.2 * side)
        self._drop(set(self.buttons) - found)

    def _drop(self, keys: Set[tuple[str, int]]) -> None:
        for key in keys:
            button = self.buttons.pop(key)
            button.hide()
            button.deleteLater()

    def _button(self, key: tuple[str, int], name: str) -> QToolButton:
        button = self.buttons[key] = QToolButton(self._diagram)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setStyleSheet("QToolButton { padding: 0; margin: 0; }")
        words = f"{'Add one to' if key[1] > 0 else 'Remove one of'} the {name} of {key[0]}"
        button.setAccessibleName(words)
        set_tooltip(button, f"{words}. Weights that still fit are kept.")
        button.clicked.connect(self._on_clicked)
        self._dress(button, key[1])
        return button

    def _on_clicked(self) -> None:
        self.stepped.emit(*next(key for key, button in self.buttons.items() if button is self.sender()))

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        for (_, by), button in self.buttons.items():
            self._dress(button, by)

    def _dress(self, button: QToolButton, by: int) -> None:
        side = round(0.85 * self._diagram.line)
        button.setIcon(icon("plus" if by > 0 else "minus", self._palette.text, side))
        button.setIconSize(QSize(side, side))
