"""A row per layer, the input layer on top, and in each the histogram of a quantity's elements."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGraphicsSimpleTextItem

from gdexplorer.arrays import Array
from gdexplorer.panels.curve import Bars
from gdexplorer.panels.fonts import small_metrics, text_width
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import Palette, mix
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.quantities import GRADIENT, Words
from gdexplorer.panels.ranges import UpperBound
from gdexplorer.panels.ticks import number, power_of_ten
from gdexplorer.probes.histogram import BINS, HIGHEST, LOWEST, PER_DECADE, Counts

MIDDLE = 3.0  # half the room for zeros, in bins
FILL = 0.86  # of a row's height that a full bar takes
Layers = Sequence[Counts]


def place(value: float) -> float:
    """Return where an element stands: 0 in the middle, then a bin per third of a decade to either side."""
    if abs(value) < 10.0**LOWEST:
        return 0.0
    return math.copysign(MIDDLE + (math.log10(abs(value)) - LOWEST) * PER_DECADE, value)


def magnitude_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return ticks at 0 and at powers of ten on both sides, fewer where there is less room."""
    powers = (-6, -3, 0) if most >= 7 else (-6, 0) if most >= 4 else (-3,)
    sides = [(place(sign * 10.0**power), ("−" if sign < 0 else "") + power_of_ten(power, 0))
             for power in powers for sign in (-1, 1)]  # fmt: skip
    return sorted([*sides, (0.0, "0")])


def no_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return none: rows are labelled by notes."""
    return []


def shares(layer: Counts) -> Array:
    """Return the share of a layer's elements in every bin, from the most negative to the most positive."""
    counts = np.concatenate([layer.negative[::-1], layer.positive])
    return np.asarray(counts / max(layer.size, 1))


def _long_rms(rms: float) -> str:
    return f"rms {number(rms)}"


def _short_rms(rms: float) -> str:
    return number(rms, 2)


class Rows(Plot):
    """A plot whose y axis is a stack of rows, with a line of text above."""

    def __init__(self, name: str) -> None:
        self.layers: Layers = ()
        self._pools: dict[str, list[QGraphicsSimpleTextItem]] = {}
        self._used: dict[str, int] = {}
        self._area: QRectF | None = None  # while notes are written, for which it is asked often
        super().__init__(name)
        self.plotItem.hideAxis("left")
        self._floors = self.curve("grid", z=-1)
        self.box.sigResized.connect(self.place_notes)

    @property
    def line(self) -> float:
        """Height of a line of text."""
        return small_metrics(self.palette_now).height()

    def area(self) -> QRectF:
        return super().area() if self._area is None else self._area

    @property
    def row_height(self) -> float:
        """Height of a row in pixels, more than 0 also where there is no room."""
        return max(float(self.area().height()), 1.0) / max(len(self.layers), 1)

    def width_of(self, text: str) -> float:
        """Return the width of a note in pixels."""
        return text_width(text, self.palette_now)

    def row_at(self, y: float) -> Counts | None:
        """Return the layer whose row contains y."""
        number = len(self.layers) - 1 - math.floor(y)
        return self.layers[number] if 0 <= number < len(self.layers) else None

    def draw_floors(self, x0: float, x1: float) -> None:
        """Show all rows, each on a hairline."""
        rows = np.arange(len(self.layers), dtype=float)
        ends = np.tile([x0, x1, np.nan], len(rows))
        self._floors.setData(ends, np.repeat(rows, 3))
        self.set_view(x0, x1, 0.0, max(len(rows), 1))

    def arrange(self) -> None:
        """Divide the width anew between rows and notes."""

    @guarded
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if self.layers:
            self.arrange()

    def place_notes(self) -> None:
        """Write all notes anew, as after a change of size."""
        self._used = dict.fromkeys(self._pools, 0)
        self._area = super().area()
        self.write_notes()
        self._area = None
        for role, pool in self._pools.items():
            for note in pool[self._used[role] :]:
                note.setVisible(False)

    def write_notes(self) -> None:
        """Put the notes where they belong."""

    def put(self, text: str, role: str, x: float, y: float, right: bool = False) -> None:
        """Write one note with its top left (or right) corner at a pixel, if it has any room there."""
        pool = self._pools.setdefault(role, [])
        used = self._used.get(role, 0)
        if used == len(pool):
            pool.append(self.note(role=role))
        note = pool[used]
        note.setText(text)
        note.setPos(x - note.boundingRect().width() if right else x, y)
        note.setVisible(True)
        self._used[role] = used + 1

    def write_names(self, room: float, second: Callable[[Counts], str]) -> None:
        """Write the layers' names at the left, as many as have room, and a second line below each."""
        line, height = self.line, self.row_height
        every = max(1, math.ceil(0.95 * line / height))
        for row, layer in enumerate(self.layers):
            words = second(layer) if height >= 2.1 * line else ""
            first = self.row_top(row) + (height - line * (2 if words else 1)) / 2
            if row % every == 0:
                name = small_metrics(self.palette_now).elidedText(layer.id, Qt.TextElideMode.ElideMiddle, room)
                self.put(name, "text", 0, first)
            if words:
                self.put(words, "muted", 0, first + line)

    def fitting(self, texts: Sequence[str], room: float, least: str) -> str:
        """Return the first text that is no wider than ``room``, else the least one."""
        return next((text for text in texts if self.width_of(text) <= room), least)

    def row_top(self, number: int) -> float:
        """Return the pixel where row ``number`` begins."""
        return float(self.area().top() + number * self.row_height)


class Histograms(Rows):
    """Small multiples on one axis; exact zeros stand in the middle, in the color of text.

    Each row has a scale of its own, written at its right: the share of the layer's elements that a full bar is.
    """

    def __init__(self) -> None:
        self._column, self._scaled = 0.0, False  # px for names; whether there is room for the scales
        self._wording: Callable[[float], str] | None = None  # of the root mean square, None if there is no room
        self._scales: dict[str, UpperBound] = {}
        self._titles: Words = GRADIENT.above
        super().__init__("Histogram of the elements, by layer")
        self._bars, self._tiny, self._zeros = Bars(), Bars(), Bars()
        for item in (self._bars, self._tiny, self._zeros):
            self.add(item)
        self.set_tickers(magnitude_ticks, no_ticks)
        self.show_palette(self.palette_now, True)

    def forget_scales(self) -> None:
        """Find the scales of the rows anew with the next drawing."""
        self._scales = {}

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_bars"):  # the base class dresses itself before there are any
            self._bars.setOpts(brush=QColor(palette.accent))
            self._tiny.setOpts(brush=QColor(mix(palette.panel, palette.text, 0.45)))
            self._zeros.setOpts(brush=QColor(palette.text))
            self.arrange()

    def arrange(self) -> None:
        """Give names the room they need, at most a third of the width."""
        names = [self.width_of(layer.id) for layer in self.layers]
        wide = self.width() >= 24 * self.width_of("0")
        wanted = max([*names, self.width_of("rms 1.23×10⁻¹⁰") if wide else 0.0, 0.0]) + 12
        self._column = min(wanted, self.width() / 3)
        fitting = (words for words in (_long_rms, _short_rms) if self.width_of(words(1.23e-10)) <= self._column - 8)
        self._wording = next(fitting, None)
        self._scaled = self.width() >= 36 * self.width_of("0")
        right = self.width_of("100 %") + 10 if self._scaled else 4
        self.set_margins(left=round(self._column), top=round(self.line + 4), right=round(right))
        self.place_notes()

    def draw(self, layers: Layers, titles: Words = GRADIENT.above) -> None:
        """Draw a report's layers."""
        self._titles = titles
        ids = [layer.id for layer in self.layers]
        self.layers = layers
        if ids != [layer.id for layer in layers]:
            self.arrange()
        heights = np.array([shares(layer) for layer in layers])
        sizes = np.array([max(layer.size, 1) for layer in layers])
        scale = np.array([FILL / self._scale(layer, top) for layer, top in zip(layers, heights.max(1), strict=True)])
        floors = np.arange(len(layers) - 1, -1, -1, dtype=float)
        row, bin = np.nonzero(heights)
        left = np.where(bin < BINS, bin - BINS - MIDDLE, bin - BINS + MIDDLE)
        self._bars.setOpts(x0=left + 0.08, x1=left + 0.92, y0=floors[row],
                           y1=floors[row] + heights[row, bin] * scale[row])  # fmt: skip
        zeros = np.minimum(np.array([layer.zeros for layer in layers]) / sizes * scale, FILL)
        tiny = np.minimum(np.array([layer.tiny for layer in layers]) / sizes * scale, FILL - zeros)
        half = np.full(len(layers), MIDDLE - 1.2)
        self._zeros.setOpts(x0=-half, x1=half, y0=floors, y1=floors + zeros)
        self._tiny.setOpts(x0=-half, x1=half, y0=floors + zeros, y1=floors + zeros + tiny)
        self.draw_floors(-MIDDLE - BINS, MIDDLE + BINS)
        self.place_notes()

    def _scale(self, layer: Counts, needed: float) -> float:
        """Return the share that a full bar of a layer is; it moves in steps."""
        return min(self._scales.setdefault(layer.id, UpperBound(0.02)).follow(float(needed)), 1.0)

    def write_notes(self) -> None:
        line, height, area = self.line, self.row_height, self.area()
        if not self.layers:
            return
        self.put(self.fitting(self._titles, area.width(), self._titles[-1]), "muted", area.left(), 0)
        self.write_names(self._column - 8, lambda layer: self._wording(layer.rms) if self._wording else "")
        if height >= 1.2 * line:
            for row, layer in enumerate(self.layers):
                self._write_in_row(layer, self.row_top(row) + (1 - FILL) * height - 1)

    def _write_in_row(self, layer: Counts, top: float) -> None:
        area = self.area()
        if layer.huge:
            self.put(f"{layer.huge:,} ≥ {power_of_ten(HIGHEST)}", "danger", area.right(), top, right=True)
        if self._scaled and layer.id in self._scales:
            scale = f"{100 * min(self._scales[layer.id].value, 1.0):.3g} %"
            self.put(scale, "muted", area.right() + 6, top)
        if (share := layer.zeros / max(layer.size, 1)) >= 0.005:
            left, room = self.pixel(MIDDLE, 0).x(), 0.25 * area.width()
            self.put(self.fitting((f"{100 * share:.0f} % zero", f"{100 * share:.0f} %"), room, ""), "text", left, top)
