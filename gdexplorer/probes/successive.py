"""The angle between the gradients of two updates that follow each other, each of its own mini-batch at its own point.

Both updates are those that come next, made in a copy of the run, so that a measurement now and then still compares
neighbors. What the copy sees, `alpha` measures too; with 337 parameters it takes 1 ms.
"""

from dataclasses import dataclass, field

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.probes.context import Context


@dataclass(frozen=True, slots=True)
class Successive:
    """The request for a `SuccessiveReport`; the answer is a sentence where there is none."""


@dataclass(frozen=True, eq=False, slots=True)
class SuccessiveReport:
    """cos ∠(g_B(θ_t), g_B′(θ_t+1)), NaN where one of them is 0 or not finite."""

    step: int  # t
    cosine: float
    series: Array = field(default_factory=lambda: np.zeros((0, 2)))  # rows of step and cosine, as far as measured


def measure(request: Successive, context: Context, first: Array, second: Array) -> SuccessiveReport:
    """Compare the gradients (P,) of the next update and of the one after it."""
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(first) * np.linalg.norm(second)
        cosine = float(first @ second / lengths)
    return SuccessiveReport(context.step, cosine if np.isfinite(cosine) else float("nan"))
