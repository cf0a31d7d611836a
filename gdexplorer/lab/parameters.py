"""θ of an objective: drawn, given, and taken over from another objective's."""

from typing import Any

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.games import DiracKnobs
from gdexplorer.lab.problems import PointKnobs
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.layer import Layer, Shape
from gdexplorer.nn.network import Network
from gdexplorer.objectives.adversarial import AdversarialObjective
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.supervised import SupervisedObjective


def fill(theta: Array, target: Objective, experiment: Experiment, catalogue: Catalogue,
         layers: frozenset[str], seed: int) -> None:  # fmt: skip
    """Draw the weights of these layers into θ, each from a generator of its own seed and id; a point has its start."""
    if not (networks := _networks(target)):
        point = experiment.problem
        assert isinstance(point, PointKnobs | DiracKnobs)
        start = np.array([point.x, point.y])
        for block in target.layout.blocks:
            if block.id in layers:
                theta[block.start : block.stop] = start[block.start : block.stop]
        return
    initializer = catalogue.record("initializers", kind(experiment.network.initializer))
    knobs, blocks = experiment.network.initializer, target.layout.views(theta)
    for layer, inputs in _layers(networks):
        if layer.id in layers:
            rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *layer.id.encode()])))

            def draw(n_out: int, n_in: int, gain: float, field: int, rng: Any = rng) -> tuple[Array, Array]:
                drawn: tuple[Array, Array] = initializer.draw(rng, n_out, n_in, gain, knobs, field)
                return drawn

            layer.fill(blocks, inputs, draw)


def _networks(target: Objective) -> tuple[Network, ...]:
    """Return what an objective's θ are the weights of; nothing for a point."""
    if isinstance(target, AdversarialObjective):
        return target.networks
    return (target.network,) if isinstance(target, SupervisedObjective) else ()


def _layers(networks: tuple[Network, ...]) -> list[tuple[Layer, Shape]]:
    """Return all layers, each with the shape of its inputs."""
    return [pair for network in networks for pair in zip(network.layers, network.shapes, strict=False)]


def initial(target: Objective, experiment: Experiment, catalogue: Catalogue) -> Array:
    """Return the θ that an experiment starts from: (P,)."""
    theta = zeros(target.layout.size, target.dtype)
    fill(theta, target, experiment, catalogue, frozenset(target.layout.by_id), experiment.seed)
    _give(theta, target, experiment)
    return theta


def _give(theta: Array, target: Objective, experiment: Experiment) -> None:
    """Write the numbers that an experiment gives to where there is a place for them; all others are drawn."""
    for given in experiment.network.start:
        block = target.layout.by_id.get(given.id)
        if block is not None and block.content == "affine":
            _overlap(np.array(given.rows), target.layout.block(theta, given.id), False)


def same_parameters(old: Objective, new: Objective) -> bool:
    """Whether θ and buffers of one objective mean the same in the other: layer norm has batch norm's θ alone."""
    if bool(_networks(old)) != bool(_networks(new)):
        return False
    shapes = [(x.layout, x.buffers, x.dtype, getattr(x, "features", ())) for x in (old, new)]
    return shapes[0] == shapes[1]


def same_measure(old: Objective, new: Objective) -> bool:
    """Whether curves of the data loss may go on from one objective to the other, be its network as it may."""
    if isinstance(old, SupervisedObjective) and isinstance(new, SupervisedObjective):
        same_data = new.data is old.data and new.scaling == old.scaling
        return same_data and new.loss == old.loss and new.loss_knobs == old.loss_knobs
    return new.same_loss(old)


def transplant(old: Objective, theta: Array, new: Objective, fresh: Array) -> Array:
    """Return the new network's θ: every block that still fits kept, by layer id, the overlap of resized ones too.

    Columns of the first layer are matched by the name of the input they weigh.
    """
    result = fresh.copy()
    before = {layer.id: (layer, shape) for layer, shape in _layers(_networks(old))}
    inputs = None
    if isinstance(old, SupervisedObjective) and isinstance(new, SupervisedObjective):
        inputs = _inputs(old), _inputs(new)
    first = next(iter(before), "")
    for index, (layer, shape) in enumerate(_layers(_networks(new))):
        if layer.id not in before or not layer.resembles(shape, *before[layer.id]):
            continue
        for block in layer.blocks(shape):
            source, target = old.layout.block(theta, block.id), new.layout.block(result, block.id)
            named = index == 0 and first == layer.id and isinstance(layer, Dense)
            with np.errstate(over="ignore"):  # of float64 weights that float32 cannot hold
                _overlap(source, target, block.content == "weights", *(inputs if named and inputs else ()))
    return result


def _overlap(source: Array, target: Array, unbiased: bool, old: tuple[str, ...] = (),
             new: tuple[str, ...] = ()) -> None:  # fmt: skip
    """Copy the rows that both blocks have, and of these the columns: by the names of inputs if given; bias to bias."""
    rows, columns = min(len(source), len(target)), min(source.shape[1], target.shape[1]) - (not unbiased)
    there, here = list(range(columns)), list(range(columns))
    if new:
        there = [old.index(name) for name in new if name in old]
        here = [k for k, name in enumerate(new) if name in old]
    target[:rows, here] = source[:rows, there]
    if not unbiased:
        target[:rows, -1] = source[:rows, -1]


def transplant_buffers(old: Objective, buffers: Array, new: Objective) -> Array:
    """Return the new network's state outside θ: what still fits kept, by layer id."""
    result, there = new.fresh_buffers(), old.buffers.views(buffers)
    for id, here in new.buffers.views(result).items():
        if id in there and there[id].shape == here.shape:
            here[...] = there[id]
    return result


def _inputs(target: SupervisedObjective) -> tuple[str, ...]:
    return target.features or target.data.inputs
