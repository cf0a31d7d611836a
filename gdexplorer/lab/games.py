"""Games of two players as problems: their knobs, and the objectives that they describe."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import field_validator

from gdexplorer.data.modes import Arrangement, Mixture
from gdexplorer.fields import Settings, knob
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.layers import AnyLayer, LayerSettings, Records
from gdexplorer.nn.activations import LINEAR
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.network import Network
from gdexplorer.objectives.adversarial import LATENT, AdversarialObjective
from gdexplorer.objectives.dirac import Criterion, DiracObjective
from gdexplorer.objectives.objective import Objective
from gdexplorer.optim import Rule, Search

if TYPE_CHECKING:
    from gdexplorer.lab.experiment import Experiment

GAN, DIRAC = "gan", "dirac"
_HIDDEN = tuple({"id": f"h{k}", "units": 32, "activation": "relu"} for k in (1, 2))


class Turns(Settings):
    """Who moves when, and how far."""

    generator_steps: int = knob(1, "generator steps", "Updates of the generator in a round, after the discriminator's.",
                                symbol="G", ge=1, le=64, slider=(1, 16))  # fmt: skip
    discriminator_steps: int = knob(1, "discriminator steps", "Updates of the discriminator in a round, which they "
                                    "begin.", symbol="D", ge=1, le=64, slider=(1, 16))  # fmt: skip
    discriminator_rate: float = knob(1.0, "discriminator's rate", "The discriminator's learning rate is that of the "
                                     "optimizer times this.", log=True, gt=0, le=1e3, slider=(0.01, 100),
                                     more=True)  # fmt: skip


class GanKnobs(Turns):
    """A generator, whose hidden layers are the network's, against a discriminator with its own."""

    kind: Literal["gan"] = "gan"
    target: Arrangement = knob("ring", "real samples", "Where the modes of the real samples lie: on a ring, on a "
                               "grid of 5 × 5, or on a line.")  # fmt: skip
    modes: int = knob(8, "modes", "Number of Gaussians on a ring or a line.", symbol="K", ge=1, le=50, slider=(1, 16))
    radius: float = knob(2.0, "radius", "Of the ring; half the side of the grid; half the line.", gt=0, le=100,
                         slider=(0.5, 4), more=True)  # fmt: skip
    spread: float = knob(0.05, "spread", "Standard deviation of each Gaussian.", symbol="σ", ge=0, le=10,
                         slider=(0, 0.5), more=True)  # fmt: skip
    generator_loss: Literal["non-saturating", "saturating"] = knob(
        "non-saturating", "generator's loss", "−log D(G(z)), or log(1 − D(G(z))), whose gradient vanishes where the "
        "discriminator is sure.",
    )  # fmt: skip
    discriminator: tuple[AnyLayer, ...] = knob(
        _HIDDEN, "discriminator's layers", "Its hidden layers from input to logit; what fits stays, new units are "
        "drawn.", max_length=32, validate_default=True,
    )  # fmt: skip

    @field_validator("discriminator")
    @classmethod
    def _unique(cls, value: tuple[LayerSettings, ...]) -> tuple[LayerSettings, ...]:
        ids = [layer.id for layer in value]
        if len(set(ids)) < len(ids) or "output" in ids:
            raise ValueError("layer ids must differ from each other and from 'output'; rename one.")
        return value


class DiracKnobs(Turns):
    """One parameter a side."""

    kind: Literal["dirac"] = "dirac"
    criterion: Criterion = knob("standard", "criterion", "f of the losses: −log(1 + e⁻ᵗ), the same without saturation "
                                "of the generator, or t itself (Wasserstein).")  # fmt: skip
    gamma: float = knob(0.0, "R1 penalty", "½γψ² is added to the discriminator's loss: the squared slope of its "
                        "output at the real sample.", symbol="γ", ge=0, le=100, slider=(0, 2))  # fmt: skip
    updates: Literal["simultaneous", "alternating"] = knob(
        "simultaneous", "updates", "Both sides step from the same point, or each in turn, the discriminator first.",
    )  # fmt: skip
    x: float = knob(1.0, "start θ", "Where the generator begins: its one sample.", symbol="θ₀", ge=-1e6, le=1e6,
                    slider=(-2, 2))  # fmt: skip
    y: float = knob(1.0, "start ψ", "Where the discriminator begins: its slope.", symbol="ψ₀", ge=-1e6, le=1e6,
                    slider=(-2, 2))  # fmt: skip


def dirac(knobs: DiracKnobs) -> DiracObjective:
    """Return the Dirac GAN of these knobs."""
    return DiracObjective(knobs.criterion, knobs.gamma, knobs.updates == "simultaneous",
                          (knobs.generator_steps, knobs.discriminator_steps), knobs.discriminator_rate)  # fmt: skip


def gan(experiment: "Experiment", catalogue: Records) -> AdversarialObjective:
    """Return the GAN that an experiment describes.

    Raises
    ------
    Complaint
        If a layer of one side cannot take part.
    """
    knobs, network = experiment.problem, experiment.network
    assert isinstance(knobs, GanKnobs)
    return AdversarialObjective(
        _network("G", network.layers, 2, catalogue),
        _network("D", knobs.discriminator, 1, catalogue),
        Mixture(knobs.target, knobs.modes, knobs.radius, knobs.spread),
        knobs.generator_loss == "saturating",
        (knobs.generator_steps, knobs.discriminator_steps),
        knobs.discriminator_rate,
        experiment.training.batch_size,
        np.dtype(network.precision),
        experiment.seed,
    )


def _network(side: str, layers: tuple[LayerSettings, ...], outputs: int, catalogue: Records) -> Network:
    """Return one side's network; its layers are called after it: "G.h1"."""
    output = Dense(id=f"{side}.output", units=outputs, activation=LINEAR)
    hidden = (catalogue.record("layers", getattr(layer, "kind", "")).make(layer, catalogue) for layer in layers)
    try:
        made = Network((LATENT,), (*(replace(layer, id=f"{side}.{layer.id}") for layer in hidden), output))
    except ValueError as error:
        raise Complaint(f"{side}: {error}") from error
    if made.buffers.size or any(count for count, _ in made.masks):
        raise Complaint("In a game no layer may depend on the batch or on chance, which batch norm and dropout do; use "
                        "dense layers or layer norm.")  # fmt: skip
    return made


def require(objective: Objective, experiment: "Experiment", rule: Rule[Any] | Search[Any]) -> None:
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
