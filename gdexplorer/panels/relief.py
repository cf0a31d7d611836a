"""A surface of losses as a picture: colors and contours of its logarithm, with levels that hold still."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.landscape.surface import Surface
from gdexplorer.panels.contours import lines, spaced
from gdexplorer.panels.heatmap import Fine, refined
from gdexplorer.panels.ticks import linear_ticks, log_ticks

FLOOR = 1e-6  # of the median loss: the logarithm sees nothing below it
PERCENTILES = (0.5, 98.0)
NARROWEST = 0.1  # decades
TOLERANCE = 0.15  # of the range, by which levels may be off before they move

Levels = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Relief:
    """Heights are log10 of the loss, or the loss itself where it is negative in places."""

    heights: Array  # (rows, columns), NaN where the loss is not finite
    fine: Fine
    levels: Levels
    contours: tuple[Array, Array]
    step: float  # from one contour to the next, in heights
    blank: int  # cells that are not finite
    least: float  # loss below which cells are drawn as if they had it
    low: bool  # whether there are such cells
    log: bool = True

    @property
    def title(self) -> str:
        """What the heights are."""
        return "loss (log)" if self.log else "loss"

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Return heights with the losses that they stand for."""
        return (log_ticks if self.log else linear_ticks)(*self.levels, most)

    def height(self, losses: Array) -> Array:
        """Return the heights of losses, NaN where they are not finite."""
        return _heights(np.asarray(losses, np.float64), self.log, self.least)

    def contours_of(self, losses: Array) -> tuple[Array, Array]:
        """Return contours of other losses (rows, columns) on the same grid, at the same levels."""
        rows, columns = losses.shape
        x0, x1, y0, y1 = self.fine.window
        at, _ = spaced(*self.levels)
        return lines(np.linspace(x0, x1, columns), np.linspace(y0, y1, rows), self.height(losses), at)


def relief(surface: Surface, before: Levels | None) -> Relief:
    """Prepare a surface for drawing, on the levels of the surface before it if they still suit."""
    losses = np.asarray(surface.losses, np.float64)
    finite = np.isfinite(losses)
    positive = losses[finite & (losses > 0)]
    least = FLOOR * float(np.median(positive)) if positive.size else 1.0
    log = not (losses[finite] < -least).any()
    heights = _heights(losses, log, least)
    levels = _levels(heights[finite], before, log)
    fine = refined(surface.xs, surface.ys, heights)
    some = [np.r_[0 : len(axis) : 2, len(axis) - 1] for axis in (fine.y, fine.x)]
    at, step = spaced(*levels)
    curves = lines(fine.x[some[1]], fine.y[some[0]], fine.values[np.ix_(*some)], at)
    low = log and bool((losses[finite] < least).any())
    return Relief(heights, fine, levels, curves, step, int((~finite).sum()), least, low, log)


def _heights(losses: Array, log: bool, least: float) -> Array:
    with np.errstate(all="ignore"):
        shown = np.log10(np.maximum(losses, least)) if log else losses
        return np.where(np.isfinite(losses), shown, np.nan)


def _levels(heights: Array, before: Levels | None, log: bool) -> Levels:
    if not heights.size:
        return before or (0.0, 1.0)
    low, high = (float(level) for level in np.percentile(heights, PERCENTILES))
    if not log:
        low = float(heights.min())
    high = max(high, low + (NARROWEST if log else 1e-6 * abs(low)))
    if before is not None:
        slack = TOLERANCE * (before[1] - before[0])
        if abs(low - before[0]) < slack and abs(high - before[1]) < slack:
            return before
    return low, high
