"""Histograms of the parameters of every layer, weights and biases."""

from dataclasses import dataclass

from gdexplorer.probes.context import Context
from gdexplorer.probes.histogram import Distribution, by_block


@dataclass(frozen=True, slots=True)
class Weights:
    """The request for a `Distribution` of θ."""


def measure(request: Weights, context: Context) -> Distribution:
    """Count the elements of θ."""
    return Distribution(context.step, 0, by_block(context.objective.layout, context.theta))
