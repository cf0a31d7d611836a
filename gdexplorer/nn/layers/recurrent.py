"""What recurrent layers have in common: a hidden state h_t of H units, begun at 0, that each step of a sequence moves.

Buffers hold one step behind the other, (…, T · n, B), so that what needs no order is one call for all steps. Where no
pass backward follows, on a landscape's grid, a step's memory is that of the step before the last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal, TypeAlias

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.nn.layers.layer import Draw, Layer, Shape, Tape, one_of
from gdexplorer.nn.plan import Hole, Plan

Returns: TypeAlias = Literal["last", "all"]
Start: TypeAlias = Literal["orthogonal", "identity", "initializer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrent(Layer):
    """A layer over sequences, (T, F) to (H,), the last hidden state, or to (T, H), all of them."""

    units: int
    returns: Returns = "last"
    start: Start = "orthogonal"  # what the weights from a state to the next are drawn as
    radius: float = 1.0  # ρ, their spectral radius, unless the network's initializer draws them

    def outputs(self, inputs: Shape) -> Shape:
        """Return (H,) or (T, H)."""
        steps, _ = one_of(inputs, 2, "recurrent", "sequences, steps × features")
        return (self.units,) if self.returns == "last" else (steps, self.units)

    def numbers(self, inputs: Shape) -> int:
        """Return how many numbers an example takes on a grid: what comes out, and some states' worth of each step."""
        return prod(self.outputs(inputs)) + 1 + self.held * self.units

    def uses(self, inputs: Shape) -> int:
        """Return the number of steps."""
        return inputs[0]

    @property
    def held(self) -> int:
        """How many numbers for each unit a grid's step takes."""
        raise NotImplementedError

    def square(self, draw: Draw, gain: float) -> tuple[Array, Array]:
        """Draw weights (H, H) from one state to the next, and biases (H,)."""
        weights, biases = draw(self.units, self.units, gain, 1)
        if self.start == "orthogonal":
            q, r = np.linalg.qr(weights)
            weights = self.radius * q * np.where(np.diag(r) < 0, -1.0, 1.0)
        elif self.start == "identity":
            weights = self.radius * np.eye(self.units)
        return weights, biases

    def hand_on(self, plan: Plan, tape: Tape, step: int, state: Array) -> None:
        """Add a copy of the hidden state behind a step to where it is returned, if it is."""
        if self.returns == "all":
            plan.add(np.copyto, rows(tape.z, step, self.units), state)
        elif step == tape.inputs[0] - 1:
            plan.add(np.copyto, tape.z, state)

    def take_back(self, plan: Plan, tape: Tape, step: int, delta: Array) -> None:
        """Add to ∂L/∂h what does not come through later steps; the last step has nothing else."""
        last = step == tape.inputs[0] - 1
        if last or self.returns == "all":
            own = tape.delta if self.returns == "last" else rows(tape.delta, step, self.units)
            plan.add(*((np.copyto, delta, own) if last else (np.add, delta, own, delta)))

    def shown(self, tape: Tape) -> Mapping[str, Array]:
        """Return h_t and ∂L/∂h_t of all steps, (T · H, B) each."""
        return {name: tape.kept[name].reshape(-1, tape.batch) for name in ("hidden", "hidden_delta")}


def rows(array: Array, step: int, count: int) -> Array:
    """Return a step's rows (…, n, B) of an array (…, T · n, B)."""
    return array[..., step * count : (step + 1) * count, :]


def by_steps(array: Array, count: int) -> Array:
    """Return a view (…, T, n, B) of an array (…, T · n, B)."""
    return array.reshape(*array.shape[:-2], -1, count, array.shape[-1])


def inputs_of(plan: Plan, tape: Tape) -> Array:
    """Add a copy of the inputs with a row of ones below each step's, (…, T, F + 1, B), and return it."""
    steps, features = tape.inputs
    shape = steps, features + 1, tape.batch
    found = zeros(shape, plan.dtype) if isinstance(tape.x, Hole) else plan.buffer(*shape)
    found[..., -1, :] = 1.0
    plan.add(_spread, found[..., :-1, :], tape.x)
    return found


def _spread(steps: Array, x: Array) -> None:
    np.copyto(steps, x[..., :-1, :].reshape(*x.shape[:-2], *steps.shape[-3:]))


def states(plan: Plan, steps: int, count: int, batch: int) -> tuple[Array, list[Array]]:
    """Return memory (…, n, B) for a state at 0 and one behind each step, and the states in it."""
    held = 3 if plan.grid else steps + 1
    whole = plan.buffer(held * count, batch)
    return whole, [rows(whole, t if t < held else 2 - t % 2, count) for t in range(steps + 1)]


def sequence(plan: Plan, steps: int, count: int, batch: int) -> tuple[Array, list[Array]]:
    """Return memory (…, n, B) for something that each step leaves for the pass backward, and each step's part of it."""
    held = 1 if plan.grid else steps
    whole = plan.buffer(held * count, batch)
    return whole, [rows(whole, t % held, count) for t in range(steps)]


def add_outer(plan: Plan, delta: Array, x: Array, out: Array) -> None:
    """Add ∂L/∂W = Σ δ_t x_tᵀ over the steps of δ (…, T, n, B) and x (…, T, m, B)."""
    parts = plan.buffer(*delta.shape[-3:-1], x.shape[-2])
    plan.add(np.matmul, delta, x.mT, parts)
    plan.add(np.add.reduce, parts, -3, None, out)


def add_behind(plan: Plan, weights: Array, delta: Array, behind: Array) -> None:
    """Add ∂L/∂x_t = Wᵀ δ_t of all steps, δ (…, T, n, B)."""
    features = weights.shape[-1] - 1
    for step in range(delta.shape[-3]):
        # the bias makes one row more, which the next step overwrites, and which nobody reads of the last
        out = behind[..., step * features : (step + 1) * features + 1, :]
        plan.product(weights.mT, delta[..., step, :, :], out)
