"""Activation functions at work: f and f′ of every layer, and where the z of the whole training set lie upon them."""

from math import ceil

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QVBoxLayout, QWidget

from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.panels.activationplot import ActivationPlot, summary
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.text import label
from gdexplorer.panels.ticks import number
from gdexplorer.probes.activations import ActivationReport, Activations, LayerActivation

REQUEST = Activations()
WAITING = "Activations appear with the first measurement."
MOST = 12  # plots at a time
WIDE, HIGH = 26, 11  # of a plot at least: letters, lines


class ActivationsPanel(Panel):
    """Small multiples, the input layer first; in pages where there are more layers than room."""

    title = "Activations"
    requires = frozenset({"examples", "layers"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots: list[ActivationPlot] = []  # as many as were needed: each takes 25 ms to make
        self.header, self.caption, self.waiting = Header(), Facts(), label(WAITING, "muted")
        self.page = self.header.add_choice("Layers", [""], "Which layers are drawn, where not all have room.")
        self.page.currentIndexChanged.connect(self._arrange)
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setWordWrap(True)
        self.waiting.setMargin(16)
        body, self._floor = QWidget(), QWidget()
        self._grid = QGridLayout(self._floor)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(10)
        self._pages = QStackedLayout(body)
        self._pages.addWidget(self.waiting)
        self._pages.addWidget(self._floor)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(2)
        column.addWidget(self.header)
        column.addWidget(body, 1)
        column.addWidget(self.caption)
        self.report: ActivationReport | None = None
        self._shown: tuple[LayerActivation, ...] = ()
        self._step, self._paused = 0, True
        self._fit()

    def needs(self) -> frozenset[Probe]:
        return frozenset({REQUEST})

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self._paused = paused
        for plot in self.plots:
            plot.show_palette(palette, paused)
        self.header.show_palette(palette)
        self.caption.show_palette(palette)
        self._fit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = self.height() / max(self.caption.line(), 1)
        self.caption.setVisible(lines >= 12)
        self.caption.setFixedHeight(self.caption.line() * (2 if lines >= 26 else 1))
        self._name_pages()
        self._arrange()

    # ---- which layers -------------------------------------------------------------

    def _room(self) -> tuple[int, int]:
        """Return how many plots have room, beside each other and in all."""
        letter, line = 0.75 * self.palette_now.small * 96 / 72, max(self.caption.line(), 1)
        columns = max(int(self.width() / (WIDE * letter)), 1)
        rows = max(int((self.height() - 3 * line) / (HIGH * line)), 1)
        return columns, min(columns * rows, MOST)

    def _name_pages(self) -> None:
        layers = self.report.layers if self.report is not None else ()
        _, each = self._room()
        cuts = [layers[start : start + each] for start in range(0, len(layers), each)]
        names = [own[0].id if len(own) == 1 else f"{own[0].id} to {own[-1].id}" for own in cuts] or [""]
        if names != [self.page.itemText(k) for k in range(self.page.count())]:
            kept = min(self.page.currentIndex(), len(names) - 1)
            self.page.blockSignals(True)
            self.page.clear()
            self.page.addItems(names)
            self.page.setCurrentIndex(kept)
            self.page.blockSignals(False)
        self.header.setVisible(len(cuts) > 1)

    def _arrange(self) -> None:
        """Place the plots of the page, as square as the room is."""
        layers = self.report.layers if self.report is not None else ()
        columns, each = self._room()
        start = max(self.page.currentIndex(), 0) * each
        self._shown = layers[start : start + each]
        count = len(self._shown)
        across = min(columns, ceil(count / max(ceil(count / columns), 1))) if count else 1
        while len(self.plots) < count:
            self.plots.append(ActivationPlot())
            self.plots[-1].setParent(self._floor)  # before it is to be seen: without it is a window
            self.plots[-1].show_palette(self.palette_now, self._paused)
        for k, plot in enumerate(self.plots):
            plot.setVisible(k < count)
            if k < count:
                self._grid.addWidget(plot, k // across, k % across)
            else:
                self._grid.removeWidget(plot)
        self._draw()

    # ---- frames -------------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        state, answer = frame.lane.state, frame.lane.views.get(REQUEST)
        if isinstance(answer, str) or answer is None:
            if answer is not None or self.report is None or state.step < self.report.step:
                self.report = None
                self.waiting.setText(answer or WAITING)
                self._pages.setCurrentIndex(0)
                self.caption.show_facts(())
            return
        if answer is self.report:
            return
        before, self.report, self._step = self.report, answer, state.step
        if before is None or [layer.id for layer in before.layers] != [layer.id for layer in answer.layers]:
            for plot in self.plots:
                plot.forget_range()
            self._name_pages()
            self._arrange()
        else:
            start = [layer.id for layer in before.layers].index(self._shown[0].id)
            self._shown = answer.layers[start : start + len(self._shown)]
            self._draw()
        self._pages.setCurrentIndex(1)
        self._say(answer)

    def _draw(self) -> None:
        for plot, layer in zip(self.plots, self._shown, strict=False):
            plot.draw(layer)

    def _say(self, report: ActivationReport) -> None:
        facts = [f"solid: f, dashed: f′, bars: z of all {report.examples:,} training examples, in evaluation"]
        facts += [f"at update {report.step:,}"] if report.step != self._step else []
        facts += ["gray: where |f′| is below 1 % of its maximum", "dead: 0 on every training example"]
        kinds = {layer.activation.name: layer for layer in report.layers}
        facts += [f"{own.activation.label}: {own.activation.formula}, f′ at most {number(own.steepest)}"
                  for own in kinds.values()]  # fmt: skip
        beyond = sum(layer.below + layer.above for layer in report.layers)
        facts += [f"{beyond:,} z beyond the axes"] if beyond else []
        self.caption.show_facts(tuple((fact, "muted") for fact in facts))

    def summary(self) -> str:
        if self.report is None:
            return f"{self.title}: {self.waiting.text()}"
        return f"{self.title} at update {self.report.step:,}. {summary(self.report.layers)}."
