"""A surface of losses as a picture: colors and contours of its logarithm, with levels that hold still."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.landscape.surface import Surface
from gdexplorer.panels.contours import lines, spaced
from gdexplorer.panels.heatmap import Fine, refined

FLOOR = 1e-6  # of the median loss: the logarithm sees nothing below it
PERCENTILES = (0.5, 98.0)
NARROWEST = 0.1  # decades
TOLERANCE = 0.15  # of the range, by which levels may be off before they move

Levels = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Relief:
    """Heights are log10 of the loss."""

    heights: Array  # (rows, columns), NaN where the loss is not finite
    fine: Fine
    levels: Levels
    contours: tuple[Array, Array]
    step: float  # decades from one contour to the next
    blank: int  # cells that are not finite
    floor: float | None  # loss below which cells are drawn as if they had it; None if there are none


def relief(surface: Surface, before: Levels | None) -> Relief:
    """Prepare a surface for drawing, on the levels of the surface before it if they still suit."""
    losses = np.asarray(surface.losses, np.float64)
    finite = np.isfinite(losses)
    positive = losses[finite & (losses > 0)]
    floor = FLOOR * float(np.median(positive)) if positive.size else 1.0
    low = finite & (losses < floor)
    with np.errstate(all="ignore"):
        heights = np.where(finite, np.log10(np.maximum(losses, floor)), np.nan)
    levels = _levels(heights[finite], before)
    fine = refined(surface.xs, surface.ys, heights)
    some = [np.r_[0 : len(axis) : 2, len(axis) - 1] for axis in (fine.y, fine.x)]
    at, step = spaced(*levels)
    curves = lines(fine.x[some[1]], fine.y[some[0]], fine.values[np.ix_(*some)], at)
    return Relief(heights, fine, levels, curves, step, int((~finite).sum()), floor if low.any() else None)


def _levels(heights: Array, before: Levels | None) -> Levels:
    if not heights.size:
        return before or (0.0, 1.0)
    low, high = (float(level) for level in np.percentile(heights, PERCENTILES))
    high = max(high, low + NARROWEST)
    if before is not None:
        slack = TOLERANCE * (before[1] - before[0])
        if abs(low - before[0]) < slack and abs(high - before[1]) < slack:
            return before
    return low, high
