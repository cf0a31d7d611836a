"""The control of one hidden layer."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gdexplorer.app.choice import Choice, fill_combo, select_choice
from gdexplorer.app.editor import Editor, name_widget
from gdexplorer.app.form import editor_for
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import Combo, IconButton, Spin
from gdexplorer.fields import Description, describe
from gdexplorer.lab.layer_kinds import DENSE
from gdexplorer.lab.layers import LayerKind
from gdexplorer.panels.text import label, set_tooltip


class _Id(QLabel):
    """The id of a layer, short ones all of one width in whatever type, so that rows align."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "muted")

    @guarded(default=QSize(24, 16))
    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(QSize(self.fontMetrics().horizontalAdvance("h00"), 0))


class LayerRow(QWidget):
    """One hidden layer: its id and kind, its numbers and activation, and buttons to draw it anew and to remove it.

    Of a dense layer all stands in one line; of other kinds the numbers stand below, and what is rarely needed below
    that, when the arrow is down.
    """

    edited = Signal(str, str, object)  # (layer id, name of the setting, value)
    redraw_clicked = Signal(str)
    remove_clicked = Signal(str)

    def __init__(self, layer: Mapping[str, Any], kind: LayerKind, activations: Sequence[Choice],
                 parent: QWidget) -> None:  # fmt: skip
        super().__init__(parent)
        self.layer = dict(layer)
        self._kind, self._activations = kind, tuple(activations)
        described = [d for d in describe(kind.Knobs) if d.name not in ("id", "kind", "activation")]
        self.spins = {d.name: self._spin(d) for d in described if d.annotation is int and not d.more}
        self.combo = self._combo() if "activation" in kind.Knobs.model_fields else None
        self.details = [self._detail(d) for d in described if d.name not in self.spins]
        self.dice = self._button("redraw", "Draw this layer's weights anew")
        self.cross = self._button("close", "Remove this layer")
        self._lay_out(any(d.more for d in described))
        self.draw(layer)

    # ---- what it is made of -----------------------------------------------

    def _spin(self, description: Description) -> Spin:
        low, high = (int(bound or 0) for bound in (description.low, description.high))
        spin = Spin(low, high, self)
        if self._kind is not DENSE:
            spin.setSuffix(f" {description.unit or description.label}")
        spin.setProperty("setting", description.name)
        kept = " Weights that still fit are kept." if self._kind.weighs else ""
        set_tooltip(spin, f"{description.help} {low} to {high}.{kept}")
        name_widget(spin, f"{description.label.capitalize()} of {self.layer['id']}", description.help)
        spin.valueChanged.connect(self._on_spin_value_changed)
        return spin

    def _combo(self) -> Combo:
        combo = Combo(self)
        name_widget(combo, f"Activation of {self.layer['id']}", "")
        fill_combo(combo, self._activations)
        combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        combo.activated.connect(self._on_combo_activated)
        return combo

    def _detail(self, description: Description) -> Editor:
        editor = editor_for(description.name, description, parent=self)
        editor.edited.connect(self._on_detail_edited)
        return editor

    def _button(self, icon: str, tip: str) -> IconButton:
        button = IconButton(icon, "", self)
        set_tooltip(button, tip)
        name_widget(button, f"{tip} ({self.layer['id']})", "")
        return button

    def _lay_out(self, folds: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        first = self._line(column)
        name = _Id(self.layer["id"])
        first.addWidget(name)
        line = first
        if self._kind is DENSE:
            name.setBuddy(next(iter(self.spins.values())))
        else:
            kind = label(self._kind.label)
            set_tooltip(kind, self._kind.help)
            first.addWidget(kind)
            if self.combo or len(self.spins) > 1:
                line = self._line(column)
        for spin in self.spins.values():
            line.addWidget(spin)
        if self.combo is not None:
            line.addWidget(self.combo, 1)
        else:
            line.addStretch(1)
        if line is not first:
            first.addStretch(1)
        self.fold = self._button("chevron-right", "Further settings of this layer")
        self.fold.setCheckable(True)
        self.fold.setVisible(folds)
        self.fold.clicked.connect(self._on_fold_clicked)
        for button in (self.fold, self.dice, self.cross):
            first.addWidget(button)
        self.dice.setVisible(self._kind.weighs)
        for editor in self.details:
            column.addWidget(editor)
            editor.setVisible(not (editor.description and editor.description.more))
        self.dice.clicked.connect(self._on_dice_clicked)
        self.cross.clicked.connect(self._on_cross_clicked)

    def _line(self, column: QVBoxLayout) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(2)
        column.addLayout(line)
        return line

    # ---- what it shows and says -------------------------------------------

    @property
    def held(self) -> bool:
        """Whether a number is being typed or a list is open."""
        listing = self.combo is not None and self.combo.view().isVisible()
        return listing or any(spin.unsent for spin in self.spins.values()) or any(e.held for e in self.details)

    def draw(self, layer: Mapping[str, Any]) -> None:
        """Show a layer; the signals that this causes find nothing changed."""
        self.layer = dict(layer)
        for name, spin in self.spins.items():
            spin.setValue(layer[name])
        if self.combo is not None:
            select_choice(self.combo, self._activations, layer["activation"])
            set_tooltip(self.combo, f"{self.combo.currentText()}: activation of this layer. The weights are kept.")
        for editor in self.details:
            editor.show_value(layer[editor.path])

    def _send(self, name: str, value: Any) -> None:
        if value != self.layer[name]:
            self.layer[name] = value
            self.edited.emit(self.layer["id"], name, value)

    @guarded
    def _on_spin_value_changed(self, value: int) -> None:
        sender = self.sender()
        name = next((name for name, spin in self.spins.items() if spin is sender), None)
        if name is not None:
            self._send(name, value)

    @guarded
    def _on_combo_activated(self, index: int) -> None:
        self._send("activation", self._activations[index].value)

    @guarded
    def _on_detail_edited(self, name: str, value: Any) -> None:
        self._send(name, value)

    @guarded
    def _on_fold_clicked(self) -> None:
        opened = self.fold.isChecked()
        self.fold.set_icon("chevron-down" if opened else "chevron-right")
        for editor in self.details:
            if editor.description and editor.description.more:
                editor.setVisible(opened)

    @guarded
    def _on_dice_clicked(self) -> None:
        self.redraw_clicked.emit(self.layer["id"])

    @guarded
    def _on_cross_clicked(self) -> None:
        self.remove_clicked.emit(self.layer["id"])
