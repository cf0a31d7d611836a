"""Histograms of δ = ∂ℓ/∂z of every layer, for each unit and example of the latest batch."""

from dataclasses import dataclass

from gdexplorer.probes.context import Context
from gdexplorer.probes.histogram import Distribution, by_layer


@dataclass(frozen=True, slots=True)
class Deltas:
    """The request for a `Distribution` of B δ, the derivatives of one example's loss."""


def measure(request: Deltas, context: Context) -> Distribution:
    """Count the elements of δ; L is a mean over the batch, so that δ is multiplied by its size."""
    own = {id: delta.shape[1] * delta for id, delta in context.deltas.items()}
    return Distribution(context.step, max((delta.shape[1] for delta in own.values()), default=0),
                        by_layer(context.objective.layout, own))  # fmt: skip
