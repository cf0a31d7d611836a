"""Where a network's columns, units and edges stand, and which edges are drawn; plain numbers."""

from dataclasses import dataclass
from math import hypot

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from gdexplorer.arrays import Array
from gdexplorer.probes.oneweight import Weight
from gdexplorer.probes.units import UnitsReport

SMALLEST, LARGEST = 11.5, 60.0  # px, the side of a unit
GAP = 0.16  # of a unit's side, between two
MOST_EDGES = 60  # between two columns
BLOCK = 3.0  # lines of text that a block is high


@dataclass(frozen=True, slots=True)
class Edge:
    """A weight between two units that are drawn; strength is its share of the largest between these columns."""

    column: int  # that it goes into
    source: int
    unit: int
    value: float
    strength: float

    def weight(self, report: UnitsReport) -> Weight:
        """Return which parameter it is."""
        return Weight(report.columns[self.column].id, self.unit, self.source)


@dataclass(frozen=True, slots=True)
class Places:
    """Rectangles of each column's units, one of the whole for a block, and the width that a column has for text."""

    units: tuple[tuple[QRectF, ...], ...]
    width: float

    def middle(self, column: int) -> float:
        """Return where a column's middle is."""
        return self.units[column][0].center().x()


def places(report: UnitsReport, width: float, height: float, top: float, bottom: float, line: float) -> Places:
    """Lay out columns from left to right, as many units in each as have room.

    Parameters
    ----------
    top, bottom
        What titles and notes of columns need.
    line
        Height of a line of text.
    """
    count, room = len(report.columns), height - top - bottom
    most = max(int(room / (SMALLEST * (1 + GAP))), 1)
    step = width / count
    found = list[tuple[QRectF, ...]]()
    for k, column in enumerate(report.columns):
        middle = (k + 0.5) * step
        if not column.drawn:
            wide, high = min(0.8 * step, 9 * line), min(BLOCK * line + 8, room)
            found.append((QRectF(middle - wide / 2, top + (room - high) / 2, wide, high),))
            continue
        shown = min(column.shown, most)
        side = min(max(room / (shown * (1 + GAP)), SMALLEST), LARGEST, 0.6 * step)
        pitch = side * (1 + GAP) if shown * side * (1 + GAP) > 0.7 * room else min(1.6 * side, room / shown)
        start = top + (room - pitch * shown) / 2 + (pitch - side) / 2
        found.append(tuple(QRectF(middle - side / 2, start + j * pitch, side, side) for j in range(shown)))
    return Places(tuple(found), step)


def matrix(report: UnitsReport, column: int, gradient: bool) -> Array | None:
    """Return the weights (n, n_in) into a column from the one before, or ∂L/∂w of them; None for a block."""
    if not column or not report.columns[column].drawn:
        return None
    return report.layout.view(report.gradient if gradient else report.theta, report.columns[column].id, "weight")


def edges(report: UnitsReport, column: int, at: Places, gradient: bool, most: int = MOST_EDGES) -> list[Edge]:
    """Return the strongest weights between the units of a column and of the one before that are drawn, weak first."""
    values = matrix(report, column, gradient)
    if values is None or not report.columns[column - 1].drawn:
        return []
    shown = values[: len(at.units[column]), : len(at.units[column - 1])]
    strengths = np.where(np.isfinite(shown), np.abs(shown), 0.0)
    largest = float(strengths.max(initial=0.0))
    order = np.argsort(strengths, axis=None, kind="stable")[-most:]
    rows, sources = np.unravel_index(order, shown.shape)
    return [
        Edge(column, int(source), int(row), float(shown[row, source]), float(strengths[row, source]) / (largest or 1.0))
        for row, source in zip(rows, sources, strict=True)
    ]


def ends(edge: Edge, at: Places) -> tuple[QPointF, QPointF]:
    """Return where an edge begins and ends."""
    source, unit = at.units[edge.column - 1][edge.source], at.units[edge.column][edge.unit]
    return QPointF(source.right(), source.center().y()), QPointF(unit.left(), unit.center().y())


def distance(place: QPointF, start: QPointF, end: QPointF) -> float:
    """Return how far a place is from a segment."""
    x, y = end.x() - start.x(), end.y() - start.y()
    dx, dy = place.x() - start.x(), place.y() - start.y()
    share = min(max((dx * x + dy * y) / ((x * x + y * y) or 1.0), 0.0), 1.0)
    return hypot(dx - share * x, dy - share * y)


def shape_of(report: UnitsReport) -> list[tuple[object, ...]]:
    """Return what the layout depends on."""
    return [(column.id, column.shape, bool(column.dead.any() or column.saturated.any())) for column in report.columns]
