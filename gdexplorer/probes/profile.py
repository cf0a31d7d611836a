"""How δ changes from layer to layer: a factor fitted to its profile, and when that is called vanishing or exploding."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

FEWEST = 4  # hidden layers: a line through fewer points proves nothing
STRAIGHT = 0.9  # R², at least
STEEP = 2.0  # a layer, at least, or its inverse at most
FAR = 100.0  # from the last hidden layer to the first, at least, or its inverse at most

Verdict = Literal["", "vanishing", "exploding"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The least-squares line of log RMS δ over depth.

    Attributes
    ----------
    factor
        By which δ is multiplied with each layer back, exp(−slope).
    r2
        Share of the variance of log δ that the line explains.
    rows
        Which of the layers it is of, and the line's δ at these.
    """

    factor: float
    r2: float
    rows: tuple[int, ...]
    fitted: tuple[float, ...]

    @property
    def whole(self) -> float:
        """What the factor comes to from the last of the layers back to the first."""
        with np.errstate(over="ignore"):
            return float(np.float64(self.factor) ** (self.rows[-1] - self.rows[0]))

    @property
    def verdict(self) -> Verdict:
        """Vanishing or exploding if the line is straight, steep and long enough; see the constants above."""
        if self.r2 < STRAIGHT:
            return ""
        if self.factor <= 1 / STEEP and self.whole <= 1 / FAR:
            return "vanishing"
        return "exploding" if self.factor >= STEEP and self.whole >= FAR else ""


def profile(deltas: Sequence[float]) -> Profile | None:
    """Fit the hidden layers' RMS δ, from input to output; None if fewer than four have one.

    The output layer is left out: its δ is that of the loss, and nothing was multiplied yet.
    """
    rows = [row for row, delta in enumerate(deltas[:-1]) if math.isfinite(delta) and delta > 0]
    if len(rows) < FEWEST:
        return None
    x, y = np.array(rows, float), np.log([deltas[row] for row in rows])
    away, off = x - x.mean(), y - y.mean()
    slope = float(away @ off / (away @ away))
    left, whole = float(np.square(off - slope * away).sum()), float(off @ off)
    # a profile as level as rounding allows has no variance to explain
    r2 = 1 - left / whole if whole > 1e-20 * len(rows) else 1.0
    fitted = np.exp(np.clip(y.mean() + slope * away, -700, 700))
    return Profile(math.exp(min(max(-slope, -700.0), 700.0)), r2, tuple(rows), tuple(fitted.tolist()))
