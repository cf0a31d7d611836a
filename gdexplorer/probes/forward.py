"""A pass forward over the whole training set, in evaluation and in parts that stay near a core."""

from collections.abc import Iterator

import numpy as np

from gdexplorer.nn.layers.layer import Tape
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.program import NUMBERS
from gdexplorer.objectives.stacked import cuts
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context


def tapes(objective: SupervisedObjective, context: Context) -> Iterator[list[Tape]]:
    """Yield what every layer makes of a part of the examples, z and a (n, B) apart; valid until the next part."""
    network, full = objective.network, objective.full()
    compiled: dict[int, tuple[Plan, list[Tape]]] = {}
    for cut in cuts(full.size, max(NUMBERS // network.numbers, 16)):
        part = full.part(cut)
        if part.size not in compiled:
            plan = Plan(objective.dtype)
            groups = network.allocate(plan, part.size, apart=True)
            network.forward(plan, context.theta, groups, memory=context.memory)
            compiled[part.size] = plan, [tape for group in groups for tape in group.tapes]
        plan, found = compiled[part.size]
        with np.errstate(all="ignore"):
            plan.run(part.arrays)
        yield found
