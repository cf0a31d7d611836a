"""Reading a value off a regular grid."""

import numpy as np

from gdexplorer.arrays import Array


@np.errstate(invalid="ignore")  # of infinite corners
def bilinear(xs: Array, ys: Array, values: Array, x: Array, y: Array) -> Array:
    """Return values (len(ys), len(xs)) interpolated at points x, y (n,); NaN outside the grid."""
    column = (np.asarray(x) - xs[0]) / (xs[1] - xs[0])
    row = (np.asarray(y) - ys[0]) / (ys[1] - ys[0])
    inside = (column >= 0) & (column <= len(xs) - 1) & (row >= 0) & (row <= len(ys) - 1)
    j = np.where(inside, column, 0).astype(int).clip(0, len(xs) - 2)
    i = np.where(inside, row, 0).astype(int).clip(0, len(ys) - 2)
    a, b = row - i, column - j
    mixed = (1 - a) * ((1 - b) * values[i, j] + b * values[i, j + 1]) + a * (
        (1 - b) * values[i + 1, j] + b * values[i + 1, j + 1]
    )
    return np.where(inside, mixed, np.nan)
