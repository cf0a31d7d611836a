"""The loss over one weight, the others held: curve, tangent, and the step that gradient descent takes of it."""

import math

import numpy as np
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.lab.commands import SetParameter
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.nn.layout import Layout
from gdexplorer.panels import sheets
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.header import Choice, Header
from gdexplorer.panels.marks import Mark, circle
from gdexplorer.panels.palette import DASHED, DOTTED, Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.ticks import number
from gdexplorer.panels.weightfield import NAME, TIP, NumberField
from gdexplorer.probes.oneweight import NO_WEIGHT, OneWeight, OneWeightReport, Weight

WAITING = "Evaluating the loss along one weight…"
RANGES = (0.0, -1.0, 0.1, 0.5, 1.0, 2.0, 5.0, 20.0)
REACH = 14.0  # px, how near to the point a drag must begin
RISE = 6.0  # the height shown over the fall to the median, at most


class OneWeightPanel(Panel):
    """A curve with a point on it, which can be dragged."""

    title = "One weight"
    weight_chosen = Signal(object)  # a Weight, for whoever shows it too

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: OneWeightReport | None = None
        self._weight: Weight | None = None
        self._offered: Layout | None = None
        self._held = False  # whether the point is in the user's hand
        self._refusal = ""
        self._build_header()
        self.stage = Stage(self.title, self._read, WAITING)
        plot = self.stage.plot
        plot.reserve_left(6)
        self._curve, self._tangent = plot.curve("text", antialias=True), plot.curve("accent", DASHED, antialias=True)
        self._drop, self._step = plot.curve("muted", DOTTED), plot.curve("warning", antialias=True)
        self._point, self._landing, self._foot = (Mark(circle(5), 30 - k) for k in range(3))
        for mark in (self._point, self._landing, self._foot):
            plot.add(mark)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        plot.drag_began.connect(self._on_drag_began)
        plot.dragged.connect(self._on_dragged)
        plot.dropped.connect(self._on_dropped)
        self.show_palette(self.palette_now, True)

    def _build_header(self) -> None:
        self.header = Header()
        add = self.header.add_choice
        self.block = add("Layer", [], "The layer of the weight.")
        self.row = add("Unit", [], "The unit that the weight goes into.")
        self.column = add("Input", [], "The input of the unit that the weight multiplies, or its bias.")
        self.range = add("Range", ["auto", "the step", *(f"±{half:g}" for half in RANGES[2:])],
                         "How far on each side of the weight the loss is evaluated.")  # fmt: skip
        self.field = NumberField(NAME, TIP)
        self.header.add(self.field)
        for choice in (self.block, self.row, self.column):
            choice.activated.connect(self._on_place_activated)
        self.range.activated.connect(self._on_range_activated)
        self.field.entered.connect(self._send)
        self.field.refused.connect(self._on_refused)

    # ---- what is asked for, and what the user does ------------------------------------

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()})

    def _request(self) -> OneWeight:
        return OneWeight(self._weight, RANGES[self.range.currentIndex()])

    def choose(self, weight: Weight) -> None:
        """Show this weight from now on."""
        if weight != self._weight:
            self._weight, self._refusal = weight, ""
            self.needs_changed.emit()

    def _on_place_activated(self, _: int) -> None:
        if self._offered is None:
            return
        block = self._offered.blocks[self.block.currentIndex()]
        row, column = max(self.row.currentIndex(), 0), max(self.column.currentIndex(), 0)
        weight = Weight(block.id, min(row, block.shape[0] - 1), min(column, block.shape[1] - 1))
        self.choose(weight)
        self.weight_chosen.emit(weight)

    def _on_range_activated(self, _: int) -> None:
        self.needs_changed.emit()

    def _send(self, value: float) -> None:
        report = self._report
        if report is not None and (index := report.present.index(report.layout)) is not None:
            self._refusal = ""
            self.commanded.emit(SetParameter(index, value))

    def _on_refused(self, sentence: str) -> None:
        self._refusal = sentence
        self._draw()

    def _on_drag_began(self, place: QPointF) -> None:
        if self._report is not None:
            plot = self.stage.plot
            away = plot.pixel(place.x(), place.y()) - plot.pixel(self._report.w, self._report.loss)
            self._held = math.hypot(away.x(), away.y()) <= REACH

    def _on_dragged(self, place: QPointF) -> None:
        if self._held and self._report is not None:
            self._point.setPos(place.x(), self._loss_at(place.x()))
            self.stage.reader.say(self._read(place.x(), 0.0), place)

    def _on_dropped(self, place: QPointF) -> None:
        if self._held:
            self._held = False
            self.stage.reader.say("")
            self._send(float(f"{place.x():.4g}"))

    # ---- what is drawn --------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        report: OneWeightReport | str | None = frame.lane.views.get(self._request())
        if isinstance(report, str) or (report is None and "game" in frame.lane.state.can):
            self._report = None
            self.header.hide()
            self.stage.say(NO_WEIGHT)
        elif report is not None and report is not self._report:
            self._report = report
            self._offer(report)
            self._draw()

    def _offer(self, report: OneWeightReport) -> None:
        """Offer the places that there are, and show where the weight is."""
        layout, present = report.layout, report.present
        self.header.show()
        if layout != self._offered:
            self._offered = layout
            _fill(self.block, [block.id for block in layout.blocks])
        block = layout.by_id[present.block]
        _fill(self.row, [f"to {k + 1}" for k in range(block.shape[0])])
        inputs = [f"from {k + 1}" for k in range(block.shape[1])]
        if block.content == "norm":
            inputs = ["scale γ", "shift β"]
        elif not report.trained:
            inputs = [name for name in report.axes]
        elif block.content == "affine":
            inputs[-1] = "bias"
        _fill(self.column, inputs)
        self.block.setCurrentIndex(layout.blocks.index(block))
        self.row.setCurrentIndex(present.row)
        self.column.setCurrentIndex(present.column)
        self.header.set_present(self.block, len(layout.blocks) > 1)
        self.header.set_present(self.row, block.shape[0] > 1)
        self.field.show_value(report.w)

    def _draw(self) -> None:
        report = self._report
        if report is None:
            return
        plot = self.stage.plot
        low, high = _heights(report)
        left, right = float(report.ws[0]), float(report.ws[-1])
        self._curve.setData(report.ws, np.clip(report.losses, low - 10 * (high - low), high + 10 * (high - low)))
        self._draw_tangent(report, left, right, 10 * (high - low))
        moving = report.rate is not None and math.isfinite(report.landing) and math.isfinite(report.predicted)
        to = report.w + report.move
        for item in (self._step, self._drop, self._landing, self._foot):
            item.setVisible(moving)
        if moving:
            self._step.setData(np.array([report.w, to]), np.array([report.loss, report.loss]))
            self._drop.setData(np.array([to, to]), np.array([report.loss, min(report.loss + report.predicted,
                                                                              report.landing)]))  # fmt: skip
            self._landing.setPos(to, report.landing)
            self._foot.setPos(to, report.loss + report.predicted)
        if not self._held:
            self._point.setPos(report.w, report.loss)
        plot.set_view(left, right, low, high)
        self.stage.show_picture(None, (report.name, "loss"), False)
        facts = _facts(report)
        self.stage.show_facts([(self._refusal, "danger"), *facts] if self._refusal else facts)
        self.stage.reader.refresh()

    def _draw_tangent(self, report: OneWeightReport, left: float, right: float, most: float) -> None:
        """Draw it as far as it rises or falls by `most`, which is out of sight: it may be very steep."""
        reach = most / abs(report.slope) if report.slope else math.inf
        ends = max(left, report.w - reach), min(right, report.w + reach)
        heights = [report.loss + report.slope * (w - report.w) for w in ends]
        drawn = all(map(math.isfinite, heights))
        self._tangent.setVisible(drawn)
        if drawn:
            self._tangent.setData(np.array(ends), np.array(heights))

    def _loss_at(self, w: float) -> float:
        assert self._report is not None
        return float(np.interp(w, self._report.ws, self._report.losses))

    def _read(self, w: float, _: float) -> str:
        report = self._report
        if report is None or not report.ws[0] <= w <= report.ws[-1]:
            return ""
        tangent = report.loss + report.slope * (w - report.w)
        return f"{report.name} = {number(w)}  loss {number(self._loss_at(w))}, tangent {number(tangent)}"

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.header.show_palette(palette)
        self.field.setFixedWidth(14 * self.field.fontMetrics().averageCharWidth())
        self.stage.show_palette(palette, paused)
        scale = min(palette.body / 10, 1.6)
        self._point.dress(palette.text, palette.panel, palette.text, scale=scale)
        self._landing.dress(palette.warning, palette.panel, palette.warning, scale=0.8 * scale)
        self._foot.dress(palette.accent, palette.panel, palette.panel, scale=0.8 * scale)
        self._draw()

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.one_weight(self._report)

    def summary(self) -> str:
        if self._report is None:
            return f"{self.title}: {self.stage.sentence.text()}"
        return f"{self.title}: {'; '.join(words for words, role in _facts(self._report) if role != 'muted')}."


def _fill(choice: Choice, labels: list[str]) -> None:
    if labels != [choice.itemText(k) for k in range(choice.count())]:
        choice.clear()
        choice.addItems(labels)


def _heights(report: OneWeightReport) -> tuple[float, float]:
    """Return the range of losses to show: all of them, but no wall beside which the rest would be flat."""
    known = report.losses[np.isfinite(report.losses)]
    if not len(known) or not math.isfinite(report.loss):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    wanted = max(report.loss, report.landing) if math.isfinite(report.landing) else report.loss
    high = max(min(high, low + RISE * max(float(np.median(known)) - low, report.loss - low)), min(wanted, high))
    room = 0.08 * (high - low) or 0.1 * abs(high) or 0.1
    return low - room, high + 2 * room


def _facts(report: OneWeightReport) -> list[Fact]:
    facts: list[Fact] = [(f"tangent: ∂L/∂w = {number(report.slope)}", "accent")]
    if report.rate is not None:
        facts += [
            (f"step −ηg = {number(report.move)}", "warning"),
            (f"L changes: predicted −ηg² = {number(report.predicted)}, actual {number(report.actual)}", "text"),
            (f"η = {number(report.rate)}", "muted"),
        ]
    else:
        facts.append((report.why, "text"))
    if report.trained and report.rate is None and report.batch:
        facts.append((f"of the latest batch ({report.batch:,}): {number(report.batch_slope)}", "muted"))
    return [*facts, (f"{report.name} = {number(report.w)}, L = {number(report.loss, 4)}", "text"),
            (f"at update {report.step:,}", "muted"), ("the other weights held", "muted"),
            ("drag the point: set the weight", "muted")]  # fmt: skip
