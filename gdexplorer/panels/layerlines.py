"""One number of every layer over the updates, a line each, from input to output in the order of a color scale."""

import numpy as np
import pyqtgraph as pg

from gdexplorer.arrays import Array, IntArray
from gdexplorer.lab.columns import Columns
from gdexplorer.lab.history import Marker
from gdexplorer.panels.gradientrows import Layers
from gdexplorer.panels.palette import DASH_DOT, DASHED, DOTTED, SOLID
from gdexplorer.panels.ranges import LogRange
from gdexplorer.panels.ticks import number
from gdexplorer.panels.timeplot import End, TimePlot
from gdexplorer.panels.traces import positive

DASHES = (SOLID, DASHED, DOTTED, DASH_DOT)


class LayerLines(TimePlot):
    """Lines of darkening color with dashes in turn, named at their ends; a logarithmic axis."""

    def __init__(self) -> None:
        self.layers: Layers = ()
        self._series: tuple[Array, Array] = np.zeros(0), np.zeros((0, 0))
        super().__init__("One number of every layer over the updates", labelled=True)
        self._lines: list[pg.PlotCurveItem] = []
        self.set_log(y=True)
        self.reading = self.read
        self.forget_range()

    def forget_range(self) -> None:
        """Find the ranges anew with the next drawing."""
        self._range = LogRange(1.0)
        self.forget_time()

    def draw(self, layers: Layers, columns: Columns, axis: str, markers: tuple[Marker, ...]) -> None:
        """Draw what was found so far."""
        self.layers = layers
        x, values = self._series = columns.series()
        self.name_ends([layer.id for layer in layers])
        self.set_labels("", axis)
        self.name_time("updates")
        while len(self._lines) < len(layers):
            self._lines.append(self.curve("text", antialias=True))
        scale = pg.colormap.get("viridis").getStops(pg.ColorMap.BYTE)[1]
        heights = np.stack([positive(own) for own in values.T]) if len(layers) else np.zeros((0, 0))
        ends = []
        for k, line in enumerate(self._lines):
            line.setVisible(k < len(layers))
            if k >= len(layers):
                continue
            place = 0.92 * k / max(len(layers) - 1, 1)  # its yellow end is too light for a line
            role = "#" + "".join(f"{channel:02X}" for channel in scale[round(place * (len(scale) - 1))][:3])
            self.restyle(line, role, DASHES[k % len(DASHES)])
            line.setData(x, heights[k])
            ends.append(End(float(x[-1]), float(heights[k, -1]), layers[k].id, number(float(values[-1, k])), role=role))
        known = heights[np.isfinite(heights)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)
        end = self.end_of_time(float(x[-1]))
        self.set_view(0.0, end, *self._range.follow(low, high))
        self.show_markers(markers, False)
        self.show_ends(ends)

    def read(self, x: float, _: float) -> str:
        """Return what was measured nearest to x, and the changes there."""
        lines = [f"update {marker.step:,}: {marker.label}" for marker in self.near(x)]
        steps, values = self._series
        known: IntArray = np.flatnonzero(np.isfinite(values).any(axis=1))
        if len(known):
            k = known[np.abs(steps[known] - x).argmin()]
            lines.append(f"update {steps[k]:,.0f}")
            lines += [
                f"{layer.id}: {number(float(value))}" for layer, value in zip(self.layers, values[k], strict=True)
            ]
        return "\n".join(lines)
