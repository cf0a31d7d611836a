"""Games of two players as problems: their knobs."""

from typing import Literal

from gdexplorer.data.modes import Arrangement
from gdexplorer.fields import Settings, knob
from gdexplorer.lab.layers import HiddenLayers
from gdexplorer.objectives.dirac import Criterion, DiracObjective

GAN, DIRAC = "gan", "dirac"
_HIDDEN = tuple({"id": f"h{k}", "units": 32, "activation": "relu"} for k in (1, 2))


class Turns(Settings):
    """Who moves when, and how far."""

    generator_steps: int = knob(1, "G steps", "Updates of the generator in a round, after the discriminator's.",
                                ge=1, le=64, slider=(1, 16))  # fmt: skip
    discriminator_steps: int = knob(1, "D steps", "Updates of the discriminator in a round, which they begin.",
                                    ge=1, le=64, slider=(1, 16))  # fmt: skip
    discriminator_rate: float = knob(1.0, "D’s rate", "The discriminator's learning rate is that of the "
                                     "optimizer times this.", log=True, gt=0, le=1e3, slider=(0.01, 100),
                                     more=True)  # fmt: skip

    @property
    def updates_of_a_round(self) -> int:
        """Return how many updates a round takes."""
        return self.generator_steps + self.discriminator_steps


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
    discriminator: HiddenLayers = knob(
        _HIDDEN, "discriminator's layers", "Its hidden layers from input to logit; what fits stays, new units are "
        "drawn.", max_length=32, validate_default=True,
    )  # fmt: skip


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

    @property
    def updates_of_a_round(self) -> int:
        """Return how many updates a round takes: one where both sides move at once."""
        return 1 if self.updates == "simultaneous" else super().updates_of_a_round


def dirac(knobs: DiracKnobs) -> DiracObjective:
    """Return the Dirac GAN of these knobs."""
    return DiracObjective(knobs.criterion, knobs.gamma, knobs.updates == "simultaneous",
                          (knobs.generator_steps, knobs.discriminator_steps), knobs.discriminator_rate)  # fmt: skip
