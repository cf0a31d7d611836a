"""Which learning rates make the loss fall: a range test on a copy of the run, drawn over log η."""

import math

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from gdexplorer.arrays import Array
from gdexplorer.lab.build import kind
from gdexplorer.lab.commands import Change
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import sheets
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.fonts import text_width
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.palette import DASHED, DOTTED, Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.plot import Span
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.text import set_tooltip
from gdexplorer.panels.ticks import linear_ticks, log_ticks, number
from gdexplorer.probes.rates import RangeReport, RangeTest

INTRO = ("A range test trains a copy of the run with a learning rate that rises from update to update, and watches the "
         "batch loss. Press Test; the run itself does not notice.")  # fmt: skip
TEST = "Tests learning rates on a copy of the run, from the present weights; the run itself does not notice."
ENDS = {"high": "η came to its end", "rose": "the loss rose above 4 × its lowest", "diverged": "the copy diverged"}
NAMES = ("steepest fall", "lowest/10", "now")
LOG_FROM = 20.0  # ratio of losses from which on the axis is logarithmic
RISE = 0.35  # share of the rise behind the lowest loss that is seen, unless it would make the fall look small
DIGITS = 2  # of a suggestion: it is no more exact than that


class RatesPanel(Panel):
    """One command leaves it, a `Change` of the learning rate."""

    title = "Learning-rate range test"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = Header()
        self.test, self.steepest, self.tenth = (self._button() for _ in range(3))
        self.stage = Stage(self.title, self._read, INTRO)
        plot = self.stage.plot
        self._raw, self._line = plot.curve("faint"), plot.curve("text", z=2, antialias=True)
        self._marks = [(plot.curve(role, dash, z=1), plot.text("", role))
                       for role, dash in (("accent", ()), ("accent", DASHED), ("muted", DOTTED))]  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        self.test.clicked.connect(self._on_test_clicked)
        self.steepest.clicked.connect(self._on_steepest_clicked)
        self.tenth.clicked.connect(self._on_tenth_clicked)
        self._number, self._testing = 0, False
        self._of: tuple[object, ...] = ()  # the settings that were tested
        self._report: RangeReport | None = None
        self._rate = math.nan  # the present one
        self._log = False
        self._dress()

    def _button(self) -> QToolButton:
        made = QToolButton()
        made.setAutoRaise(True)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.header.add(made)
        return made

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 110)

    # ---- what the user does -------------------------------------------------------

    def start(self) -> None:
        """Test from the θ of this moment."""
        self._number += 1
        self._testing, self._report, self._of = True, None, ()
        self.stage.say("Testing learning rates…")
        self._dress()
        self.needs_changed.emit()

    def _stop(self, sentence: str) -> None:
        self._testing, self._report = False, None
        self.stage.say(sentence)
        self._dress()

    def _on_test_clicked(self) -> None:
        if self._testing:
            self._stop(INTRO)
            self.needs_changed.emit()
        else:
            self.start()

    def _on_steepest_clicked(self) -> None:
        self._use(None if self._report is None else self._report.steepest)

    def _on_tenth_clicked(self) -> None:
        self._use(None if self._report is None else self._report.tenth)

    def _use(self, rate: float | None) -> None:
        if rate is not None:
            self.commanded.emit(Change("optimizer.learning_rate", _rounded(rate)))

    # ---- what is drawn --------------------------------------------------------------

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()}) if self._testing else frozenset()

    def _request(self) -> RangeTest:
        return RangeTest(self._number)

    def show_frame(self, frame: Frame) -> None:
        state = frame.lane.state
        rate = math.nan if state.rate is None else state.rate
        view: RangeReport | str | float | None = frame.lane.views.get(self._request()) if self._testing else None
        if view is not None and not self._of:
            self._of = _tested(state.experiment)
        if self._of and self._of != _tested(state.experiment):
            self._of = ()
            self._stop(INTRO)
        elif isinstance(view, str):
            self._stop(view)
        elif isinstance(view, float):
            self.stage.say(f"Testing learning rates… {view:.0%}")
        elif view is not None:
            self._testing, self._report, self._rate = False, view, rate
            self._dress()
            self._draw(view)
        elif rate != self._rate and self._report is not None:
            self._rate = rate
            self._place_marks()

    def _draw(self, report: RangeReport) -> None:
        request = self._request()
        self.stage.reader.unpin()
        self._log = _wide(report.smooth)
        x, (low, high) = np.log10(report.rates), self._span(report)
        self._raw.setData(x, self._height(report.losses))
        self._line.setData(x, self._height(report.smooth))
        plot = self.stage.plot
        plot.set_tickers(log_ticks, log_ticks if self._log else linear_ticks)
        plot.set_view(math.log10(request.low), math.log10(request.high), low, high)
        self.stage.show_picture(None, ("learning rate η, log", "batch loss" + ", log" * self._log), False)
        self.stage.show_facts(_facts(report))
        self._place_marks()

    def _span(self, report: RangeReport) -> Span:
        """Return the range of the axis: that of the smoothed fall, and as much of the rise behind it as has room."""
        heights = self._height(report.smooth)
        if not np.isfinite(heights).any():
            return 0.0, 1.0
        last = int(np.nanargmin(heights))
        low, fall, rise = (float(found) for found in (heights[last], heights[: last + 1].max(), heights.max()))
        high = max(fall, min(low + RISE * (rise - low), 3 * fall - 2 * low))
        room = 0.15 * (high - low) or 0.1 * abs(high) or 0.1
        return low - room, high + 2 * room

    def _height(self, losses: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.log10(losses) if self._log else losses

    def _place_marks(self) -> None:
        """Draw a line at each suggestion and at the present rate, its name at the side where the others are not."""
        if (report := self._report) is None:
            return
        x0, x1, low, high = self.stage.plot.view()
        rates = (report.steepest, report.tenth, None if math.isnan(self._rate) else self._rate)
        first = min((rate for rate in rates[:2] if rate is not None), default=0.0)
        for k, ((line, text), rate) in enumerate(zip(self._marks, rates, strict=True)):
            shown = rate is not None and rate > 0 and x0 <= math.log10(rate) <= x1
            line.setVisible(shown)
            text.setVisible(shown)
            if rate is not None and shown:
                x = math.log10(rate)
                line.setData(np.array([x, x]), np.array([low, high]))
                left = (k < 2 and rate == first) or x > x1 - 0.25 * (x1 - x0)
                room = self.stage.plot.area().width() * ((x - x0) if left else (x1 - x)) / (x1 - x0) - 12
                words = number(rate, DIGITS if k < 2 else 3)
                whole = f"{NAMES[k]} {words}"
                text.setText(whole if text_width(whole, self.palette_now) < room else words)
                text.setVisible(text_width(words, self.palette_now) < room)
                text.setAnchor((1.0 if left else 0.0, -1.0 if k == 2 else 0.0))
                text.setPos(x, high)

    def _dress(self) -> None:
        """Give the buttons their words."""
        self.test.setText("Cancel" if self._testing else "Test")
        self.test.setAccessibleName("Cancel the range test" if self._testing else "Test learning rates")
        set_tooltip(self.test, "Ends the test." if self._testing else TEST)
        report = self._report
        for button, name, rate in (
            (self.steepest, "where the smoothed loss falls most steeply", report.steepest if report else None),
            (self.tenth, "a tenth of where the smoothed loss is lowest", report.tenth if report else None),
        ):
            self.header.set_present(button, rate is not None)
            if rate is not None:
                button.setText(f"Use η {number(rate, DIGITS)}")
                button.setAccessibleName(f"Use the learning rate {number(rate, DIGITS)}, {name}")
                set_tooltip(button, f"Sets the learning rate to {number(rate, DIGITS)}, {name}. A rule of thumb.")

    def _read(self, x: float, _: float) -> str:
        report = self._report
        if report is None or not len(report.rates):
            return ""
        k = int(np.abs(np.log10(report.rates) - x).argmin())
        return (f"η {number(float(report.rates[k]))}  batch loss {number(float(report.losses[k]))}, "
                f"smoothed {number(float(report.smooth[k]))}")  # fmt: skip

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.header.show_palette(palette)
        self.stage.show_palette(palette, paused)
        self._place_marks()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_marks()

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.rates(self._report)

    def summary(self) -> str:
        if self._report is None:
            return f"{self.title}: {self.stage.sentence.text()}"
        return f"{self.title}: {'; '.join(words for words, _ in _facts(self._report))}."


def _tested(experiment: Experiment) -> tuple[object, ...]:
    """Return the settings without which a test means nothing."""
    return (experiment.problem, experiment.data, experiment.network, experiment.loss, experiment.penalty,
            experiment.training.batch_size, experiment.seed, kind(experiment.optimizer))  # fmt: skip


def _rounded(rate: float) -> float:
    return float(f"{rate:.{DIGITS}g}")


def _wide(smooth: Array) -> bool:
    """Whether losses want a logarithmic axis."""
    return bool(len(smooth)) and float(smooth.min()) > 0 and float(smooth.max() / smooth.min()) > LOG_FROM


def _facts(report: RangeReport) -> list[Fact]:
    updates = f"{len(report.rates)} update{'' if len(report.rates) == 1 else 's'}"
    if report.steepest is None or report.tenth is None:
        facts = [("no suggestion: the smoothed loss hardly fell on the way", "text")]
    else:
        facts = [(f"steepest fall at η {number(report.steepest, DIGITS)}", "text"),
                 (f"a tenth of the η of the lowest loss: {number(report.tenth, DIGITS)}", "text"),
                 *([("hardly larger than the noise of the batches: a larger batch would say more", "warning")]
                   if report.doubtful else []),
                 ("rules of thumb: they depend on the weights and on the batches", "muted")]  # fmt: skip
    return [*facts, (f"{report.optimizer} from update {report.step:,}, {updates}, until {ENDS[report.end]}", "muted"),
            ("thin: batch loss, thick: smoothed", "muted")]  # fmt: skip
