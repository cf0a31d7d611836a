"""Contour lines as one curve, its pieces joined by NaN, at evenly spaced levels."""

import math

import contourpy
import numpy as np

from gdexplorer.arrays import Array

_STEPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def lines(x: Array, y: Array, values: Array, levels: Array) -> tuple[Array, Array]:
    """Return x and y (n,) of all contours of values (len(y), len(x)); cells that are not finite have none."""
    generator = contourpy.contour_generator(
        x, y, np.ma.masked_invalid(values), line_type=contourpy.LineType.ChunkCombinedNan
    )
    gap = np.full((1, 2), np.nan)
    pieces = []
    for level in levels:
        points = generator.lines(float(level))[0][0]
        if points is not None:
            pieces += [points, gap]
    joined = np.concatenate(pieces) if pieces else gap
    return np.ascontiguousarray(joined[:, 0]), np.ascontiguousarray(joined[:, 1])


def spaced(low: float, high: float, most: int = 12) -> tuple[Array, float]:
    """Return round levels inside (low, high), at most about `most`, and the step between them."""
    span = high - low
    step = next((step for step in _STEPS if span / step <= most), span / most)
    if not 0 < step < math.inf:
        return np.zeros(0), 0.0
    return np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step, step


def log_ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Return at most `most` round values between 10**low and 10**high, at least two of them, to label a log scale."""
    for mantissas in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        decades = range(math.floor(low), math.ceil(high) + 1)
        values = [m * 10.0**d for d in decades for m in mantissas if low <= math.log10(m * 10.0**d) <= high]
        if 2 <= len(values) <= most:
            return values
        if len(values) > most and mantissas == (1.0,):
            stride = math.ceil(len(values) / most)
            return values[::stride]
    return [float(f"{10.0 ** (low + share * (high - low)):.3g}") for share in (0.1, 0.5, 0.9)]
