"""A feed-forward network: layers over one flat θ, compiled to a plan for a batch size.

Buffers are feature-major, (n, B), with a row of ones below every layer's activations. The activations of
consecutive layers with one activation function lie in one buffer, so that their derivatives are one call.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from math import prod

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.layer import Layer, Shape, Tape
from gdexplorer.nn.layout import Layout
from gdexplorer.nn.plan import Hole, Plan


@dataclass(slots=True)
class Group:
    """Consecutive layers of one activation function, whose buffers are one."""

    z: Array
    a: Array
    slope: Array
    tapes: list[Tape]


@dataclass(frozen=True, slots=True)
class Memory:
    """The state outside θ in a pass: what it is, and where a training pass writes what it is to become."""

    now: Array
    next: Array | None  # None in evaluation, which uses `now`; a training pass uses the batch's own statistics


@dataclass(frozen=True)
class Network:
    """Layers in a row; immutable.

    Raises
    ------
    ValueError
        One sentence, if a layer cannot take what the one before it makes.
    """

    shape: Shape  # of an input
    layers: tuple[Layer, ...]
    omit_slope: bool = False  # a deliberate mistake: the pass backward forgets f′

    def __post_init__(self) -> None:
        """Look whether the layers fit."""
        _ = self.shapes

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """Shapes of what goes into each layer, and of what comes out of the last."""
        shapes = [self.shape]
        for layer in self.layers:
            shapes.append(layer.outputs(shapes[-1]))
        return tuple(shapes)

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return prod(self.shape)

    @cached_property
    def layout(self) -> Layout:
        """Blocks of θ, by layer id."""
        return Layout.of(block for layer, x in zip(self.layers, self.shapes, strict=False) for block in layer.blocks(x))

    @cached_property
    def buffers(self) -> Layout:
        """Blocks of the state outside θ, by layer id."""
        return Layout.of(b for layer, x in zip(self.layers, self.shapes, strict=False) for b in layer.buffers(x))

    @cached_property
    def masks(self) -> tuple[tuple[int, float], ...]:
        """How many masks each layer needs for an example, and the probability of a 0 in them."""
        return tuple(layer.masks(x) for layer, x in zip(self.layers, self.shapes, strict=False))

    @cached_property
    def fewest(self) -> int:
        """How many examples a training batch needs at least."""
        return max((layer.fewest(x) for layer, x in zip(self.layers, self.shapes, strict=False)), default=1)

    @cached_property
    def numbers(self) -> int:
        """How many numbers an example takes in the buffers of a pass forward."""
        return sum(layer.numbers(x) for layer, x in zip(self.layers, self.shapes, strict=False))

    @cached_property
    def work(self) -> int:
        """How many multiplications an example's pass forward takes: P for dense layers."""
        pairs = zip(self.layers, self.shapes, strict=False)
        return sum(layer.uses(x) * prod(block.shape) for layer, x in pairs for block in layer.blocks(x))

    @cached_property
    def plain(self) -> bool:
        """Whether all layers are dense."""
        return all(isinstance(layer, Dense) for layer in self.layers)

    def initial_buffers(self, dtype: np.dtype[np.floating]) -> Array:
        """Return what the state outside θ begins with."""
        found = np.zeros(self.buffers.size, dtype)
        views = self.buffers.views(found)
        for layer in self.layers:
            layer.forget(views)
        return found

    def allocate(self, plan: Plan, batch: int, apart: bool = False) -> list[Group]:
        """Make the buffers of a pass over `batch` examples; `apart` keeps every z, also where a may overwrite it."""
        groups: list[Group] = []
        shapes = pairwise(self.shapes)
        for (activation, _), members in groupby(self.layers, lambda layer: (layer.activation, layer.knobs)):
            sized = [(layer, *next(shapes)) for layer in members]
            a = plan.buffer(sum(prod(outputs) + 1 for _, _, outputs in sized), batch)
            a[...] = 1.0
            z = a.copy() if apart or activation.keeps_z else a
            slope = plan.buffer(0 if plan.grid else a.shape[-2], batch)
            slope[...] = 1.0
            group, start = Group(z, a, slope, []), 0
            for layer, inputs, outputs in sized:
                units = prod(outputs)
                rows, below = slice(start, start + units), slice(start, start + units + 1)
                behind = plan.buffer(0 if plan.grid else units + 1, batch)
                views = (z[..., rows, :], a[..., rows, :], a[..., below, :], slope[..., rows, :], behind[..., :-1, :])
                group.tapes.append(Tape(layer, inputs, outputs, *views, behind, omit_slope=self.omit_slope))
                start = below.stop
            groups.append(group)
        return groups

    def forward(self, plan: Plan, theta: Array, groups: list[Group], first: Array | None = None,
                x: Array | Hole = Hole.X, memory: Memory | None = None, masked: bool = False) -> None:  # fmt: skip
        """Add the forward pass of θ (P,) or (G, P).

        Parameters
        ----------
        first
            Where the first layer's products W x + b, (…, n, B), stand already if something else computes them.
        x
            The inputs (…, n + 1, B), ones last, if they do not come with the batch.
        memory
            The state outside θ; without it, the batch's own statistics serve and are not remembered.
        masked
            Whether the batch brings masks.
        """
        blocks, tapes = self.layout.views(theta), [tape for group in groups for tape in group.tapes]
        if masked:
            self._mask(plan, tapes)
        for tape in tapes:
            tape.x = x
            if memory is not None:
                tape.running = self.buffers.views(memory.now)
                tape.next = None if memory.next is None else self.buffers.views(memory.next)
            z = tape.z
            if first is None:
                tape.layer.forward(plan, tape, blocks)
            else:
                z, first = first, None
            tape.layer.activation.value(plan, tape.layer.knobs, z, tape.a)
            x = tape.output

    def _mask(self, plan: Plan, tapes: list[Tape]) -> None:
        """Copy the batch's masks, one array, to where each layer has a view of its own."""
        total, start = sum(count for count, _ in self.masks), 0
        masks = np.empty((total, tapes[0].batch), plan.dtype)
        plan.add(np.copyto, masks, Hole.MASKS)
        for tape, (count, _) in zip(tapes, self.masks, strict=True):
            if count:
                tape.mask = masks[start : start + count]
                start += count

    def backward(self, plan: Plan, theta: Array, groups: list[Group], gradient: Array,
                 behind: Array | None = None) -> None:  # fmt: skip
        """Add the backward pass, which writes every layer's block of `gradient` (P,) or (G, P).

        The last tape's `delta` must hold ∂L/∂a when it runs.

        Parameters
        ----------
        behind
            Where ∂L/∂x of the network's inputs is wanted, (…, n + 1, B); the last row of it nobody reads.
        """
        units = slice(None if plan.abreast else -1)  # with the last row a stack's rows are contiguous
        omit = self.omit_slope
        for group in groups:
            layer = group.tapes[0].layer
            if layer.activation.name != "linear" and not omit:
                arrays = (buffer[..., units, :] for buffer in (group.z, group.a, group.slope))
                layer.activation.slope(plan, layer.knobs, *arrays)
        blocks, own = self.layout.views(theta), self.layout.views(gradient)
        tapes = [tape for group in groups for tape in group.tapes]
        for before, tape in zip([None, *tapes[:-1]][::-1], tapes[::-1], strict=True):
            if tape.layer.activation.name != "linear" and not omit:
                plan.add(np.multiply, tape.delta, tape.slope, tape.delta)
            tape.layer.backward(plan, tape, blocks, own, behind if before is None else before.behind)
