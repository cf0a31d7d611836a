"""Clipping of the gradient, in place, between the gradient and the update.

By norm: g ← g · min(1, c / (‖g‖ + 1e-6)), as in PyTorch; by value: each element to [−c, c]. A gradient that is not
finite is left as it is, so that the update is not finite either and the run says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np

from gdexplorer.arrays import Array

EPSILON = 1e-6


@dataclass(slots=True)
class Tally:
    """What clipping did since the last change."""

    updates: int = 0
    clipped: int = 0
    before: float = 0.0  # ‖g‖ of the latest update
    after: float = 0.0

    @property
    def share(self) -> float:
        """The part of the updates that were clipped."""
        return self.clipped / self.updates if self.updates else 0.0

    def count(self, before: float, after: float, clipped: bool) -> None:
        """Add an update."""
        self.updates += 1
        self.clipped += clipped
        self.before, self.after = before, after


def norm(gradient: Array) -> float:
    """Return ‖g‖ of a gradient (P,), also where squares overflow or vanish."""
    square = float(gradient.dot(gradient))
    if 0.0 < square < inf:
        return sqrt(square)
    peak = float(np.abs(gradient).max(initial=0.0))
    if peak == 0.0 or not isfinite(peak):
        return peak
    scaled = gradient / gradient.dtype.type(peak)
    return peak * sqrt(float(scaled.dot(scaled)))


def by_norm(gradient: Array, threshold: float, tally: Tally) -> None:
    """Shorten a gradient (P,) that is longer than the threshold."""
    before = norm(gradient)
    if not isfinite(before):
        return
    factor = min(1.0, threshold / (before + EPSILON))
    if factor < 1.0:
        gradient *= factor
    tally.count(before, factor * before, factor < 1.0)


def by_value(gradient: Array, threshold: float, tally: Tally) -> None:
    """Bring the elements of a gradient (P,) that are larger than the threshold back to it."""
    before = norm(gradient)
    if not isfinite(before):
        return
    if clipped := bool(max(gradient.max(), -gradient.min()) > threshold):
        np.clip(gradient, -threshold, threshold, gradient)
    tally.count(before, norm(gradient) if clipped else before, clipped)


CLIPS: dict[str, Callable[[Array, float, Tally], None]] = {"norm": by_norm, "value": by_value}
