"""A generative adversarial network as one objective with two players, θ = [generator | discriminator].

The generator maps noise z ~ N(0, I) to samples, the discriminator a sample x to a logit l, D(x) = σ(l). Each descends a
loss of its own, means over z and over real samples:

    discriminator   −log D(x) − log(1 − D(G(z)))
    generator       −log D(G(z)), or saturating log(1 − D(G(z)))

References
----------
Goodfellow et al.: "Generative adversarial nets", 2014.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data.modes import Mixture
from gdexplorer.nn.layout import Layout
from gdexplorer.nn.network import Network
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.adversarial_program import AdversarialProgram, judged
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Landmark, Objective, Player, Split
from gdexplorer.objectives.streams import Streams
from gdexplorer.objectives.turns import BOTH, DISCRIMINATOR, GENERATOR, whose_turn

LATENT = 2  # numbers in z
FIXED = 512  # samples of evaluations, always the same


@dataclass(frozen=True)
class AdversarialObjective:
    """Generator against discriminator over a density of the plane.

    A batch holds z (3, B) and (B, 3), ones last, and, where the discriminator moves, real samples (2, B) as targets.
    """

    generator: Network
    discriminator: Network
    target: Mixture
    saturating: bool
    steps: tuple[int, int]  # of generator and discriminator in a round
    rate: float  # that the discriminator's learning rate is multiplied by
    batch_size: int
    dtype: np.dtype[Any]
    seed: int  # of the samples of evaluations

    buffers = Layout(())
    can = frozenset({"game", "layers", "samples"})
    deterministic = False
    axes = ("parameter 1", "parameter 2")
    domain = None
    landmarks: tuple[Landmark, ...] = ()

    @cached_property
    def layout(self) -> Layout:
        """Blocks of θ by layer id, the generator's first."""
        return Layout.of(block for network in self.networks for block in network.layout.blocks)

    @property
    def work(self) -> int:
        """Multiplications of an example's pass through both networks."""
        return sum(network.work for network in self.networks)

    @property
    def networks(self) -> tuple[Network, Network]:
        """Generator and discriminator."""
        return self.generator, self.discriminator

    @cached_property
    def players(self) -> tuple[Player, Player]:
        """Generator and discriminator."""
        border = self.generator.layout.size
        return (Player("generator", slice(0, border)),
                Player("discriminator", slice(border, self.layout.size), self.rate))  # fmt: skip

    def fresh_buffers(self) -> Array:
        """Return nothing: no layer with a state outside θ takes part."""
        return np.zeros(0, self.dtype)

    def solution(self) -> Array | None:
        """There is no formula for an equilibrium."""
        return None

    def draw(self, streams: Streams) -> Batch:
        """Draw whose turn it is, z, and the real samples that a discriminator needs."""
        mover = whose_turn(streams, *self.steps)
        z = streams.generators["noise"].standard_normal((self.batch_size, LATENT))
        real = self.target.draw(streams.generators["order"], self.batch_size) if mover == DISCRIMINATOR else None
        return self._batch(z, real, (mover,))

    def full(self, split: Split = "train") -> Batch:
        """Fixed samples: "train" for both sides, with the generator's loss; "test" for the discriminator's."""
        return self._fixed[split]

    @cached_property
    def _fixed(self) -> dict[Split, Batch]:
        rng = np.random.default_rng([self.seed, FIXED])
        z, real = rng.standard_normal((FIXED, LATENT)), self.target.draw(rng, FIXED)
        return {"train": self._batch(z, real, BOTH), "test": self._batch(z, real, (DISCRIMINATOR,))}

    def _batch(self, z: Array, real: Array | None, movers: tuple[int, ...]) -> Batch:
        zt = np.ones((len(z), LATENT + 1), self.dtype)
        zt[:, :-1] = z
        targets = () if real is None else (np.ascontiguousarray(real.T, self.dtype),)
        return Batch((np.ascontiguousarray(zt.T), zt, *targets), len(z), movers)

    def program(self, like: Batch, stack: int = 0) -> AdversarialProgram:
        """Compile for batches of this size."""
        return AdversarialProgram(self)

    def penalty_at(self, theta: Array) -> float:
        """There is no penalty."""
        return 0.0

    def same_loss(self, other: Objective) -> bool:
        """Whether both sides' losses are the same functions, whoever moves when."""
        plain: dict[str, Any] = {"steps": (1, 1), "rate": 1.0, "batch_size": 1}
        return isinstance(other, AdversarialObjective) and replace(self, **plain) == replace(other, **plain)

    def in_precision(self, dtype: Any) -> "AdversarialObjective":
        """Return the same objective in another floating type, for surfaces in float32."""
        return self if self.dtype == np.dtype(dtype) else replace(self, dtype=np.dtype(dtype))

    def generate(self, theta: Array, z: Array) -> Array:
        """Return the generator's samples (n, 2) for z (n, 2)."""
        batch, network, plan = self._batch(z, None, BOTH), self.generator, Plan(self.dtype)
        groups = network.allocate(plan, batch.size)
        network.forward(plan, theta[self.players[GENERATOR].parameters], groups)
        with np.errstate(all="ignore"):
            plan.run(batch.arrays)
        return groups[-1].tapes[-1].a.T.copy()

    def judge(self, theta: Array, x: Array) -> tuple[Array, Array]:
        """Return D(x) (n,) for samples x (n, 2), and where it pushes each: −∂L/∂x (n, 2), L its generator's loss."""
        return judged(self, theta[self.players[DISCRIMINATOR].parameters], self._batch(x, None, BOTH))
