"""The schedule of the learning rate drawn ahead: η over the updates, with a dot at the present one."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.frame import Snapshot
from gdexplorer.lab.steering import steering_of
from gdexplorer.optim import Rule
from gdexplorer.optim.knobs import rate_of
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import label, set_tooltip
from gdexplorer.panels.ticks import number

POINTS = 200
MARGIN = 6  # px
LINES = 6  # of text, in height
UNSTEERED = "This optimizer chooses its own steps: schedule, clipping and accumulation do nothing to it."
LISTENS = "Falls when the loss stops falling, so that it cannot be drawn ahead. "


def _so_far(state: Snapshot) -> str:
    """Say what is left of the learning rate."""
    rate, now = rate_of(state.experiment.optimizer), state.rate
    return "Not cut yet." if now is None or now == rate else f"So far from η {number(rate)} to {number(now)}."


class ScheduleView(QWidget):
    """The curve where the learning rate moves; a sentence where it waits for the loss, and for searches."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curve, self.unsteered = ScheduleCurve(), label(UNSTEERED, "muted")
        self.unsteered.setWordWrap(True)
        self.waiting = label(LISTENS, "muted")
        self.waiting.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.curve)
        column.addWidget(self.unsteered)
        column.addWidget(self.waiting)

    def show_state(self, state: Snapshot, catalogue: Catalogue) -> None:
        """Draw the schedule ahead, or say that nothing is scheduled."""
        experiment = state.experiment
        steered = isinstance(catalogue.record("optimizers", kind(experiment.optimizer)), Rule)
        steering = steering_of(experiment, catalogue)
        horizon = steering.schedule.horizon(steering.knobs) if steered else 0
        self.unsteered.setVisible(not steered)
        self.curve.setVisible(horizon > 0)
        waits = steered and steering.schedule.listens
        self.waiting.setVisible(waits)
        if waits:
            self.waiting.setText(LISTENS + _so_far(state))
        self.setVisible(horizon > 0 or waits or not steered)
        if horizon:
            rate = rate_of(experiment.optimizer)
            self.curve.show_schedule((rate, steering), lambda step: rate * steering.factor(step), horizon, state.step)

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self.curve.show_palette(palette)


class ScheduleCurve(QWidget):
    """A line from update 0 to the schedule's end, 0 at the bottom; the dot waits at the right end once that is past."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key: object = None
        self.rates: list[float] = []  # at POINTS + 1 updates, evenly from 0 to `last`
        self.last = self.step = 0
        self.rate = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Learning rate over the updates")
        set_tooltip(self, "Learning rate η as scheduled from update 0 on, linear scale; the dot is the present.")
        self.show_palette(LIGHT)

    def show_schedule(self, key: object, rate_at: Callable[[int], float], horizon: int, step: int) -> None:
        """Show η from update 0 to the horizon; the key stands for everything on which the curve depends."""
        if (key, horizon) != self._key:
            self._key, self.last = (key, horizon), horizon
            self.rates = [rate_at(round(horizon * k / POINTS)) for k in range(POINTS + 1)]
        elif step == self.step:
            return
        self.step, self.rate = step, rate_at(step)
        self.setAccessibleDescription(
            f"η {number(self.rate)} at update {step:,}; from {number(self.rates[0])} at update 0 over at most "
            f"{number(max(self.rates))} to {number(self.rates[-1])} at update {self.last:,}."
        )
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette, self._font = palette, small_font(palette)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, round(LINES * QFontMetricsF(self._font).height()))

    def place(self, step: int, rate: float) -> QPointF:
        """Return the pixel of η at an update."""
        line = QFontMetricsF(self._font).height()
        share, height = min(step / max(self.last, 1), 1.0), rate / (max(self.rates) or 1.0)
        return QPointF(MARGIN + share * (self.width() - 2 * MARGIN),
                       self.height() - line - (self.height() - 2 * line - MARGIN) * height)  # fmt: skip

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.rates:
            return
        painter, palette = QPainter(self), self._palette
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        painter.setPen(QColor(palette.muted))
        edge, align = self.rect().adjusted(MARGIN, 0, -MARGIN, 0), Qt.AlignmentFlag
        painter.drawText(edge, align.AlignLeft | align.AlignTop, f"η ≤ {number(max(self.rates))}")
        painter.drawText(edge, align.AlignRight | align.AlignTop, f"now {number(self.rate)}")
        painter.drawText(edge, align.AlignLeft | align.AlignBottom, "0")
        painter.drawText(edge, align.AlignRight | align.AlignBottom, f"update {self.last:,}")
        painter.setPen(QPen(QColor(palette.grid), 1))
        painter.drawLine(self.place(0, 0.0), self.place(self.last, 0.0))
        painter.setPen(QPen(QColor(palette.accent), 2))
        painter.drawPolyline(QPolygonF([self.place(round(self.last * k / POINTS), rate)
                                        for k, rate in enumerate(self.rates)]))  # fmt: skip
        painter.setPen(QPen(QColor(palette.panel), 1))
        painter.setBrush(QColor(palette.text))
        painter.drawEllipse(self.place(self.step, self.rate), 4, 4)
        painter.end()
