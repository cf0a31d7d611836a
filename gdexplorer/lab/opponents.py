"""A GAN from an experiment's settings, and what an experiment must not ask of a game."""

from dataclasses import replace
from typing import Any

import numpy as np

from gdexplorer.data.modes import Mixture
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.games import GanKnobs
from gdexplorer.lab.layers import LayerSettings, Records
from gdexplorer.nn.activations import LINEAR
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.network import Network
from gdexplorer.objectives.adversarial import LATENT, AdversarialObjective
from gdexplorer.objectives.objective import Objective
from gdexplorer.optim import Rule, Search


def gan(experiment: Experiment, catalogue: Records) -> AdversarialObjective:
    """Return the GAN that an experiment describes.

    Raises
    ------
    Complaint
        If a layer of one side cannot take part.
    """
    knobs, network = experiment.problem, experiment.network
    assert isinstance(knobs, GanKnobs)
    return AdversarialObjective(
        _network("G", network.layers, 2, experiment, catalogue),
        _network("D", knobs.discriminator, 1, experiment, catalogue),
        Mixture(knobs.target, knobs.modes, knobs.radius, knobs.spread),
        knobs.generator_loss == "saturating",
        (knobs.generator_steps, knobs.discriminator_steps),
        knobs.discriminator_rate,
        experiment.training.batch_size,
        np.dtype(network.precision),
        experiment.seed,
    )


def _network(side: str, layers: tuple[LayerSettings, ...], outputs: int, experiment: Experiment,
             catalogue: Records) -> Network:  # fmt: skip
    """Return one side's network; its layers are called after it: "G.h1"."""
    output = Dense(id=f"{side}.output", units=outputs, activation=LINEAR)
    hidden = (catalogue.record("layers", getattr(layer, "kind", "")).make(layer, catalogue) for layer in layers)
    try:
        row = (*(replace(layer, id=f"{side}.{layer.id}") for layer in hidden), output)
        made = Network((LATENT,), row, experiment.bugs.has("omitted_slope"))
    except ValueError as error:
        raise Complaint(f"{side}: {error}") from error
    if made.buffers.size or any(count for count, _ in made.masks):
        raise Complaint("In a game no layer may depend on the batch or on chance, which batch norm and dropout do; use "
                        "dense layers or layer norm.")  # fmt: skip
    return made


def require(objective: Objective, experiment: Experiment, rule: Rule[Any] | Search[Any]) -> None:
    """Refuse what makes no sense where two sides have a loss each.

    Raises
    ------
    Complaint
        One sentence.
    """
    training = experiment.training
    if isinstance(rule, Search):
        raise Complaint(f"{rule.label} searches for a lower value of one function, and a game has two; choose an "
                        "optimizer such as SGD or Adam.")  # fmt: skip
    if training.accumulate > 1:
        raise Complaint("In a game each side's turn has a batch of its own, so that none add up; set accumulate to 1, "
                        "and a larger batch size.")  # fmt: skip
    if training.stop_after or getattr(training.schedule, "kind", "") == "plateau":
        raise Complaint("The losses of a game are no measure of quality, so that nothing can wait for a lower one; "
                        "set 'stop after' to 0, and a schedule other than plateau.")  # fmt: skip
    if isinstance(objective, AdversarialObjective) and (experiment.penalty.l1 or experiment.penalty.l2):
        raise Complaint("A game knows no penalty on weights; set the L1 and the L2 penalty to 0, or choose AdamW for "
                        "its weight decay.")  # fmt: skip
