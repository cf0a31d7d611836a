"""The left panel: every setting of the experiment, eight in view and the rest under "More"."""

import secrets
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gdexplorer.app.form import Choice, Editor, LayersEditor, SectionBox, editor_for
from gdexplorer.app.formula import FormulaEditor
from gdexplorer.app.guard import guarded
from gdexplorer.app.schedule import ScheduleView
from gdexplorer.data import FEATURES
from gdexplorer.fields import Description, Settings, describe
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import NETWORK, Change, Reinitialize, Solve
from gdexplorer.lab.experiment import (
    DataSettings,
    Experiment,
    LayerSettings,
    NetworkSettings,
    PenaltySettings,
    ShowSettings,
    TrainingSettings,
)
from gdexplorer.lab.frame import Frame
from gdexplorer.nn.activations import LinearKnobs
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import label, set_tooltip

TABLES = {"problem": "problems", "loss": "losses", "optimizer": "optimizers", "network.initializer": "initializers",
          "network.output": "activations", "training.schedule": "schedules"}  # fmt: skip
OF_NETWORK = ("data.", "network.", "loss", "penalty.", "training.batch_size")
FORMULA = "problem.text"


class Controls(QScrollArea):
    """Shows the experiment of the newest frame and turns what the user does into commands."""

    commanded = Signal(object)  # a Command

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._editors: dict[str, Editor] = {}
        self._kinds: dict[str, str] = {}  # the kind whose knobs each group shows
        self._groups: dict[str, tuple[QVBoxLayout, QVBoxLayout]] = {}  # basic and "more" knobs of each kind
        self._of_network: list[QWidget] = []  # what a function of x and y has no use for
        self._shows_network = True
        self._headings: dict[str, QWidget] = {}  # over the "more" knobs of a kind
        self._palette: Palette = LIGHT
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Experiment")
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(12, 8, 12, 12)
        self._column.setSpacing(8)
        self._title = label("", "title")
        self._title.setWordWrap(True)
        self._commentary = label("", "muted")
        self._commentary.setWordWrap(True)
        self._column.addWidget(self._title)
        self._column.addWidget(self._commentary)
        self._build()
        self._column.addStretch(1)
        self.setWidget(body)

    # ---- what is there ----------------------------------------------------

    def _build(self) -> None:
        self._add_kind("problem", self._column)
        self._add("data.kind", self._column)
        layers = LayersEditor("network.layers", self._choices("activations"))
        layers.redraw_requested.connect(self._on_layer_redraw_requested)
        self._place(layers, self._column)
        activation = next(d for d in describe(LayerSettings) if d.name == "activation")
        self._place(editor_for("network.activation", activation, self._choices("activations")), self._column)
        self._groups["network.activation"] = self._room(self._column)
        self._add_kind("optimizer", self._column)
        self._add("training.batch_size", self._column)
        self._add_kind("network.initializer", self._column)
        self.redraw_button = QPushButton("Draw new weights")
        set_tooltip(self.redraw_button, "Draw all weights anew from the initializer, while the run goes on (R)")
        self.redraw_button.clicked.connect(self._on_redraw_clicked)
        self._column.addWidget(self.redraw_button)
        self._of_network.append(self.redraw_button)
        self.solve_button = QPushButton("Solve")
        set_tooltip(self.solve_button, "Go to the least-squares point by the normal equations, without any descent")
        self.solve_button.clicked.connect(self._on_solve_clicked)
        self._column.addWidget(self.solve_button)
        self.more = SectionBox("More", opened=False)
        self.schedule = ScheduleView()
        self._column.addWidget(self.more)
        for title, paths in (
            ("Data", ("data.amount", "data.train_share", "data.noise", "data.features", "data.scaling")),
            ("Loss and penalties", ("loss", "penalty.l1", "penalty.l2", "penalty.biases")),
            ("Training", ("training.schedule", "training.clip", "training.clip_threshold")),
            ("Network", ("network.output", "network.precision")),
            ("Run", ("seed", "show.pause_at")),
        ):
            heading = label(title, "title")
            self.more.add(heading)
            box, column = QWidget(), QVBoxLayout()
            if title not in ("Training", "Run"):
                self._of_network += [heading, box]
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
        for path, (_, more) in self._groups.items():
            if more.parentWidget() is None:
                name = path.rpartition(".")[2]
                heading, box = label(f"{name.capitalize()}: more knobs", "title"), QWidget()
                box.setLayout(more)
                for part in (heading, box):
                    self.more.add(part)
                self._headings[path] = heading

    def _add(self, path: str, column: QVBoxLayout) -> None:
        self._place(editor_for(path, _named(path), self._choices_of(path)), column)

    def _add_kind(self, path: str, column: QVBoxLayout) -> None:
        """Add the choice of a kind and room for its knobs: the basic ones here, the others under "More"."""
        self._place(editor_for(f"{path}.kind", _named(path), self._choices(TABLES[path])), column)
        self._groups[path] = self._room(column)

    def _room(self, column: QVBoxLayout) -> tuple[QVBoxLayout, QVBoxLayout]:
        """Return layouts for a kind's knobs: the first stands in the column, the other is placed under "More"."""
        basic, more = QVBoxLayout(), QVBoxLayout()
        for layout in (basic, more):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(8)
        box = QWidget()
        box.setLayout(basic)
        column.addWidget(box)
        return basic, more

    def _place(self, editor: Editor, column: QVBoxLayout) -> None:
        editor.edited.connect(self._on_editor_edited)
        self._editors[editor.path] = editor
        column.addWidget(editor)

    def _choices(self, table: str) -> list[Choice]:
        records = getattr(self._catalogue, table).values()
        return [Choice(r.name, r.label, "\n".join(filter(None, (getattr(r, "formula", ""), r.help)))) for r in records]

    def _choices_of(self, path: str) -> list[Choice] | None:
        if path == "data.kind":
            return self._choices("sources")
        if path == "data.features":
            return [Choice(feature.name, feature.label) for feature in FEATURES]
        return None

    # ---- what the frame says ----------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        """Show the experiment as it is, except in a control that is being held."""
        experiment = frame.lane.state.experiment
        self._show_text(self._title, experiment.title)
        self._show_text(self._commentary, experiment.commentary)
        for path in TABLES:
            self._show_kind(path, _at(experiment, path))
        activations = {layer.activation for layer in experiment.network.layers}
        self._show_kind("network.activation", activations.pop() if len(activations) == 1 else LinearKnobs())
        self.schedule.show_state(frame.lane.state, self._catalogue)
        network = "examples" in frame.lane.state.can
        self._show_parts(network)
        self.solve_button.setVisible(frame.lane.state.solvable)
        source = self._catalogue.sources[experiment.data.kind]
        self._editors["data.features"].setVisible(network and len(source.inputs) == 2)
        for path, editor in self._editors.items():
            if path.startswith("network.activation."):
                editor.show_value(getattr(experiment.network.layers[0].activation, path.rpartition(".")[2]))
            elif path == "network.activation":
                kinds = {getattr(layer.activation, "kind", "") for layer in experiment.network.layers}
                editor.setVisible(network and bool(kinds))
                editor.show_value(kinds.pop() if len(kinds) == 1 else "mixed")
            elif path == "network.layers":
                editor.show_value(
                    [{"id": x.id, "units": x.units, "activation": getattr(x.activation, "kind", "")}
                     for x in experiment.network.layers]
                )  # fmt: skip
            else:
                editor.show_value(_at(experiment, path))

    def _show_text(self, shown: QLabel, text: str) -> None:
        if shown.text() != text:
            shown.setText(text)
            shown.setVisible(bool(text))

    def _show_kind(self, path: str, knobs: Settings) -> None:
        kind = getattr(knobs, "kind", "")
        if self._kinds.get(path) == kind:
            return
        self._kinds[path] = kind
        for column in self._groups[path]:
            while (item := column.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    del self._editors[widget.path]  # type: ignore[attr-defined]
                    widget.hide()
                    widget.deleteLater()
        for description in describe(type(knobs)):
            name = f"{path}.{description.name}"
            editor = FormulaEditor(name, description) if name == FORMULA else editor_for(name, description)
            self._place(editor, self._groups[path][description.more])
        if path in self._headings:
            self._headings[path].setVisible(self._groups[path][1].count() > 0)

    def _show_parts(self, network: bool) -> None:
        """Hide what the problem does not have."""
        if network != self._shows_network:
            self._shows_network = network
            for part in self._of_network:
                part.setVisible(network)
            for path, editor in self._editors.items():
                if path.startswith(OF_NETWORK):
                    editor.setVisible(network)

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
        self.commanded.emit(Reinitialize(id, secrets.randbits(31)))


def _at(experiment: Experiment, path: str) -> Any:
    value: Any = experiment
    for part in path.split("."):
        value = getattr(value, part)
    return value


def _descriptions() -> Iterator[tuple[str, Description]]:
    groups: dict[str, type[Settings]] = {
        "": Experiment,
        "data.": DataSettings,
        "network.": NetworkSettings,
        "penalty.": PenaltySettings,
        "training.": TrainingSettings,
        "show.": ShowSettings,
    }
    for prefix, model in groups.items():
        for description in describe(model):
            yield prefix + description.name, description


def _named(path: str) -> Description:
    return dict(_descriptions())[path]
