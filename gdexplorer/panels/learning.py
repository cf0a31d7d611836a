"""Learning curves: what more training examples are worth, measured by training anew on more and more of them."""

from typing import Any

import numpy as np
from PySide6.QtCore import QElapsedTimer, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSpinBox, QToolButton, QVBoxLayout, QWidget

from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import sheets
from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.fittingpanel import FittingPanel
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import SHORT, Header
from gdexplorer.panels.learningplot import SizePlot
from gdexplorer.panels.lossplot import percent
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.text import set_tooltip
from gdexplorer.panels.ticks import number
from gdexplorer.probes.learning import NO_EXAMPLES, SEEDS, UPDATES, Learning, LearningReport, mean

READY = ("Start trains this network anew on more and more of its training examples, beside the run, and tests it "
         "on the same test examples each time.")  # fmt: skip
MOST_UPDATES, MOST_SEEDS = 100_000, 3
NARROW = 56  # small letters: the unit of the updates is left to the tooltip
NOT_TRAINED = {"title", "commentary", "show", "rivals"}  # settings that no training depends on


class _Updates(QSpinBox):
    """Turns by the wheel with the focus only; styles ask for more room than it needs."""

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(f"10,000{self.suffix()}000"), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class LearningPanel(FittingPanel):
    """Losses above, accuracies below; the measurement begins and ends by a button."""

    title = "Learning curves"
    requires = frozenset({"examples", "predict"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss, self.accuracy, self.caption = SizePlot("Loss", False), SizePlot("Accuracy", True), Facts()
        self._report: LearningReport | None = None
        self._request: Learning | None = None  # while it is under way
        self._frame: Frame | None = None
        self._starts, self._since = 0, QElapsedTimer()
        self._compared: tuple[object, object, bool] = (None, None, False)
        self._build_header()
        self._build_pages()
        self.loss.reading = self.accuracy.reading = self.reading
        self.dressed = (self.header, self.caption)
        self.plots_dressed = (self.loss, self.accuracy)
        self.show_palette(self.palette_now, True)

    def _build_header(self) -> None:
        self.header = Header()
        self.start = QToolButton()
        self.start.setProperty("primary", True)
        self.start.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.header.add(self.start)
        self.updates = _Updates()
        self.updates.setRange(1, MOST_UPDATES)
        self.updates.setSingleStep(100)
        self.updates.setValue(UPDATES)
        self.updates.setGroupSeparatorShown(True)
        self.updates.setKeyboardTracking(False)
        self.updates.lineEdit().setTextMargins(4, 0, 0, 0)
        self.updates.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.updates.setAccessibleName("Updates at each size")
        set_tooltip(self.updates, "How many updates each training makes, whatever the number of examples.")
        self.header.add(self.updates)
        names = [f"{count} seed{'s' * (count > 1)}" for count in range(1, MOST_SEEDS + 1)]
        self.seeds = self.header.add_choice("Seeds", names, "How often to train at each size: each seed has weights, "
                                            "an order of batches and a choice of examples of its own.")  # fmt: skip
        for k in range(MOST_SEEDS):
            self.seeds.setItemData(k, f"×{k + 1}", SHORT)
        self.seeds.setCurrentIndex(SEEDS - 1)
        self.as_now = self.header.add_switch("as now", "now", "As many updates as the run has made",
                                             "As many updates as the run has made by now.", False, True)  # fmt: skip
        self.log = self.header.add_switch("log loss", "log", "Logarithmic loss axis", "Logarithmic loss axis.", True,
                                          True)  # fmt: skip
        self.start.clicked.connect(self._on_start_clicked)
        self.as_now.toggled.connect(self._on_as_now_toggled)
        self.log.toggled.connect(self._on_log_toggled)

    def _build_pages(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.loss, 3)
        column.addWidget(self.accuracy, 2)
        self._pages = Pages(self, READY, column, self.caption, self.header)
        self.waiting = self._pages.waiting
        self.waiting.setMargin(16)
        self._show_start()

    def needs(self) -> frozenset[Probe]:
        return frozenset() if self._request is None else frozenset({self._request})

    # ---- what the user does ---------------------------------------------------------

    def _on_start_clicked(self) -> None:
        if self._request is None:
            self._starts += 1
            self._request = Learning(self.updates.value(), self.seeds.currentIndex() + 1, (), self._starts)
            self._since.start()
        else:
            self._request = None
        self._show_start()
        self._draw()
        self.needs_changed.emit()

    def _on_as_now_toggled(self, on: bool) -> None:
        self.updates.setEnabled(not on)
        self._follow()

    def _follow(self) -> None:
        if self.as_now.isChecked() and self._frame is not None:
            self.updates.setValue(max(self._frame.lane.state.step, 1))

    def _on_log_toggled(self, on: bool) -> None:
        self._draw()

    # ---- what is drawn --------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        before, self._frame = self._frame, frame
        if before is not None and frame.number < before.number:  # of another session
            self._request = self._report = None
        if not self.requires <= frame.lane.state.can:
            self._request = self._report = None
        elif self._request is not None:
            report: LearningReport | None = frame.lane.views.get(self._request)
            if report is not None:
                self._report = report
                if report.finished:
                    self._request = None
        self._follow()
        self._show_start()
        self._draw()

    def _show_start(self) -> None:
        """Let the button say what it does."""
        self.start.setText("Start" if self._request is None else "Cancel")
        self.start.setAccessibleName("Measure learning curves" if self._request is None else "Cancel")
        there = self._frame is not None and self.requires <= self._frame.lane.state.can
        self.start.setEnabled(there)
        set_tooltip(self.start, READY if self._request is None else "End the measurement; what is known stays.")

    def _draw(self) -> None:
        report, frame = self._report, self._frame
        known = report is not None and bool(np.isfinite(report.losses).any())
        self._pages.setCurrentIndex(int(known))
        if report is None or frame is None or not known:
            self.waiting.setText(self._sentence())
            return
        accuracy = bool(np.isfinite(report.accuracies).any())
        self.accuracy.setVisible(accuracy and self.height() >= 18 * self.caption.line())
        log = self.log.isChecked()
        for plot in (self.loss, self.accuracy)[: 1 + accuracy]:
            lowest = plot is self.accuracy or self.accuracy.isHidden()
            plot.draw(report, frame.lane.state.train_examples, log, lowest)
        self.caption.show_facts(tuple(self._facts(report)))

    def _sentence(self) -> str:
        if self._frame is not None and not self.requires <= self._frame.lane.state.can:
            return NO_EXAMPLES
        if self._report is not None and self._report.refused:
            return self._report.refused
        if self._report is not None and self._report.diverged:
            return "Every training diverged; choose a smaller learning rate."
        return READY if self._request is None else "Training on the fewest examples…"

    def _facts(self, report: LearningReport) -> list[Fact]:
        facts: list[Fact] = []
        if self._request is not None:
            facts.append((f"{100 * report.share:.0f} % done{self._time_left(report.share)}", "accent"))
        elif report.refused:
            facts.append((report.refused, "danger"))
        elif not report.finished:
            facts.append((f"canceled when {100 * report.share:.0f} % was done", "warning"))
        there = np.flatnonzero(np.isfinite(report.gaps)).tolist()
        ends = sorted({*there[:1], *there[-1:]})
        named = [f"{number(float(report.gaps[k]))} at n = {report.sizes[k]:,}" for k in ends]
        facts += [(f"gap {', '.join(named)}", "text")] if named else []
        if report.diverged:
            facts.append((f"{report.diverged} diverged, left out", "danger"))
        if self._outdated(report):
            facts.append(("settings have changed since; Start measures anew", "warning"))
        seeds = len(report.losses)
        facts.append((f"{report.updates:,} updates at each n", "muted"))
        facts.append(("gap: test loss − training loss", "muted"))
        if seeds > 1:
            facts.append((f"curves: mean over {seeds} seeds, points: each of them", "muted"))
        facts.append(("each n is tested on the same test examples", "muted"))
        return facts

    def _time_left(self, share: float) -> str:
        if share <= 0:
            return ""
        return f", {number(self._since.elapsed() / 1000 * (1 - share) / share, 2)} s left"

    def _outdated(self, report: LearningReport) -> bool:
        """Whether what was trained differs from what the run trains now."""
        assert self._frame is not None
        now, then = self._frame.lane.state.experiment, report.experiment
        if self._compared[:2] != (now, then):
            self._compared = (now, then, _trained(now) != _trained(then))
        return self._compared[2]

    def reading(self, x: float, y: float) -> str:
        """Return what is known of the number of examples nearest to a place."""
        report = self._report
        if report is None or not len(report.sizes):
            return ""
        k = int(np.abs(np.log10(report.sizes) - x).argmin())
        train, test = (float(mean(report.losses[..., side])[k]) for side in (0, 1))
        words = f"n = {report.sizes[k]:,}\nloss {number(train)} train, {number(test)} test"
        words += f"\ngap {number(float(report.gaps[k]))}"
        train, test = (float(mean(report.accuracies[..., side])[k]) for side in (0, 1))
        return words + (f"\naccuracy {percent(train)} train, {percent(test)} test" if np.isfinite(train) else "")

    def _fit(self) -> None:
        line = self.caption.line()
        lines = self.height() / max(line, 1)
        self.caption.setVisible(lines >= 12)
        self.caption.setFixedHeight(line * (2 if lines >= 22 else 1))
        self.updates.setSuffix(" updates" if self.width() >= NARROW * self.palette_now.small else "")
        self._draw()

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.learning(self._report)

    def summary(self) -> str:
        if self._report is None or self._pages.currentIndex() == 0:
            return f"{self.title}: {self.waiting.text()}"
        return f"{self.title}: {'; '.join(words for words, _ in self._facts(self._report))}."


def _trained(experiment: Any) -> dict[str, Any]:
    assert isinstance(experiment, Experiment)
    return experiment.model_dump(exclude=NOT_TRAINED)
