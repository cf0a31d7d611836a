"""What the network says over its input space, with the data it learns from and is tested on."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.lab.frame import Frame, Lane, Probe
from gdexplorer.panels.decision import Decision
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.fitted import Fitted
from gdexplorer.panels.header import Header
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.stage import Stage
from gdexplorer.probes.boundary import Boundary, BoundaryReport

NOTHING = "A function of x and y predicts nothing: there are no examples and no boundary."
WAITING = "Evaluating the network over its inputs…"
REQUEST = Boundary()


class BoundaryPanel(Panel):
    """A map for two inputs, a curve for one, a sentence otherwise."""

    title = "Decision boundary"
    requires = frozenset({"predict"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: BoundaryReport | None = None
        self._paused = True
        self._sentence = WAITING
        self.header = Header()
        add = self.header.add_switch
        self.train = add("● train", "●", "Training examples", "Show the examples that the network learns from.", True)
        self.test = add("○ test", "○", "Test examples", "Show the examples that it is only tested on.", True)
        self.mistakes = add("◎ mistakes", "◎", "Mistakes",
                            "Ring the examples on the wrong side of the line, as read off the map.", False)  # fmt: skip
        self.residuals = add("│ residuals", "│", "Residuals",
                             "Draw a stem from each training example to the curve.", False)  # fmt: skip
        self.stage = Stage("Decision boundary", self._read, WAITING)
        self.plot = self.stage.plot
        self._decision, self._fitted = Decision(self.stage), Fitted(self.stage)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        for switch in (self.train, self.test, self.mistakes, self.residuals):
            switch.toggled.connect(self._on_switch_toggled)
        self._show_switches(None)
        self.show_palette(self.palette_now, True)

    def needs(self) -> frozenset[Probe]:
        return frozenset({REQUEST})

    def show_frame(self, frame: Frame) -> None:
        if "predict" not in frame.lane.state.can:
            self._report = None
            self._show_switches(None)
            self._say(NOTHING)
            return
        report = frame.lane.views.get(REQUEST)
        if report is None:
            return
        if report.kind == "none":
            self._say(_why_not(report, frame.lane))
        if report is not self._report:
            if self._report is None or self._report.data is not report.data:
                self.stage.reader.unpin()
            self._report = report
            self._draw()

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self._paused = paused
        self.header.show_palette(palette)
        self.stage.show_palette(palette, paused)
        self._draw()

    def summary(self) -> str:
        if self._report is None or self._report.kind == "none":
            return self._sentence
        words = "; ".join(text for text, _ in self._facts(self._report))
        return f"{'Fitted curve' if self._report.kind == 'curve' else 'Decision boundary'} {words}."

    def _on_switch_toggled(self, on: bool) -> None:
        self._draw()

    def _splits(self) -> tuple[str, ...]:
        return tuple(name for name, switch in (("train", self.train), ("test", self.test)) if switch.isChecked())

    def _say(self, sentence: str) -> None:
        if sentence != self._sentence or self._report is None:
            self._sentence = sentence
            self.stage.say(sentence)

    def _draw(self) -> None:
        report = self._report
        if report is None:
            return
        self._show_switches(report)
        (self._fitted if report.kind == "map" else self._decision).hide()
        if report.kind == "map":
            self._decision.show(report, self.palette_now, self._paused, self._splits(), self.mistakes.isChecked())
        elif report.kind == "curve":
            self._fitted.show(report, self.palette_now, self._paused, self._splits(), self.residuals.isChecked())
        else:
            self._fitted.hide()
            self.stage.say(self._sentence)
            return
        self.stage.show_facts(self._facts(report))
        self.stage.reader.refresh()

    def _show_switches(self, report: BoundaryReport | None) -> None:
        kind = "none" if report is None else report.kind
        self.header.setVisible(kind != "none")
        two = report is not None and kind == "map" and report.data.task == "binary"
        self.header.set_present(self.mistakes, two)
        self.header.set_present(self.residuals, kind == "curve")

    def _facts(self, report: BoundaryReport) -> list[Fact]:
        counts = [
            f"{mark} {len(getattr(report.data, name).x):,} {name}"
            for name, mark in (("train", "●"), ("test", "○"))
            if name in self._splits()
        ]
        picture = self._decision if report.kind == "map" else self._fitted
        shown = [(", ".join(counts), "muted")] if counts else []
        return [(f"at update {report.step:,}", "text"), *shown, *picture.facts()]

    def _read(self, x: float, y: float) -> str:
        if self._report is None or self._report.kind == "none":
            return ""
        return (self._decision if self._report.kind == "map" else self._fitted).read(x, y)


def _why_not(report: BoundaryReport, lane: Lane) -> str:
    data = report.data
    count = len(data.inputs)
    why = f"{count:,} inputs" if count > 2 else f"{data.classes} classes"
    sentence = f"{why}: a boundary in the plane cannot be drawn."
    rows = lane.history.curves[-1]
    if len(rows) and rows[-1, 4] == rows[-1, 4]:
        sentence += f"\nTest accuracy {100 * rows[-1, 4]:.1f} % at update {int(rows[-1, 0]):,}."
    return sentence
