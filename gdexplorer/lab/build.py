"""From settings to an objective, and from one network's θ to another's."""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.data import Data, Source, load
from gdexplorer.lab import memory, opponents
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.games import GAN, DiracKnobs
from gdexplorer.lab.problems import AUTOENCODER, PointKnobs, Problem
from gdexplorer.lab.sources import source_of
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.layer import Layer, Shape
from gdexplorer.nn.losses import Task
from gdexplorer.nn.network import Network
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.adversarial import AdversarialObjective
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim import Search

MOST_PARAMETERS = 5_000_000
OUTPUT = "output"


@lru_cache(maxsize=8)
def _load(source: Source, amount: int, noise: float, train_share: float, seed: int) -> Data:
    return load(source, amount, noise, train_share, seed)


def objective(experiment: Experiment, catalogue: Catalogue) -> Objective:
    """Build the loss that an experiment describes, for an optimizer that can descend it.

    Raises
    ------
    Complaint
        If loss, output activation and data do not fit each other, the network is too large, also for the memory that
        is free, or the optimizer cannot descend it.
    """
    problem: Problem = catalogue.record("problems", kind(experiment.problem))
    if problem.name == GAN:
        built: Objective = opponents.gan(experiment, catalogue)
    else:
        built = _supervised(experiment, catalogue) if problem.make is None else problem.make(experiment.problem)
    if built.layout.size > MOST_PARAMETERS:
        raise Complaint(f"The network would have {built.layout.size:,} parameters, more than {MOST_PARAMETERS:,}; "
                        "make its layers smaller.")  # fmt: skip
    if isinstance(built, SupervisedObjective):
        memory.require(built, experiment)
    rule = catalogue.record("optimizers", kind(experiment.optimizer))
    if len(built.players) > 1:
        opponents.require(built, experiment, rule)
    if isinstance(rule, Search):
        _require(rule, built)
    return built


def _require(search: Search[Any], built: Objective) -> None:
    """Refuse what a search cannot descend."""
    if search.deterministic and not built.deterministic:
        remedy = ("set the batch size to all training examples" if "examples" in built.can else
                  "set the gradient noise to 0")  # fmt: skip
        raise Complaint(f"{search.label} searches along lines, which needs the same loss at every update, not a "
                        f"mini-batch's or a noisy one; {remedy}, or choose another optimizer.")  # fmt: skip
    if search.most_parameters is not None and built.layout.size > search.most_parameters:
        raise Complaint(f"{search.label} needs the whole Hessian, which is for at most {search.most_parameters:,} "
                        f"parameters, not {built.layout.size:,}; choose another optimizer.")  # fmt: skip


def _supervised(experiment: Experiment, catalogue: Catalogue) -> SupervisedObjective:
    source = source_of(experiment.data, catalogue)
    loss = catalogue.record("losses", kind(experiment.loss))
    features = experiment.data.features if len(source.inputs) == 2 else ()
    shape = source.shape or (len(features or source.inputs),)
    reconstruct = kind(experiment.problem) == AUTOENCODER
    task: Task = "regression" if reconstruct else source.task
    if reconstruct and task not in loss.tasks:
        raise Complaint(f"The loss '{loss.name}' cannot compare outputs with inputs; choose another loss.")
    if task not in loss.tasks:
        raise Complaint(f"The loss '{loss.name}' cannot learn the data set '{source.name}', a {source.task} task; "
                        "choose another loss.")  # fmt: skip
    if loss.logits and kind(experiment.network.output) != "linear":
        raise Complaint(f"The loss '{loss.name}' takes logits, so the output activation must be linear; set "
                        "network.output to \"linear\".")  # fmt: skip
    units = prod(shape) if reconstruct else loss.outputs(task, source.classes)
    output = Dense(id=OUTPUT, units=units, activation=catalogue.record(
        "activations", kind(experiment.network.output)), knobs=experiment.network.output)  # fmt: skip
    hidden = [catalogue.record("layers", kind(layer)).make(layer, catalogue) for layer in experiment.network.layers]
    try:
        network = Network(shape, (*hidden, output))
        if reconstruct and len(shape) > 1 and network.shapes[-2] == shape:
            alone = Network(shape, tuple(hidden))
            network = alone if alone.layout.size else network  # it has made the image itself, if it can learn to
    except ValueError as error:
        raise Complaint(str(error)) from error
    if experiment.training.batch_size < network.fewest:
        raise Complaint(f"Batch norm cannot train on batches of {experiment.training.batch_size}, which have no "
                        f"variance; set the batch size to {network.fewest} or more.")  # fmt: skip
    data = experiment.data
    try:
        examples = _load(source, data.amount, data.noise, data.train_share, experiment.seed)
    except ValueError as error:
        raise Complaint(str(error)) from error
    return SupervisedObjective(
        network,
        examples,
        features,
        loss,
        experiment.loss,
        Penalty(experiment.penalty.l1, experiment.penalty.l2),
        experiment.penalty.biases,
        experiment.training.batch_size,
        np.dtype(experiment.network.precision),
        data.scaling,
        reconstruct,
    )


def kind(settings: object) -> str:
    """Return the name of the record that a group of settings belongs to."""
    return str(getattr(settings, "kind"))  # noqa: B009 - every Knobs declares its kind, the base does not


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
    """Whether θ of one objective means the same in the other."""
    if bool(_networks(old)) != bool(_networks(new)):
        return False
    shapes = [(x.layout, x.dtype, getattr(x, "features", ())) for x in (old, new)]
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
