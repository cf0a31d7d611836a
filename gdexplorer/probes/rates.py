"""Which learning rates make the loss fall: the request for a range test, its report, and the rule of thumb.

The test trains a copy for a while, η rising geometrically from update to update (Smith, "Cyclical learning rates for
training neural networks", 2015; as fastai's `lr_find` does it).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gdexplorer.arrays import Array

End = Literal["high", "rose", "diverged"]
BETA = 0.9  # decay of the smoothing
WARMUP = 20  # updates at the start whose smoothed loss is the average of too few batches to say anything
REACH = 0.25  # decades to either side over which a slope is taken
NOISE = 6.0  # standard deviations of the smoothed loss; pure noise falls by more in one of a hundred tests
LEAST = 0.05  # share of its size that the loss must fall by, so that there is anything to suggest


@dataclass(frozen=True, slots=True)
class RangeTest:
    """The request for a `RangeReport`; the answer is a sentence where there is no learning rate to test.

    Attributes
    ----------
    number
        Tells a test from those before it: each is made once, from the θ of the moment.
    """

    number: int = 1
    low: float = 1e-5
    high: float = 10.0
    updates: int = 200


@dataclass(frozen=True, eq=False, slots=True)
class RangeReport:
    """A range test from the θ of update `step`.

    Attributes
    ----------
    rates, losses, smooth
        η of each update, its batch loss Lₖ with penalty before θ moved, and the smoothed loss, (n,) each: the moving
        average mₖ = βmₖ₋₁ + (1−β)Lₖ, corrected for its start at 0 by 1 − βᵏ.
    end
        Why it ended: η came to its end, the smoothed loss rose beyond its bound, or loss or update were not finite.
    steepest
        η where the smoothed loss fell most steeply; see `steepest`. None where it hardly fell.
    tenth
        A tenth of the η at which the smoothed loss was lowest, likewise.
    doubtful
        Whether the fall is hardly larger than the noise of the batches; see `doubtful`.
    """

    step: int
    optimizer: str
    rates: Array
    losses: Array
    smooth: Array
    end: End
    steepest: float | None
    tenth: float | None
    doubtful: bool


def beyond(loss: float, best: float) -> bool:
    """Whether a smoothed loss ends the test: above 4 times the best; of negative ones, 3 |best| above it."""
    return not loss <= best + 3 * abs(best)


def lowest(smooth: Array) -> int | None:
    """Return where the smoothed loss is lowest; None where it hardly falls, as it does from a trained θ."""
    late = smooth[WARMUP:]
    if not len(late) or late[0] - late.min() <= LEAST * abs(late[0]):
        return None
    return WARMUP + int(late.argmin())


def steepest(rates: Array, smooth: Array) -> float | None:
    """Return the η at which the smoothed loss falls most steeply per decade of η, before it is lowest.

    The slope at η is that of the least-squares line of loss over log₁₀ η, through the points at most a quarter of a
    decade away: a single difference would be the noise of two batches. A rule of thumb, no more: it depends on θ, on
    the order of the batches and on how fast η rises.
    """
    if (last := lowest(smooth)) is None:
        return None
    x = np.log10(rates)
    slopes = [_slope(x[near], smooth[near]) for near in (np.abs(x - at) <= REACH for at in x[WARMUP : last + 1])]
    return float(rates[WARMUP + int(np.argmin(slopes))])


def tenth(rates: Array, smooth: Array) -> float | None:
    """Return a tenth of the η at which the smoothed loss is lowest."""
    return None if (last := lowest(smooth)) is None else float(rates[last]) / 10


def doubtful(losses: Array, smooth: Array) -> bool:
    """Whether the smoothed loss fell by less than 6 σ, σ² = (1−β)/(1+β) · mean (Lₖ₊₁ − Lₖ)²/2 being its own variance.

    Differences of neighbors, up to where it is lowest, because they hardly know of the trend.
    """
    if (last := lowest(smooth)) is None:
        return False
    variance = (1 - BETA) / (1 + BETA) * float(np.mean(np.diff(losses[: last + 1]) ** 2)) / 2
    return bool(smooth[WARMUP] - smooth[last] < NOISE * variance**0.5)


def _slope(x: Array, y: Array) -> float:
    away = x - x.mean()
    return float(away @ y / (away @ away)) if len(x) > 1 else 0.0
