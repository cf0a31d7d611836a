"""Loss and accuracy over time: full-set curves of every lane, the batch loss of a single run, and every change."""

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSlider, QVBoxLayout, QWidget

from gdexplorer.lab import sheet
from gdexplorer.lab.frame import Frame, Lane, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import text
from gdexplorer.panels.clocks import CLOCKS, SECONDS, UPDATES, Clock, Pace
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.header import Header
from gdexplorer.panels.lines import (
    ACCURACY,
    LOSS,
    NAMES,
    SIDES,
    Traces,
    View,
    described,
    first,
    nearest,
    newest,
    paces,
    plays,
)  # fmt: skip
from gdexplorer.panels.lossplot import AccuracyPlot, LossPlot, Scales, marked, percent
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.ranges import UpperBound
from gdexplorer.panels.traces import Trace
from gdexplorer.probes.cost import Cost

WINDOWS = (0, 3, 10, 30, 100, 300, 1000)  # updates τ of the running mean
WIDE = 118  # small letters: two plots of a race then stand side by side
ROOM = 10.0  # times the loss at the start: what goes beyond leaves the picture of a race


class CurvesPanel(Panel):
    """Two plots over one kind of time; accuracy only where there is one, and room for it."""

    title = "Loss and accuracy"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss, self.accuracy, self.caption = LossPlot(), AccuracyPlot(), Facts()
        self._build_header()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(2)
        layout.addWidget(self.header)
        self._plots = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._plots.setSpacing(2)
        self._plots.addWidget(self.loss, 3)
        self._plots.addWidget(self.accuracy, 2)
        body = QVBoxLayout()
        body.setContentsMargins(8, 0, 8, 0)
        body.setSpacing(2)
        body.addLayout(self._plots, 1)
        body.addWidget(self.caption)
        layout.addLayout(body, 1)
        self.accuracy.setVisible(False)
        self._frame: Frame | None = None
        self._drawn: tuple[object, ...] = ()
        self._dressed: tuple[object, ...] = ()
        self._traces, self._batch, self._end = Traces(), Trace(), UpperBound(UPDATES.least)
        self.loss.reading = self.accuracy.reading = self._reading
        for switch in (self.log_loss, self.log_time, self.test):
            switch.toggled.connect(self._on_option_changed)
        self.smoothing.valueChanged.connect(self._on_option_changed)
        self.clock.activated.connect(self._on_clock_activated)
        self.loss.box.sigResized.connect(self._on_plot_resized)
        self._on_option_changed()

    def _build_header(self) -> None:
        self.header = Header()
        self.log_loss = self.header.add_switch(
            "log loss", "log y", "Logarithmic loss axis", "Logarithmic loss axis.", True
        )
        self.log_time = self.header.add_switch("log time", "log x", "Logarithmic time axis",
                                               "Logarithmic time axis, without update 0.", False)  # fmt: skip
        tip = "What the time axis counts.\n" + "\n".join(f"{clock.name}: {clock.help}" for clock in CLOCKS)
        self.clock = self.header.add_choice("Time axis", [clock.name for clock in CLOCKS], tip)
        self.test = self.header.add_switch("test set", "test", "Test set",
                                           "Draw the test set's loss and accuracy instead of the training set's.",
                                           False)  # fmt: skip
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, len(WINDOWS) - 1)
        self.smoothing.setPageStep(1)
        self.smoothing.setAccessibleName("Smoothing of the batch loss")
        self.smoothing_label = text.label("smooth", "small")
        self.header.add(self.smoothing_label)
        self.header.add(self.smoothing)

    def needs(self) -> frozenset[Probe]:
        return frozenset({Cost()}) if self._clock is SECONDS else frozenset()

    @property
    def _clock(self) -> Clock:
        return CLOCKS[self.clock.currentIndex()]

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.loss.show_palette(palette, paused)
        self.accuracy.show_palette(palette, paused)
        self.header.show_palette(palette)
        self.caption.show_palette(palette)
        self._redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def show_frame(self, frame: Frame) -> None:
        before, self._frame = self._frame, frame
        if before is None or _kind_of(before) != _kind_of(frame):
            self._redraw()
            return
        key = (frame.lane.views.get(Cost()), *map(_state_of, frame.lanes))
        if key != self._drawn:
            self._drawn = key
            self._draw(frame)

    @property
    def scales(self) -> Scales:
        """What the controls say about the axes, as far as it is possible here."""
        log, clock, tau = self.log_loss.isChecked(), self._clock, 0
        if self._frame is not None:
            sound = self._sound(self._frame)
            log = log and not self._game and all(min(first(lane)[LOSS], newest(lane)[LOSS]) >= 0 for lane in sound)
            clock = paces(self._frame, clock)[0].clock
            tau = 0 if self._race or self._game else WINDOWS[self.smoothing.value()]
        return Scales(log, self.log_time.isChecked(), tau, clock.name)

    @property
    def _race(self) -> bool:
        return self._frame is not None and len(self._frame.lanes) > 1

    @property
    def _game(self) -> bool:
        return self._frame is not None and plays(self._frame.lane)

    @property
    def _tested(self) -> bool:
        return self._frame is not None and self._frame.lane.state.test_examples > 0

    @property
    def _set(self) -> int:
        """0 for the training set, 1 for the test set where a race shows that and there is one."""
        return int(self._race and self.test.isChecked() and self._tested)

    def _sound(self, frame: Frame) -> list[Lane]:
        return [lane for lane in frame.lanes if np.isfinite(newest(lane)[LOSS])]

    def _on_clock_activated(self, _: int) -> None:
        self._end = UpperBound(self._clock.least)
        self._on_option_changed()
        self.needs_changed.emit()

    def _on_option_changed(self) -> None:
        tau = WINDOWS[self.smoothing.value()]
        setting = f"exponential running mean over τ = {tau} updates; the raw loss stays, fainter" if tau else "off"
        text.set_tooltip(self.smoothing, f"Smoothing of the batch loss: {setting}.")
        self.loss.forget_range()
        self._redraw()

    def _on_plot_resized(self, _: object) -> None:
        """Draw again: how much room an end label takes of the time axis is known only now."""
        self._drawn = ()
        if self._frame is not None:
            self.show_frame(self._frame)

    def _redraw(self) -> None:
        wide, lines = self.width() / self.palette_now.small, self.height() / max(self.caption.line(), 1)
        self.header.set_present(self.test, self._race and self._tested)
        self.header.set_present(self.log_loss, not self._game)
        alone = not (self._race or self._game)
        self.header.set_present(self.smoothing_label, wide >= 50 and alone)
        self.header.set_present(self.smoothing, wide >= 32 and alone)
        self.smoothing.setFixedWidth(round(self.palette_now.small * min(max(wide - 45, 5), 16)))
        self.caption.setVisible(lines >= 8)
        self.caption.setFixedHeight(self.caption.line() * (2 if lines >= 25 else 1))
        self.loss.label_markers(lines >= 10)
        beside = self._race and wide >= WIDE
        self._plots.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._plots.setStretchFactor(self.accuracy, 3 if beside else 2)
        self._drawn = self._dressed = ()
        if self._frame is None:
            self.caption.show_facts((("The curves begin with the first update.", "muted"),))
        else:
            self.show_frame(self._frame)

    def _draw(self, frame: Frame) -> None:
        scales, ways = self.scales, paces(frame, self._clock)
        for plot, column in ((self.loss, LOSS), (self.accuracy, ACCURACY)):
            alone = SIDES[column] if self._game else NAMES
            plot.name_ends([lane.name for lane in frame.lanes] if self._race else alone)
        self._show_plots(frame, scales)
        view = self._view(ways, scales)
        columns = (LOSS + self._set, ACCURACY + self._set)
        losses, accuracies = self._traces.lines(frame, ways, view, columns, self.palette_now)
        history, most, batch = frame.lane.history, np.inf, None
        if self._race:
            start = max(float(first(lane)[LOSS]) for lane in frame.lanes)
            most = ROOM * start if start > 0 else np.inf
        elif np.isfinite(ways[0].factor) and not self._game:
            steps = (view.start, view.stop) if ways[0].clock is UPDATES else (float(view.log), frame.lane.state.step)
            batch = self._batch.reduced(history.batch, steps[0], max(steps[1], 2.0), view.log)
        breaking = np.array([marker.step for marker in history.markers if marker.breaks], dtype=float)
        mean = self.loss.draw_batch(batch, ways[0], breaking, scales)
        self.loss.draw(losses, mean, scales, view.ends, most)
        shown = [self.loss] if self.accuracy.isHidden() else [self.loss, self.accuracy]
        if not self.accuracy.isHidden():
            self.accuracy.draw(accuracies, scales, view.ends)
        marked(shown, history.markers, ways[0], scales, view.start)
        self._say(frame, scales)

    def _show_plots(self, frame: Frame, scales: Scales) -> None:
        """Give the loss all the room where there is no accuracy, or hardly any room."""
        line, lanes = self.caption.line(), len(frame.lanes)
        beside = self._plots.direction() is QBoxLayout.Direction.LeftToRight
        room = 0 if beside else 15 if lanes == 1 else 10 + 5 * lanes
        both = bool(np.isfinite(newest(frame.lane)[ACCURACY])) and self.height() >= room * line
        key = (both, beside, scales, self._game)
        if key != self._dressed:
            self._dressed = key
            self.accuracy.setVisible(both)
            self.loss.dress(scales, numbered=beside or not both)
            self.accuracy.dress(scales, "share" if self._game else "accuracy")

    def _view(self, ways: tuple[Pace, ...], scales: Scales) -> View:
        """Return the part of time to draw; beyond the newest it has room for that one's label."""
        share, last = self.loss.label_share(), max((w.newest for w in ways if np.isfinite(w.newest)), default=0.0)
        if not scales.log_time:
            return View(0.0, self._end.follow(last / (1 - share)), False)
        start = min((w.earliest for w in ways if np.isfinite(w.earliest)), default=1.0)
        low = math.floor(4 * math.log10(start)) / 4
        decades = (math.log10(max(last, 10 * start)) - low) / (1 - share)
        return View(10.0**low, 10.0 ** (low + math.ceil(4 * decades) / 4), True)

    def _say(self, frame: Frame, scales: Scales) -> None:
        penalty, last = frame.lane.state.experiment.penalty, newest(frame.lane)
        facts = []
        if self._game:
            facts += ["loss is no measure of quality"]
            facts += ["the generator’s, a line a lane" if self._race else "on fixed points: generator solid, "
                      "discriminator dashed"]  # fmt: skip
            plotted = not self.accuracy.isHidden()
            if np.isfinite(last[ACCURACY]) and not self._race:
                facts += ["shares: modes that are covered, and samples that D tells right" if plotted else
                          f"{percent(last[ACCURACY])} of the modes covered"]  # fmt: skip
        elif self.accuracy.isHidden() and np.isfinite(last[ACCURACY]) and not self._race:
            facts += [f"accuracy {percent(last[ACCURACY])}, test {percent(last[ACCURACY + 1])}"]
        if self._race and not self._game:
            shown = f"full {NAMES[self._set]} set, eval" if self._tested else "the function's value"
            facts += [f"{shown}: one line a lane"]
            facts += [f"{lane.name}: {lane.note}" for lane in frame.lanes if lane.note]
        elif not self._game:
            facts += ["full set, eval: train solid, test dashed" if self._tested else "the function's value"]
            if self._tested:
                facts += ["faint: batch, with penalty" if penalty.l1 or penalty.l2 else "faint: batch"]
        if scales.tau:
            facts += [f"gray: running mean of the batch loss, τ = {scales.tau} updates"]
        if scales.time_name == SECONDS.name:
            facts += ["seconds: calibrated, the cost of an update alone on one core × updates"]
        elif self._clock is SECONDS:
            facts += ["updates, until it is measured what one costs"]
        elif self._clock.name != scales.time_name:
            facts += ["updates: there are no examples of which to count epochs"]
        if self.log_loss.isChecked() and not scales.log_loss and not self._game:
            facts += ["linear, for losses are negative"]
        self.caption.show_facts(tuple((fact, "muted") for fact in facts))

    def _reading(self, x: float, _: float) -> str:
        """Return what is at x: the changes there, and each lane's nearest full-set evaluation."""
        lines = [f"update {marker.step:,}: {marker.label}" for marker in self.loss.near(x)]
        frame, scales = self._frame, self.scales
        if frame is not None:
            for lane, pace in zip(frame.lanes, paces(frame, self._clock), strict=True):
                row = nearest(lane, pace, scales.value_of_time(x))
                if row is not None:
                    where = f"{lane.name}, update" if self._race else "update"
                    lines.append(f"{where} {row[0]:,.0f}: {described(row[1:], self._game)}")
        return "\n".join(lines)

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._frame is None else sheet.curves(self._frame.lanes)

    def summary(self) -> str:
        frame = self._frame
        if frame is None:
            return "Loss and accuracy: nothing has been measured yet."
        last, markers = newest(frame.lane), frame.lane.history.markers
        changes = (
            f" Changes: {len(markers)}, the last at update {markers[-1].step:,}, {markers[-1].label}."
            if markers
            else ""
        )
        said = described(last[1:], self._game)
        if self._race:
            said = "; ".join(f"{lane.name} {described(newest(lane)[1:], self._game)}" for lane in frame.lanes)
        return f"Loss and accuracy at update {last[0]:,.0f}: {said}.{changes}"


def _kind_of(frame: Frame) -> tuple[bool, bool, bool]:
    """Return what decides about the header: whether it is a race, whether there is a test set, whether it is a game."""
    return len(frame.lanes) > 1, frame.lane.state.test_examples > 0, plays(frame.lane)


def _state_of(lane: Lane) -> tuple[object, ...]:
    state, history = lane.state, lane.history
    return (lane.name, state.step, state.experiment, history.markers, *map(len, history.curves),
            *map(len, history.batch))  # fmt: skip
