"""What happens in every layer: gradients, weights, updates, activations, δ; as histograms, over time, in one number."""

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from gdexplorer.lab.columns import Columns
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.fittingpanel import FittingPanel
from gdexplorer.panels.ghosts import active
from gdexplorer.panels.gradient_words import facts_of, past_facts, read, reading_aids, verdict
from gdexplorer.panels.gradientrows import Histograms
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.layerlines import LayerLines
from gdexplorer.panels.layerprofile import LayerProfile
from gdexplorer.panels.layertimes import LayerTimes
from gdexplorer.panels.quantities import GRADIENT, QUANTITIES
from gdexplorer.panels.text import label
from gdexplorer.panels.ticks import number
from gdexplorer.probes.histogram import Counts
from gdexplorer.probes.profile import Profile, profile

REQUEST = GRADIENT.request
WAITING = "Gradients appear with the first measurement."
VIEWS = ("histograms now", "histograms over time", "sizes over time")
NOW, TIMES, LINES = range(3)
HEADER = 12  # lines of text that the panel is high, at least, so that there is room for its choices


class GradientsPanel(FittingPanel):
    """Rows of layers, input layer on top: histogram on the left, one number a layer on the right; or both over time."""

    title = "Gradients"
    requires = frozenset({"layers"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quantity, self.view = GRADIENT, 0
        self.histograms, self.profile, self.caption = Histograms(), LayerProfile(), Facts()
        self.times, self.lines = LayerTimes(), LayerLines()
        self.waiting = label(WAITING, "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setWordWrap(True)
        self._report: Any = None
        self.fit: Profile | None = None
        self._layers: tuple[str, ...] = ()
        self._frame: Frame | None = None
        self._run: int | None = None  # the run that the columns are of
        self._path: object = None  # the first point of its path
        self.pasts: dict[str, Columns] = {}
        self._ids: dict[str, tuple[str, ...]] = {}  # of the layers in each of them
        self._build()
        self.dressed = (self.header, self.caption)
        self.plots_dressed = (self.histograms, self.profile, self.times, self.lines)
        for plot in (self.histograms, self.profile):
            plot.reading = lambda x, y, plot=plot: self._read_row(plot.row_at(y))
        self.times.reading = self._read_time

    def _build(self) -> None:
        self.header = Header()
        self.what = self.header.add_choice(
            "Quantity",
            [quantity.label for quantity in QUANTITIES],
            "What is shown of every layer. It is measured only while it is shown.",
        )
        self.how = self.header.add_choice("View", VIEWS, "Histograms of the latest measurement; histograms over the "
                                          "updates, a column for each measurement; or one number a layer over the "
                                          "updates.")  # fmt: skip
        self.what.currentIndexChanged.connect(self._on_chosen)
        self.how.currentIndexChanged.connect(self._on_chosen)
        rows = QWidget()
        row = QHBoxLayout(rows)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.histograms, 3)
        row.addWidget(self.profile, 2)
        body = QWidget()
        self._pages = QStackedLayout(body)
        for page in (self.waiting, rows, self.times, self.lines):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(2)
        layout.addWidget(self.header)
        below = QVBoxLayout()
        below.setContentsMargins(8, 4, 8, 0)
        below.setSpacing(2)
        below.addWidget(body, 1)
        below.addWidget(self.caption)
        layout.addLayout(below, 1)

    def needs(self) -> frozenset[Probe]:
        return frozenset({self.quantity.request})

    def choose(self, label: str, view: int = NOW) -> None:
        """Show a quantity in one of the views."""
        self.what.setCurrentIndex([quantity.label for quantity in QUANTITIES].index(label))
        self.how.setCurrentIndex(view)

    def _on_chosen(self) -> None:
        quantity, self.view = QUANTITIES[self.what.currentIndex()], self.how.currentIndex()
        if quantity is not self.quantity:
            self.quantity = quantity
            self.pause()
            self._forget()
            self._wait(WAITING)
        elif self._report is not None:
            self._draw()
        self.needs_changed.emit()

    def pause(self) -> None:
        """Leave a gap: nobody looks from here on."""
        for past in self.pasts.values():
            past.pause()

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.pause()

    def _fit(self) -> None:
        lines = self.height() / max(self.caption.line(), 1)
        self.header.setVisible(lines >= HEADER)
        self.caption.setVisible(lines >= 7)
        self.caption.setFixedHeight(self.caption.line() * (2 if lines >= 22 else 1))
        self.profile.setVisible(self.width() >= 24 * self.palette_now.small)
        self.histograms.arrange()

    # ---- frames -------------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        state, answer = frame.lane.state, frame.lane.views.get(self.quantity.request)
        self._frame = frame
        self._follow(frame)
        known = self._report is not None and state.layers == self._layers and state.step >= self._report.step
        if answer is None or isinstance(answer, str) or answer.step > state.step:
            if not known:
                self._forget()
                self._wait(answer if isinstance(answer, str) else WAITING)
            return
        if answer is self._report:
            return
        back = self._report is not None and answer.step < self._report.step and not frame.past
        if state.layers != self._layers or self._report is None or back:
            self._forget()
        self._report, self._layers = answer, state.layers
        self._keep(answer)
        self._draw()

    def _follow(self, frame: Frame) -> None:
        """Begin anew with another run; break the past where another path begins, and forget what is not before that."""
        history = frame.lane.history
        if (run := active(frame)) != self._run:
            self._run = run
            self.pasts, self._ids = {}, {}
            self._forget()
        if not history.path or history.path[0] is self._path:
            return
        self._path = history.path[0]
        for past in self.pasts.values():
            past.cut(history.path_steps[0])
            past.pause()

    def _keep(self, report: Any) -> None:
        """Put a column at the end of the past."""
        label, ids = self.quantity.label, tuple(layer.id for layer in report.layers)
        if self._ids.get(label) != ids:
            self._ids[label], self.pasts[label] = ids, Columns()
        self.pasts[label].add(report.step, report.layers, self.quantity.size(report))

    def _forget(self) -> None:
        """Find ranges anew with the next report."""
        self._report, self.fit = None, None
        self.histograms.forget_scales()
        for plot in (self.profile, self.times, self.lines):
            plot.forget_range()

    def _wait(self, sentence: str) -> None:
        """Show a sentence in place of the picture."""
        self.waiting.setText(sentence)
        self._pages.setCurrentIndex(0)
        self.caption.show_facts(())

    def _draw(self) -> None:
        """Draw what is known in the view that was chosen."""
        assert self._frame is not None
        report, quantity, state = self._report, self.quantity, self._frame.lane.state
        past, markers = self.pasts[quantity.label], self._frame.lane.history.markers
        if self.view != NOW and not len(past):  # another path began, and nothing was measured on it yet
            self._wait(WAITING)
            return
        shown = state.step if self._frame.past else np.nan
        numbers = quantity.number(report)
        self.fit = profile(numbers) if quantity.profiled else None
        facts = facts_of(quantity, report, state, self.width() / self.palette_now.small)
        if self.view == NOW:
            self.histograms.draw(report.layers, quantity.above)
            self.profile.draw(report.layers, numbers, quantity.beside, self.fit)
            facts += reading_aids(report)
        elif self.view == TIMES:
            self.times.draw(report.layers, past, quantity.symbol, markers)
            self.times.show_cursor(shown)
            facts = past_facts(past, report) + facts
        else:
            self.lines.draw(report.layers, past, quantity.over, markers)
            self.lines.show_cursor(shown)
        self._pages.setCurrentIndex(1 + self.view)
        said = verdict(self.fit)
        plain = [(fact, "muted") for fact in facts]
        self.caption.show_facts(
            tuple(said + plain if said and said[0][1] == "danger" else [*plain[:1], *said, *plain[1:]])
        )

    # ---- words --------------------------------------------------------------------

    def _read_row(self, layer: Counts | None) -> str:
        numbers = self.quantity.number(self._report) if self._report is not None else []
        ids = [own.id for own in self._report.layers] if self._report is not None else []
        value = numbers[ids.index(layer.id)] if layer is not None and layer.id in ids else float("nan")
        return read(self.quantity, layer, value)

    def _read_time(self, x: float, y: float) -> str:
        layer, found = self.times.row_at(y), self.times.share_at(x, y)
        if layer is None or found is None:
            return ""
        step, zeros, share = found
        lines = [f"{layer.id}, update {step:,}", f"{100 * zeros:.3g} % exactly 0"]
        return "\n".join(lines + ([f"{100 * share:.3g} % in this third of a decade"] if share == share else []))

    def summary(self) -> str:
        name = self.quantity.label.capitalize()
        if self._report is None:
            return f"{name}: nothing has been measured yet."
        layers = "; ".join(self._read_row(layer).replace("\n", ", ") for layer in self._report.layers)
        norm = f", norm {number(self._report.norm)}" if self.quantity is GRADIENT else ""
        said = "".join(f" {words[0].upper()}{words[1:]}." for words, _ in verdict(self.fit))
        return f"{name} at update {self._report.step:,}{norm}.{said} {layers}."
