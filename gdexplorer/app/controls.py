"""The left panel: every setting of the experiment, eight in view and the rest under "More"."""

import secrets

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from gdexplorer.app.form import ChoiceEditor, Editor, SectionBox, editor_for
from gdexplorer.app.guard import guarded
from gdexplorer.app.kindknobs import KindKnobs
from gdexplorer.app.layers import LayersEditor
from gdexplorer.app.offers import TABLES, data_sets, kinds, offered
from gdexplorer.app.paths import BUGS, MORE, NOT_OF_NETWORK, OF_NETWORK, fits, named, subject, value_at
from gdexplorer.app.reach import Reach
from gdexplorer.app.readouts import READOUTS, Readout
from gdexplorer.app.schedule import ScheduleView
from gdexplorer.app.scrolling import Scrolling
from gdexplorer.data import Table
from gdexplorer.fields import describe
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import NETWORK, Change, Reinitialize, Solve
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.layer_kinds import DenseSettings
from gdexplorer.lab.layers import activations
from gdexplorer.lab.sources import source_of
from gdexplorer.nn.activations import LinearKnobs
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import label, set_tooltip


class Controls(Scrolling):
    """Shows the experiment of the newest frame and turns what the user does into commands."""

    commanded = Signal(object)  # a Command
    range_requested = Signal()  # a range test of the learning rate

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._editors: dict[str, Editor] = {}
        self._knobs = KindKnobs(catalogue, self._editors, self._place, self)
        self._knobs.range_requested.connect(self.range_requested)
        self._knobs.redraw_requested.connect(self._on_discriminator_redraw_requested)
        self._of_network: list[tuple[QWidget, bool]] = []  # what a point has no use for, and whether a GAN has
        self._shown: frozenset[str] = frozenset({"examples"})  # what the objective can whose parts are shown
        self._readouts: list[Readout] = []
        self._own: Table | None = None  # the data of one's own that are offered
        self._told_of: object = None  # what the commentary is about, None: whatever there is
        self._palette: Palette = LIGHT
        self.setAccessibleName("Experiment")
        self.column.setContentsMargins(12, 8, 12, 12)
        self.column.setSpacing(8)
        self._title = label("", "title")
        self._commentary = label("", "muted")
        for text in (self._title, self._commentary):
            text.setWordWrap(True)
            self.column.addWidget(text)
        self._build()
        self.column.addStretch(1)
        self.fill()
        self.body.hide()  # until there is an experiment to show

    # ---- what is there ----------------------------------------------------

    def _build(self) -> None:
        self._add_kind("problem", self.column)
        self._add("data.kind", self.column)
        layers = LayersEditor("network.layers", kinds(self._catalogue, "activations"), self._catalogue.layers.values())
        layers.redraw_requested.connect(self._on_layer_redraw_requested)
        self._place(layers, self.column)
        activation = next(d for d in describe(DenseSettings) if d.name == "activation")
        self._place(editor_for("network.activation", activation, kinds(self._catalogue, "activations")), self.column)
        self._knobs.make_room("network.activation", self.column)
        self._add_kind("optimizer", self.column)
        self._add("training.batch_size", self.column)
        self._add_kind("network.initializer", self.column)
        self.redraw_button = QPushButton("Draw new weights")
        set_tooltip(self.redraw_button, "Draw all weights anew from the initializer, while the run goes on (R)")
        self.redraw_button.clicked.connect(self._on_redraw_clicked)
        self.column.addWidget(self.redraw_button)
        self._of_network.append((self.redraw_button, True))
        self.solve_button = QPushButton("Solve")
        set_tooltip(self.solve_button, "Go to the least-squares point by the normal equations, without any descent")
        self.solve_button.clicked.connect(self._on_solve_clicked)
        self.column.addWidget(self.solve_button)
        self.more = SectionBox("More", opened=False)
        self.reach = Reach(self, self._editors, self.more)
        self.schedule = ScheduleView()
        self.column.addWidget(self.more)
        for title, paths in MORE:
            heading = label(title, "title")
            self.more.add(heading)
            box, column = QWidget(), QVBoxLayout()
            if title not in NOT_OF_NETWORK:
                self._of_network += [(heading, title == "Network"), (box, title == "Network")]
            column.setContentsMargins(0, 0, 0, 8)
            column.setSpacing(8)
            box.setLayout(column)
            self.more.add(box)
            for path in paths:
                if path in TABLES:
                    self._add_kind(path, column)
                else:
                    self._add(path, column)
                if path == "training.schedule":
                    column.addWidget(self.schedule)
                if path in READOUTS:
                    self._readouts.append(Readout(path))
                    column.addWidget(self._readouts[-1])
        self._knobs.place_rest(self.more)

    def _add(self, path: str, column: QVBoxLayout) -> None:
        self._place(editor_for(path, named(path), offered(path, self._catalogue)), column)

    def _add_kind(self, path: str, column: QVBoxLayout) -> None:
        """Add the choice of a kind and room for its knobs."""
        self._place(editor_for(f"{path}.kind", named(path), kinds(self._catalogue, TABLES[path])), column)
        self._knobs.make_room(path, column)

    def _place(self, editor: Editor, column: QVBoxLayout) -> None:
        editor.edited.connect(self._on_editor_edited)
        self._editors[editor.path] = editor
        column.addWidget(editor)

    # ---- what the frame says ----------------------------------------------

    def begin(self, experiment: Experiment) -> None:
        """Take the commentary as being about this problem and these data."""
        self._told_of = subject(experiment)

    def show_frame(self, frame: Frame) -> None:
        """Show the experiment as it is, except in a control that is being held."""
        experiment = frame.lane.state.experiment
        if self.body.isHidden():
            self.body.show()
        self._show_text(self._title, experiment.title)
        told = self._told_of in (None, subject(experiment))
        self._show_text(self._commentary, experiment.commentary if told else "")
        for path in TABLES:
            self._knobs.show(path, value_at(experiment, path))
        nonlinear = activations(experiment.network.layers)
        self._knobs.show("network.activation", nonlinear[0] if len(set(nonlinear)) == 1 else LinearKnobs())
        self.schedule.show_state(frame.lane.state, self._catalogue)
        can = frame.lane.state.can
        network = "examples" in can
        self._show_parts(can)
        for path in BUGS[1:]:
            self._editors[path].setVisible(experiment.bugs.lab and fits(path, can))
        for readout in self._readouts:
            readout.show_state(frame.lane.state)
        self.solve_button.setVisible(frame.lane.state.solvable)
        self._offer_own(experiment.data.table)
        source = source_of(experiment.data, self._catalogue)
        self._editors["data.features"].setVisible(network and len(source.inputs) == 2)
        for path, editor in self._editors.items():
            if path.startswith("network.activation."):
                editor.show_value(getattr(nonlinear[0], path.rpartition(".")[2]))
            elif path == "network.activation":
                names = {knobs.kind for knobs in nonlinear}
                editor.setVisible("layers" in can and bool(names))
                editor.show_value(names.pop() if len(names) == 1 else "mixed")
            elif path == "network.layers":
                editor.show_value(experiment.network.layers)
            else:
                editor.show_value(value_at(experiment, path))

    def _offer_own(self, table: Table | None) -> None:
        """Offer one's own data once there are some."""
        editor = self._editors["data.kind"]
        if table is not self._own and isinstance(editor, ChoiceEditor) and not editor.held:
            self._own = table
            editor.set_choices(data_sets(self._catalogue, table))

    def _show_text(self, shown: QLabel, text: str) -> None:
        if shown.text() != text:
            shown.setText(text)
            shown.setVisible(bool(text))

    def _show_parts(self, can: frozenset[str]) -> None:
        """Hide what the problem does not have."""
        if can == self._shown:
            return
        self._shown = can
        for part, of_game in self._of_network:
            part.setVisible("examples" in can or (of_game and "layers" in can))
        for path, editor in self._editors.items():
            if path.startswith(OF_NETWORK):
                editor.setVisible(fits(path, can))
        layers = self._editors["network.layers"]
        assert isinstance(layers, LayersEditor)
        layers.entitle("Generator’s layers" if "game" in can else "")

    def complain(self, path: str, sentence: str) -> None:
        """Show why a change was refused under its control."""
        if path in self._editors:
            self._editors[path].complain(sentence)

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.schedule.show_palette(palette)
        self.redraw_button.setIcon(icon("redraw", palette.text, palette.icon_size))
        self.setFixedWidth(round(180 + 13 * palette.body))

    # ---- what the user does -------------------------------------------------

    @guarded
    def _on_editor_edited(self, path: str, value: object) -> None:
        self.commanded.emit(Change(path, value))

    @guarded
    def _on_solve_clicked(self) -> None:
        self.commanded.emit(Solve())

    @guarded
    def _on_redraw_clicked(self) -> None:
        self.commanded.emit(Reinitialize(NETWORK, secrets.randbits(31)))

    @guarded
    def _on_layer_redraw_requested(self, id: str) -> None:
        side = "G." if "game" in self._shown else ""
        self.commanded.emit(Reinitialize(side + id, secrets.randbits(31)))

    @guarded
    def _on_discriminator_redraw_requested(self, id: str) -> None:
        self.commanded.emit(Reinitialize(f"D.{id}", secrets.randbits(31)))
