"""Gradient noise: how single examples disagree, what that does to mini-batches, and what becomes of the updates."""

from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.panels.cloudplot import CloudPlot
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.ghosts import active
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.noise_words import facts_of
from gdexplorer.panels.noiseplot import NoisePlot
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.seriesplot import SeriesPlot
from gdexplorer.panels.text import label
from gdexplorer.probes.alpha import Alpha
from gdexplorer.probes.cloud import Cloud
from gdexplorer.probes.noise import Noise
from gdexplorer.probes.norm_test import NormTest
from gdexplorer.probes.successive import Successive

CLOUD, NOISE, ANGLE, ALPHA, TEST = Cloud(), Noise(), Successive(), Alpha(), NormTest()
WAITING = "Gradient noise appears with the first measurement."
MORE = "α and the norm test"


class NoisePanel(Panel):
    """The cloud at the left; noise over batch size and the angle between updates beside it, α and norm test on wish.

    What has no room, or is not wished for, is not asked for either.
    """

    title = "Gradient noise"
    requires = frozenset({"examples"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cloud, self.noise = CloudPlot(), NoisePlot()
        self.angle = SeriesPlot("Cosine between the gradients of successive updates", "cosine", "cos",
                                {0.0: "right angle"}, (-1.08, 1.08))  # fmt: skip
        self.alpha = SeriesPlot("Position on the local parabola", "α", "α",
                                {-1.0: "no step", 0.0: "valley floor", 1.0: "other slope, as high"},
                                (-1.9, 1.9))  # fmt: skip
        self.test = SeriesPlot("Norm test", "norm test, log", "test", {1.0: "error as long as g_B"}, None)
        self.plots: dict[Probe, Any] = {
            CLOUD: self.cloud, NOISE: self.noise, ANGLE: self.angle, ALPHA: self.alpha, TEST: self.test,
        }  # fmt: skip
        self.caption = Facts()
        self.reports: dict[Probe, Any] = {}
        self._frame: Frame | None = None
        self._asked: frozenset[Probe] = frozenset()
        self._build()
        self._fit()

    def _build(self) -> None:
        self.header = Header()
        self.more = self.header.add_switch(MORE, "α, norm test", MORE, "Shows Cockpit's α, where on the local parabola "
                                           "an update ends, and the norm test, the standard error of a mini-batch's "
                                           "gradient over its length.", False)  # fmt: skip
        self.more.toggled.connect(self._on_more_toggled)
        self.waiting = label(WAITING, "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setWordWrap(True)
        self.waiting.setMargin(16)
        self.refused = label("", "muted")  # in place of the cloud
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.refused.setWordWrap(True)
        self.refused.hide()
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(12)
        row.addWidget(self.cloud, 4)
        row.addWidget(self.refused, 4)
        self._side = QWidget()
        self._grid = QGridLayout(self._side)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        for plot, at in ((self.noise, (0, 0)), (self.angle, (1, 0)), (self.test, (0, 1)), (self.alpha, (1, 1))):
            plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)  # alike, whatever is written
            self._grid.addWidget(plot, *at)
        row.addWidget(self._side, 5)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.waiting)
        self._pages.addWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 4)
        outer.setSpacing(2)
        outer.addWidget(self.header)
        outer.addLayout(self._pages, 1)
        below = QHBoxLayout()
        below.setContentsMargins(8, 0, 8, 0)
        below.addWidget(self.caption)
        outer.addLayout(below)

    def needs(self) -> frozenset[Probe]:
        return self._asked

    def _on_more_toggled(self, on: bool) -> None:
        self._fit()

    def _wanted(self) -> frozenset[Probe]:
        """Return what there is room for, and α and norm test only on wish."""
        lines = self.height() / max(self.caption.line(), 1)
        wide = self.width() / self.palette_now.small
        wanted: set[Probe] = {CLOUD}
        if wide >= 44:
            wanted.add(NOISE)
            wanted |= {ANGLE} if lines >= 14 else set()
        if self.more.isChecked():
            wanted |= {ALPHA, TEST} if wide >= 44 else {ALPHA}
            if wide < 76:  # in place of the two others
                wanted -= {NOISE, ANGLE}
            if lines < 14:
                wanted -= {TEST}
        return frozenset(wanted)

    def _fit(self) -> None:
        line = max(self.caption.line(), 1)
        lines = self.height() / line
        self.caption.setVisible(lines >= 12)
        self.caption.setFixedHeight(line * (2 if lines >= 20 else 1))
        wanted = self._wanted()
        self._show_plots(wanted)
        if wanted != self._asked:
            self._asked = wanted
            self.needs_changed.emit()

    def _show_plots(self, wanted: frozenset[Probe]) -> None:
        """Show the plots that are wanted and not refused in words."""
        refused = {probe for probe, report in self.reports.items() if isinstance(report, str)}
        for probe, plot in self.plots.items():
            plot.setVisible(probe in wanted - refused)
        self._side.setVisible(bool(wanted - refused - {CLOUD}))
        self.refused.setText(str(self.reports[CLOUD]) if CLOUD in refused else "")
        self.refused.setVisible(CLOUD in refused)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        plots: list[Plot] = list(self.plots.values())
        for plot in plots:
            plot.show_palette(palette, paused)
        self.header.show_palette(palette)
        self.caption.show_palette(palette)
        self._fit()

    def show_frame(self, frame: Frame) -> None:
        before, self._frame = self._frame, frame
        views = {probe: frame.lane.views[probe] for probe in self._asked if probe in frame.lane.views}
        state = frame.lane.state
        if before is not None:
            back = state.step < before.lane.state.step
            other = (active(frame), state.parameters) != (active(before), before.lane.state.parameters)
            if frame.number < before.number or back or other:
                self.reports = {}
            if frame.number < before.number or (back and not frame.past) or other:
                for plot in self.plots.values():
                    plot.forget_range()
        fresh = {probe: view for probe, view in views.items() if view is not self.reports.get(probe)}
        self.reports = {probe: view for probe, view in (self.reports | views).items() if probe in self._asked}
        if not self.reports or all(isinstance(view, str) for view in self.reports.values()):
            self.waiting.setText(next(iter(self.reports.values()), WAITING))
            self._pages.setCurrentIndex(0)
            self.caption.show_facts(())
            return
        self._pages.setCurrentIndex(1)
        self._draw(fresh, frame)

    def _draw(self, fresh: dict[Probe, Any], frame: Frame) -> None:
        self._show_plots(self._asked)
        steps = [partial(self._draw_plot, probe, report, frame)
                 for probe, report in fresh.items() if not isinstance(report, str)]  # fmt: skip
        self.in_turn(*steps, partial(self._tell, frame))

    def _draw_plot(self, probe: Probe, report: Any, frame: Frame) -> None:
        plot = self.plots[probe]
        if probe in (CLOUD, NOISE):
            plot.draw(report)
        else:
            plot.draw(report.series, frame.lane.history.markers)
            plot.show_cursor(report.step if frame.past else np.nan)

    def _tell(self, frame: Frame) -> None:
        facts = self._facts(frame)
        if not self.cloud.explained and not self.refused.text():
            facts.insert(0, "dots: g, and g_B in a circle of √(V/B)")
        self.caption.show_facts(tuple((fact, "muted") for fact in facts))

    def _facts(self, frame: Frame) -> list[str]:
        return facts_of(frame, [self.reports.get(probe) for probe in self.plots], self.cloud.beyond)

    def summary(self) -> str:
        if self._pages.currentIndex() == 0 or self._frame is None:
            return f"{self.title}: {self.waiting.text()}"
        return f"{self.title}: {'; '.join(self._facts(self._frame))}."
