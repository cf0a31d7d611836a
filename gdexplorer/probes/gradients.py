"""Histograms of a gradient's elements per layer on a fixed symmetric-log axis, and the profile of δ.

Fixed edges keep pictures comparable over time; linear bins that follow the range would flatten every narrow
distribution. Exact zeros have a bin of their own, and what lies beyond the edges is counted, not dropped.
"""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, IntArray, frozen
from gdexplorer.probes.context import Context

LOWEST, HIGHEST, PER_DECADE = -9, 3, 3  # magnitudes 1e-9 … 1e3
MAGNITUDES = frozen(10.0 ** np.linspace(LOWEST, HIGHEST, (HIGHEST - LOWEST) * PER_DECADE + 1))
BINS = len(MAGNITUDES) - 1  # on each side


@dataclass(frozen=True, slots=True)
class Gradients:
    """The request for a `GradientReport`; equal requests share one measurement."""


@dataclass(frozen=True, slots=True)
class LayerGradient:
    """Elements of one layer's block of the gradient, weights and biases."""

    id: str
    negative: IntArray  # (BINS,) counts of −MAGNITUDES[k+1] < g ≤ −MAGNITUDES[k]
    positive: IntArray  # (BINS,) counts of MAGNITUDES[k] ≤ g < MAGNITUDES[k+1]
    zeros: int  # exactly 0
    tiny: int  # not 0, but smaller than the lowest edge
    huge: int  # as large as the highest edge, or larger
    size: int
    rms: float  # root mean square of the elements
    delta: float  # root mean square of B δ, the derivative of one example's loss by z


@dataclass(frozen=True, slots=True)
class GradientReport:
    """One step's gradient, layer by layer from input to output."""

    step: int
    examples: int
    norm: float
    layers: tuple[LayerGradient, ...]


def measure(request: Gradients, context: Context) -> GradientReport:
    """Count the elements of the mean gradient of the latest batch."""
    with np.errstate(all="ignore"):  # after a divergence, squares overflow
        return _report(context)


def _report(context: Context) -> GradientReport:
    layers = []
    for block in context.objective.layout.blocks:
        elements = context.gradient[block.start : block.stop]
        magnitude = np.abs(elements.astype(np.float64))
        bins = np.searchsorted(MAGNITUDES, magnitude, side="right") - 1  # −1 below, BINS at or above the top edge
        inside = (bins >= 0) & (bins < BINS)
        zeros = int(np.count_nonzero(magnitude == 0))
        delta = context.deltas.get(block.id)
        layers.append(
            LayerGradient(
                block.id,
                np.bincount(bins[inside & (elements < 0)], minlength=BINS),
                np.bincount(bins[inside & (elements > 0)], minlength=BINS),
                zeros,
                int(np.count_nonzero(bins < 0)) - zeros,
                int(np.count_nonzero(bins >= BINS)),
                elements.size,
                _rms(magnitude),
                float("nan") if delta is None else _rms(delta) * delta.shape[1],
            )
        )
    return GradientReport(context.step, context.examples, float(np.linalg.norm(context.gradient)), tuple(layers))


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
