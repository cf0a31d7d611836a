"""Where on the loss's local parabola an update ends: α = −1 no step, 0 the valley's floor, +1 the other slope as high.

The parabola m(τ) = w₀ + w₁τ + w₂τ² is fitted by least squares to loss and slope before the update (τ = 0) and after
it (τ = 1), all four on the mini-batch of the update; its floor is at τ* = −w₁/2w₂, and α = 1/τ* − 1 = −2w₂/w₁ − 1.
Where it is not convex the loss still falls at the end of the step, and α counts as −1. Cockpit weighs the four by
their variance over examples, as estimates for the loss of all; on one mini-batch each is known exactly, so that they
weigh the same here and α is about the loss that the update was made for. The fit takes 0.01 ms, the two updates of the
copy that it looks at 1 ms with 337 parameters (`lab/ahead.py`).

References
----------
Mutschler, Zell: "Parabolic approximation line search for DNNs", 2020. Schneider, Dangel, Hennig: "Cockpit", 2021.
"""

from dataclasses import dataclass, field

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.probes.context import Context

# What least squares makes of (m(0), m(1), m′(0), m′(1)): (3, 4), the pseudoinverse
FIT = np.linalg.pinv(np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.0, 1.0, 2.0]]))


@dataclass(frozen=True, slots=True)
class Alpha:
    """The request for an `AlphaReport`; the answer is a sentence where there is none."""


@dataclass(frozen=True, eq=False, slots=True)
class AlphaReport:
    """Of the next update."""

    step: int
    alpha: float  # NaN where loss or slope are not finite
    losses: tuple[float, float]  # of the mini-batch, with penalty, before and after the update
    slopes: tuple[float, float]  # along the update, in units of the update
    series: Array = field(default_factory=lambda: np.zeros((0, 2)))  # rows of step and α, as far as measured


def measure(request: Alpha, context: Context, losses: Array, gradients: Array, move: Array) -> AlphaReport:
    """Fit the parabola to losses (2,) and gradients (2, P) before and after an update θ → θ + move."""
    with np.errstate(all="ignore"):
        slopes = gradients @ move
        before, after = float(losses[0]), float(losses[1])
        return AlphaReport(context.step, alpha(losses, slopes), (before, after), (float(slopes[0]), float(slopes[1])))


def alpha(losses: Array, slopes: Array) -> float:
    """Return α of m(0), m(1) and m′(0), m′(1)."""
    seen = np.concatenate([losses, slopes])
    if not np.isfinite(seen).all():
        return float("nan")
    _, slope, bend = (FIT @ (seen - [seen[0], seen[0], 0.0, 0.0])).tolist()  # the height is no matter
    if bend <= 0:
        return -1.0
    with np.errstate(divide="ignore"):  # a step that begins at the floor
        return float(-2 * np.float64(bend) / slope - 1)
