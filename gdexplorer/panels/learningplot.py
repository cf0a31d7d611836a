"""A loss or an accuracy over the number of training examples: train and test, each seed, and the gap between."""

from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from gdexplorer.arrays import Array
from gdexplorer.lab.history import Marker
from gdexplorer.panels.axis import Ticker
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.fonts import small_metrics, text_width
from gdexplorer.panels.lossplot import percent, percent_ticks
from gdexplorer.panels.marks import Cloud, Dots
from gdexplorer.panels.palette import DASHED, Palette, mix
from gdexplorer.panels.ticks import linear_ticks, log_ticks, number
from gdexplorer.panels.timeplot import End, TimePlot
from gdexplorer.panels.traces import positive
from gdexplorer.probes.learning import LearningReport, mean

NAMES = ("train", "test")
AXIS = "training examples n, log"
MOST = 0.45  # of the width that the words of a gap may take
PAD = 6  # px between a gap and its words
DECADES = 8  # of a loss that are drawn below the largest


class SizePlot(TimePlot):
    """Means over seeds as curves, each seed as a small disc (train) or circle (test)."""

    def __init__(self, name: str, share: bool) -> None:
        self._share_axis = share  # whether values are accuracies
        super().__init__(name, labelled=not share)
        self._means = (self.curve("text", antialias=True), self.curve("text", DASHED, antialias=True))
        self._seeds = self.add(Dots(6))
        self._rungs = self.add(Curve(connect="pairs"))
        self._notes = (self.note(role="accent"), self.note(role="accent"))
        self._gaps: list[tuple[float, float, float, str]] = []  # x, lower and upper end, words
        self._known: list[tuple[Array, Array]] = []  # both curves, where both are known
        self._drawn: tuple[LearningReport, bool] | None = None
        self._sizes: Ticker = log_ticks  # of the report that is drawn
        self.name_ends(NAMES)
        self.box.sigResized.connect(self._place_gaps)
        self.show_palette(self.palette_now, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_rungs"):  # the base class dresses itself before there are any
            self._rungs.setPen(pg.mkPen(palette.accent, width=palette.paused_width + 1))
            if self._drawn is not None:
                self._show_seeds(*self._drawn)

    def _values(self, report: LearningReport, log: bool) -> Array:
        """Return coordinates (seeds, K, 2)."""
        return report.accuracies if self._share_axis else _heights(report.losses, log)

    def draw(self, report: LearningReport, now: int, log: bool, numbered: bool) -> None:
        """Draw a report.

        Parameters
        ----------
        now
            The number of training examples that the run has.
        numbered
            Whether the axis of n has its numbers; another plot below may have them.
        """
        self._set_axes(report, log, numbered)
        self._drawn = report, log
        x, values = np.log10(report.sizes), self._values(report, log)
        raw = report.accuracies if self._share_axis else report.losses
        means = np.stack([mean(raw[..., k]) for k in (0, 1)])
        heights = means if self._share_axis else _heights(means, log)
        known = np.concatenate([values[np.isfinite(values)], heights[np.isfinite(heights)]])
        low, high = self._range(known, log)
        first, last = float(x[0]), max(float(x[-1]), float(np.log10(max(now, 1))))
        span = max(last - first, 0.3)
        room = self.label_share()
        self.set_view(first - 0.04 * span, last + span * (room / (1 - room) + 0.02), low, high)
        for curve, height in zip(self._means, heights, strict=True):
            curve.setData(x, height)
        self._show_seeds(report, log)
        self.show_markers_at(
            (Marker(0, "now" if now in report.sizes else f"now: n = {now:,}"),), [float(np.log10(max(now, 1)))]
        )
        ends = []
        for k, name in enumerate(NAMES):
            there = np.flatnonzero(np.isfinite(heights[k]))
            if len(there):
                at = int(there[-1])
                words = percent(float(means[k, at])) if self._share_axis else number(float(means[k, at]), padded=True)
                ends.append(End(float(x[at]), float(heights[k, at]), name, words, k == 1))
        self.show_ends(ends)
        self._find_gaps(x, heights, report.gaps)

    def _set_axes(self, report: LearningReport, log: bool, numbered: bool) -> None:
        if self._drawn is None or report.sizes != self._drawn[0].sizes:
            self._sizes = partial(_ticks, report.sizes)
        self.show_numbers(numbered)
        self.set_labels(y="accuracy" if self._share_axis else "loss, log" if log else "loss")
        wide = text_width(AXIS, self.palette_now) < 0.5 * self.area().width()
        self.name_time((AXIS if wide else "n, log") if numbered else "")
        self.set_tickers(self._sizes, percent_ticks if self._share_axis else log_ticks if log else linear_ticks)

    def _range(self, known: Array, log: bool) -> tuple[float, float]:
        if self._share_axis:
            return (0.4 if known.min(initial=1.0) >= 0.42 else 0.0), 1.04
        if not len(known):
            return (-1.0, 0.0) if log else (0.0, 1.0)
        high = float(known.max())
        if not log:
            return 0.0, 1.08 * high or 1.0
        low = max(float(known.min()), high - DECADES)
        return low - 0.06 * max(high - low, 0.5), high + 0.1 * max(high - low, 0.5)

    def _show_seeds(self, report: LearningReport, log: bool) -> None:
        """Draw what each seed found, where there is more than one."""
        palette, values = self.palette_now, self._values(report, log)
        x, size = np.log10(report.sizes), 0.55 * min(palette.body, 14.0)
        color = mix(palette.panel, palette.text, 0.55)
        clouds = [Cloud(x, row[:, k], color, palette.panel, size, palette.panel if k else "", 1.2)
                  for row in values for k in (0, 1)]  # fmt: skip
        x0, x1, y0, y1 = self.view()
        self._seeds.show_clouds(clouds if len(values) > 1 else [], QRectF(x0, y0, x1 - x0, y1 - y0))

    def _find_gaps(self, x: Array, heights: Array, gaps: Array) -> None:
        """Mark the gap of the loss at the fewest and at the most examples."""
        there = np.flatnonzero(np.isfinite(heights).all(axis=0) & np.isfinite(gaps))
        self._gaps = []
        self._known = [(x[there], height[there]) for height in heights]
        if not self._share_axis:
            for k in sorted({*there[:1].tolist(), *there[-1:].tolist()}):
                ends = sorted(heights[:, k].tolist())
                self._gaps.append((float(x[k]), ends[0], ends[1], f"gap {number(float(gaps[k]))}"))
        across = np.repeat([gap[0] for gap in self._gaps], 2)
        self._rungs.setData(across, np.array([end for gap in self._gaps for end in gap[1:3]]))
        self._place_gaps()

    def _place_gaps(self) -> None:
        """Write beside a gap: between the curves where they leave room, else above or below; the last one leftwards."""
        line, area = small_metrics(self.palette_now).height(), self.area()
        for k, note in enumerate(self._notes):
            note.setVisible(k < len(self._gaps))
            if k >= len(self._gaps):
                continue
            x, _, _, words = self._gaps[k]
            note.setText(words)
            width, here = note.boundingRect().width(), self.pixel(x, 0.0).x()
            note.setVisible(width < MOST * area.width())
            left = here + PAD if k == 0 and len(self._gaps) > 1 else max(here - width - PAD, area.left())
            lanes = np.sort([self._level(at) for at in np.linspace(left, left + width, 5)], axis=1)  # upper, lower
            top, bottom = float(lanes[:, 0].max()), float(lanes[:, 1].min())
            if bottom - top >= 1.2 * line:
                y = (top + bottom - line) / 2
            else:
                above, below = float(lanes[:, 0].min()) - 1.2 * line, float(lanes[:, 1].max()) + 0.2 * line
                y = above if above >= area.top() or below + line > area.bottom() else below
            note.setPos(left, max(y, area.top()))

    def _level(self, across: float) -> list[float]:
        """Return how far down both curves are, at a place across, both in pixels."""
        x0, x1, _, _ = self.view()
        area = self.area()
        at = x0 + (across - area.left()) / max(area.width(), 1) * (x1 - x0)
        return [self.pixel(at, float(np.interp(at, *curve))).y() for curve in self._known]


def _heights(losses: Array, log: bool) -> Array:
    """Return losses of any shape as coordinates."""
    return positive(losses.reshape(-1)).reshape(losses.shape) if log else losses


def _ticks(sizes: tuple[int, ...], low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return the sizes themselves as ticks, every second or third where there is no room for all."""
    return [(float(np.log10(n)), f"{n:,}") for n in sizes[:: -max(-(-len(sizes) // most), 1)]]
