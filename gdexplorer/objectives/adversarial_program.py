"""The compiled form of a generative adversarial network: a plan for each side's turn, bound to its arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.data.modes import Mixture, covered, shares
from gdexplorer.nn.layout import Layout
from gdexplorer.nn.losses import Terms
from gdexplorer.nn.network import Group, Network
from gdexplorer.nn.plan import Hole, Plan
from gdexplorer.nn.sigmoids import sigmoid
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Player, Product, Score
from gdexplorer.objectives.per_sample import NO_SAMPLES
from gdexplorer.objectives.turns import DISCRIMINATOR, GENERATOR, NO_HESSIAN


class Match(Protocol):
    """What of a generative adversarial network is compiled: see `gdexplorer.objectives.adversarial`."""

    @property
    def saturating(self) -> bool:
        """Whether the generator descends log(1 − D)."""
        ...

    @property
    def target(self) -> Mixture:
        """What is to be learned."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Floating type of θ."""
        ...

    @property
    def networks(self) -> tuple[Network, Network]:
        """Generator and discriminator."""
        ...

    @property
    def players(self) -> tuple[Player, Player]:
        """Generator and discriminator."""
        ...

    @property
    def layout(self) -> Layout:
        """Blocks of θ."""
        ...


@dataclass(slots=True)
class Turn:
    """One side's compiled pass and what it leaves behind."""

    plan: Plan
    generator: list[Group]
    discriminator: list[Group]
    loss: Terms

    @property
    def value(self) -> float:
        """The mover's loss."""
        return sum(factor * term.item() for factor, term in self.loss)

    @property
    def logits(self) -> Array:
        """What the discriminator said: (1, B), or real samples before generated ones (1, 2 B)."""
        return self.discriminator[-1].tapes[-1].a

    @property
    def samples(self) -> Array:
        """What the generator made: (2, B)."""
        return self.generator[-1].tapes[-1].a


def _softplus(plan: Plan, logits: Array, signs: Array, factor: float) -> Terms:
    """Add the loss ``factor · Σ log(1 + e^(−s l))``, s = 1 for what shall pass for real, −1 for the contrary."""
    each, rectified, value = np.empty_like(logits), np.empty_like(logits), plan.sum()
    plan.add(np.absolute, logits, each)
    plan.add(np.negative, each, each)
    plan.add(np.exp, each, each)
    plan.add(np.log1p, each, each)
    plan.add(np.multiply, logits, -signs, rectified)
    plan.add(np.fmax, rectified, np.zeros_like(logits), rectified)
    plan.add(np.add, each, rectified, each)
    plan.total(each, value)
    return [(factor, value.values)]


def _slope(plan: Plan, logits: Array, signs: Array, factor: float, delta: Array) -> None:
    """Add that loss's derivative by the logits, −factor s σ(−s l)."""
    plan.add(np.multiply, logits, -signs, delta)
    sigmoid(plan, delta, delta)
    plan.add(np.multiply, delta, (-factor * signs).astype(plan.dtype), delta)


def _generators_loss(objective: Match, size: int) -> tuple[Array, float]:
    """Return signs (1, B) and factor: log(1 − D) = −log(1 + e^l)."""
    sign = -1.0 if objective.saturating else 1.0
    return np.full((1, size), sign, objective.dtype), sign / size


def _compiled(objective: Match, mover: int, size: int, theta: Array, out: Array | None) -> Turn:
    """Compile a side's pass over batches of a size, with `out` (P,) the one backward too: it writes its slice."""
    plan = Plan(objective.dtype)
    generator, discriminator = objective.networks
    own, other = (theta[player.parameters] for player in objective.players)
    groups = generator.allocate(plan, size)
    generator.forward(plan, own, groups)
    made = groups[-1].tapes[-1]
    if mover == DISCRIMINATOR:
        seen = plan.buffer(3, 2 * size)
        seen[-1] = 1.0
        plan.add(np.copyto, seen[:-1, :size], Hole.Y)
        plan.add(np.copyto, seen[:-1, size:], made.a)
        signs, factor = np.repeat(np.array([[1.0, -1.0]], plan.dtype), size, axis=1), 1 / size
    else:
        seen = made.output
        signs, factor = _generators_loss(objective, size)
    judges = discriminator.allocate(plan, seen.shape[1])
    discriminator.forward(plan, other, judges, x=seen)
    last = judges[-1].tapes[-1]
    loss = _softplus(plan, last.a, signs, factor)
    if out is not None:
        _slope(plan, last.a, signs, factor, last.delta)
        gradients = [out[player.parameters] for player in objective.players]
        if mover == DISCRIMINATOR:
            discriminator.backward(plan, other, judges, gradients[DISCRIMINATOR])
        else:
            discriminator.backward(plan, other, judges, zeros(other.size, plan.dtype), made.behind)
            generator.backward(plan, own, groups, gradients[GENERATOR])
    return Turn(plan, groups, judges, loss)


def judged(objective: Match, theta: Array, samples: Batch) -> tuple[Array, Array]:
    """Return D (n,) for samples as inputs, and minus the derivative by each (n, 2) of its generator's loss."""
    plan, network = Plan(objective.dtype), objective.networks[DISCRIMINATOR]
    groups = network.allocate(plan, samples.size)
    network.forward(plan, theta, groups)
    last, behind = groups[-1].tapes[-1], plan.buffer(3, samples.size)
    signs, factor = _generators_loss(objective, samples.size)
    said = np.empty_like(last.a)
    sigmoid(plan, last.a, said)
    _slope(plan, last.a, signs, factor * samples.size, last.delta)
    network.backward(plan, theta, groups, zeros(theta.size, plan.dtype), behind)
    with np.errstate(all="ignore"):
        plan.run(samples.arrays)
    return said[0].copy(), -behind[:-1].T


class AdversarialProgram:
    """See `gdexplorer.objectives.objective.Program`: a batch says which of the two losses is meant."""

    def __init__(self, objective: Match) -> None:
        self._objective = objective
        self._theta: Array | None = None
        self._out: Array | None = None
        self._turns: dict[tuple[int, int, bool], Turn] = {}  # by mover, batch size, and whether there is a way back
        self._latest: dict[int, Turn] = {}  # of each side, with a way back

    def value_and_gradient(self, theta: Array, buffers: Array, batch: Batch, out: Array) -> float:
        """Return the mover's loss and write its gradient in its slice, 0 elsewhere.

        Where both move, each slice is that of its player's own loss, and the generator's loss is returned.
        """
        if theta is not self._theta or out is not self._out:
            self._bind(theta, out)
        if len(batch.movers) == 1:
            out[self._objective.players[1 - batch.movers[0]].parameters] = 0.0
        for mover in batch.movers:
            self._latest[mover] = self._run(mover, batch, True)
        return self._latest[batch.movers[0]].value

    def _bind(self, theta: Array, out: Array | None) -> None:
        self._theta, self._out = theta, out
        self._turns.clear()

    def _run(self, mover: int, batch: Batch, back: bool) -> Turn:
        key = mover, batch.size, back
        if (turn := self._turns.get(key)) is None:
            assert self._theta is not None
            turn = _compiled(self._objective, mover, batch.size, self._theta, self._out if back else None)
            self._turns[key] = turn
        turn.plan.run(batch.arrays)
        return turn

    def _forward(self, theta: Array, batch: Batch) -> Turn:
        if theta is not self._theta:
            self._bind(theta, None)
        with np.errstate(all="ignore"):
            return self._run(batch.movers[0], batch, False)

    def next_buffers(self, out: Array) -> None:
        """Write nothing: there is no state outside θ."""

    def sample_gradients(self, theta: Array, buffers: Array, batch: Batch) -> Array:
        """Examples have two losses here, and both need others beside them."""
        raise ValueError(NO_SAMPLES)

    def score(self, theta: Array, buffers: Array, batch: Batch) -> Score:
        """The generator's loss and the share of modes that its samples cover, or the discriminator's and its rights."""
        turn = self._forward(theta, batch)
        if batch.movers[0] == GENERATOR:
            centers = self._objective.target.centers
            return Score(turn.value, covered(shares(turn.samples.T, centers)) / len(centers))
        right = (turn.logits[0] > 0) == (np.arange(2 * batch.size) < batch.size)
        return Score(turn.value, float(right.mean()))

    def losses(self, thetas: Array, buffers: Array, batch: Batch) -> Array:
        """The first mover's loss at each row of thetas (G, P): (G,)."""
        point, found = np.empty(thetas.shape[1], self._objective.dtype), np.empty(len(thetas))
        for k, theta in enumerate(thetas):
            point[...] = theta
            found[k] = self._forward(point, batch).value
        return found

    def losses_on(self, origin: Array, directions: Array, coordinates: Array, buffers: Array, batch: Batch) -> Array:
        """The first mover's loss at origin (P,) + coordinates (G, 2) · directions (2, P): (G,)."""
        return self.losses(origin + coordinates @ directions, buffers, batch)

    def predict(self, theta: Array, buffers: Array, x: Array, start: int = 0, stop: int | None = None) -> Array:
        """Nothing is predicted."""
        raise ValueError("A game predicts nothing; look at what its generator makes.")

    def hvp(self, theta: Array, v: Array, buffers: Array, batch: Batch, out: Array) -> None:
        """There is no Hessian: no one function has the game's gradients."""
        raise ValueError(NO_HESSIAN)

    def linearize(self, theta: Array, buffers: Array, batch: Batch) -> Product:
        """There is no Hessian: no one function has the game's gradients."""
        raise ValueError(NO_HESSIAN)

    def deltas(self) -> Mapping[str, Array]:
        """δ = ∂L/∂z (n, B) by layer id, of each side's own latest loss; views, valid until its next."""
        found: dict[str, Array] = {}
        for mover, turn in self._latest.items():
            groups = turn.discriminator if mover == DISCRIMINATOR else turn.generator
            found |= {tape.layer.id: tape.delta for group in groups for tape in group.tapes}
        return {block.id: found[block.id] for block in self._objective.layout.blocks if block.id in found}

    def trace(self, theta: Array, buffers: Array, batch: Batch) -> Mapping[str, Array]:
        """There is no trace of a game."""
        return {}
