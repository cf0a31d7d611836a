"""Batch norm and layer norm: x̂ = (x − m) / √(v + ε), z = γ x̂ + β, with ε = 10⁻⁵ and biased variances v.

Batch norm takes mean and variance of each feature over the batch, of an image's channel over its positions too, and in
evaluation the running ones, with which ∂L/∂x = γ δ / √(v + ε): s ← (1 − μ) s + μ s_B, as PyTorch, with the unbiased
variance of the batch. Layer norm takes them over the features of each example, of a sequence step by step.

References
----------
Ioffe, Szegedy: "Batch normalization", 2015. Ba, Kiros, Hinton: "Layer normalization", 2016.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.layer import Blocks, Draw, Layer, Shape, Tape, rows_of
from gdexplorer.nn.layout import Block
from gdexplorer.nn.plan import Plan

EPSILON = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchNorm(Layer):
    """Each feature, or channel of an image, with mean 0 and variance 1 over the batch, then scaled and shifted."""

    momentum: float = 0.1  # μ, the weight of the newest batch in the running statistics

    def outputs(self, inputs: Shape) -> Shape:
        """Return the shape of its inputs."""
        if len(inputs) == 2:
            raise ValueError("A batch norm layer cannot take a sequence; put a layer norm there, or put it behind a "
                             "recurrent layer that returns its last state alone.")  # fmt: skip
        return inputs

    def fewest(self, inputs: Shape) -> int:
        """Return 2 where one example alone has no variance."""
        return 2 if prod(inputs[1:]) == 1 else 1

    def blocks(self, inputs: Shape) -> tuple[Block, ...]:
        """Return γ and β of each feature or channel."""
        return (Block(self.id, 0, (inputs[0], 2), "norm"),)

    def buffers(self, inputs: Shape) -> tuple[Block, ...]:
        """Return running mean and variance of each feature or channel."""
        return (Block(self.id, 0, (inputs[0], 2), "norm"),)

    def fill(self, blocks: Blocks, inputs: Shape, draw: Draw) -> None:
        """Begin with γ = 1 and β = 0, whatever the initializer."""
        blocks[self.id][...] = 1.0, 0.0

    def forget(self, buffers: Blocks) -> None:
        """Begin with mean 0 and variance 1."""
        buffers[self.id][...] = 0.0, 1.0

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z = γ x̂ + β, by the running statistics in evaluation and the batch's own else."""
        x, z = (_channels(array, tape) for array in (rows_of(plan, tape), tape.z))
        normal, block = np.empty_like(x), blocks[self.id]
        if tape.running is not None and tape.next is None:
            running = tape.running[self.id]
            mean, variance = running[:, :1], running[:, 1:]
            plan.add(np.subtract, x, mean, normal)
        else:
            mean, variance = (np.empty((*x.shape[:-1], 1), plan.dtype) for _ in range(2))
            _center(plan, x, -1, mean, variance, normal)
            if tape.running is not None and tape.next is not None:
                self._remember(plan, x.shape[-1], (mean, variance), tape.running[self.id], tape.next[self.id])
        scale = _scale(plan, normal, variance)
        plan.add(np.multiply, normal, block[..., :1], z)
        plan.add(np.add, z, block[..., 1:], z)
        tape.kept |= {"normal": normal, "scale": scale}

    def _remember(self, plan: Plan, count: int, found: tuple[Array, Array], now: Array, next: Array) -> None:
        """Add what the running statistics become; of one number alone no variance is remembered."""
        for column, (statistic, factor) in enumerate(zip(found, (1.0, count / max(count - 1, 1)), strict=True)):
            into, spare = next[:, column : column + 1], np.empty_like(statistic)
            plan.add(np.multiply, now[:, column : column + 1], plan.scalar(1 - self.momentum), into)
            plan.add(np.multiply, statistic, plan.scalar(self.momentum * factor), spare)
            plan.add(np.add, into, spare, into)

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂γ = Σ δ x̂, ∂L/∂β = Σ δ, and ∂L/∂x, in training through the batch's statistics too."""
        delta, block, own = _channels(tape.delta, tape), blocks[self.id], gradient[self.id]
        spread = np.empty_like(delta)
        plan.add(np.multiply, delta, tape.kept["normal"], spread)
        plan.add(np.add.reduce, spread, -1, None, own[..., 0])
        plan.add(np.add.reduce, delta, -1, None, own[..., 1])
        if behind is not None:
            out = _channels(behind[..., :-1, :], tape)
            plan.add(np.multiply, delta, block[..., :1], spread)
            if tape.running is not None and tape.next is None:  # constants
                plan.add(np.multiply, spread, tape.kept["scale"], out)
            else:
                _through(plan, spread, tape, -1, out)

    def shown(self, tape: Tape) -> dict[str, Array]:
        """Return x̂, (channels, positions · B)."""
        return {"normal": tape.kept["normal"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerNorm(Layer):
    """The features of each example with mean 0 and variance 1, then each scaled and shifted."""

    def blocks(self, inputs: Shape) -> tuple[Block, ...]:
        """Return γ and β of each feature; of a sequence, the same at every step."""
        return (Block(self.id, 0, (_features(inputs), 2), "norm"),)

    def fill(self, blocks: Blocks, inputs: Shape, draw: Draw) -> None:
        """Begin with γ = 1 and β = 0, whatever the initializer."""
        blocks[self.id][...] = 1.0, 0.0

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z = γ x̂ + β."""
        x, z = (_steps(array, tape) for array in (rows_of(plan, tape), tape.z))
        normal, block = np.empty_like(x), blocks[self.id][..., None, :, :]
        mean, variance = (np.empty((*x.shape[:-2], 1, x.shape[-1]), plan.dtype) for _ in range(2))
        _center(plan, x, -2, mean, variance, normal)
        scale = _scale(plan, normal, variance)
        plan.add(np.multiply, normal, block[..., :1], z)
        plan.add(np.add, z, block[..., 1:], z)
        tape.kept |= {"normal": normal, "scale": scale}

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂γ = Σ δ x̂, ∂L/∂β = Σ δ, and ∂L/∂x through each example's statistics too."""
        delta, block, own = _steps(tape.delta, tape), blocks[self.id][..., None, :, :], gradient[self.id]
        spread = np.empty_like(delta)
        plan.add(np.multiply, delta, tape.kept["normal"], spread)
        plan.add(np.add.reduce, spread, (-3, -1), None, own[..., 0])
        plan.add(np.add.reduce, delta, (-3, -1), None, own[..., 1])
        if behind is not None:
            plan.add(np.multiply, delta, block[..., :1], spread)
            _through(plan, spread, tape, -2, _steps(behind[..., :-1, :], tape))


def _features(inputs: Shape) -> int:
    """What is normalized together: a step of a sequence, all of anything else."""
    return inputs[1] if len(inputs) == 2 else prod(inputs)


def _steps(array: Array, tape: Tape) -> Array:
    """View (…, n, B) as (…, steps, features, B), one step for all but sequences."""
    return _view(array, (-1, _features(tape.inputs), array.shape[-1]))


def _channels(array: Array, tape: Tape) -> Array:
    """View (…, n, B) as (…, channels, positions · B)."""
    return _view(array, (tape.inputs[0], prod(tape.inputs[1:]) * array.shape[-1]))


def _view(array: Array, shape: Shape) -> Array:
    found = array.reshape(*array.shape[:-2], *shape)
    assert np.may_share_memory(found, array), "the plan needs a view, not a copy"
    return found


def _center(plan: Plan, x: Array, axis: int, mean: Array, variance: Array, centered: Array) -> None:
    """Add mean and variance along an axis, and x − mean."""
    share, square = plan.scalar(1 / x.shape[axis]), np.empty_like(x)
    plan.add(np.add.reduce, x, axis, None, mean, True)
    plan.add(np.multiply, mean, share, mean)
    plan.add(np.subtract, x, mean, centered)
    plan.add(np.multiply, centered, centered, square)
    plan.add(np.add.reduce, square, axis, None, variance, True)
    plan.add(np.multiply, variance, share, variance)


def _scale(plan: Plan, centered: Array, variance: Array) -> Array:
    """Add x̂, in place, and return where 1 / √(v + ε) is."""
    scale = np.empty_like(variance)
    plan.add(np.add, variance, plan.scalar(EPSILON), scale)
    plan.add(np.sqrt, scale, scale)
    plan.add(np.reciprocal, scale, scale)
    plan.add(np.multiply, centered, scale, centered)
    return scale


def _through(plan: Plan, g: Array, tape: Tape, axis: int, out: Array) -> None:
    """Add ∂L/∂x = (g − mean g − x̂ mean(g x̂)) / √(v + ε) for g = ∂L/∂x̂, which is overwritten."""
    normal, scale, share = tape.kept["normal"], tape.kept["scale"], plan.scalar(1 / g.shape[axis])
    spare, mean = np.empty_like(g), np.empty_like(scale)
    plan.add(np.multiply, g, normal, spare)
    plan.add(np.add.reduce, spare, axis, None, mean, True)
    plan.add(np.multiply, mean, share, mean)
    plan.add(np.multiply, normal, mean, spare)
    plan.add(np.add.reduce, g, axis, None, mean, True)
    plan.add(np.multiply, mean, share, mean)
    plan.add(np.subtract, g, mean, g)
    plan.add(np.subtract, g, spare, g)
    plan.add(np.multiply, g, scale, out)
