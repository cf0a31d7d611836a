"""Which units and weights of a network a diagram of it has room for."""

from typing import NamedTuple

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.probes.chain import Parameter, parameter
from gdexplorer.probes.stepwise import Stage

MOST, STRONGEST = 8, 6  # units of a layer that are all drawn; how many of a larger one


class Edge(NamedTuple):
    """A weight: its place in θ, the column of units that it leads into, and the two units that it joins."""

    parameter: int
    column: int
    source: int
    target: int


class Graph(NamedTuple):
    """Units drawn of each column, the inputs first; how many there are; the weights drawn; each column's focus."""

    columns: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]
    edges: tuple[Edge, ...]
    focus: tuple[int, ...]


def drawable(stage: Stage) -> bool:
    """Whether all layers are dense, so that each weight is one edge."""
    return all(isinstance(own.layer, Dense) for own in stage.layers)


def values(stage: Stage, column: int, example: int) -> Array | None:
    """Return the activations of a column of units for an example; None before the pass forward."""
    if stage.batch is None:
        return None
    if column == 0:
        return stage.batch.x[:, example]
    a = stage.layers[column - 1].a
    return None if a is None else a[:, example]


def place(stage: Stage, layer: int, row: int, column: int) -> int:
    """Return where a number of a layer's first block is in θ."""
    block = stage.layout.by_id[stage.layers[layer].layer.id]
    return block.start + row * block.shape[1] + column


def strength(stage: Stage, layer: int, unit: int, example: int) -> Array:
    """Return |w · a| of the weights into a unit, before the pass forward |w|."""
    weights = stage.layout.view(stage.theta, stage.layers[layer].layer.id, "weight")[unit]
    a = values(stage, layer, example)
    return np.asarray(np.abs(weights if a is None else weights * a))


def graph(stage: Stage, index: int, example: int, most: int = MOST, strongest: int = STRONGEST) -> Graph:
    """Return what is drawn when the parameter `index` is looked at.

    Parameters
    ----------
    most, strongest
        Up to how many units of a layer are all drawn, and of a larger one how many: those with the largest |w · a| into
        the unit that is looked at in the next layer.
    """
    where = parameter(stage, index)
    sizes = tuple([int(np.prod(stage.layers[0].inputs))] + [int(np.prod(own.outputs)) for own in stage.layers])
    columns: list[tuple[int, ...]] = [()] * len(sizes)
    focus = [0] * len(sizes)
    for column in reversed(range(len(sizes))):
        ranks = _ranks(stage, column, focus, example, sizes[column])
        focus[column] = _looked_at(where, column, int(ranks.argmax()))
        columns[column] = _drawn(ranks, focus[column], most, strongest)
    edges = []
    for column in range(1, len(sizes)):
        everyone = max(sizes[column - 1 : column + 1]) <= most
        for target in columns[column]:
            if everyone or target == focus[column]:
                edges += [Edge(place(stage, column - 1, target, source), column, source, target)
                          for source in columns[column - 1]]  # fmt: skip
    return Graph(tuple(columns), sizes, tuple(edges), tuple(focus))


def _ranks(stage: Stage, column: int, focus: list[int], example: int, size: int) -> Array:
    if column < len(focus) - 1:
        return strength(stage, column, focus[column + 1], example)
    a = values(stage, column, example)
    return np.zeros(size) if a is None else np.abs(a)


def _looked_at(where: Parameter, column: int, strongest: int) -> int:
    if column == where.layer + 1:
        return where.row
    return where.column if column == where.layer and not where.bias else strongest


def _drawn(ranks: Array, focus: int, most: int, strongest: int) -> tuple[int, ...]:
    if len(ranks) <= most:
        return tuple(range(len(ranks)))
    first = [int(k) for k in np.argsort(-ranks, kind="stable")[:strongest]]
    return tuple(sorted({*first[: strongest - (focus not in first)], focus}))
