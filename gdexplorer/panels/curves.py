"""Loss and accuracy over the updates: full-set curves, the batch loss behind them, and every change."""

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from gdexplorer.arrays import Array
from gdexplorer.lab.frame import Frame, Snapshot
from gdexplorer.panels import text
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.header import Header
from gdexplorer.panels.lossplot import AccuracyPlot, LossPlot, Scales, percent
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.ranges import UpperBound
from gdexplorer.panels.ticks import number
from gdexplorer.panels.traces import Reduced, Trace

WINDOWS = (0, 3, 10, 30, 100, 300, 1000)  # updates τ of the running mean
FIRST_BOUND = 50  # updates


class CurvesPanel(Panel):
    """Two plots over one time axis; accuracy only where there is one, and room for it."""

    title = "Loss and accuracy"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss, self.accuracy, self.caption = LossPlot(), AccuracyPlot(), Facts()
        self._build_header()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(2)
        layout.addWidget(self.header)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(8, 0, 8, 0)
        self._body.setSpacing(2)
        self._body.addWidget(self.loss, 3)
        self._body.addWidget(self.accuracy, 2)
        self._body.addWidget(self.caption)
        layout.addLayout(self._body, 1)
        self.accuracy.setVisible(False)
        self._frame: Frame | None = None
        self._drawn: tuple[object, ...] = ()
        self._dressed: tuple[object, ...] = ()
        self._seen: Reduced | None = None
        self._curves, self._batch, self._end = Trace(), Trace(), UpperBound(FIRST_BOUND)
        self.loss.reading = self.accuracy.reading = self._reading
        for switch in (self.log_loss, self.log_time, self.epochs):
            switch.toggled.connect(self._on_option_changed)
        self.smoothing.valueChanged.connect(self._on_option_changed)
        self.loss.box.sigResized.connect(self._on_plot_resized)
        self._on_option_changed()

    def _build_header(self) -> None:
        self.header = Header()
        self.log_loss = self.header.add_switch(
            "log loss", "log y", "Logarithmic loss axis", "Logarithmic loss axis.", True
        )
        self.log_time = self.header.add_switch("log time", "log x", "Logarithmic time axis",
                                               "Logarithmic time axis, without update 0.", False)  # fmt: skip
        self.epochs = self.header.add_switch("epochs", "ep.", "Count epochs",
                                             "Count epochs on the time axis instead of updates.", False)  # fmt: skip
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, len(WINDOWS) - 1)
        self.smoothing.setPageStep(1)
        self.smoothing.setAccessibleName("Smoothing of the batch loss")
        self.smoothing_label = text.label("smooth", "small")
        self.header.add(self.smoothing_label)
        self.header.add(self.smoothing)

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
        self._frame = frame
        state, history = frame.lane.state, frame.lane.history
        key = (state.step, state.experiment, history.markers, *map(len, history.curves), *map(len, history.batch))
        if key != self._drawn:
            self._drawn = key
            self._draw()

    @property
    def scales(self) -> Scales:
        """What the controls say about the axes."""
        unit, name = 1.0, "updates"
        if self.epochs.isChecked() and self._frame is not None:
            state = self._frame.lane.state
            unit, name = float(max(1, math.ceil(state.train_examples / max(state.batch_size, 1)))), "epochs"
        tau = WINDOWS[self.smoothing.value()]
        return Scales(self.log_loss.isChecked(), self.log_time.isChecked(), tau, unit, name)

    def _on_option_changed(self) -> None:
        tau = self.scales.tau
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
        self.smoothing_label.setVisible(wide >= 45)
        self.smoothing.setVisible(wide >= 24)
        self.smoothing.setFixedWidth(round(self.palette_now.small * min(max(wide - 33, 5), 16)))
        self.caption.setVisible(lines >= 8)
        self.caption.setFixedHeight(self.caption.line() * (2 if lines >= 25 else 1))
        self.loss.label_markers(lines >= 10)
        self._drawn = self._dressed = ()
        if self._frame is None:
            self.caption.show_facts((("The curves begin with the first update.", "muted"),))
        else:
            self.show_frame(self._frame)

    def _draw(self) -> None:
        last, scales = self._last(), self.scales
        if self._frame is None or last is None:
            return
        state, history = self._frame.lane.state, self._frame.lane.history
        self._show_plots(last, scales)
        stop = self._time_end(state.step, scales)
        start = 1.0 if scales.log_time else 0.0
        self._seen = curves = self._curves.reduced(history.curves, start, stop, scales.log_time)
        batch = self._batch.reduced(history.batch, start, stop, scales.log_time)
        ends = (0.0, math.log10(stop)) if scales.log_time else (start, stop)
        self.loss.draw(curves, batch, history.markers, last, scales, ends)
        if not self.accuracy.isHidden():
            self.accuracy.draw(curves, history.markers, last, scales, ends)
        self._say(state, last, scales)

    def _last(self) -> Array | None:
        """Return the newest row of full-set numbers."""
        parts = self._frame.lane.history.curves if self._frame else ()
        return next((part[-1] for part in reversed(parts) if len(part)), None)

    def _show_plots(self, last: Array, scales: Scales) -> None:
        """Give the loss all the room where there is no accuracy, or hardly any room."""
        both = bool(np.isfinite(last[3])) and self.height() >= 15 * self.caption.line()
        key = (both, scales)
        if key != self._dressed:
            self._dressed = key
            self.accuracy.setVisible(both)
            self.loss.dress(scales, numbered=not both)
            self.accuracy.dress(scales)

    def _time_end(self, step: int, scales: Scales) -> float:
        """Return the update at the right end, beyond the newest by the room that its label takes."""
        share = self.loss.label_share()
        if scales.log_time:
            decades = math.log10(max(step, 10)) / (1 - share)
            return float(10.0 ** (math.ceil(4 * decades) / 4))
        return self._end.follow(step / (1 - share))

    def _say(self, state: Snapshot, last: Array, scales: Scales) -> None:
        penalty = state.experiment.penalty
        facts = []
        if self.accuracy.isHidden() and np.isfinite(last[3]):
            facts += [f"accuracy {percent(last[3])}, test {percent(last[4])}"]
        facts += ["full set, eval: train solid, test dashed"]
        facts += ["faint: batch, with penalty" if penalty.l1 or penalty.l2 else "faint: batch"]
        if scales.tau:
            facts += [f"gray: running mean of the batch loss, τ = {scales.tau} updates"]
        if scales.unit_name == "epochs":
            facts += [f"an epoch is {scales.unit:,.0f} updates, as batches are now"]
        self.caption.show_facts(tuple((fact, "muted") for fact in facts))

    def _reading(self, x: float, _: float) -> str:
        """Return what is at x: the changes there, and the nearest full-set evaluation."""
        lines = [f"update {marker.step:,}: {marker.label}" for marker in self.loss.near(x)]
        if self._seen is not None and len(self._seen.x):
            row = int(np.argmin(np.abs(self.scales.time(self._seen.x) - x)))
            lines.append(f"update {self._seen.x[row]:,.0f}: {_described(self._seen.mean[row])}")
        return "\n".join(lines)

    def summary(self) -> str:
        last = self._last()
        if self._frame is None or last is None:
            return "Loss and accuracy: nothing has been measured yet."
        markers = self._frame.lane.history.markers
        changes = (
            f" Changes: {len(markers)}, the last at update {markers[-1].step:,}, {markers[-1].label}."
            if markers
            else ""
        )
        return f"Loss and accuracy at update {last[0]:,.0f}: {_described(last[1:])}.{changes}"


def _described(row: Array) -> str:
    """Return a row of full-set numbers as words."""
    said = f"loss {number(float(row[0]))} train, {number(float(row[1]))} test"
    return said + (f"; accuracy {percent(row[2])} train, {percent(row[3])} test" if np.isfinite(row[2]) else "")
