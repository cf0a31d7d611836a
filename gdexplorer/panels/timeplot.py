"""A plot over the time of a run: change markers above, and the newest values at the ends of the curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsSimpleTextItem

from gdexplorer.lab.history import Marker
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.fonts import small_metrics, text_width
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.plot import Plot, ink
from gdexplorer.panels.ranges import UpperBound, spread

FIRST_BOUND = 50.0  # updates, of a time axis
DOT = 0.5  # px for each point of body text


@dataclass(frozen=True, slots=True)
class End:
    """The newest point of a curve, in the axes' coordinates, and its label."""

    x: float
    y: float
    name: str
    value: str
    hollow: bool = False
    role: str = "text"


class TimePlot(Plot):
    """Curves over time; x is the time, or its log10."""

    def __init__(self, name: str, labelled: bool) -> None:
        self._ends: tuple[End, ...] = ()
        self._end_notes: list[QGraphicsSimpleTextItem] = []
        self._dots: list[QGraphicsEllipseItem] = []
        self._worn: dict[int, tuple[str, bool]] = {}  # by each dot and its label: role, whether hollow
        self._markers: tuple[Marker, ...] = ()
        self._places: tuple[float, ...] = ()  # of the markers
        self._marker_notes: list[QGraphicsSimpleTextItem] = []
        self._labelled, self._time_name, self._longest = labelled, "", "train"
        self._bound: tuple[float, UpperBound] | None = None  # of the time axis, and the label's share that it leaves
        super().__init__(name)
        self._unit = self.note()
        self._rules = Curve(connect="pairs")
        self._rules.setZValue(-5)
        self.add(self._rules)
        self._cursor = self.curve("accent", z=8)
        self._shown_at = np.nan  # where the cursor stands
        self.box.sigResized.connect(self._place)
        self.show_palette(self.palette_now, True)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        if hasattr(self, "_rules"):  # the base class dresses itself before there are any
            self._worn = {}
            self._rules.setPen(pg.mkPen(palette.muted, width=1, style=Qt.PenStyle.DotLine))
            self.label_markers(self._labelled)

    @property
    def _line(self) -> float:
        return small_metrics(self.palette_now).height()

    @property
    def _dot(self) -> float:
        return DOT * self.palette_now.body

    def label_markers(self, labelled: bool) -> None:
        """Keep a line above the plot for the markers' labels, or leave them to the tooltip."""
        self._labelled = labelled
        digit = text_width("0", self.palette_now)
        self.set_margins(top=round(self._line + 6) if labelled else self.overhang, right=round(2.5 * digit))
        self._place()

    def name_time(self, name: str) -> None:
        """Write what the time axis counts at its end, inside the plot, where it takes no room."""
        self._time_name = name
        self._place()

    def name_ends(self, names: Sequence[str]) -> None:
        """Say beforehand by which names the curves' ends will be labeled."""
        self._longest = max(names, key=lambda name: text_width(name, self.palette_now))

    def label_share(self) -> float:
        """Return the share of the width to keep free for a label at a curve's end, at most one half."""
        return min(self._share(f"{self._longest} 0.00123" if self._named() else "0.00123"), 0.5)

    def end_of_time(self, last: float, least: float = FIRST_BOUND) -> float:
        """Return the end of a time axis that begins at 0: `least` or more, and the label at `last` has room before it.

        It moves in steps, and is found anew where the label takes another share of the width than before.
        """
        share = self.label_share()
        if self._bound is None or self._bound[0] != share:
            self._bound = share, UpperBound(least)
        return self._bound[1].follow(last / (1 - share))

    def forget_time(self) -> None:
        """Find the end of the time axis anew with the next drawing."""
        self._bound = None

    def _named(self) -> bool:
        return self._share(f"{self._longest} 0.00123") <= 0.5

    def _share(self, text: str) -> float:
        width = text_width(text, self.palette_now) + self._dot + 6
        return float(width / max(self.area().width(), 1.0))

    def show_markers(self, markers: tuple[Marker, ...], log: bool) -> None:
        """Draw the changes of a run as vertical lines over updates, their labels above them."""
        steps = np.array([marker.step for marker in markers], dtype=float)
        self.show_markers_at(markers, (np.log10(np.maximum(steps, 1)) if log else steps).tolist())

    def show_markers_at(self, markers: tuple[Marker, ...], places: Sequence[float]) -> None:
        """Draw them at these places."""
        self._markers, self._places = markers, tuple(places)
        self._place_markers()

    def show_cursor(self, place: float) -> None:
        """Draw a line at the update that is shown, when that is not the newest; NaN for none."""
        self._shown_at = place
        _, _, y0, y1 = self.view()
        self._cursor.setData(np.array([place, place]), np.array([y0, y1]))

    def show_ends(self, ends: Sequence[End]) -> None:
        """Mark and label the newest points."""
        self._ends = tuple(end for end in ends if np.isfinite(end.x) and np.isfinite(end.y))
        self._place_ends()

    def near(self, x: float) -> list[Marker]:
        """Return the markers within a few pixels of x."""
        reach = 6 * self.box.viewPixelSize()[0]
        return [marker for marker, place in zip(self._markers, self._places, strict=True) if abs(place - x) <= reach]

    def _place(self) -> None:
        fits = text_width(self.left.labelText, self.palette_now)
        area = self.area()
        self.left.label.setVisible(bool(self.left.labelText) and fits <= area.height() + 8)
        self._unit.setText(self._time_name if area.height() >= 4 * self._line else "")
        self._unit.setPos(area.right() - self._unit.boundingRect().width() - 2, area.bottom() - self._line)
        self._place_markers()
        self.show_cursor(self._shown_at)
        self._place_ends()

    def _place_markers(self) -> None:
        x0, x1, y0, y1 = self.view()
        shown = [(x, marker.label) for x, marker in zip(self._places, self._markers, strict=True) if x0 <= x <= x1]
        across = np.repeat([x for x, _ in shown], 2)
        self._rules.setData(across, np.tile([y0, y1], len(shown)))
        labels = shown if self._labelled else []
        while len(self._marker_notes) < min(len(labels), 40):
            self._marker_notes.append(self.note())
        metrics, area = small_metrics(self.palette_now), self.area()
        least, edge = 4 * metrics.horizontalAdvance("0"), area.right()
        notes = iter(self._marker_notes)
        for x, label in reversed(labels):  # the newest gets the room to its right first
            left = self.pixel(x, y0).x()
            room = edge - left - 6
            text = metrics.elidedText(label, Qt.TextElideMode.ElideRight, room)
            if room >= min(least, metrics.horizontalAdvance(label)) and (note := next(notes, None)) is not None:
                note.setText(text)
                note.setPos(left, area.top() - self._line - 2)
                note.setVisible(True)
                edge = left
        for note in notes:
            note.setVisible(False)

    def _place_ends(self) -> None:
        while len(self._end_notes) < len(self._ends):
            self._end_notes.append(self.note())
            self._dots.append(QGraphicsEllipseItem(self.plotItem))
            self._dots[-1].setZValue(15)
        area, line, named, size = self.area(), self._line, self._named(), self._dot
        places = [self.pixel(end.x, end.y) for end in self._ends]
        points = [self._inside(place) for place in places]
        above = int((area.height() - 2 * line) / (line * 0.95)) + 1
        self._unit.setVisible(len(self._ends) <= max(above, 2))  # it gives way to labels
        floor = area.bottom() - line * (2 if self._unit.text() and self._unit.isVisible() else 1)
        column = max((p.x() for p in points), default=0.0) + size + 2  # beyond the last, where no curve is
        fitting = max(int((floor - area.top()) / (line * 0.95)) + 1, 1)
        # those beyond the edge keep their order there
        wanted = [p.y() - line / 2 + 1e-6 * q.y() for p, q in zip(points, places, strict=True)]
        tops = spread(wanted[:fitting], line * 0.95, area.top(), floor)
        tops += [floor] * len(points[fitting:])  # not shown
        for k, (note, dot) in enumerate(zip(self._end_notes, self._dots, strict=True)):
            shown = k < len(self._ends)
            note.setVisible(k < min(len(self._ends), fitting))
            dot.setVisible(shown)
            if shown:
                end = self._ends[k]
                self._dress_end(k, end)
                dot.setPos(points[k])
                note.setText(f"{end.name} {end.value}" if named else end.value)
                room = area.right() - note.boundingRect().width()
                note.setPos(max(min(column, room), area.left()), tops[k])

    def _dress_end(self, k: int, end: End) -> None:
        """Color a dot and its label, unless they wear that already."""
        if self._worn.get(k) != (end.role, end.hollow):
            self._worn[k] = end.role, end.hollow
            dot, color, size = self._dots[k], QColor(ink(self.palette_now, end.role)), self._dot
            dot.setRect(-size / 2, -size / 2, size, size)
            dot.setPen(pg.mkPen(color, width=1))
            dot.setBrush(QColor(self.palette_now.panel) if end.hollow else color)
            self._end_notes[k].setBrush(color)

    def _inside(self, point: QPointF) -> QPointF:
        area = self.area()
        return QPointF(min(max(point.x(), area.left()), area.right()), min(max(point.y(), area.top()), area.bottom()))
