"""The knobs of the kinds that are chosen: of the optimizer, say, those that this optimizer has."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.app.form import Editor, SectionBox, editor_for
from gdexplorer.app.formula import FormulaEditor
from gdexplorer.app.inputs import IconButton
from gdexplorer.app.layers import LayersEditor
from gdexplorer.app.number import NumberEditor
from gdexplorer.app.offers import kinds
from gdexplorer.fields import Description, Settings, describe
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.layer_kinds import DENSE, LAYER_NORM
from gdexplorer.panels.text import label, set_tooltip

FORMULA = "problem.text"
RATE = "optimizer.learning_rate"
DISCRIMINATOR, GAME_LAYERS = "problem.discriminator", (DENSE, LAYER_NORM)


class KindKnobs(QObject):
    """Rooms for knobs, refilled when another kind is chosen: the basic ones under the choice, the others under "More".

    Parameters
    ----------
    editors
        All that are shown, by path; those of a kind that was left are taken out.
    place
        Adds an editor to them and to a layout.
    """

    range_requested = Signal()  # a range test of the learning rate
    redraw_requested = Signal(str)  # of a layer of the discriminator

    def __init__(self, catalogue: Catalogue, editors: dict[str, Editor],
                 place: Callable[[Editor, QVBoxLayout], None], parent: QWidget) -> None:  # fmt: skip
        super().__init__(parent)
        self._catalogue, self._editors, self._place, self._parent = catalogue, editors, place, parent
        self._kinds: dict[str, str] = {}  # the kind whose knobs each room shows
        self._rooms: dict[str, tuple[QVBoxLayout, QVBoxLayout]] = {}  # basic and "more" knobs of each kind
        self._headings: dict[str, QWidget] = {}  # over the "more" knobs of a kind

    def make_room(self, path: str, column: QVBoxLayout) -> None:
        """Make room for the knobs of the kind at a path: the basic ones here, the others where `place_rest` says."""
        rooms = QVBoxLayout(), QVBoxLayout()
        for layout in rooms:
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(8)
        box = QWidget()
        box.setLayout(rooms[0])
        column.addWidget(box)
        self._rooms[path] = rooms

    def place_rest(self, more: SectionBox) -> None:
        """Place the other knobs of each kind in a section, under a heading."""
        for path, (_, rest) in self._rooms.items():
            name = path.rpartition(".")[2]
            heading, box = label(f"{name.capitalize()}: more knobs", "title"), QWidget()
            box.setLayout(rest)
            for part in (heading, box):
                more.add(part)
            self._headings[path] = heading

    def show(self, path: str, knobs: Settings) -> None:
        """Show the knobs of the kind that the path has now."""
        kind = getattr(knobs, "kind", "")
        if self._kinds.get(path) == kind:
            return
        self._kinds[path] = kind
        for column in self._rooms[path]:
            while (item := column.takeAt(0)) is not None:
                if isinstance(left := item.widget(), Editor):
                    del self._editors[left.path]
                    left.hide()
                    left.deleteLater()
        for description in describe(type(knobs)):
            name = f"{path}.{description.name}"
            editor = self._special(name, description) or editor_for(name, description)
            if name == RATE and isinstance(editor, NumberEditor):
                editor.add(self._range_button())
            self._place(editor, self._rooms[path][description.more])
        for column in self._rooms[path]:  # an empty one would leave a gap
            if (box := column.parentWidget()) is not None:
                box.setVisible(column.count() > 0)
        self._headings[path].setVisible(self._rooms[path][1].count() > 0)

    def _special(self, path: str, description: Description) -> Editor | None:
        """Return the control of a setting that has one of its own."""
        if path == FORMULA:
            return FormulaEditor(path, description)
        if path != DISCRIMINATOR:
            return None
        layers = LayersEditor(path, kinds(self._catalogue, "activations"), GAME_LAYERS)
        layers.entitle("Discriminator’s layers")
        layers.redraw_requested.connect(self.redraw_requested)
        return layers

    def _range_button(self) -> IconButton:
        button = IconButton("range", "", self._parent)
        button.setAccessibleName("Test learning rates")
        set_tooltip(button, "Test learning rates on a copy of the run, from the present weights (Ctrl+L)")
        button.clicked.connect(self.range_requested)
        return button
