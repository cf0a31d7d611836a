"""How far the gradient of a mini-batch is from that of all training examples, for batches of every size.

With V the variance of the examples' gradients, √E‖g_B − g‖² is √(V/B) for examples drawn with replacement. Within an
epoch none comes twice, and it is √((1 − B/n) V/B) (sampling from a finite population): exact if V is of all n.
Beside it stand gradients of batches that were drawn, each by a pass of its own. With n = 300 and 337 parameters the
draws take 3 ms, with n = 1,438 and 4,810 parameters 19 ms.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from gdexplorer.arrays import Array, IntArray, frozen
from gdexplorer.probes.context import Context
from gdexplorer.probes.per_sample import SampleGradients, Taker

DRAWS = 6  # batches of each size
LARGEST = 1024


@dataclass(frozen=True, slots=True)
class Noise:
    """The request for a `NoiseReport`; the answer is a sentence where examples have no gradients of their own."""


@dataclass(frozen=True, eq=False, slots=True)
class NoiseReport:
    """Relative noise ‖g_B − g‖/‖g‖.

    Attributes
    ----------
    single
        √V/‖g‖: with replacement, the noise of one example.
    sizes
        1, 4, 16, … below n.
    drawn
        (sizes, DRAWS), of batches without replacement, the same ones at every measurement.
    """

    step: int
    examples: int  # n
    measured: int  # m, of which V is an estimate
    batch_size: int
    single: float
    sizes: IntArray
    drawn: Array

    def ideal(self, size: float) -> float:
        """Return what is expected with replacement: the line that falls as 1/√B."""
        return self.single / sqrt(size)

    def expected(self, size: float) -> float:
        """Return what is expected without, √E‖g_B − g‖²/‖g‖."""
        return self.ideal(size) * sqrt(max(1 - size / self.examples, 0.0))


def measure(request: Noise, context: Context, samples: SampleGradients, taker: Taker) -> NoiseReport:
    """Draw batches at context.theta and compare their gradients with samples.mean."""
    full, rng = taker.full, np.random.default_rng(0)
    sizes = np.array([4**k for k in range(7) if 4**k < full.size and 4**k <= LARGEST], int)
    drawn = np.empty((len(sizes), DRAWS))
    for size, found in zip(sizes, drawn, strict=True):
        for k in range(DRAWS):
            rows = rng.choice(full.size, int(size), replace=False)
            found[k] = np.linalg.norm(taker.gradient(full, rows) - samples.mean) / samples.norm
    size = min(context.objective.batch_size, full.size)
    return NoiseReport(context.step, full.size, len(samples.each), size, sqrt(samples.variance) / samples.norm, sizes,
                       frozen(drawn))  # fmt: skip
