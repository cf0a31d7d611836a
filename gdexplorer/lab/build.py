"""From settings to an objective, with all that the settings say of it: the form of L1, the bug of the backward pass."""

from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from gdexplorer.data import Data, Source, load
from gdexplorer.lab import memory, opponents
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.games import GAN
from gdexplorer.lab.problems import AUTOENCODER, Problem
from gdexplorer.lab.sources import source_of
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.losses import Task
from gdexplorer.nn.network import Network
from gdexplorer.nn.penalties import Penalty
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
    if isinstance(built, SupervisedObjective) and built.penalty.proximal:
        raise Complaint(f"{search.label} chooses its steps by the loss and takes no proximal step after them; set "
                        "the L1 form to subgradient, or choose another optimizer.")  # fmt: skip


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
        network = Network(shape, (*hidden, output), experiment.bugs.has("omitted_slope"))
        if reconstruct and len(shape) > 1 and network.shapes[-2] == shape:
            alone = replace(network, layers=tuple(hidden))
            network = alone if alone.layout.size else network  # it has made the image itself, if it can learn to
    except ValueError as error:
        raise Complaint(str(error)) from error
    if experiment.training.batch_size < network.fewest:
        raise Complaint(f"Batch norm cannot train on batches of {experiment.training.batch_size}, which have no "
                        f"variance; set the batch size to {network.fewest} or more.")  # fmt: skip
    data, penalty = experiment.data, experiment.penalty
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
        Penalty(penalty.l1, penalty.l2, bool(penalty.l1) and penalty.l1_form == "proximal"),
        penalty.biases,
        experiment.training.batch_size,
        np.dtype(experiment.network.precision),
        data.scaling,
        reconstruct,
    )


def kind(settings: object) -> str:
    """Return the name of the record that a group of settings belongs to."""
    return str(getattr(settings, "kind"))  # noqa: B009 - every Knobs declares its kind, the base does not
