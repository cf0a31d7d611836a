"""Contour lines as one curve, its pieces joined by NaN, at evenly spaced levels."""

import math

import contourpy
import numpy as np

from gdexplorer.arrays import Array


def lines(x: Array, y: Array, values: Array, levels: Array) -> tuple[Array, Array]:
    """Return x and y (n,) of all contours of values (len(y), len(x)); there are none where values are not finite."""
    shown = values if np.isfinite(values).all() else np.ma.masked_invalid(values)  # masks cost more than the lines
    generator = contourpy.contour_generator(x, y, shown, line_type=contourpy.LineType.ChunkCombinedNan)
    gap = np.full((1, 2), np.nan)
    pieces = []
    for level in levels:
        points = generator.lines(float(level))[0][0]
        if points is not None:
            pieces += [points, gap]
    joined = np.concatenate(pieces) if pieces else gap
    return np.ascontiguousarray(joined[:, 0]), np.ascontiguousarray(joined[:, 1])


def spaced(low: float, high: float, most: int = 18) -> tuple[Array, float]:
    """Return round levels between `low` and `high`, about `most` of them, and the step from one to the next."""
    span = high - low
    if not 0 < span < math.inf:
        return np.zeros(0), 0.0
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(step for factor in (1, 2, 5, 10) if span / (step := factor * power) <= most * (1 + 1e-9))
    return np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step, step
