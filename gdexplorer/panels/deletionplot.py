"""What becomes of a score while pixels are set to 0: the greatest of each map first, and ink at random."""

import numpy as np
import pyqtgraph as pg

from gdexplorer.panels.fonts import text_width
from gdexplorer.panels.legend import Legend, Row
from gdexplorer.panels.palette import DASH_DOT, DASHED, DOTTED, SOLID, Palette, mix
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.ticks import linear_ticks, number, whole_ticks
from gdexplorer.probes.attribution import AttributionReport, Kind

NAMES: dict[Kind, str] = {"saliency": "saliency", "product": "gradient × input", "cam": "Grad-CAM"}
LOOKS: dict[Kind, tuple[str, tuple[float, ...]]] = {
    "saliency": ("text", SOLID), "product": ("accent", DASHED), "cam": ("#CC79A7", DASH_DOT)}  # fmt: skip
RANDOM = "ink at random"


class DeletionPlot(Plot):
    """The score over the number of deleted pixels: a line for each map, and of random orders the mean and the range."""

    def __init__(self) -> None:
        self._report: AttributionReport | None = None
        super().__init__("Deletion curve")
        self.set_tickers(whole_ticks, linear_ticks)
        self._ends = self.curve("grid", z=-2), self.curve("grid", z=-2)
        self._range = self.add(pg.FillBetweenItem(*self._ends))
        self._range.setZValue(-3)
        self._mean = self.curve("muted", DOTTED, z=1, antialias=True)
        self._lines = {kind: self.curve(*LOOKS[kind], z=2, antialias=True) for kind in LOOKS}
        self._legend = Legend(self)
        self.reading = self.read
        self.reserve_left(4)
        self.show_palette(self.palette_now, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_legend"):  # the base class dresses itself before there is one
            self.set_margins(top=4, right=round(text_width("00", palette)))
            self._range.setBrush(pg.mkBrush(mix(palette.panel, palette.text, 0.14)))
            self._explain()

    def draw(self, report: AttributionReport) -> None:
        """Draw a report."""
        self._report = report
        x = report.counts.astype(float)
        for line, end in zip(self._ends, (report.random.min(axis=0), report.random.max(axis=0)), strict=True):
            line.setData(x, end.astype(float))
        self._mean.setData(x, report.random.mean(axis=0, dtype=float))
        for kind, line in self._lines.items():
            line.setVisible(kind in report.deleted)
            if kind in report.deleted:
                line.setData(x, report.deleted[kind].astype(float))
        shown = np.concatenate([*report.deleted.values(), report.random.ravel()])
        shown = shown[np.isfinite(shown)]
        low, high = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 1.0)
        room = 0.06 * (high - low) or 0.1 * abs(high) or 0.1
        self.set_view(0, max(float(x[-1]), 1.0), low - room, high + room)
        self.set_labels("pixels set to 0", "score s")
        self._explain()

    def _explain(self) -> None:
        report, palette = self._report, self.palette_now
        if report is None:
            return
        self._legend.show_rows((Row(RANDOM, palette.muted, DOTTED),), palette)  # the maps' own lines stand above them
        curves = [*report.deleted.values(), *report.random]
        points = np.vstack([np.column_stack([report.counts, curve]) for curve in curves])
        self._legend.avoid(points[np.isfinite(points).all(axis=1)])

    def read(self, x: float, y: float) -> str:
        """Return the scores at the nearest number of pixels."""
        report = self._report
        if report is None:
            return ""
        k = int(np.abs(report.counts - x).argmin())
        lines = [f"{NAMES[kind]} first: {number(float(curve[k]))}" for kind, curve in report.deleted.items()]
        random = report.random[:, k]
        return "\n".join([f"{report.counts[k]} pixels set to 0, s is", *lines,
                          f"{RANDOM}: {number(float(random.mean()))}, of {len(random)} draws "
                          f"{number(float(random.min()))} to {number(float(random.max()))}"])  # fmt: skip
