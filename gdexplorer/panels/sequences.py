"""Sequences and what a network predicts of them, and what its recurrent layers do on the way."""

import math
from functools import partial

from PySide6.QtWidgets import QBoxLayout, QWidget

from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.objectives.objective import Split
from gdexplorer.panels import sheets
from gdexplorer.panels.agreement import Agreement, counts, rmse
from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.fittingpanel import FittingPanel
from gdexplorer.panels.header import Header
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.sequenceplot import SequencePlot, said
from gdexplorer.panels.stepping import Stepping
from gdexplorer.panels.throughtime import ThroughTime
from gdexplorer.panels.ticks import number
from gdexplorer.probes.sequences import NO_SEQUENCES, Recurrence, Sequences, SequencesReport

WAITING = "Predicting all examples…"
SPLITS: tuple[Split, ...] = ("test", "train")
NAMES = {"test": "test example", "train": "training example"}
STEADY = 0.01  # a factor that differs less from 1 keeps the gradient's size
GONE = 1e-3  # the share of the gradient over all steps below which it vanishes


class SequencesPanel(FittingPanel):
    """One example over time, all predictions against their targets, and a recurrent layer through time."""

    title = "Sequences"
    requires = frozenset({"sequences"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: SequencesReport | None = None
        self._index, self._layer = 0, ""
        self._build_header()
        self.plot, self.agreement, self.through = SequencePlot(), Agreement(), ThroughTime()
        self.caption = Facts()
        self.dressed, self.plots_dressed = (self.header, self.caption), (self.plot, self.agreement, self.through)
        self._build_pages()
        self.agreement.chosen.connect(self._look)
        self.show_palette(self.palette_now, True)

    def _build_header(self) -> None:
        self.header = Header()
        add = self.header.add_button
        self.back = add("Previous example", "chevron-left", "Previous example (←, with the plots in focus).")
        self.forth = add("Next example", "chevron-right", "Next example (→, with the plots in focus).")
        self.worst = self.header.add_switch("worst", "worst", "Worst example", "Example with the largest error; of "
                                            "classes, the one that is most surely taken for another.")  # fmt: skip
        self.worst.setCheckable(False)
        self.split = self.header.add_choice("Examples", ["test examples", "training examples"],
                                            "Which examples there are to see.")  # fmt: skip
        self.layer = self.header.add_choice("Recurrent layer", [], "The layer whose hidden state is shown.")
        self.back.clicked.connect(lambda: self._step(-1))
        self.forth.clicked.connect(lambda: self._step(1))
        self.worst.clicked.connect(self._on_worst_clicked)
        self.split.activated.connect(lambda _: self._look(0))
        self.layer.activated.connect(self._on_layer_activated)

    def _build_pages(self) -> None:
        self.body = Stepping("Sequence, predictions and hidden state")
        self.body.stepped.connect(self._step)
        self._state = QWidget()
        self._lower = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._state)
        self._lower.setContentsMargins(0, 0, 0, 0)
        self._lower.setSpacing(16)
        self._lower.addWidget(self.agreement, 3)
        self._lower.addWidget(self.through, 5)
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._pair.setSpacing(16)
        self._pair.addWidget(self.plot, 4)
        self._pair.addWidget(self._state, 6)
        self._pages = Pages(self, WAITING, self._pair, self.caption, self.header, body=self.body)
        self.waiting = self._pages.waiting

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()})

    def _request(self) -> Sequences:
        return Sequences(SPLITS[self.split.currentIndex()], self._index, self._layer)

    # ---- what the user does ---------------------------------------------------------

    def _step(self, by: int) -> None:
        if self._report is not None:
            self._look((self._index + by) % len(self._report.examples.x))

    def _on_worst_clicked(self) -> None:
        if self._report is not None:
            self._look(self._report.worst)

    def _on_layer_activated(self, _: int) -> None:
        self._layer = self.layer.currentText()
        self.needs_changed.emit()

    def _look(self, index: int) -> None:
        self._index = index
        self.needs_changed.emit()

    # ---- what is drawn --------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        report: SequencesReport | str | None = frame.lane.views.get(self._request())
        if isinstance(report, str) or (report is None and not self.requires <= frame.lane.state.can):
            self._say(NO_SEQUENCES if report is None else report)
        elif report is not None and report is not self._report:
            if report.request == self._request():
                self._index = report.index
            self._report = report
            self._draw(report)

    def _say(self, sentence: str) -> None:
        self._report = None
        self._pages.say(sentence)
        self.header.hide()

    def _draw(self, report: SequencesReport) -> None:
        self._pages.show_content()
        self.header.show()
        offered = [self.layer.itemText(k) for k in range(self.layer.count())]
        if offered != list(report.layers):
            self.layer.clear()
            self.layer.addItems(list(report.layers))
        self.header.set_present(self.layer, len(report.layers) > 1)
        self._fit()
        if report.recurrence is not None:
            self.layer.setCurrentText(report.recurrence.id)
            self.through.draw(report.recurrence)
        self.in_turn(partial(self.plot.draw, report), partial(self._finish, report))

    def _finish(self, report: SequencesReport) -> None:
        self.agreement.draw(report)
        self.caption.show_facts(tuple(self._facts(report)))

    def _facts(self, report: SequencesReport) -> list[Fact]:
        facts: list[Fact] = [(f"{_which(report)}: {said(report)}", "text")]
        found = report.recurrence
        facts.append((verdict(found), "text") if found is not None else
                     ("no recurrent layer: the network sees all steps at once", "text"))  # fmt: skip
        facts.append((over_all(report), "text"))
        if found is not None and found.radius is not None:
            facts.append(
                (f"dashed: ρ^lag, ρ = {number(found.radius, padded=True)} the spectral radius of W_hh", "muted")
            )
        facts.append((f"at update {report.step:,}", "muted"))
        if report.continued is not None:
            facts.append((f"free running from step {len(report.x) + 1}: predictions are fed back", "muted"))
        return [*facts, ("circle: target, disc: prediction", "muted"), ("← →: examples", "muted"),
                *([("click a point: its example", "muted")] if report.data.task == "regression" else [])]  # fmt: skip

    def _fit(self) -> None:
        """Stand the example beside the rest or above it; leave out what would be too small."""
        line = max(self.caption.line(), 1)
        across, down = self.width() / line, self.height() / line
        beside, ways = across >= 1.6 * down, QBoxLayout.Direction
        self._pair.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        recurrent = self._report is None or self._report.recurrence is not None
        self.agreement.setVisible(down >= 10 and (across >= (44 if recurrent else 30) if beside else
                                                  down >= 26 and across >= (26 if recurrent else 16)))  # fmt: skip
        self.through.setVisible(recurrent and (across >= 30 if beside else down >= 22))
        self._state.setVisible(not (self.agreement.isHidden() and self.through.isHidden()))
        self._pair.setStretchFactor(self._state, 6 if recurrent and not self.agreement.isHidden() else 4)
        self.caption.setVisible(down >= 10)
        self.caption.setFixedHeight(line * (2 if down >= 18 else 1))

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.sequences(self._report)

    def summary(self) -> str:
        report = self._report
        if report is None:
            return f"{self.title}: {self.waiting.text()}"
        words = [f"{_which(report)}: {said(report)}", over_all(report)]
        if report.recurrence is not None:
            words.append(verdict(report.recurrence))
            if report.recurrence.radius is not None:
                words.append(f"spectral radius {number(report.recurrence.radius, padded=True)}")
        return f"{self.title} at update {report.step:,}. {'; '.join(words)}."


def _which(report: SequencesReport) -> str:
    return f"{NAMES[report.request.split]} {report.index + 1:,} of {len(report.examples.x):,}"


def over_all(report: SequencesReport) -> str:
    """Say how good the predictions of the split are."""
    if report.data.task == "regression":
        spread = number(float(report.examples.y.std()))
        return f"RMSE {number(rmse(report))} over the split, {spread} if its mean were guessed"
    right, total = (int(found.sum()) for found in counts(report))
    return f"accuracy {100 * right / total:.1f} % ({right:,} of {total:,})"


def verdict(found: Recurrence) -> str:
    """Say what becomes of the gradient on its way back through time."""
    factor, name = found.per_step, f"{found.id} ({found.kind})"
    if not math.isfinite(factor):
        return f"{name}: no gradient arrives" if len(found.norms) > 1 else f"{name}: one step, no way back"
    reach = int(found.lags[found.norms > 0].max())
    way = factor**reach
    word = ("vanishes" if way < GONE else "fades") if factor < 1 else "explodes" if way > 1 / GONE else "grows"
    word = "keeps its size" if abs(factor - 1) < STEADY else word
    cut = "" if reach == len(found.norms) - 1 else f", none beyond lag {reach}"
    return f"{name}: ‖∂ℓ/∂h‖ ×{number(factor, padded=True)} a step back, ×{number(way)} over {reach}: {word}{cut}"
