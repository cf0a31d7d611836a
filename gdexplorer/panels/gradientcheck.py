"""The gradient against finite differences: how far they are apart, over the step size h."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.panels.check_words import facts_of
from gdexplorer.panels.fonts import text_width
from gdexplorer.panels.header import Header
from gdexplorer.panels.palette import DASH_DOT, DASHED, DOTTED, SOLID, Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.ranges import LogRange, spread
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.text import set_tooltip
from gdexplorer.panels.ticks import log_ticks, number
from gdexplorer.panels.traces import positive
from gdexplorer.probes.check import STEPS, CheckReport, GradientCheck, LayerCheck

INTRO = ("A gradient check compares backpropagation with differences of the loss at θ ± h. Press Check; the run itself "
         "does not notice.")  # fmt: skip
CHECK = "Compares the gradient with differences of the loss once more, at the present weights."
OMIT = "Puts the bug lab's omitted derivative in, or takes it out: the pass backward then leaves out f′(z)."
TOGETHER, EACH = "all together", "layer by layer"
DASHES = (SOLID, DASHED, DOTTED, DASH_DOT)
LOWEST = 1e-17  # of an error that is 0, so that it is drawn at all


class GradientCheckPanel(Panel):
    """Made once for every loss and for every press of the button; the bug lab's switch stands beside it."""

    title = "Gradient check"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = Header()
        self.again = QToolButton()
        self.again.setAutoRaise(True)
        self.again.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.header.add(self.again)
        self.which = self.header.add_choice("Layers", [TOGETHER], "Of which layers' coordinates errors are shown.")
        self.omit = self.header.add_switch("omit f′", "omit f′", "Omitted derivative", OMIT)
        self.stage = Stage(self.title, self._read, INTRO)
        plot = self.stage.plot
        plot.box.sigResized.connect(self._on_plot_resized)
        self._guides = [(plot.curve("muted", DOTTED), plot.text("", "muted", (0.0, 0.5))) for _ in range(2)]
        self._lines: list[tuple[pg.PlotCurveItem, pg.TextItem]] = []
        plot.set_tickers(_ticks, log_ticks)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        self.again.clicked.connect(self._on_again_clicked)
        self.which.currentIndexChanged.connect(self._on_chosen)
        self.omit.clicked.connect(self._on_omit_clicked)
        self._number, self._wanted, self._busy = 1, True, False
        self._report: CheckReport | None = None
        self._range = LogRange(4.0)
        self._dress()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 110)

    # ---- what the user does -------------------------------------------------------

    def _on_again_clicked(self) -> None:
        if self._wanted and self._busy:
            self._wanted = self._busy = False
            self.stage.say(INTRO)
        else:
            self._number += 1
            self._wanted, self._busy = True, True
        self._dress()
        self.needs_changed.emit()

    def _on_omit_clicked(self, on: bool) -> None:
        if on:
            self.commanded.emit(Change("bugs.lab", True))
        self.commanded.emit(Change("bugs.omitted_slope", on))

    def _on_chosen(self) -> None:
        if self._report is not None:
            self._draw(self._report)

    # ---- what is drawn --------------------------------------------------------------

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()}) if self._wanted else frozenset()

    def _request(self) -> GradientCheck:
        return GradientCheck(self._number)

    def show_frame(self, frame: Frame) -> None:
        state = frame.lane.state
        self.omit.setChecked(state.experiment.bugs.has("omitted_slope"))
        self.header.set_present(self.omit, "layers" in state.can and "game" not in state.can)
        view: CheckReport | str | float | None = frame.lane.views.get(self._request()) if self._wanted else None
        busy = isinstance(view, float)
        if isinstance(view, str):
            self._report = None
            self.stage.say(view)
        elif isinstance(view, float):
            self.stage.say(f"Checking the gradient… {view:.0%}")
        elif view is not None and (view is not self._report or self._busy):
            if self._report is None or [own.id for own in view.layers] != [own.id for own in self._report.layers]:
                self._name_layers(view)
            self._report = view
            self._draw(view)
        if busy != self._busy and view is not None:
            self._busy = busy
            self._dress()

    def _name_layers(self, report: CheckReport) -> None:
        """Offer the layers, if there are several."""
        self._range = LogRange(4.0)
        self.which.blockSignals(True)
        self.which.clear()
        several = len(report.layers) > 1
        self.which.addItems([TOGETHER, *([EACH, *(own.id for own in report.layers)] if several else [])])
        self.which.blockSignals(False)
        self.header.set_present(self.which, several)

    def _draw(self, report: CheckReport) -> None:
        self.stage.reader.unpin()
        chosen, index = self.which.currentText(), self.which.currentIndex()
        together = chosen != EACH
        own = report.whole if index <= 1 else report.layers[index - 2]
        curves: list[tuple[str, Array, str, tuple[float, ...]]]
        if together:
            curves = [("forward", own.forward, "muted", DASHED), ("central", own.central, "accent", SOLID)]
        else:
            curves = [(layer.id, layer.central, _shade(k, len(report.layers)), DASHES[k % len(DASHES)])
                      for k, layer in enumerate(report.layers)]  # fmt: skip
        x = np.log10(STEPS)
        heights = [positive(np.maximum(errors, LOWEST)) for _, errors, _, _ in curves]
        known = np.concatenate([own[np.isfinite(own)] for own in heights])
        low, high = (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)
        plot = self.stage.plot
        while len(self._lines) < len(curves):
            self._lines.append((plot.curve("text", z=2, antialias=True), plot.text("", "text", (0.0, 0.5))))
        for k, (line, text) in enumerate(self._lines):
            line.setVisible(k < len(curves))
            text.setVisible(False)
            if k < len(curves):
                plot.restyle(line, *curves[k][2:])
                line.setData(x, heights[k])
        self.stage.show_picture(None, ("step size h, log", "relative error, log"), False)
        names = max(text_width(name, self.palette_now) for name, *_ in curves) + 12
        room = min(names / max(plot.area().width(), 1.0), 0.4)  # at the right, for the names of the curves
        plot.set_view(-13.0, -1.0 + 12 * room / (1 - room), *self._range.follow(low, high))
        self._name_curves([(name, role) for name, _, role, _ in curves], [float(own[0]) for own in heights])
        self._place_guides(own if together else None)
        self.stage.show_facts(facts_of(report, own))
        self._dress()

    def _name_curves(self, names: list[tuple[str, str]], ends: list[float]) -> None:
        """Write each curve's name at its right end, none upon another."""
        plot = self.stage.plot
        _, _, low, high = plot.view()
        line = 1.1 * plot.fontMetrics().height() if not plot.area().height() else (
            0.95 * self.stage.facts.line() / plot.area().height() * (high - low))  # fmt: skip
        places = spread([end if np.isfinite(end) else low for end in ends], line, low + line / 2, high - line / 2)
        for (_, text), (name, role), end, place in zip(self._lines, names, ends, places, strict=False):
            text.setText(name)
            text.setColor(self._ink(role))
            text.setPos(-0.95, place)
            text.setVisible(bool(np.isfinite(end)))

    def _ink(self, role: str) -> str:
        palette = self.palette_now
        return palette.series(role) if role.startswith("#") else str(getattr(palette, role))

    def _place_guides(self, own: LayerCheck | None) -> None:
        """Draw lines of slope 1 and 2 beside the errors by which they are expected, where these are right."""
        for (line, text), slope, errors, last in zip(
            self._guides, (1, 2), (None, None) if own is None else (own.forward, own.central), (-6.0, -4.0), strict=True
        ):
            shown = own is not None and own.verdict != "wrong" and errors is not None and bool(errors[2] > 0)
            line.setVisible(shown)
            text.setVisible(shown)
            if shown and errors is not None:
                over = np.log10(errors[2]) + 0.35  # at h = 10⁻², and a little above
                span = np.array([-1.0, last])
                line.setData(span, over + slope * (span + 2.0))
                text.setText(f"slope {slope}")
                text.setAnchor((1.0, 0.5))
                text.setPos(last - 0.1, over + slope * (last + 2.0))

    def _dress(self) -> None:
        """Give the button its words."""
        under_way = self._wanted and self._busy
        self.again.setText("Cancel" if under_way else "Check again" if self._report is not None else "Check")
        self.again.setAccessibleName("Cancel the gradient check" if under_way else "Check the gradient")
        set_tooltip(self.again, "Ends the check." if under_way else CHECK)

    def _read(self, x: float, _: float) -> str:
        report = self._report
        if report is None:
            return ""
        k = int(np.abs(np.log10(STEPS) - x).argmin())
        index = self.which.currentIndex()
        own = [report.whole] if index <= 0 else report.layers if index == 1 else [report.layers[index - 2]]
        parts = [f"{layer.id}: forward {number(float(layer.forward[k]))}, central {number(float(layer.central[k]))}"
                 for layer in own]  # fmt: skip
        return f"h {number(float(STEPS[k]))}  " + "; ".join(parts)

    def _on_plot_resized(self, _: object) -> None:
        """Draw again: how much room the names take beside the curves is known only now."""
        if self._report is not None:
            self._draw(self._report)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.header.show_palette(palette)
        self.stage.show_palette(palette, paused)
        if self._report is not None:
            self._draw(self._report)

    def summary(self) -> str:
        if self._report is None:
            return f"{self.title}: {self.stage.sentence.text()}"
        return f"{self.title}: {'; '.join(words for words, _ in facts_of(self._report, self._report.whole))}."


def _ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return ticks of the step sizes; beyond them are names."""
    return [(at, words) for at, words in log_ticks(low, high, most) if at <= -1.0]


def _shade(k: int, count: int) -> str:
    """Return a layer's color, darker at the input."""
    stops = pg.colormap.get("viridis").getStops(pg.ColorMap.BYTE)[1]
    place = 0.92 * k / max(count - 1, 1)
    return "#" + "".join(f"{channel:02X}" for channel in stops[round(place * (len(stops) - 1))][:3])
