"""The Dirac GAN: the smallest game there is, one parameter a side, as a vector field on the plane (θ, ψ).

The only real sample is 0, the generator makes the one sample θ, and the discriminator's logit is ψ x. With f the
criterion and L(θ, ψ) = f(θψ) + f(0), the discriminator descends −L + ½γψ² and the generator L, or −f(−θψ) − f(0)
if it does not saturate. R1 is the penalty ½γ E|∂D/∂x|² over real samples. The equilibrium is (0, 0).

References
----------
Mescheder, Geiger, Nowozin: "Which training methods for GANs do actually converge?", 2018.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layout import Block, Layout
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Landmark, Objective, Player, Product, Score, Split
from gdexplorer.objectives.per_sample import NO_SAMPLES
from gdexplorer.objectives.planar import Box
from gdexplorer.objectives.streams import Streams
from gdexplorer.objectives.turns import BOTH, DISCRIMINATOR, GENERATOR, NO_HESSIAN, whose_turn

Criterion = Literal["standard", "non-saturating", "wasserstein"]

_LAYOUT = Layout((Block("generator", 0, (1, 1), "weights"), Block("discriminator", 1, (1, 1), "weights")))
_TURNS = tuple(Batch((), 1, (mover,)) for mover in BOTH)
_BOTH = Batch((), 1, BOTH)


@dataclass(frozen=True)
class DiracObjective:
    """The game for one criterion; an update moves both sides at once, or one of them in turn."""

    criterion: Criterion = "standard"
    gamma: float = 0.0  # γ of R1
    simultaneous: bool = True
    steps: tuple[int, int] = (1, 1)  # of generator and discriminator in a round, where they take turns
    rate: float = 1.0  # that the discriminator's learning rate is multiplied by

    layout = _LAYOUT
    buffers = Layout(())
    can = frozenset({"game"})
    dtype = np.dtype(np.float64)
    batch_size = 1
    work = 2
    deterministic = True
    axes = ("θ, generator", "ψ, discriminator")
    domain: Box = ((-2.0, 2.0), (-2.0, 2.0))
    landmarks = (Landmark("saddle", np.zeros(2), "equilibrium"),)

    @property
    def players(self) -> tuple[Player, Player]:
        """Generator θ and discriminator ψ."""
        return Player("generator", slice(0, 1)), Player("discriminator", slice(1, 2), self.rate)

    def losses(self, theta: Array, psi: Array) -> tuple[Array, Array]:
        """Return the losses of generator and discriminator at points of the plane."""
        own, least = self._f(theta * psi), float(self._f(np.zeros(())))
        generator = -self._f(-theta * psi) - least if self.criterion == "non-saturating" else own + least
        return generator, -own - least + 0.5 * self.gamma * psi * psi

    def slopes(self, theta: Array, psi: Array) -> tuple[Array, Array]:
        """Return each player's derivative of its own loss by its own parameter."""
        sign = -1.0 if self.criterion == "non-saturating" else 1.0
        return psi * self._slope(sign * theta * psi), -theta * self._slope(theta * psi) + self.gamma * psi

    def _f(self, t: Array) -> Array:
        """f(t) = t for Wasserstein, else −log(1 + e⁻ᵗ)."""
        return np.asarray(t if self.criterion == "wasserstein" else -np.logaddexp(0.0, -t))

    def _slope(self, t: Array) -> Array:
        """f′(t) = 1, or σ(−t)."""
        return np.ones_like(t) if self.criterion == "wasserstein" else np.exp(-np.logaddexp(0.0, t))

    def fresh_buffers(self) -> Array:
        """Return nothing: a point is all there is."""
        return np.zeros(0)

    def solution(self) -> Array | None:
        """The equilibrium is no minimizer."""
        return None

    def draw(self, streams: Streams) -> Batch:
        """Take the next turn; there is nothing random."""
        return _BOTH if self.simultaneous else _TURNS[whose_turn(streams, *self.steps)]

    def full(self, split: Split = "train") -> Batch:
        """Return the turn of both sides, with the generator's loss; as "test" the discriminator's."""
        return _BOTH if split == "train" else _TURNS[DISCRIMINATOR]

    def program(self, like: Batch, stack: int = 0) -> "DiracProgram":
        """Nothing is compiled."""
        return DiracProgram(self)

    def penalty_at(self, theta: Array) -> float:
        """R1 is part of the discriminator's loss."""
        return 0.0

    def same_loss(self, other: Objective) -> bool:
        """Whether both sides' losses are the same functions, whoever moves when."""
        plain: dict[str, Any] = {"simultaneous": True, "steps": (1, 1), "rate": 1.0}
        return isinstance(other, DiracObjective) and replace(self, **plain) == replace(other, **plain)

    def in_precision(self, dtype: Any) -> "DiracObjective":
        """It is cheap enough in float64."""
        return self


class DiracProgram:
    """See `gdexplorer.objectives.objective.Program`."""

    def __init__(self, objective: DiracObjective) -> None:
        self._objective = objective

    def value_and_gradient(self, theta: Array, buffers: Array, batch: Batch, out: Array) -> float:
        """Return the first mover's loss and write each mover's derivative of its own, 0 for who does not move."""
        slopes, losses = self._objective.slopes(theta[:1], theta[1:]), self._objective.losses(theta[:1], theta[1:])
        for player in BOTH:
            out[player : player + 1] = slopes[player] if player in batch.movers else 0.0
        return float(losses[batch.movers[0]][0])

    def next_buffers(self, out: Array) -> None:
        """Write nothing: a point is all there is."""

    def hvp(self, theta: Array, v: Array, buffers: Array, batch: Batch, out: Array) -> None:
        """There is no Hessian: no one function has the game's gradients."""
        raise ValueError(NO_HESSIAN)

    def linearize(self, theta: Array, buffers: Array, batch: Batch) -> Product:
        """There is no Hessian: no one function has the game's gradients."""
        raise ValueError(NO_HESSIAN)

    def sample_gradients(self, theta: Array, buffers: Array, batch: Batch) -> Array:
        """There are no examples."""
        raise ValueError(NO_SAMPLES)

    def score(self, theta: Array, buffers: Array, batch: Batch) -> Score:
        """The first mover's loss."""
        return Score(float(self.losses(theta[None], buffers, batch)[0]), None)

    def losses(self, thetas: Array, buffers: Array, batch: Batch) -> Array:
        """Return the first mover's loss at each row of thetas (G, 2): (G,)."""
        with np.errstate(all="ignore"):
            return self._objective.losses(thetas[:, GENERATOR], thetas[:, DISCRIMINATOR])[batch.movers[0]]

    def losses_on(self, origin: Array, directions: Array, coordinates: Array, buffers: Array, batch: Batch) -> Array:
        """Return them at origin (2,) + coordinates (G, 2) · directions (2, 2): (G,)."""
        return self.losses(origin + coordinates @ directions, buffers, batch)

    def predict(self, theta: Array, buffers: Array, x: Array, start: int = 0, stop: int | None = None) -> Array:
        """Nothing is predicted."""
        raise ValueError("A game predicts nothing; choose a network.")

    def deltas(self) -> Mapping[str, Array]:
        """There are no layers."""
        return {}

    def trace(self, theta: Array, buffers: Array, batch: Batch) -> Mapping[str, Array]:
        """There are no layers."""
        return {}
