"""Gradients of single training examples and that of all of them, from which the probes of noise are made.

Examples are all n of the training split if they are at most `MOST`, else so many of them drawn once and for all.
"""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.objectives import per_sample
from gdexplorer.objectives.batch import Batch, whole
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context

MOST, MOST_SLOW = 256, 64  # examples; of those that need a pass each
NUMBERS = 2**22  # in all gradients together
PART = 1024  # examples of a pass
HUGE = 1e50  # beyond it, powers of gradients overflow
NOT_FINITE = "The gradient is not finite here, or nearly so; move to a point of smaller weights."
NO_GRADIENT = "The gradient of all training examples is exactly 0 here, so that nothing can be compared with it."
TOO_LARGE = "This network has too many parameters for a gradient of each example."


@dataclass(frozen=True, eq=False, slots=True)
class SampleGradients:
    """Gradients at one point, in float64.

    Attributes
    ----------
    each
        (m, P), of single examples.
    rows
        (m,), which of the training examples these are; of a mini-batch, which of it.
    mean
        (P,), of all `count` examples: the training split, or a mini-batch.
    """

    each: Array
    rows: IntArray
    mean: Array
    count: int

    @property
    def norm(self) -> float:
        """‖g‖ of the mean over all."""
        return float(np.linalg.norm(self.mean))

    @property
    def variance(self) -> float:
        """V = Σ‖gᵢ − ḡ‖²/(m − 1), ḡ the mean of the m: the same as (Σ‖gᵢ‖² − m‖ḡ‖²)/(m − 1); NaN of one example."""
        if len(self.each) < 2:
            return float("nan")
        return float(np.square(self.each - self.each.mean(axis=0)).sum() / (len(self.each) - 1))


def refusal(objective: Objective) -> str:
    """Return why there are no gradients of single examples, nothing if there are."""
    if "per_sample" in objective.can:
        return "" if objective.layout.size * 2 <= NUMBERS else TOO_LARGE
    return per_sample.TIED if "examples" in objective.can else per_sample.NO_SAMPLES


class Taker:
    """Takes gradients at context.theta, which must not change meanwhile; of one thread."""

    def __init__(self, context: Context) -> None:
        self.context, self.full = context, context.objective.full()
        self._program, self._out = context.objective.program(self.full), np.empty_like(context.theta)

    def gradient(self, batch: Batch, rows: IntArray) -> Array:
        """Return the gradient (P,) of the mean loss of these examples of a batch, no unit dropped."""
        context, total = self.context, np.zeros(self.context.theta.size)
        with np.errstate(all="ignore"):
            for part in np.split(rows, range(PART, len(rows), PART)):
                self._program.value_and_gradient(context.theta, context.buffers, _some(batch, part), self._out)
                total += len(part) / len(rows) * self._out
        return total

    def each(self, batch: Batch, rows: IntArray) -> Array:
        """Return theirs, one by one (m, P).

        Raises
        ------
        ValueError
            If one is not finite.
        """
        context = self.context
        found = self._program.sample_gradients(context.theta, context.buffers, _some(batch, rows)).astype(np.float64)
        if not (np.abs(found) < HUGE).all():
            raise ValueError(NOT_FINITE)
        return found


def of_training(taker: Taker) -> SampleGradients:
    """Measure training examples.

    Raises
    ------
    ValueError
        If a gradient is not finite, or that of all is 0.
    """
    full = taker.full
    count = _most(taker.context.objective, full.size)
    rows = np.arange(full.size)
    if count < full.size:
        rows = np.sort(np.random.default_rng(0).permutation(full.size)[:count])
    found = SampleGradients(taker.each(full, rows), rows, taker.gradient(full, np.arange(full.size)), full.size)
    if not found.norm < HUGE:
        raise ValueError(NOT_FINITE)
    if not found.norm:
        raise ValueError(NO_GRADIENT)
    return found


def of_batch(taker: Taker, batch: Batch) -> SampleGradients:
    """Measure the examples of a mini-batch, or as many of them as is quick.

    Raises
    ------
    ValueError
        If a gradient is not finite.
    """
    rows = np.arange(_most(taker.context.objective, batch.size))
    each = taker.each(batch, rows)
    mean = each.mean(axis=0) if len(each) == batch.size else taker.gradient(batch, np.arange(batch.size))
    return SampleGradients(each, rows, mean, batch.size)


def _most(objective: Objective, size: int) -> int:
    quick = isinstance(objective, SupervisedObjective) and per_sample.by_products(objective.network)
    return min(size, MOST if quick else MOST_SLOW, max(NUMBERS // objective.layout.size, 2))


def _some(batch: Batch, rows: IntArray) -> Batch:
    """Return these examples of a batch, without masks."""
    return whole(batch.xt[rows], np.ascontiguousarray(batch.y.T[rows]))
