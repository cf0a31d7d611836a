"""A measured number over the updates, and the values that it is compared with."""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.history import Marker
from gdexplorer.panels.fonts import text_width
from gdexplorer.panels.palette import DASHED
from gdexplorer.panels.ranges import LogRange
from gdexplorer.panels.ticks import number
from gdexplorer.panels.timeplot import DOT, End, TimePlot
from gdexplorer.panels.traces import positive

SAMPLES = 40  # of the curve beneath a note


class SeriesPlot(TimePlot):
    """A line, broken where nobody measured; references are dashed.

    Parameters
    ----------
    symbol
        What the number is called at the line's end.
    references
        Values with their words.
    span
        The range of the axis; None for one that is logarithmic and follows the values.
    """

    def __init__(self, name: str, axis: str, symbol: str, references: dict[float, str],
                 span: tuple[float, float] | None) -> None:  # fmt: skip
        self._symbol, self._span = symbol, span
        self._references = references
        self.rows: Array = np.zeros((0, 2))
        super().__init__(name, labelled=False)
        self._lines = self.curve("faint", DASHED, z=-1)
        self._line_item = self.curve("text", antialias=True)
        self._notes = [self.note(words) for words in references.values()]
        self.set_log(y=span is None)
        self.set_labels("", axis)
        self.name_time("updates")
        self.name_ends((symbol,))
        self.reading = self.read
        self.forget_range()
        self.box.sigResized.connect(self._on_resized)

    def forget_range(self) -> None:
        """Find the ranges anew with the next drawing."""
        self._range = LogRange(1.0)
        self.forget_time()

    def _on_resized(self) -> None:
        """Draw again: how much room the label takes of the time axis is known only now."""
        if len(self.rows):
            self.draw(self.rows, self._markers)
        else:
            self._place_notes()

    def draw(self, rows: Array, markers: tuple[Marker, ...]) -> None:
        """Draw rows (n, 2) of step and value."""
        self.rows = rows
        x, y = rows[:, 0], self._placed(rows[:, 1])
        self._line_item.setData(x, y)
        end = self.end_of_time(float(x[-1]))
        self.set_view(0.0, end, *self._heights(y))
        places = self._placed(np.array(list(self._references)))
        self._lines.setData(np.tile([0.0, end, np.nan], len(places)), np.repeat(places, 3))
        self.show_markers(markers, False)
        last = int(np.flatnonzero(np.isfinite(rows[:, 1]))[-1]) if np.isfinite(rows[:, 1]).any() else -1
        value = number(float(rows[last, 1]), padded=True)
        self.show_ends([End(float(x[last]), float(y[last]), self._symbol, value)])
        self._place_notes()

    def _placed(self, values: Array) -> Array:
        return positive(values) if self._span is None else np.where(np.isfinite(values), values, np.nan)

    def _heights(self, values: Array) -> tuple[float, float]:
        if self._span is not None:
            return self._span
        shown = np.concatenate([values[np.isfinite(values)], self._placed(np.array(list(self._references)))])
        return self._range.follow(float(shown.min()), float(shown.max()))

    def _place_notes(self) -> None:
        """Write upon each reference line what it stands for, at that end where it hides less."""
        area, (x0, x1, y0, y1) = self.area(), self.view()
        across = area.left() + (self.rows[:, 0] - x0) / ((x1 - x0) or 1) * area.width()
        down = area.bottom() - (self._placed(self.rows[:, 1]) - y0) / ((y1 - y0) or 1) * area.height()
        reach = text_width(f"{self._symbol} 0.00123", self.palette_now) + DOT  # of the label at the curve's end
        for note, value, words in zip(self._notes, self._references, self._references.values(), strict=True):
            width, height = text_width(words, self.palette_now), note.boundingRect().height()
            level = self.pixel(0.0, float(self._placed(np.array([value]))[0])).y()
            top = level - height if level - height >= area.top() else level

            def hidden(left: float, top: float = top, width: float = width, height: float = height) -> int:
                at = np.linspace(left, left + width, SAMPLES)
                levels = np.interp(at, across, down, np.nan, np.nan) if len(across) else np.full(SAMPLES, np.nan)
                inside = (levels > top - 2) & (levels < top + height + 2)
                near = len(across) and abs(down[-1] - top - height / 2) < height and left < across[-1] + reach
                return int(inside.sum()) + (SAMPLES if near and left + width > across[-1] else 0)

            left = min((area.left() + 4, area.right() - width - 4), key=hidden)
            roomy = width <= 0.7 * area.width() and area.height() >= 4 * height
            note.setVisible(roomy and not hidden(left))
            note.setPos(left, top)

    def read(self, x: float, _: float) -> str:
        """Return what was measured nearest to x, and the changes there."""
        lines = [f"update {marker.step:,}: {marker.label}" for marker in self.near(x)]
        known = self.rows[np.isfinite(self.rows[:, 1])]
        if len(known):
            step, value = known[np.abs(known[:, 0] - x).argmin()].tolist()
            lines.append(f"update {step:,.0f}: {self._symbol} {number(value)}")
        return "\n".join(lines)
