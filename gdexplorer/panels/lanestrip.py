"""The conditions of one lane of a race, in a row of controls."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QToolButton, QWidget

from gdexplorer.lab.experiment import RivalSettings
from gdexplorer.panels import text
from gdexplorer.panels.header import Header
from gdexplorer.panels.palette import Palette

FACTOR = 3.0
RESTARTS = "the race starts again"


class Offer(NamedTuple):
    """Something to choose: the name in the catalogue, the label, and what it is."""

    name: str
    label: str
    help: str = ""


def fill(box: QComboBox, offers: Sequence[Offer], kept: int) -> None:
    """Offer these after the first `kept` items; each explains itself."""
    while box.count() > kept:
        box.removeItem(kept)
    for one in offers:
        box.addItem(one.label)
        box.setItemData(box.count() - 1, text.tooltip(one.help), Qt.ItemDataRole.ToolTipRole)


class LaneStrip(Header):
    """Shows a lane as it is; what the user wants instead it only tells."""

    kind_chosen = Signal(str)
    start_chosen = Signal(object)  # the name of an initializer, None for the same start
    batch_chosen = Signal(object)  # a number, None for the same batches
    double_wanted = Signal(float)  # another lane with η times this
    removal_wanted = Signal()
    complained = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._optimizers: tuple[Offer, ...] = ()
        self._initializers: tuple[Offer, ...] = ()
        self._kind, self._own = "", RivalSettings.model_construct(initializer=None, batch_size=None)
        tip = "Another optimizer in this lane; it goes on from where it is."
        self.kind = self.add_choice("Optimizer of the selected lane", [], tip)
        tip = f"Weights of this rival's own, from another initializer; {RESTARTS}."
        self.start = self.add_choice("Start of the selected lane", ["same start"], tip)
        self.batch = QLineEdit()
        self.batch.setPlaceholderText("same batches")
        self.batch.setAccessibleName("Batch size of the selected lane")
        text.set_tooltip(self.batch, f"Batches of this rival's own size and order; empty for the same; {RESTARTS}.")
        self.add(self.batch)
        tip = f"Another lane with everything the same but η; {RESTARTS}."
        self.smaller = self._worded("η ÷ 3", "Same everything, η divided by 3", tip)
        self.larger = self._worded("η × 3", "Same everything, η times 3", tip)
        tip = f"Take this rival out of the race (Delete); {RESTARTS}."
        self.remove = self._worded("remove", "Remove the selected rival", tip)
        self.kind.activated.connect(self._on_kind_activated)
        self.start.activated.connect(self._on_start_activated)
        self.batch.editingFinished.connect(self._on_batch_edited)
        self.smaller.clicked.connect(self._on_smaller_clicked)
        self.larger.clicked.connect(self._on_larger_clicked)
        self.remove.clicked.connect(self.removal_wanted)

    def _worded(self, caption: str, name: str, tip: str) -> QToolButton:
        made = self._button(name, tip)
        made.setText(caption)
        return made

    def offer(self, optimizers: Sequence[Offer], initializers: Sequence[Offer]) -> None:
        """Say what there is to choose from."""
        self._optimizers, self._initializers = tuple(optimizers), tuple(initializers)
        fill(self.kind, optimizers, 0)
        fill(self.start, initializers, 1)
        self._draw()

    def show_lane(self, optimizer: Any, rival: RivalSettings | None, examples: bool, room: bool) -> None:
        """Show a lane.

        Parameters
        ----------
        optimizer
            Its optimizer's knobs.
        rival
            What it has of its own; None for the first lane, which stays.
        examples
            Whether there are weights and batches to differ in.
        room
            Whether another lane may be added.
        """
        self._kind = optimizer.kind
        self._own = rival or RivalSettings.model_construct(initializer=None, batch_size=None)
        for button in (self.smaller, self.larger):
            button.setEnabled(room and hasattr(optimizer, "learning_rate"))
        self.remove.setEnabled(rival is not None)
        for control in (self.start, self.batch):
            self.set_present(control, examples and rival is not None)
        self._draw()

    def _draw(self) -> None:
        self.kind.setCurrentIndex(_index(self._optimizers, self._kind))
        initializer, size = self._own.initializer, self._own.batch_size
        self.start.setCurrentIndex(
            0 if initializer is None else 1 + _index(self._initializers, getattr(initializer, "kind", ""))
        )
        if not (self.batch.hasFocus() and self.batch.isModified()):
            self.batch.setText("" if size is None else str(size))

    def show_palette(self, palette: Palette) -> None:
        super().show_palette(palette)
        self.batch.setFixedWidth(round(11.5 * palette.body))

    def _on_kind_activated(self, index: int) -> None:
        wanted = self._optimizers[index].name
        if wanted != self._kind:
            self._draw()  # as it is, until a frame says that it was possible
            self.kind_chosen.emit(wanted)

    def _on_start_activated(self, index: int) -> None:
        wanted = self._initializers[index - 1].name if index else None
        self._draw()
        self.start_chosen.emit(wanted)

    def _on_batch_edited(self) -> None:
        if self.batch.isModified():
            self.batch.setModified(False)
            typed = self.batch.text().replace(",", "").strip()
            self._draw()
            if typed and not typed.isdecimal():
                self.complained.emit("A batch size is a whole number; leave it empty for the same batches.")
            else:
                self.batch_chosen.emit(int(typed) if typed else None)

    def _on_smaller_clicked(self) -> None:
        self.double_wanted.emit(1 / FACTOR)

    def _on_larger_clicked(self) -> None:
        self.double_wanted.emit(FACTOR)


def _index(offers: Sequence[Offer], name: str) -> int:
    return next((k for k, one in enumerate(offers) if one.name == name), -1)
