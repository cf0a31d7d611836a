"""The gradient of every layer: a histogram of its elements, and how large δ arrives there."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from gdexplorer.lab.frame import Frame, Probe, Snapshot
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.gradientrows import Deltas, Histograms
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.text import label
from gdexplorer.panels.ticks import number, power_of_ten
from gdexplorer.probes.gradients import HIGHEST, LOWEST, GradientReport, Gradients, LayerGradient

REQUEST = Gradients()
WAITING = "Gradients appear with the first measurement."


class GradientsPanel(Panel):
    """Rows of layers, input layer on top: histogram on the left, δ on the right."""

    title = "Gradients"
    requires = frozenset({"layers"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.histograms, self.deltas, self.caption = Histograms(), Deltas(), Facts()
        self.waiting = label(WAITING, "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setWordWrap(True)
        rows = QWidget()
        row = QHBoxLayout(rows)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.histograms, 3)
        row.addWidget(self.deltas, 2)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.waiting)
        self._pages.addWidget(rows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(2)
        layout.addLayout(self._pages, 1)
        layout.addWidget(self.caption)
        self.histograms.reading = lambda x, y: _read(self.histograms.row_at(y))
        self.deltas.reading = lambda x, y: _read(self.deltas.row_at(y))
        self._report: GradientReport | None = None
        self._layers: tuple[str, ...] = ()

    def needs(self) -> frozenset[Probe]:
        return frozenset({REQUEST})

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.histograms.show_palette(palette, paused)
        self.deltas.show_palette(palette, paused)
        self.caption.show_palette(palette)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = self.height() / max(self.caption.line(), 1)
        self.caption.setVisible(lines >= 7)
        self.caption.setFixedHeight(self.caption.line() * (2 if lines >= 22 else 1))
        self.deltas.setVisible(self.width() >= 24 * self.palette_now.small)
        self.histograms.arrange()

    def show_frame(self, frame: Frame) -> None:
        state, report = frame.lane.state, frame.lane.views.get(REQUEST)
        if report is None:
            if state.layers != self._layers or self._report is None or state.step < self._report.step:
                self._report = None
                self._pages.setCurrentIndex(0)
                self.caption.show_facts(())
            return
        if report is self._report:
            return
        if state.layers != self._layers or self._report is None or report.step < self._report.step:
            self.histograms.forget_scales()
            self.deltas.forget_range()
        self._report, self._layers = report, state.layers
        self._pages.setCurrentIndex(1)
        self.histograms.draw(report.layers)
        self.deltas.draw(report.layers)
        self._say(report, state)

    def _say(self, report: GradientReport, state: Snapshot) -> None:
        of, wide = _batch(report, state), self.width() / self.palette_now.small
        training = state.experiment.training
        mean = "mean" if training.accumulate == 1 or training.accumulate_mean else "summed"
        facts = [f"{mean} gradient of {of}" if wide >= 36 else f"gradient of {of}" if wide >= 28 else of]
        if state.buffer is not None and state.buffer[0]:  # the rule was given the sum, and so that is what is drawn
            fresh, whole = state.buffer
            facts = [f"never zeroed: ‖Σg‖ {number(whole)}, fresh ‖g‖ {number(fresh)}", f"summed up to {of}"]
        facts += _penalty(state)
        facts += _clipping(state)
        if report.step != state.step:
            facts += [f"at update {report.step:,}"]
        facts += ["bars: share of a layer's elements in a third of a decade, each row on its own scale"]
        if tiny := sum(layer.tiny for layer in report.layers):
            facts += [f"gray: {tiny:,} below {power_of_ten(LOWEST)}"]
        self.caption.show_facts(tuple((fact, "muted") for fact in facts))

    def summary(self) -> str:
        if self._report is None:
            return "Gradients: nothing has been measured yet."
        layers = "; ".join(_read(layer).replace("\n", ", ") for layer in self._report.layers)
        return f"Gradients at update {self._report.step:,}, norm {number(self._report.norm)}. {layers}."


def _batch(report: GradientReport, state: Snapshot) -> str:
    if "game" in state.can:
        last = f" ({' and '.join(state.moved)} last)" if state.moved else ""
        return f"each side’s own loss when it moved{last}"
    if "examples" not in state.can:
        return "the function, with noise" if report.step and getattr(state.experiment.problem, "noise", 0) else (
            "the function")  # fmt: skip
    if report.examples > state.batch_size and report.examples != state.train_examples:
        return f"the last {state.experiment.training.accumulate} mini-batches, {report.examples:,} examples in all"
    if report.examples >= state.train_examples:
        return f"all {report.examples:,} training examples" + (" before the first update" if report.step == 0 else "")
    return f"the last mini-batch of {report.examples:,}"


def _penalty(state: Snapshot) -> list[str]:
    """Say which penalty is in the gradient, and how many weights L1 has brought to exactly 0."""
    penalty = state.experiment.penalty
    proximal = penalty.l1 and penalty.l1_form == "proximal"
    facts = ["with L2" if proximal else "with penalty"] if penalty.l2 or (penalty.l1 and not proximal) else []
    facts += ["L1 by a step of its own"] if proximal else []
    return facts + ([] if state.zeros is None else [f"{state.zeros[0]:,} of {state.zeros[1]:,} weights exactly 0"])


def _clipping(state: Snapshot) -> list[str]:
    """Say how gradients are clipped, and what came of it since the last change."""
    if (tally := state.tally) is None:
        return []
    training = state.experiment.training
    at = f"at {'±' if training.clip == 'value' else 'norm '}{number(training.clip_threshold)}"
    if not tally.updates:
        return [f"will be clipped {at}"]
    share, last = f"{100 * tally.share:.3g} % of updates", f"{number(tally.before)} → {number(tally.after)}"
    return [f"clipped {at}: {share}, last ‖g‖ {last}"]


def _read(layer: LayerGradient | None) -> str:
    """Return a layer's numbers, a line each."""
    if layer is None:
        return ""
    lines = [f"{layer.id}: {layer.size:,} elements", f"rms {number(layer.rms)}", f"{layer.zeros:,} exactly 0"]
    lines += [f"{layer.tiny:,} nonzero below {power_of_ten(LOWEST)}"] if layer.tiny else []
    lines += [f"{layer.huge:,} at or above {power_of_ten(HIGHEST)}"] if layer.huge else []
    return "\n".join([*lines, f"RMS of δ {number(layer.delta)}"])
