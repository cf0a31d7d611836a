"""The thin rows of the window: the narrator's sentence, the invitation, and the status line."""

from contextlib import suppress

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStatusBar,
    QStyle,
    QStyleOption,
    QStylePainter,
    QToolButton,
    QWidget,
)

from gdexplorer.app.guard import guarded
from gdexplorer.app.transport import speed_text
from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.changes import as_value, changed
from gdexplorer.lab.commands import NETWORK, Change, Reinitialize
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Probe, Snapshot
from gdexplorer.lab.sentences import NON_FINITE, Sentence
from gdexplorer.lab.sources import source_of
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import label, set_tooltip
from gdexplorer.probes.vitals import Vitals

PACE_MS = 2000
MARGIN = 12  # px at the window's sides
ICONS = {"plain": "info", "good": "check", "warning": "warning", "trouble": "warning"}


class Narrator(QWidget):
    """One plain sentence about what happens now, a button that shows it, and one that may mend it.

    A sentence stays for `PACE_MS` at least: nobody reads faster, and what comes and goes meanwhile is not said.
    """

    show_requested = Signal(str)  # name of a panel
    commanded = Signal(object)  # a Command; those of one mend follow each other
    rewind_requested = Signal()  # to the last finite update

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("strip", True)
        self._palette = LIGHT
        self._sentence = self._next = Sentence("")
        self.pace = QTimer(self)
        self.pace.setSingleShot(True)
        self.pace.setInterval(PACE_MS)
        self.pace.timeout.connect(self._on_paced)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        self._icon = QLabel()
        self.text = label("")
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.text.setAccessibleName("Narrator")
        self.look, self.mend = QPushButton("Show me"), QPushButton()
        self.look.clicked.connect(self._on_look_clicked)
        self.rewind = QPushButton("Rewind to last finite")
        self.mend.clicked.connect(self._on_mend_clicked)
        self.rewind.clicked.connect(self.rewind_requested)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        for button in (self.look, self.rewind, self.mend):
            row.addWidget(button)
            button.hide()

    def needs(self) -> frozenset[Probe]:
        """Return what must be measured for the narrator: nothing if nobody can read it."""
        return frozenset({Vitals()}) if self.isVisible() else frozenset()

    def show_sentence(self, sentence: Sentence) -> None:
        """Show what the narrator says, as soon as what it said before has stood long enough."""
        self._next = sentence
        if not self.pace.isActive():
            self._on_paced()

    @guarded
    def _on_paced(self) -> None:
        if self._next == self._sentence:
            return
        mood, self._sentence = self._sentence.mood, self._next
        sentence = self._sentence
        self.pace.start()
        self.text.setText(sentence.text)
        self.look.setVisible(bool(sentence.panel))
        self.rewind.setVisible(sentence.rule == NON_FINITE)
        self.mend.setVisible(sentence.mend is not None)
        self.mend.setEnabled(True)
        self.mend.setText("" if sentence.mend is None else sentence.mend.text)
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
    def _on_look_clicked(self) -> None:
        self.show_requested.emit(self._sentence.panel)

    @guarded
    def _on_mend_clicked(self) -> None:
        self.mend.setEnabled(False)  # once is enough; the next sentence has a button of its own
        for command in self._sentence.mend.commands if self._sentence.mend else ():
            self.commanded.emit(command)


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


def offers(experiment: Experiment, catalogue: Catalogue) -> list[tuple[str, object]]:
    """Return what an invitation offers: the experiment's own offers that are possible now, or to go on."""
    found: list[tuple[str, object]] = []
    for offer in experiment.show.offers:
        path, _, value = offer.partition("=")
        if offer == "new weights":
            found.append(("Draw new weights", Reinitialize(NETWORK, experiment.seed + 1)))
            continue
        change = Change(path.strip(), as_value(value.strip()))
        with suppress(Complaint):
            after, label = changed(experiment, change.path, change.value, catalogue)
            if after != experiment:
                found.append((label, change))
    return [*found, ("Go on as it is", None)]


class StatusLine(QStatusBar):
    """Seed, data, η, batch, epoch, update and speed: what every picture depends on, always on screen."""

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.setSizeGripEnabled(False)
        self._text, self._message = label("", "small"), label("")
        for part in (self._text, self._message):
            part.setContentsMargins(3, 0, MARGIN, 0)
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # never widens the window
            self.addPermanentWidget(part, 1)
        self._message.hide()
        self.messageChanged.connect(self._on_message)
        self._alarm = label("", "alarm")
        self.addPermanentWidget(self._alarm)  # which no message hides
        self._alarm.hide()
        self._busy = label("", "alarm")
        self.addPermanentWidget(self._busy)
        self._busy.hide()

    settings = ""  # what is shown but the pace

    def show_frame(self, frame: Frame, speed: float, playing: bool, rate: float | None) -> None:
        """Show the frame's settings; `rate` is the measured number of updates a second, None until it is known."""
        measured = "…" if rate is None else f"{rate:,.3g}" if rate < 1000 else f"{rate:,.0f}"
        pace = f"{measured} updates/s (of {speed_text(speed)})" if playing else "paused"
        self.settings = " · ".join(parts := self._parts(frame.lane.state))
        fewer = " · ".join(part for part in parts if not part.endswith(" parameters"))
        text = self._fitting(f"{self.settings} · {pace}", f"{fewer} · {pace}", f"{fewer} · {pace.partition(' (')[0]}")
        if text != self._text.text():
            self._text.setText(text)
        bugs = frame.lane.state.experiment.bugs.present
        alarm = f"Wrong on purpose: {', '.join(bugs)}" if bugs else ""
        if alarm != self._alarm.text():
            self._alarm.setText(alarm)
            self._alarm.setVisible(bool(alarm))

    def _fitting(self, *texts: str) -> str:
        """Return the first text that has room, or the last."""
        room = self._text.contentsRect().width()
        return next((text for text in texts if self._text.fontMetrics().horizontalAdvance(text) <= room), texts[-1])

    @guarded
    def _on_message(self, message: str) -> None:
        """Write a message where the settings stand; Qt would cut it, and writes upon them after a change of theme."""
        room = self.width() - 2 * MARGIN
        self._message.setText(self._message.fontMetrics().elidedText(message, Qt.TextElideMode.ElideRight, room))
        self._message.setVisible(bool(message))
        self._text.setVisible(not message)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground alone: labels have the words."""
        painter, option = QStylePainter(self), QStyleOption()
        option.initFrom(self)
        painter.drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option)
        painter.end()

    def show_busy(self, seconds: int) -> None:
        """Say for how long the trainer has not answered; nothing for 0."""
        self._busy.setText(f"The trainer has been busy for {seconds} s" if seconds else "")
        self._busy.setVisible(seconds > 0)

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
