"""What is said of units, and how activations are colored."""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.panels.heatmap import Colors, diverging
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.samples import STRENGTH
from gdexplorer.panels.ticks import number
from gdexplorer.probes.units import Column, UnitsReport

Unit = tuple[int, int]  # column and unit


def colors_of(palette: Palette) -> Colors:
    """Return the colors of activations: blue below 0, paper at 0, orange above."""
    return diverging(palette.data[0], palette.panel, palette.data[1], STRENGTH)


def scale_of(column: Column) -> float:
    """Return the end of a column's scale of colors."""
    values = column.maps if column.maps.size else column.means if column.example is None else column.example
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0))


def values_of(column: Column) -> Array:
    """Return what squares are colored by: activations of the example, or means."""
    return column.means if column.example is None else column.example


def source_name(column: Column, unit: int) -> str:
    """Return what a unit of a column is called: inputs by their names."""
    return column.names[unit] if unit < len(column.names) else f"{column.id}[{unit + 1}]"


def described(report: UnitsReport, unit: Unit) -> str:
    """Say what there is to say of a unit or of a block."""
    column = report.columns[unit[0]]
    if not column.drawn:
        count = f", {column.parameters:,} parameters" if column.parameters else ""
        return f"{column.id}: {' + '.join(column.parts)}, {'×'.join(map(str, column.shape))}{count}"
    k = unit[1]
    words = source_name(column, k) if unit[0] == 0 else f"{column.id} unit {k + 1} of {column.units}"
    words += f"\nmean over the training set {number(float(column.means[k]))}"
    if column.example is not None:
        words += f", for the example {number(float(column.example[k]))}"
    if column.dead[k]:
        words += "\ndead: 0 on every training input"
    if column.saturated[k]:
        words += "\nsaturated: |f′| below 1 % of its maximum on more than 95 % of the training inputs"
    if column.share is not None:
        words += f"\ndropped for {100 * float(column.share[k]):.0f} % of the latest batch"
    return words
