"""Second order: how sharp the loss is, how near that is to the edge of stability, and what kind of point this is."""

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from gdexplorer.lab.commands import MoveTo
from gdexplorer.lab.frame import Frame, Probe, Snapshot
from gdexplorer.lab.history import History, Marker
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import sheets
from gdexplorer.panels.badge import Badge
from gdexplorer.panels.curvature_words import facts_of, limit_name, reading_of, sentence_of
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.gauge import Gauge
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.sharpness import SharpnessPlot
from gdexplorer.panels.spectrum import SpectrumPlot
from gdexplorer.panels.text import set_tooltip
from gdexplorer.panels.ticks import number
from gdexplorer.probes.curvature import Curvature, CurvatureReport

REQUEST = Curvature()
WAITING = "Curvature appears with the first measurement."


class CurvaturePanel(Panel):
    """A gauge above, sharpness over time and the spectrum below it; one command leaves it, `MoveTo`."""

    title = "Curvature"
    requires = frozenset({"hvp"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.gauge, self.badge, self.sentence, self.caption = Gauge(), Badge(), Facts(), Facts()
        self.sharpness, self.spectrum = SharpnessPlot(), SpectrumPlot()
        self._build_header()
        self._build_pages()
        self._report: CurvatureReport | None = None
        self._state: Snapshot | None = None
        self._markers: tuple[Marker, ...] = ()
        self._past = False
        self._reasons = ""  # for the kind of point
        self._drawn: tuple[object, ...] = ()
        self.sharpness.reading = self.sharpness.read
        self.sharpness.box.sigResized.connect(self._draw_sharpness)  # how much room its label takes is known then
        self._offer(None)

    def _build_header(self) -> None:
        self.header = Header()
        self.log = self.header.add_switch("log", "log", "Logarithmic sharpness axis", "Logarithmic sharpness axis.",
                                          False)  # fmt: skip
        self.escape = QToolButton()
        self.escape.setAutoRaise(True)
        self.escape.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.escape.setAccessibleName("Step along the most negative direction")
        self.header.add(self.escape)
        self.log.toggled.connect(self._on_log_toggled)
        self.escape.clicked.connect(self._on_escape_clicked)

    def _build_pages(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(4)
        named = QHBoxLayout()
        named.setSpacing(8)
        named.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        named.addWidget(self.sentence, 1)
        plots = QHBoxLayout()
        plots.setSpacing(12)
        plots.addWidget(self.sharpness, 3)
        plots.addWidget(self.spectrum, 2)
        column.addWidget(self.gauge)
        column.addLayout(plots, 1)
        column.addLayout(named)
        self._pages = Pages(self, WAITING, column, self.caption, self.header)
        self.waiting = self._pages.waiting

    def needs(self) -> frozenset[Probe]:
        return frozenset({REQUEST})

    # what the user does

    def _on_log_toggled(self, on: bool) -> None:
        self.sharpness.log = on
        self.sharpness.forget_range()
        self._draw_sharpness()

    def _on_escape_clicked(self) -> None:
        if self._report is not None and self._report.escape is not None:
            self.escape.setEnabled(False)  # until the next measurement: this one is of the point that was left
            self.commanded.emit(MoveTo(self._report.escape))

    # what is drawn

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.sharpness.show_palette(palette, paused)
        self.spectrum.show_palette(palette, paused)
        for part in (self.header, self.gauge, self.badge, self.sentence, self.caption):
            part.show_palette(palette)
        self._fit()
        self._draw_sharpness()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave out what there is no room for: the spectrum, then the caption, then the namer, then the gauge."""
        line = max(self.caption.line(), 1)
        lines, wide = self.height() / line, self.width() / self.palette_now.small
        self.spectrum.setVisible(wide >= 48)
        self.caption.setVisible(lines >= 16)
        self.caption.setFixedHeight(line * (2 if lines >= 16 and wide < 80 else 1))
        for part in (self.badge, self.sentence):
            part.setVisible(lines >= 12)
        self.gauge.setVisible(lines >= 9)
        self._fit_sentence()
        self.sharpness.label_markers(lines >= 18)
        self.escape.setText("Step along the most negative direction" if wide >= 42 else "Step along λmin")

    def _fit_sentence(self) -> None:
        """Give the sentence the lines that it takes; if they are too many, what it says first, or nothing."""
        line = max(self.caption.line(), 1)
        room = max(self.width() - 24 - self.badge.sizeHint().width(), 1)
        words, metrics = self._reasons, QFontMetrics(small_font(self.palette_now))
        wrapped = metrics.boundingRect(0, 0, room, 10_000, Qt.TextFlag.TextWordWrap, words).height()
        whole = wrapped <= (0.14 * self.height() if wrapped > line else line)
        first = words.partition(" (")[0]
        shown = words if whole else first if metrics.horizontalAdvance(first) <= room else ""
        self.sentence.show_facts(((shown, "text"),) if shown else ())
        self.sentence.set_column(whole)
        self.sentence.setFixedHeight(max(wrapped, line) if whole else line)

    def show_frame(self, frame: Frame) -> None:
        state, report = frame.lane.state, frame.lane.views.get(REQUEST)
        if isinstance(report, str):
            self._forget(report)
            return
        if report is None:
            before = self._report
            if before is None or state.parameters != before.parameters or state.step < before.step:
                self._forget(WAITING)
                return
            report = before
        if report.step < (self._report.step if self._report is not None else 0) and not frame.past:
            self.sharpness.forget_range()
        fresh = report is not self._report
        self._report, self._state = report, state
        self._markers, self._past = frame.lane.history.markers, frame.past
        key = (report, self._markers, state.experiment, frame.past and state.step)
        if key != self._drawn:
            self._drawn = key
            self._draw(report, state, frame.lane.history, fresh)

    def _forget(self, sentence: str) -> None:
        self._report, self._drawn = None, ()
        self._pages.say(sentence)
        self._offer(None)

    def _draw(self, report: CurvatureReport, state: Snapshot, history: History, fresh: bool) -> None:
        self._pages.show_content()
        self.gauge.show_reading(reading_of(report, state, history))
        self._draw_sharpness()
        self.spectrum.draw(report, None if report.ratio is None else report.threshold)
        self.badge.show_verdict(report.point.verdict)
        self._reasons = sentence_of(report.point)
        set_tooltip(self.badge, self._reasons)
        self._fit_sentence()
        self.caption.show_facts(tuple((fact, "muted") for fact in facts_of(report, state)))
        if fresh:
            self._offer(report)

    def _draw_sharpness(self) -> None:
        if self._report is not None and self._state is not None:
            name = "" if self._report.ratio is None else limit_name(self._state)
            self.sharpness.draw(self._report.series, self._markers, name)
            self.sharpness.show_cursor(self._state.step if self._past else math.nan)

    def _offer(self, report: CurvatureReport | None) -> None:
        """Enable the step where some direction curves down and the loss falls that way."""
        there = report is not None and report.escape is not None
        self.escape.setEnabled(there)
        tip = "Moves the point along the eigenvector of the most negative eigenvalue, to where the loss is lowest"
        if report is not None and there:
            tip += (f": from {number(report.loss)} at update {report.step:,} to {number(report.escape_loss)}. The "
                    "optimizer then starts afresh.")  # fmt: skip
        elif report is not None:
            tip += ". No eigenvalue here is negative." if report.values[0] >= 0 else ". The loss falls nowhere on it."
        else:
            tip += "."
        set_tooltip(self.escape, tip)

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.curvature(self._report)

    def summary(self) -> str:
        if self._report is None or self._state is None or self.gauge.reading is None:
            return f"Curvature: {self.waiting.text()}"
        reading, report = self.gauge.reading, self._report
        facts = "; ".join(facts_of(report, self._state))
        return f"Curvature at update {report.step:,}: {reading.text}, {reading.words}. {report.point.sentence} {facts}."
