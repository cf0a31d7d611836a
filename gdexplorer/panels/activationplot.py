"""One layer: its activation f with f′, and beneath, on the same axis, the histogram of its z."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QColor

from gdexplorer.panels.curve import Bars
from gdexplorer.panels.fonts import small_metrics, text_width
from gdexplorer.panels.palette import DASHED, Palette, mix
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.ranges import UpperBound
from gdexplorer.panels.ticks import linear_ticks, number
from gdexplorer.probes.activations import BINS, LayerActivation
from gdexplorer.probes.units import SATURATED

POINTS = 241
TOP, BOTTOM = 1.6, -1.2  # of f and f′, at most: rectifiers rise beyond
BENEATH = 0.75  # height of the histogram in heights of f
MUCH = 0.5  # share of saturated z or of dead units that is colored


def words(layer: LayerActivation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is said of the slope, and of what has none, each in falling length."""
    top, mean = number(layer.steepest), number(layer.slope)
    flat = "off" if layer.activation.name == "relu" else "saturated"
    share = f"{100 * layer.saturated:.3g} %"
    slope = (f"f′ at most {top}, mean {mean}", f"f′ ≤ {top}, mean {mean}", f"mean f′ {mean}")
    dead = f"dead {layer.dead}"
    gone = f"{flat} {share}, {dead} of {layer.units} units", f"{flat} {share}, {dead}/{layer.units}", f"{share}, {dead}"
    return slope, gone


class ActivationPlot(Plot):
    """Shaded: where |f′| is below 1 % of its maximum, and the z there in gray."""

    def __init__(self) -> None:
        self.layer: LayerActivation | None = None
        self._span = (-1.0, 1.0)
        super().__init__("Activation function and z", grid=False)
        self._shade, self._bars, self._flat = Bars(), Bars(), Bars()
        for item, z in ((self._shade, -3), (self._bars, -1), (self._flat, -1)):
            item.setZValue(z)
            self.add(item)
        self._axes = self.curve("grid", z=-2)
        self._slope = self.curve("accent", DASHED, z=2, antialias=True)
        self._value = self.curve("text", z=3, antialias=True)
        self._above = [self.note(role=role) for role in ("text", "muted", "muted")]
        self._alarm = self.note(role="danger")  # in place of the last of them
        self._scale = UpperBound(0.05)
        self.set_tickers(linear_ticks, self._ticks)
        self.reserve_left(4)
        self.reading = self.read
        self.box.sigResized.connect(self._place_notes)
        self.show_palette(self.palette_now, True)

    def forget_range(self) -> None:
        """Find the scale anew with the next drawing."""
        self._scale = UpperBound(0.05)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_above"):  # the base class dresses itself before there are any
            self._shade.setOpts(brush=QColor(mix(palette.panel, palette.text, 0.08)))
            self._bars.setOpts(brush=QColor(mix(palette.panel, palette.accent, 0.75)))
            self._flat.setOpts(brush=QColor(mix(palette.panel, palette.text, 0.45)))
            self.set_margins(top=round(3 * small_metrics(palette).height()), right=10)
            self._place_notes()

    def _ticks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        """Return ticks of f; the histogram beneath has none."""
        return linear_ticks(max(low, self._span[0] - 1e-9), high, max(round(0.6 * most), 2))

    def draw(self, layer: LayerActivation) -> None:
        """Draw one layer."""
        new = self.layer is None or (layer.activation, layer.knobs, layer.reach) != (
            self.layer.activation, self.layer.knobs, self.layer.reach)  # fmt: skip
        self.layer = layer
        if new:
            self._draw_function(layer)
        self._draw_histogram(layer)
        self._place_notes()

    def _draw_function(self, layer: LayerActivation) -> None:
        z = np.linspace(-layer.reach, layer.reach, POINTS)
        f, slope = (g(z[None], layer.knobs)[0] for g in (layer.activation, layer.activation.derivative))
        high = min(max(f.max(), slope.max()), TOP)
        low = max(min(f.min(), slope.min()), BOTTOM)
        self._span = low, high
        room = 0.08 * (high - low)
        self._value.setData(z, np.where(f <= high + room, f, np.nan))
        self._slope.setData(z, slope)
        bottom = low - BENEATH * (high - low) - room
        across, up = [-layer.reach, layer.reach, np.nan, 0, 0], [low - room] * 3 + [bottom, high]
        self._axes.setData(np.array(across), np.array(up))
        self.set_view(-layer.reach, layer.reach, bottom, high + 2 * room)
        flat = np.abs(slope) < SATURATED * layer.steepest
        step = z[1] - z[0]
        self._shade.setOpts(x0=z[flat] - step / 2, x1=z[flat] + step / 2, y0=np.full(flat.sum(), bottom),
                            y1=np.full(flat.sum(), high + 2 * room))  # fmt: skip

    def _draw_histogram(self, layer: LayerActivation) -> None:
        low, high = self._span
        floor, height = low - (BENEATH + 0.08) * (high - low), BENEATH * (high - low) * 0.94
        shares = layer.counts / max(layer.size, 1)
        scale = self._scale.follow(float(shares.max()))
        edges = np.linspace(-layer.reach, layer.reach, BINS + 1)
        centers = (edges[1:] + edges[:-1]) / 2
        flat = np.abs(layer.activation.derivative(centers[None], layer.knobs))[0] < SATURATED * layer.steepest
        for item, chosen in ((self._bars, ~flat), (self._flat, flat)):
            chosen = chosen & (shares > 0)
            item.setOpts(x0=edges[:-1][chosen], x1=edges[1:][chosen], y0=np.full(chosen.sum(), floor),
                         y1=floor + shares[chosen] / scale * height)  # fmt: skip

    def _place_notes(self) -> None:
        if (layer := self.layer) is None:
            return
        area, line = self.area(), small_metrics(self.palette_now).height()
        slope, gone = words(layer)
        much = layer.dead > MUCH * layer.units or (layer.saturated > MUCH and layer.activation.name != "relu")
        lines = ((f"{layer.id}: {layer.activation.label}",), slope, gone)
        for k, (note, texts) in enumerate(zip(self._above, lines, strict=True)):
            fitting = next((text for text in texts if text_width(text, self.palette_now) <= area.width()), texts[-1])
            note.setText(fitting)
            note.setPos(area.left(), k * 0.98 * line)
        self._alarm.setText(self._above[2].text() if much else "")
        self._alarm.setPos(self._above[2].pos())
        self._above[2].setVisible(not much)

    def read(self, x: float, _: float) -> str:
        """Return what there is at z = x."""
        if (layer := self.layer) is None or not -layer.reach <= x < layer.reach:
            return ""
        share = layer.counts[int((x / layer.reach + 1) * BINS / 2)] / max(layer.size, 1)
        at = np.array([[x]])
        f, slope = layer.activation(at, layer.knobs).item(), layer.activation.derivative(at, layer.knobs).item()
        return f"z {number(x)}: f {number(f)}, f′ {number(slope)}\n{100 * share:.3g} % of z in this bin"


def summary(layers: Sequence[LayerActivation]) -> str:
    """Say what the plots show."""
    return "; ".join(f"{own.id}, {own.activation.label}: {words(own)[0][0]}, {words(own)[1][0]}" for own in layers)
