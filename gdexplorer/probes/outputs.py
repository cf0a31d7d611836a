"""Histograms of the activations a of every layer, for each unit and training example, in evaluation."""

from dataclasses import dataclass
from functools import reduce

from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context
from gdexplorer.probes.forward import tapes
from gdexplorer.probes.histogram import Distribution, by_layer, together

NO_OUTPUTS = "Activations are those of one network that learns from examples; this problem has none."


@dataclass(frozen=True, slots=True)
class Outputs:
    """The request for a `Distribution` of a; the answer is a sentence where there is no single network."""


def measure(request: Outputs, context: Context) -> Distribution:
    """Count what the layers make of all training examples."""
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    parts = [by_layer(objective.layout, {tape.layer.id: tape.a for tape in part}) for part in tapes(objective, context)]
    layers = tuple(reduce(together, own) for own in zip(*parts, strict=True))
    return Distribution(context.step, objective.full().size, layers)
