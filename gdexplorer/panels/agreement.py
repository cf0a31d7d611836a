"""How well predictions of a whole split agree with their targets: a scatter of values, or a bar for each class."""

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QGraphicsSimpleTextItem

from gdexplorer.arrays import Array, IntArray
from gdexplorer.panels.curve import Bars
from gdexplorer.panels.fonts import small_metrics, text_width
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.lossplot import percent_ticks
from gdexplorer.panels.marks import Cloud, Dots
from gdexplorer.panels.palette import DOTTED, Palette
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.sequenceplot import names_of
from gdexplorer.panels.ticks import linear_ticks, number
from gdexplorer.probes.sequences import SequencesReport

MOST = 400  # points that are drawn
REACH = 10  # px from a point that still means it
PAD = 0.06
EDGES = 0.02  # of the predictions at either end that may lie beyond the plot
EDGE = 0.35  # of the width that names of classes take at most
FILL, THICK = 0.6, 1.4  # of a row that a bar takes, and lines of text that it has at most


class Agreement(Plot):
    """Prediction against target with the diagonal, or the accuracy of each class."""

    chosen = Signal(int)  # the example of a point that is clicked

    def __init__(self) -> None:
        super().__init__("Prediction against target")
        self._report: SequencesReport | None = None
        self._points: IntArray = np.zeros(0, np.intp)
        self._diagonal = self.curve("muted", DOTTED)
        self._dots = self.add(Dots(5))
        self._bars = self.add(Bars())
        self._notes: list[QGraphicsSimpleTextItem] = []
        self.box.sigResized.connect(self._on_resized)
        self.reading = self._read
        self.show_palette(self.palette_now, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_notes"):  # the base class dresses itself before there are any
            self._bars.setOpts(brush=QColor(palette.accent))
            if self._report is not None:
                self.draw(self._report)

    def _on_resized(self) -> None:
        """Draw again: how thick bars are depends on the height."""
        if self._report is not None:
            self.draw(self._report)

    def draw(self, report: SequencesReport) -> None:
        """Draw a report."""
        self._report = report
        values = report.data.task == "regression"
        self._diagonal.setVisible(values)
        self._dots.setVisible(values)
        self._bars.setVisible(not values)
        self.setAccessibleName("Prediction against target" if values else "Accuracy of each class")
        (self._draw_values if values else self._draw_classes)(report)
        self._place()

    # ---- values ---------------------------------------------------------------------

    def _draw_values(self, report: SequencesReport) -> None:
        palette, y, made = self.palette_now, report.examples.y, report.predictions
        low, high = float(y.min()), float(y.max())
        pad = PAD * ((high - low) or 1.0)
        low, high = low - pad, high + pad
        self._points = np.linspace(0, len(y) - 1, min(len(y), MOST)).astype(np.intp)
        self.set_tickers(linear_ticks, linear_ticks)
        self.set_labels("target", "prediction")
        self.reserve_left(4)
        line = small_metrics(palette).height()
        self.set_margins(top=round(line + 6), right=8)
        usual = np.quantile(made[np.isfinite(made)], [EDGES, 1 - EDGES]).tolist() if np.isfinite(made).any() else []
        bottom, top = min([low, *usual]), max([high, *usual])
        self.set_view(low, high, bottom, top)
        self._diagonal.setData(np.array([low, high]), np.array([low, high]))
        size, inside = 0.42 * min(palette.body, 14.0), palette.panel if report.request.split == "test" else ""
        chosen = np.array([report.index])
        clouds = [Cloud(y[self._points], made[self._points], palette.muted, palette.panel, size, inside, 1.0),
                  Cloud(y[chosen], made[chosen], palette.accent, palette.panel, 1.9 * size)]  # fmt: skip
        self._dots.show_clouds(clouds, QRectF(low, bottom, high - low, top - bottom))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (
            event.button() == Qt.MouseButton.LeftButton
            and (index := self.near(event.position().x(), event.position().y())) is not None
        ):
            self.chosen.emit(index)
        event.ignore()  # so that the focus goes to what holds the plot

    def near(self, x: float, y: float) -> int | None:
        """Return the example whose point is at a pixel."""
        if self._report is None or self._report.data.task != "regression":
            return None
        places = [self.pixel(float(self._report.examples.y[k]), float(self._report.predictions[k]))
                  for k in self._points]  # fmt: skip
        away = [math.hypot(place.x() - x, place.y() - y) for place in places]
        best = int(np.nanargmin(away)) if np.isfinite(away).any() else 0
        return int(self._points[best]) if away[best] <= REACH else None

    # ---- classes --------------------------------------------------------------------

    def _draw_classes(self, report: SequencesReport) -> None:
        right, total = counts(report)
        rows = np.arange(len(total))[::-1] + 0.5
        self.set_tickers(percent_ticks, lambda low, high, most: [])
        self.set_labels("", "")
        widest = max(text_width(name, self.palette_now) for name in names_of(report.data))
        left = min(widest + 8, EDGE * self.width())
        self.set_left(round(left))
        self.set_margins(top=round(small_metrics(self.palette_now).height() + 6),
                         right=round(text_width("100 %", self.palette_now) / 2 + 4))  # fmt: skip
        self.set_view(0.0, 1.0, 0.0, len(total))
        shares = right / np.maximum(total, 1)
        line = small_metrics(self.palette_now).height()
        half = min(FILL, THICK * line * len(total) / max(self.area().height(), 1.0)) / 2
        self._bars.setOpts(x0=np.zeros(len(total)), x1=shares, y0=rows - half, y1=rows + half)

    # ---- words ----------------------------------------------------------------------

    def _place(self) -> None:
        """Write the title, and the classes' names and numbers."""
        texts = [] if self._report is None else self._words(self._report)
        while len(self._notes) < len(texts):
            self._notes.append(self.note())
        for k, note in enumerate(self._notes):
            note.setVisible(k < len(texts))
            if k < len(texts):
                words, x, y = texts[k]
                note.setText(words)
                note.setPos(x, y)

    def _words(self, report: SequencesReport) -> list[tuple[str, float, float]]:
        area, metrics, line = self.area(), small_metrics(self.palette_now), small_metrics(self.palette_now).height()
        if report.data.task == "regression":
            wide, short = f"RMSE {number(rmse(report))}", number(rmse(report), 2)
            fitting = wide if text_width(wide, self.palette_now) <= area.width() else short
            return [(fitting, area.left(), area.top() - line - 2)]
        right, total = counts(report)
        texts = [(f"accuracy {100 * right.sum() / max(total.sum(), 1):.1f} %", area.left(), area.top() - line - 2)]
        height = area.height() / len(total)
        for k, name in enumerate(names_of(report.data)):
            top = area.top() + (k + 0.5) * height - line / 2
            if height >= line or k % math.ceil(line / max(height, 1)) == 0:
                short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, area.left() - 4)
                texts.append((short, 0.0, top))
                numbers = f"{right[k]:,} of {total[k]:,}"
                end = self.pixel(right[k] / max(total[k], 1), 0.0).x() + 6
                if end + text_width(numbers, self.palette_now) <= self.width():
                    texts.append((numbers, end, top))
        return texts

    def _read(self, x: float, y: float) -> str:
        report = self._report
        if report is None:
            return ""
        if report.data.task == "regression":
            place = self.pixel(x, y)
            index = self.near(place.x(), place.y())
            return "" if index is None else (f"example {index + 1:,}: prediction "
                                             f"{number(float(report.predictions[index]))}, target "
                                             f"{number(float(report.examples.y[index]))}")  # fmt: skip
        right, total = counts(report)
        k = min(max(int(len(total) - y), 0), len(total) - 1)
        return f"{names_of(report.data)[k]}: {right[k]:,} of {total[k]:,} recognized"


def counts(report: SequencesReport) -> tuple[IntArray, IntArray]:
    """Return how many examples of each class are recognized, and how many there are: (K,)."""
    y = report.examples.y.astype(np.intp)
    return (np.bincount(y[report.right], minlength=report.data.classes),
            np.bincount(y, minlength=report.data.classes))  # fmt: skip


def rmse(report: SequencesReport) -> float:
    """Return the root of the mean squared error over the split."""
    with np.errstate(over="ignore"):
        return root_mean_square(report.errors)


def root_mean_square(values: Array) -> float:
    """Return √(Σv²/n)."""
    return float(np.sqrt((np.asarray(values, float) ** 2).mean()))
