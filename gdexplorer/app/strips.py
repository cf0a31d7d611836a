"""The thin rows of the window: the narrator's sentence, the invitation, and the status line."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStatusBar, QToolButton, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.app.transport import speed_text
from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import NETWORK, Change, Reinitialize
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Snapshot
from gdexplorer.lab.games import DiracKnobs, GanKnobs
from gdexplorer.lab.layers import activations
from gdexplorer.lab.narrator import Sentence
from gdexplorer.lab.sources import source_of
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import label, set_tooltip

ICONS = {"plain": "info", "good": "check", "warning": "warning", "trouble": "warning"}


class Narrator(QWidget):
    """One plain sentence about what happens now, and one button that shows or mends it."""

    show_requested = Signal(str)  # title of a panel
    commanded = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("strip", True)
        self._palette = LIGHT
        self._sentence = Sentence("")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        self._icon = QLabel()
        self.text = label("")
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.text.setAccessibleName("Narrator")
        self.button = QPushButton()
        self.button.clicked.connect(self._on_button_clicked)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        self.button.hide()

    def show_sentence(self, sentence: Sentence) -> None:
        """Show what the narrator says."""
        if sentence == self._sentence:
            return
        mood, self._sentence = self._sentence.mood, sentence
        self.text.setText(sentence.text)
        action = sentence.action or ("Show" if sentence.panel and sentence.mood in ("warning", "trouble") else "")
        self.button.setText(action)
        self.button.setVisible(bool(action))
        if mood != sentence.mood or self._icon.pixmap().isNull():
            self._dress()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._dress()

    def _dress(self) -> None:
        palette, mood = self._palette, self._sentence.mood
        color = {"plain": palette.muted, "good": palette.good, "warning": palette.warning}.get(mood, palette.danger)
        self._icon.setPixmap(icon(ICONS[mood], color, palette.icon_size).pixmap(palette.icon_size, palette.icon_size))
        self._icon.setAccessibleName({"plain": "Note", "good": "Good"}.get(mood, "Warning"))

    @guarded
    def _on_button_clicked(self) -> None:
        if self._sentence.command is not None and self._sentence.action:
            self.commanded.emit(self._sentence.command)
        else:
            self.show_requested.emit(self._sentence.panel)


class Invitation(QWidget):
    """A strip that asks to change one thing, with the change itself on a button; it can be ignored."""

    accepted = Signal(object)  # the Command

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("invitation", True)
        self._offers: list[tuple[QPushButton, object]] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 6, 6, 6)
        self._row.setSpacing(8)
        self._text = label("")
        self._text.setWordWrap(True)
        self._close = QToolButton()
        self._close.setAccessibleName("Hide the invitation")
        set_tooltip(self._close, "Hide")
        self._close.clicked.connect(self.hide)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self.hide()

    def invite(self, text: str, offers: list[tuple[str, object]]) -> None:
        """Show a sentence and a button for each (text, command)."""
        for button, _ in self._offers:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._offers = []
        for position, (caption, command) in enumerate(offers):
            button = QPushButton(caption)
            button.setProperty("primary", position == 0)
            button.clicked.connect(self._on_offer_clicked)
            self._row.insertWidget(1 + position, button)
            self._offers.append((button, command))
        self._text.setText(text)
        self.show()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._close.setIcon(icon("close", palette.muted, palette.icon_size))

    @guarded
    def _on_offer_clicked(self) -> None:
        for button, command in self._offers:
            if button is self.sender():
                self.hide()
                self.accepted.emit(command)


def offers(experiment: Experiment) -> list[tuple[str, object]]:
    """Return what an invitation offers: of a network another activation or other weights, of a game, or to go on."""
    problem = experiment.problem
    if isinstance(problem, GanKnobs):
        steps = 8 if problem.generator_steps == 1 else 1
        return [(f"G steps → {steps}", Change("problem.generator_steps", steps)), ("Go on as it is", None)]
    if isinstance(problem, DiracKnobs):
        gamma = 0.0 if problem.gamma else 0.5
        return [(f"R1 penalty → {gamma:g}", Change("problem.gamma", gamma)), ("Go on as it is", None)]
    if kind(experiment.problem) != NETWORK:
        return [("Go on as it is", None)]
    kinds = {knobs.kind for knobs in activations(experiment.network.layers)}
    name, other_kind = ("tanh → ReLU", "relu") if kinds == {"tanh"} else ("activation → tanh", "tanh")
    other = [(name, Change("network.activation", other_kind))] if kinds else []
    return [*other, ("Draw new weights", Reinitialize(NETWORK, experiment.seed + 1)), ("Go on as it is", None)]


class StatusLine(QStatusBar):
    """Seed, data, η, batch, epoch, update and speed: what every picture depends on, always on screen."""

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.setSizeGripEnabled(False)
        self._text = label("", "small")
        self._text.setContentsMargins(12, 0, 12, 0)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # never widens the window
        self.addWidget(self._text, 1)
        self._alarm = label("", "alarm")
        self.addPermanentWidget(self._alarm)  # which no message hides
        self._alarm.hide()

    def show_frame(self, frame: Frame, speed: float, playing: bool, rate: float | None) -> None:
        """Show the frame's settings; `rate` is the measured number of updates a second, None until it is known."""
        measured = "…" if rate is None else f"{rate:,.3g}" if rate < 1000 else f"{rate:,.0f}"
        pace = f"{measured} updates/s (of {speed_text(speed)})" if playing else "paused"
        text = " · ".join([*self._parts(frame.lane.state), pace])
        if text != self._text.text():
            self._text.setText(text)
        bugs = frame.lane.state.experiment.bugs.present
        alarm = f"Wrong on purpose: {', '.join(bugs)}" if bugs else ""
        if alarm != self._alarm.text():
            self._alarm.setText(alarm)
            self._alarm.setVisible(bool(alarm))

    def _parts(self, state: Snapshot) -> list[str]:
        experiment = state.experiment
        rule = self._catalogue.record("optimizers", kind(experiment.optimizer))
        rate = getattr(experiment.optimizer, "learning_rate", None)
        step = [rule.label if rate is None else f"η {rate:.3g}", f"update {state.step:,}"]
        if rate is not None and state.rate not in (None, rate):
            step[0] += f" → {state.rate:.3g}"
        if "examples" not in state.can:
            problem = self._catalogue.record("problems", kind(experiment.problem))
            return [f"seed {experiment.seed}", problem.label, *step]
        batch = f"B {state.batch_size}" + (" (full)" if state.batch_size == state.train_examples else "")
        batch += f" × {k}" if (k := experiment.training.accumulate) > 1 else ""
        return [
            f"seed {experiment.seed}",
            source_of(experiment.data, self._catalogue).label,
            step[0],
            batch,
            f"{state.parameters:,} parameters",
            f"epoch {state.epoch:,}",
            step[1],
        ]
