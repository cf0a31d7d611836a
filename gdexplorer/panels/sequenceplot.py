"""One sequence over its steps: the inputs, and behind them the target, the prediction and how both go on."""

from typing import Any, Literal, TypeAlias

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from gdexplorer.arrays import Array
from gdexplorer.data import Data
from gdexplorer.lab.history import Marker
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.marks import Cloud, Dots
from gdexplorer.panels.palette import DASHED, SOLID, Palette
from gdexplorer.panels.ticks import linear_ticks, number, whole_ticks
from gdexplorer.panels.timeplot import End, TimePlot
from gdexplorer.probes.sequences import SequencesReport

Look: TypeAlias = Literal["line", "stems", "marks"]
JOINED = 0.5  # correlation of neighboring steps from which on a feature is drawn as a line
PAD = 0.08  # of the range, above and below
FAR = 0.6  # ranges of the data that predictions may add on either side
AWAY = 0.4  # steps from target and prediction to their names
BARS = 0.16  # of the steps, the length of a bar of probability 1


def looks(data: Data) -> tuple[Look, ...]:
    """Return how each feature is drawn: marks if one of several and always 0 or 1, joined if steps go together."""
    x = data.train.x.reshape(-1, *data.shape)
    return tuple(_look(x[..., k], x.shape[2] > 1) for k in range(x.shape[2]))


def _look(values: Array, several: bool) -> Look:
    if several and np.isin(values, (0.0, 1.0)).all():
        return "marks"
    before, after = values[:, :-1].ravel(), values[:, 1:].ravel()
    if before.std() * after.std() <= 0:
        return "stems"
    return "line" if np.corrcoef(before, after)[0, 1] >= JOINED else "stems"


def names_of(data: Data) -> tuple[str, ...]:
    """Return a name for each class."""
    return data.labels or tuple(f"class {k}" for k in range(data.classes))


class SequencePlot(TimePlot):
    """Step by step; what is to be answered stands one step behind the last."""

    def __init__(self) -> None:
        super().__init__("Sequence, target and prediction", labelled=True)
        self._features: list[Any] = []
        self._cloud = self.add(Dots(6))
        self._marks = pg.ScatterPlotItem(symbol="t1", size=9, pen=pg.mkPen(None))
        self.add(self._marks)
        self._error, self._bars = self.add(Curve(connect="pairs")), self.add(Curve(connect="pairs"))
        self._truth = self.curve("text", DASHED, z=1, antialias=True)
        self._network = self.curve("accent", z=2, antialias=True)
        self._report: SequencesReport | None = None
        self._data: Data | None = None  # of which there are the looks and the range
        self._looks: tuple[Look, ...] = ()
        self._range, self._last = (0.0, 1.0), 0  # the last step that there is
        self.set_tickers(self._ticks, linear_ticks)
        self.name_time("step")
        self.reserve_left(4)
        self.reading = self._read
        self.box.sigResized.connect(self._on_resized)
        self.show_palette(self.palette_now, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_network"):  # the base class dresses itself before there are any
            self._marks.setBrush(QColor(palette.accent))
            self._error.setPen(pg.mkPen(palette.accent, width=palette.line_width(paused)))
            self._bars.setPen(pg.mkPen(palette.accent, width=round(0.6 * palette.small)))
            if self._report is not None:
                self.draw(self._report)

    def _on_resized(self) -> None:
        """Draw again: how much room the answer's label takes is known only now."""
        if self._report is not None:
            self.draw(self._report)

    def draw(self, report: SequencesReport) -> None:
        """Draw a report's example."""
        if report.data is not self._data:
            self._learn(report.data)
        self._report = report
        steps, continued = len(report.x), report.continued
        last = steps + (0 if continued is None else len(continued))
        if last != self._last:
            self._last, self.bottom.picture = last, None
        self._network.setVisible(continued is not None)
        self._truth.setVisible(continued is not None)
        place, words = steps - 0.5, "answer"
        ends = self._classes(report) if report.data.task != "regression" else self._values(report)
        if continued is not None:
            place, words = steps + 0.5, "free running"
            ends = self._continue(report, continued)
        self._set_view(report, ends)
        self._draw_inputs(report)
        self.show_markers_at((Marker(0, words),), (place,))
        self.show_ends(ends)

    def _learn(self, data: Data) -> None:
        """Find what stays while examples come and go."""
        self._data, self._looks = data, looks(data)
        parts = [part for split in (data.train, data.test) for part in (split.x, split.beyond) if part is not None]
        parts += [split.y for split in (data.train, data.test)] if data.task == "regression" else []
        self._range = min(float(part.min()) for part in parts), max(float(part.max()) for part in parts)
        colors = ["text", *(lane.color for lane in self.palette_now.lane_styles)]
        for item in self._features:
            item.setData(np.zeros(0), np.zeros(0))
        while len(self._features) < len(self._looks):
            k = len(self._features)
            dash = self.palette_now.lane_styles[(k - 1) % 7].dash if k else SOLID
            self._features.append(self.curve(colors[k % len(colors)], dash, antialias=True))

    def _place_ends(self) -> None:
        super()._place_ends()
        for dot in self._dots:  # there are larger ones in their places
            dot.setVisible(False)

    def _ticks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        """Return ticks as far as there are steps."""
        return [tick for tick in whole_ticks(low, high, most) if 0 <= tick[0] <= self._last]

    # ---- the answer -----------------------------------------------------------------

    def _values(self, report: SequencesReport) -> list[End]:
        steps, predicted = float(len(report.x)), float(report.predictions[report.index])
        self.name_ends(("prediction",))
        self._error.setData(np.array([steps, steps]), np.array([report.target, predicted]))
        self._bars.setData(np.zeros(0), np.zeros(0))
        return [End(steps + AWAY, report.target, "target", number(report.target, padded=True), hollow=True),
                End(steps + AWAY, predicted, "prediction", number(predicted, padded=True), role="accent")]  # fmt: skip

    def _continue(self, report: SequencesReport, continued: Array) -> list[End]:
        beyond = report.examples.beyond
        assert beyond is not None
        steps, predicted = len(report.x), report.predictions[report.index]
        x = steps + np.arange(len(continued) + 1.0)
        truth, made = np.append(report.target, beyond[report.index]), np.append(predicted, continued)
        self._truth.setData(x, truth)
        self._network.setData(x, made)
        self.name_ends(("network",))
        return [End(float(x[-1]), float(truth[-1]), "truth", number(float(truth[-1]), 2), hollow=True),
                End(float(x[-1]), float(made[-1]), "network", number(float(made[-1]), 2), role="accent")]  # fmt: skip

    def _classes(self, report: SequencesReport) -> list[End]:
        """Draw a bar for each class, as long as it is likely, the first class lowest."""
        names, true, taken = names_of(report.data), int(report.target), int(report.predictions[report.index])
        count, (low, high), start = len(names), self._range, float(len(report.x))
        shares = np.eye(count)[taken] if report.shares is None else report.shares
        levels, lengths = np.linspace(low, high, count), BARS * start * shares
        self._error.setData(np.zeros(0), np.zeros(0))
        self._bars.setData((start + np.stack([0 * lengths, lengths])).T.ravel(), np.repeat(levels, 2))
        named = [f"{name} (true)" if k == true else name for k, name in enumerate(names)]
        self.name_ends(named)
        verdict = "good" if taken == true else "danger"
        roles = [verdict if k == taken else "text" if k == true else "muted" for k in range(count)]
        values = ["" if report.shares is None else f"{100 * share:.0f} %" for share in shares.tolist()]
        return [End(float(start + lengths[k]), float(levels[k]), named[k], values[k], k != taken, roles[k])
                for k in range(count)]  # fmt: skip

    # ---- inputs ---------------------------------------------------------------------

    def _set_view(self, report: SequencesReport, ends: list[End]) -> None:
        low, high = self._range
        far = FAR * ((high - low) or 1.0)
        made = [report.predictions[report.index : report.index + 1]] if report.data.task == "regression" else []
        made += [] if report.continued is None else [report.continued]
        known = np.concatenate([np.asarray(part, float) for part in made]) if made else np.zeros(0)
        known = known[np.isfinite(known)].clip(low - far, high + far)
        low, high = min(low, known.min(initial=low)), max(high, known.max(initial=high))
        span = (high - low) or 1.0
        marked = 0.1 * span if "marks" in self._looks else 0.0
        last, room = max(end.x for end in ends), self.label_share()
        if report.data.task != "regression":
            last = len(report.x) * (1 + BARS)
        self.set_view(-0.7, (last + 0.7 * room) / (1 - room), low - PAD * span - marked, high + PAD * span)

    def _draw_inputs(self, report: SequencesReport) -> None:
        palette, x0, x1, y0, y1 = self.palette_now, *self.view()
        t, size = np.arange(len(report.x), dtype=float), 0.5 * min(palette.body, 14.0)
        base = min(max(0.0, y0), y1)
        marks = [k for k, look in enumerate(self._looks) if look == "marks"]
        marked = np.flatnonzero((report.x[:, marks] == 1).any(axis=1))
        clouds = []
        for k, (curve, look) in enumerate(zip(self._features, self._looks, strict=False)):
            y = report.x[:, k]
            if look == "line":
                curve.setData(t, y)
            elif look == "stems":
                gap = np.full(len(t), np.nan)
                curve.setData(np.stack([t, t, gap], 1).ravel(), np.stack([0 * t + base, y, gap], 1).ravel())
                color = palette.text if k == 0 else palette.lane(k - 1).color
                clouds.append(Cloud(t, y, color, palette.panel, size))
                if len(marked):
                    clouds.append(Cloud(t[marked], y[marked], palette.accent, palette.panel, 1.8 * size))
        self._marks.setData(t[marked], np.full(len(marked), y0 + 0.055 * (y1 - y0)))
        if report.data.task == "regression":
            at, predicted = np.array([float(len(t))]), report.predictions[report.index : report.index + 1]
            clouds += [Cloud(at, np.array([report.target]), palette.text, palette.panel, 2.0 * size, palette.panel),
                       Cloud(at, predicted, palette.accent, palette.panel, 1.2 * size)]  # fmt: skip
        self._cloud.show_clouds(clouds, QRectF(x0, y0, x1 - x0, y1 - y0))

    def _read(self, x: float, y: float) -> str:
        """Return what there is at a step, in words."""
        report, step = self._report, round(x)
        if report is None or step < 0:
            return ""
        steps, (_, features) = len(report.x), report.data.shape
        if step < steps:
            names = report.data.inputs[step * features : (step + 1) * features]
            values = map(float, report.x[step])
            return "\n".join(f"{name}: {number(value)}" for name, value in zip(names, values, strict=True))
        beyond = report.examples.beyond
        if beyond is None or report.continued is None or step == steps:
            return said(report)
        if step - steps > len(report.continued):
            return ""
        return (f"step {step}, free running\nnetwork {number(float(report.continued[step - steps - 1]))}\n"
                f"truth {number(float(beyond[report.index, step - steps - 1]))}")  # fmt: skip


def said(report: SequencesReport) -> str:
    """Say what is predicted of the example, and what it is."""
    predicted = float(report.predictions[report.index])
    if report.data.task == "regression":
        words = (number(value, padded=True) for value in (predicted, report.target, abs(predicted - report.target)))
        return "prediction {}, target {}, error {}".format(*words)
    names, true = names_of(report.data), int(report.target)
    if not np.isfinite(report.outputs[report.index]).all():
        return f"is {names[true]}; the output is not finite"
    share = "" if report.shares is None else f" ({100 * float(report.shares[int(predicted)]):.0f} %)"
    verb = "recognized" if predicted == true else f"taken for {names[int(predicted)]}"
    return f"is {names[true]}, {verb}{share}"
