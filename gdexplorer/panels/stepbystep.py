"""One update in four steps: forward, loss, backward, update, with every number of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QSpinBox, QStackedLayout, QWidget

from gdexplorer.lab.commands import UpdateOn
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.panels.derivation import Derivation
from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.stepdiagram import Diagram
from gdexplorer.panels.stepgraph import drawable
from gdexplorer.panels.steplayers import Layers
from gdexplorer.panels.steptext import DIGITS, EXACT, written
from gdexplorer.panels.text import set_tooltip
from gdexplorer.probes.stepwise import NO_STEPS, Phase, Stage, StepByStep

WAITING = "Waiting for the network…"
BROAD = 1.25  # width over height from which on the text stands beside the network
BUTTONS = (
    ("Forward", "Send the batch through the network: z and a of every unit (1). A run that plays is paused."),
    ("Loss", "Compare outputs with targets (2)."),
    ("Backward", "Send the error back by the chain rule: δ of every unit, ∂L/∂θ of every parameter (3)."),
    ("Update", "Let the optimizer change the parameters: the update that training makes of this batch (4)."),
)
EDGES = ("edges: weights", "edges: weights", "edges: weights", "edges: ∂L/∂w", "edges: new weights")
NEXT, CHOSEN = range(2)


class StepByStepPanel(Panel):
    """Four buttons, the network with its numbers, and the chain rule and the update of a chosen parameter."""

    title = "Step by step"
    requires = frozenset({"trace", "layers"})
    pause_requested = Signal()
    update_requested = Signal()  # one update of the run, on the batch that it draws

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._request = StepByStep()
        self._stage: Stage | None = None
        self._experiment: Experiment | None = None
        self._index = -1  # of the chosen parameter; −1 until one can be chosen
        self._example = 0  # of the batch
        self._build_buttons()
        self._build_header()
        self.diagram, self.layers, self.derivation, self.caption = Diagram(), Layers(), Derivation("Numbers"), Facts()
        self._build_pages()
        self._connect()
        self.show_palette(self.palette_now, True)

    def _build_buttons(self) -> None:
        self.buttons = [QPushButton(f"{k}  {name}") for k, (name, _) in enumerate(BUTTONS, 1)]
        for button, (name, tip) in zip(self.buttons, BUTTONS, strict=True):
            button.setAccessibleName(name)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            set_tooltip(button, tip)

    def _build_header(self) -> None:
        self.header = Header()
        self.choice = self.header.add_choice(
            "Batch", ["next mini-batch", "one training example"], "What the step is made of: the mini-batch that "
            "training draws next, or one training example alone.")  # fmt: skip
        self.spin = QSpinBox()
        self.spin.setRange(1, 1)
        self.spin.setPrefix("example ")
        self.spin.setAccessibleName("Training example")
        self.spin.setKeyboardTracking(False)
        self.spin.lineEdit().setTextMargins(4, 0, 0, 0)
        self.header.add(self.spin)
        self.header.set_present(self.spin, False)
        self.back = self.header.add_button("Previous example of the batch", "chevron-left", "Previous example of the "
                                           "batch")  # fmt: skip
        self.forth = self.header.add_button("Next example of the batch", "chevron-right", "Next example of the batch")
        self.exact = self.header.add_switch("6 digits", "6", "Six significant digits", "Six significant digits, "
                                            "not four.")  # fmt: skip

    def _build_pages(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 2)
        row.setSpacing(8)
        for button in self.buttons:
            row.addWidget(button, 1)
        self._pictures = QStackedLayout()
        self._pictures.addWidget(self.diagram)
        self._pictures.addWidget(self.layers)
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._pair.setSpacing(12)
        self._pair.addLayout(self._pictures, 5)
        self._pair.addWidget(self.derivation, 3)
        self._pages = Pages(self, WAITING, self._pair, self.caption, row, self.header)
        self.waiting = self._pages.waiting

    def _connect(self) -> None:
        for phase, button in zip((Phase.FORWARD, Phase.LOSS, Phase.BACKWARD, Phase.UPDATE), self.buttons, strict=True):
            button.clicked.connect(lambda _=False, phase=phase: self.advance(phase))
        for picture in (self.diagram, self.layers):
            picture.chosen.connect(self._on_parameter_chosen)
            picture.stepped.connect(self._on_stepped)
        self.back.clicked.connect(lambda: self._look(-1))
        self.forth.clicked.connect(lambda: self._look(1))
        self.exact.clicked.connect(self._draw)
        self.choice.activated.connect(self._on_choice_activated)
        self.spin.valueChanged.connect(self._on_example_chosen)

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request})

    # ---- what the user does ---------------------------------------------------------

    def press(self, number: int) -> None:
        """Press one of the four buttons, counted from 1, if it can be pressed."""
        self.buttons[number - 1].click()

    def advance(self, phase: Phase) -> None:
        """Go on to the next of the four; Forward begins a new step."""
        number, example = self._request.number, self._chosen_example()
        if phase is Phase.FORWARD:
            number, self._example = number + 1, 0
            self.pause_requested.emit()
        self._request = StepByStep(number, phase, example)
        self._dress_buttons()
        if phase is Phase.UPDATE and example is not None:
            self.commanded.emit(UpdateOn(example))
        elif phase is Phase.UPDATE:
            self.update_requested.emit()
        self.needs_changed.emit()

    def reset(self) -> None:
        """Begin anew: another run is opened."""
        self._request = StepByStep(self._request.number, Phase.READY, self._chosen_example())
        self._stage, self._index = None, -1

    def _chosen_example(self) -> int | None:
        return self.spin.value() - 1 if self.choice.currentIndex() == CHOSEN else None

    def _on_choice_activated(self, index: int) -> None:
        self.header.set_present(self.spin, index == CHOSEN)
        self._begin_anew()

    def _on_example_chosen(self, _: int) -> None:
        if self.choice.currentIndex() == CHOSEN:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._request = StepByStep(self._request.number, Phase.READY, self._chosen_example())
        self.needs_changed.emit()

    def _on_parameter_chosen(self, index: int) -> None:
        self._index = index
        self._draw()

    def _on_stepped(self, by: int) -> None:
        if self._stage is not None:
            self._on_parameter_chosen((self._index + by) % self._stage.layout.size)

    def _look(self, by: int) -> None:
        if self._stage is not None and self._stage.batch is not None:
            self._example = (self._example + by) % self._stage.batch.size
            self._draw()

    # ---- what is drawn --------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        state = frame.lane.state
        self.spin.blockSignals(True)
        self.spin.setMaximum(max(state.train_examples, 1))
        self.spin.blockSignals(False)
        view: Stage | str | None = frame.lane.views.get(self._request)
        if view is None and not self.requires <= state.can:
            view = NO_STEPS
        if isinstance(view, str):
            self._say(view)
        elif view is not None:
            self._take(view, state.experiment)

    def _say(self, sentence: str) -> None:
        self._stage = None
        self._request = StepByStep(self._request.number, Phase.READY, self._request.example)
        self._pages.say(sentence)
        self._dress_buttons()

    def _take(self, stage: Stage, experiment: Experiment) -> None:
        if stage.phase is Phase.READY and self._request.phase is not Phase.READY:  # the run has left the step behind
            self._request = StepByStep(self._request.number, Phase.READY, self._request.example)
        if stage.update is None or self._stage is None or self._stage.update is None:
            self._experiment = experiment  # an update is told with the settings that made it
        before = self._stage
        if before is None or before.layout != stage.layout or self._index < 0:
            self._index = stage.layout.by_id[stage.layout.blocks[-1].id].start
        self._stage = stage
        self._draw()
        if before is None or before.phase is not stage.phase:  # somebody pressed a button
            self.setAccessibleDescription(self.summary())

    def _draw(self) -> None:
        stage = self._stage
        self._dress_buttons()
        if stage is None or self._experiment is None:
            return
        self._pages.show_content()
        size = 1 if stage.batch is None else stage.batch.size
        self._example = min(self._example, size - 1)
        for button in (self.back, self.forth):
            self.header.set_present(button, size > 1)
        picture = self.diagram if drawable(stage) else self.layers
        self._pictures.setCurrentWidget(picture)
        digits = EXACT if self.exact.isChecked() else DIGITS
        picture.show_stage(stage, self._index, self._example, digits)
        self.derivation.show_lines(written(stage, self._index, self._example, digits, self._experiment))
        self.caption.show_facts(tuple(self._facts(stage)))

    def _facts(self, stage: Stage) -> list[Fact]:
        facts: list[Fact] = []
        if stage.batch is not None:
            moved = ("parameters have moved", "accent") if not stage.unmoved else (
                "parameters bit for bit as they were", "good")  # fmt: skip
            facts.append(moved)
            first = stage.batch.examples[self._example] + 1
            which = f"training example {first:,}"
            if stage.batch.size > 1:
                which = f"example {self._example + 1} of {stage.batch.size} of the mini-batch ({which})"
            facts.append((which, "text"))
        facts.append((f"after update {stage.step:,}", "text"))
        if drawable(stage):
            facts.append((EDGES[stage.phase] + ", units as before" * (stage.phase is Phase.UPDATE), "muted"))
            facts.append(("dashed: below 0", "muted"))
        if stage.phase >= Phase.BACKWARD:
            facts.append(("δ: ∂/∂z of the example's own loss", "muted"))
        return [*facts, ("click: choose a weight", "muted"), ("← →: step through them", "muted")]

    def _dress_buttons(self) -> None:
        """Enable what can be pressed now, and mark what comes next."""
        stage = self._stage
        now = Phase.READY if stage is None else min(stage.phase, self._request.phase)
        settled = now == self._request.phase
        after = Phase.FORWARD if now is Phase.UPDATE else Phase(now + 1)
        for phase, button in zip((Phase.FORWARD, Phase.LOSS, Phase.BACKWARD, Phase.UPDATE), self.buttons, strict=True):
            can = stage is not None and settled and (phase is Phase.FORWARD or phase == now + 1)
            button.setEnabled(can)
            if bool(button.property("primary")) != (can and phase is after):
                button.setProperty("primary", can and phase is after)
                button.style().unpolish(button)
                button.style().polish(button)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        for button in self.buttons:
            button.setMinimumHeight(round(2.2 * button.fontMetrics().height()))
        for part in (self.header, self.diagram, self.layers, self.derivation, self.caption):
            part.show_palette(palette)
        self._fit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Stand the text beside the network, or below it; fit the caption."""
        ways, line = QBoxLayout.Direction, self.caption.line()
        beside = self.width() >= BROAD * self.height()
        self._pair.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        lines = self.height() / max(line, 1)
        self.caption.setVisible(lines >= 14)
        self.caption.setFixedHeight(line * (2 if lines >= 24 else 1))

    def summary(self) -> str:
        stage = self._stage
        if stage is None or stage.batch is None:
            ready = "press Forward" if stage is not None else self.waiting.text()
            return f"{self.title}: {ready}"
        moved = "unchanged" if stage.unmoved else "changed"
        numbers = "; ".join(self.derivation.texts())
        return f"{self.title}, {BUTTONS[stage.phase - 1][0]} done, parameters {moved}. {numbers}"
