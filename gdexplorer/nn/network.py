"""A feed-forward network: layers over one flat θ, compiled to a plan for a batch size.

Buffers are feature-major, (n, B), with a row of ones below every layer's activations. The activations of
consecutive layers with one activation function lie in one buffer, so that their derivatives are one call.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.fields import Settings
from gdexplorer.nn.activations import Activation
from gdexplorer.nn.layout import Layout
from gdexplorer.nn.plan import Hole, Plan

TRANSPOSED_FROM = 32  # units from which a product is faster with a copy of its transposed operand


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer: a = f(W x + b)."""

    id: str
    units: int
    activation: Activation
    knobs: Settings


@dataclass(slots=True)
class Tape:
    """Buffers that one layer's forward pass leaves for its backward pass."""

    layer: Dense
    z: Array  # (…, n, B), the same memory as `a` unless the activation's slope needs it
    a: Array  # (…, n, B)
    output: Array  # (…, n + 1, B): a above a row of ones
    slope: Array  # (…, n, B), f′(z)
    delta: Array  # (…, n, B), ∂L/∂a before the backward pass, ∂L/∂z after it
    behind: Array  # (…, n + 1, B), delta above a row that nothing reads


@dataclass(slots=True)
class Group:
    """Consecutive layers of one activation function, whose buffers are one."""

    z: Array
    a: Array
    slope: Array
    tapes: list[Tape]


@dataclass(frozen=True)
class Network:
    """Layers in a row; immutable."""

    inputs: int
    layers: tuple[Dense, ...]

    @cached_property
    def layout(self) -> Layout:
        """Blocks of θ by layer id."""
        sizes = [self.inputs, *(layer.units for layer in self.layers)]
        return Layout.of({layer.id: (layer.units, n + 1) for layer, n in zip(self.layers, sizes, strict=False)})

    def allocate(self, plan: Plan, batch: int) -> list[Group]:
        """Make the buffers of a pass over `batch` examples."""
        groups: list[Group] = []
        for (activation, _), members in groupby(self.layers, lambda layer: (layer.activation, layer.knobs)):
            layers = list(members)
            a = plan.buffer(sum(layer.units + 1 for layer in layers), batch)
            a[...] = 1.0
            z = a.copy() if activation.keeps_z else a
            slope = np.ones_like(a[:0] if plan.grid else a)
            group, start = Group(z, a, slope, []), 0
            for layer in layers:
                rows, below = slice(start, start + layer.units), slice(start, start + layer.units + 1)
                behind = plan.buffer(0 if plan.grid else layer.units + 1, batch)
                views = (z[..., rows, :], a[..., rows, :], a[..., below, :], slope[..., rows, :], behind[..., :-1, :])
                group.tapes.append(Tape(layer, *views, behind))
                start = below.stop
            groups.append(group)
        return groups

    def forward(self, plan: Plan, theta: Array, groups: list[Group], first: Array | None = None) -> None:
        """Add the forward pass of θ (P,) or (G, P).

        Parameters
        ----------
        first
            Where the first layer's products W x + b, (…, n, B), stand already if something else computes them.
        """
        x: Array | Hole = Hole.X
        for tape in (tape for group in groups for tape in group.tapes):
            z = tape.z
            if first is None:
                plan.product(self.layout.block(theta, tape.layer.id), x, z)
            else:
                z, first = first, None
            tape.layer.activation.value(plan, tape.layer.knobs, z, tape.a)
            x = tape.output

    def backward(self, plan: Plan, theta: Array, groups: list[Group], gradient: Array) -> None:
        """Add the backward pass, which writes every layer's block of `gradient` (P,) or (G, P).

        The last tape's `delta` must hold ∂L/∂a when it runs.
        """
        units = slice(None if plan.abreast else -1)  # with the last row a stack's rows are contiguous
        for group in groups:
            layer = group.tapes[0].layer
            if layer.activation.name != "linear":
                arrays = (buffer[..., units, :] for buffer in (group.z, group.a, group.slope))
                layer.activation.slope(plan, layer.knobs, *arrays)
        tapes = [tape for group in groups for tape in group.tapes]
        for before, tape in zip([None, *tapes[:-1]][::-1], tapes[::-1], strict=True):
            if tape.layer.activation.name != "linear":
                plan.add(np.multiply, tape.delta, tape.slope, tape.delta)
            inputs = Hole.XT if before is None else before.output.mT
            if before is not None and min(tape.layer.units, before.layer.units) >= TRANSPOSED_FROM:
                copy = zeros(before.output.mT.shape, plan.dtype)
                plan.add(np.copyto, copy, before.output.mT)
                inputs = copy
            plan.product(tape.delta, inputs, self.layout.block(gradient, tape.layer.id))
            if before is not None:
                # the whole block: its weights alone are no contiguous matrix, and BLAS would copy them first
                plan.product(self.layout.block(theta, tape.layer.id).mT, tape.delta, before.behind)
