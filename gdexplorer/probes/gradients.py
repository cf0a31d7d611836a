"""Histograms of a gradient's elements per layer, and the profile of δ; see `histogram` for the bins."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.probes.context import Context
from gdexplorer.probes.histogram import Counts, count, rms


@dataclass(frozen=True, slots=True)
class Gradients:
    """The request for a `GradientReport`; equal requests share one measurement."""


@dataclass(frozen=True, slots=True)
class LayerGradient(Counts):
    """Elements of one layer's block of the gradient, weights and biases."""

    delta: float  # root mean square of B δ, the derivative of one example's loss by z


@dataclass(frozen=True, slots=True)
class GradientReport:
    """One step's gradient, layer by layer from input to output."""

    step: int
    examples: int
    norm: float
    layers: tuple[LayerGradient, ...]
    afresh: int = 0  # see `Context`


def measure(request: Gradients, context: Context) -> GradientReport:
    """Count the elements of the mean gradient of the latest batch."""
    with np.errstate(all="ignore"):  # after a divergence, squares overflow
        return _report(context)


def _report(context: Context) -> GradientReport:
    layers = []
    for block in context.objective.layout.blocks:
        own, delta = count(block.id, context.gradient[block.start : block.stop]), context.deltas.get(block.id)
        size = float("nan") if delta is None else rms(delta) * delta.shape[1]
        layers.append(LayerGradient(own.id, own.negative, own.positive, own.zeros, own.tiny, own.huge, own.size,
                                    own.rms, size))  # fmt: skip
    norm = float(np.linalg.norm(context.gradient))
    return GradientReport(context.step, context.examples, norm, tuple(layers), context.afresh)
