"""Loss and accuracy over time: full-set curves of every lane, the batch loss of a single run, and every change."""

import math
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSlider, QVBoxLayout, QWidget

from gdexplorer.lab.frame import Frame, Lane, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import sheets, text
from gdexplorer.panels.clocks import CLOCKS, SECONDS, UPDATES, Clock, Pace
from gdexplorer.panels.curve_words import facts_of, reading_of, summary_of
from gdexplorer.panels.curverows import first, newest
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.ghostlines import GhostTraces, ghost_paces, legend_rows
from gdexplorer.panels.ghosts import active, titles
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.lines import ACCURACY, LOSS, NAMES, SIDES, Traces, View, paces, plays
from gdexplorer.panels.lossplot import AccuracyPlot, Line, LossPlot, Scales, marked
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
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
        self._traces, self._batch = Traces(), Trace()
        self._ghosts = GhostTraces()
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
                                           "Draw loss and accuracy of lanes and of earlier runs on the test set "
                                           "instead of the training set.", False)  # fmt: skip
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

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def show_frame(self, frame: Frame) -> None:
        before, self._frame = self._frame, frame
        if before is not None and active(before) != active(frame):
            self.loss.forget_time()
            self.loss.forget_range()
        if before is None or _kind_of(before) != _kind_of(frame):
            self._redraw()
            return
        key = (frame.lane.views.get(Cost()), frame.past, titles(frame), *map(_state_of, frame.lanes))
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
        return self._frame is not None and len(self._frame.racers) > 1

    @property
    def _haunted(self) -> bool:
        return self._frame is not None and len(self._frame.lanes) > len(self._frame.racers)

    @property
    def _game(self) -> bool:
        return self._frame is not None and plays(self._frame.lane)

    @property
    def _tested(self) -> bool:
        return self._frame is not None and self._frame.lane.state.test_examples > 0

    @property
    def _set(self) -> int:
        """0 for the training set, 1 for the test set where lanes or ghosts show that and there is one."""
        return int((self._race or self._haunted) and self.test.isChecked() and self._tested)

    def _sound(self, frame: Frame) -> list[Lane]:
        return [lane for lane in frame.racers if np.isfinite(newest(lane)[LOSS])]

    def _on_clock_activated(self, _: int) -> None:
        self.loss.forget_time()
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
        self.header.set_present(self.test, (self._race or self._haunted) and self._tested)
        self.header.set_present(self.log_loss, not self._game)
        alone = not (self._race or self._game)
        spare = wide - 16 * self._haunted  # beside one switch more
        self.header.set_present(self.smoothing_label, spare >= 50 and alone)
        self.header.set_present(self.smoothing, spare >= 32 and alone)
        self.smoothing.setFixedWidth(round(self.palette_now.small * min(max(spare - 45, 5), 16)))
        self.caption.setVisible(lines >= 8)
        self.caption.setFixedHeight(self.caption.line() * (2 if lines >= (16 if wide < 42 else 25) else 1))
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
            plot.name_ends([lane.name for lane in frame.racers] if self._race else alone)
        self._show_plots(frame, scales)
        view = self._view(frame, ways, scales)
        columns = (LOSS + self._set, ACCURACY + self._set)
        own = columns if self._race else (LOSS, ACCURACY)
        losses, accuracies = self._traces.lines(frame, ways, view, own, self.palette_now)
        others = self._ghosts.lines(frame, ways[0].clock, view, columns, self.palette_now)
        history, most, batch = frame.lane.history, np.inf, None
        if self._race:
            start = max(float(first(lane)[LOSS]) for lane in frame.racers)
            most = ROOM * start if start > 0 else np.inf
        elif np.isfinite(ways[0].factor) and not self._game:
            steps = (view.start, view.stop) if ways[0].clock is UPDATES else (float(view.log), newest(frame.lane)[0])
            batch = self._batch.reduced(history.batch, steps[0], max(steps[1], 2.0), view.log, pixels=view.pixels)
        breaking = np.array([marker.step for marker in history.markers if marker.breaks], dtype=float)
        mean = self.loss.draw_batch(batch, ways[0], breaking, scales)
        self.loss.draw(losses, mean, scales, view.ends, most, others[0])
        self.loss.name_ghosts(legend_rows(frame, self.palette_now) if others[0] else ())
        rest = partial(self._draw_rest, frame, scales, ways[0], view, (accuracies, others[1]))
        if self._race and not self.accuracy.isHidden():
            self.in_turn(rest)
        else:
            rest()

    def _draw_rest(self, frame: Frame, scales: Scales, pace: Pace, view: View,
                   shares: tuple[list[Line], list[Line]]) -> None:  # fmt: skip
        """Draw the accuracies of lanes and ghosts, and what stands upon both plots."""
        shown = [self.loss] if self.accuracy.isHidden() else [self.loss, self.accuracy]
        if not self.accuracy.isHidden():
            self.accuracy.draw(shares[0], scales, view.ends, shares[1])
        marked(shown, frame.lane.history.markers, pace, scales, view.start)
        step = pace.at(np.array([frame.lane.state.step if frame.past else np.nan], dtype=float))
        for plot in shown:
            plot.show_cursor(float(scales.time(np.maximum(step, view.start))[0]))
        self._say(frame, scales)

    def _show_plots(self, frame: Frame, scales: Scales) -> None:
        """Give the loss all the room where there is no accuracy, or hardly any room."""
        line, lanes = self.caption.line(), len(frame.racers)
        beside = self._plots.direction() is QBoxLayout.Direction.LeftToRight
        room = 0 if beside else 15 if lanes == 1 else 10 + 5 * lanes
        both = bool(np.isfinite(newest(frame.lane)[ACCURACY])) and self.height() >= room * line
        key = (both, beside, scales, self._game)
        if key != self._dressed:
            self._dressed = key
            self.loss.dress(scales, numbered=beside or not both)
            self.accuracy.dress(scales, "share" if self._game else "accuracy")
            self.accuracy.setVisible(both)  # last: a resize may come with it, and dress both for another height

    def _view(self, frame: Frame, ways: tuple[Pace, ...], scales: Scales) -> View:
        """Return the part of time to draw; beyond the newest it has room for that one's label."""
        known = [pace.newest for pace in (*ways, *ghost_paces(frame, ways[0].clock)) if np.isfinite(pace.newest)]
        last = max(known, default=0.0)
        pixels = 100 * max(math.ceil(self.loss.area().width() * self.devicePixelRatioF() / 100), 1)
        if not scales.log_time:
            return View(0.0, self.loss.end_of_time(last, self._clock.least), False, pixels)
        start = min((w.earliest for w in ways if np.isfinite(w.earliest)), default=1.0)
        low = math.floor(4 * math.log10(start)) / 4
        decades = (math.log10(max(last, 10 * start)) - low) / (1 - self.loss.label_share())
        return View(10.0**low, 10.0 ** (low + math.ceil(4 * decades) / 4), True, pixels)

    def _say(self, frame: Frame, scales: Scales) -> None:
        facts = facts_of(frame, scales, self._clock, self._set, not self.accuracy.isHidden(), self.log_loss.isChecked())
        self.caption.show_facts(tuple((fact, "muted") for fact in facts))

    def _reading(self, x: float, _: float) -> str:
        """Return what is at x: the changes there, and each lane's nearest full-set evaluation."""
        frame = self._frame
        near = [] if frame is None else reading_of(frame, self._clock, self.scales.value_of_time(x))
        return "\n".join([f"update {marker.step:,}: {marker.label}" for marker in self.loss.near(x)] + near)

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._frame is None else sheets.curves(self._frame)

    def summary(self) -> str:
        return "Loss and accuracy: nothing has been measured yet." if self._frame is None else summary_of(self._frame)


def _kind_of(frame: Frame) -> tuple[bool, bool, bool, bool]:
    """Return what decides about the header: whether there are several lanes, ghosts, a test set; whether it plays."""
    racers = len(frame.racers)
    return racers > 1, len(frame.lanes) > racers, frame.lane.state.test_examples > 0, plays(frame.lane)


def _state_of(lane: Lane) -> tuple[object, ...]:
    state, history = lane.state, lane.history
    return (lane.name, state.step, state.experiment, history.markers, *map(len, history.curves),
            *map(len, history.batch))  # fmt: skip
