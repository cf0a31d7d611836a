"""Pooling layers: the greatest or the mean number of each window, channel by channel.

The windows are first copied to (k, k, …, C, rows, columns, B), column and row in the window in front, so that each of
the k·k pixels is one contiguous array and what combines them costs a third.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.nn.layers.layer import Blocks, Layer, Shape, Tape
from gdexplorer.nn.layers.windows import Windows, pictures
from gdexplorer.nn.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling(Layer):
    """What the two kinds have in common; windows that would reach beyond the border are left out."""

    size: int
    stride: int
    padding: int = 0

    @property
    def windows(self) -> Windows:
        """Where the windows lie."""
        return Windows(self.size, self.stride, self.padding)

    def outputs(self, inputs: Shape) -> Shape:
        """Return (channels, rows, columns)."""
        if 2 * self.padding > self.size:
            raise ValueError(f"A pooling layer of size {self.size} has a padding of {self.padding}, so that windows "
                             "could lie beyond the border; make the padding at most half the size.")  # fmt: skip
        return (*inputs[:1], *self.windows.outputs(inputs, "pooling"))

    def numbers(self, inputs: Shape) -> int:
        """Return how many numbers an example takes: what comes out, the windows, and what is made of their rows."""
        return prod(self.outputs(inputs)) * (1 + self.size * self.size + self.size) + 1

    def _combined(self, plan: Plan, tape: Tape, function: Callable[..., Any], edge: float) -> None:
        """Add z = f of all pixels of each window, along its rows first."""
        out = pictures(tape.z, tape.outputs)
        windows = self.windows.over(self.windows.image(plan, tape, edge))
        windows = np.broadcast_to(windows, (*out.shape[:-4], *windows.shape[-6:]))
        pixels = zeros((self.size, self.size, *out.shape), plan.dtype)
        plan.add(np.copyto, pixels, np.moveaxis(windows, (-4, -5), (0, 1)))
        rows = _chain(plan, function, pixels, zeros(pixels.shape[1:], plan.dtype))
        columns = _chain(plan, function, rows[-1], out)
        tape.kept |= {"pixels": pixels, "rows": rows, "columns": columns}


class MaxPooling(Pooling):
    """The greatest number of each window, as PyTorch's ``MaxPool2d``; of equals the first, row by row, has it."""

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z = max over each window."""
        self._combined(plan, tape, np.fmax, -np.inf)  # see `relu`: np.maximum has no positional output any more

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂x: each δ goes to the number that was the greatest."""
        if behind is None:
            return
        pixels, rows, columns = (tape.kept[name] for name in ("pixels", "rows", "columns"))
        in_rows, shares = (zeros(array.shape, plan.dtype) for array in (rows[-1], pixels))
        _share(plan, rows[-1], columns, pictures(tape.delta, tape.outputs), in_rows)
        _share(plan, pixels, rows, in_rows, shares)
        spread = np.moveaxis(shares, (0, 1), (-4, -5))
        self.windows.fold(plan, spread, tape.inputs, behind[..., :-1, :])


class AveragePooling(Pooling):
    """The mean of each window, as PyTorch's ``AvgPool2d``; zeros beyond the border count."""

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z = Σ / k² over each window."""
        self._combined(plan, tape, np.add, 0.0)
        out = pictures(tape.z, tape.outputs)
        plan.add(np.multiply, out, plan.scalar(self.size**-2), out)

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂x: each δ is shared out equally."""
        if behind is None:
            return
        delta = pictures(tape.delta, tape.outputs)
        share = zeros(delta.shape, plan.dtype)
        plan.add(np.multiply, delta, plan.scalar(self.size**-2), share)
        *lead, rows, columns, batch = share.shape
        spread = np.broadcast_to(share[..., None, None, :, :, :], (*lead, *[self.size] * 2, rows, columns, batch))
        self.windows.fold(plan, spread, tape.inputs, behind[..., :-1, :])


def _chain(plan: Plan, function: Callable[..., Any], parts: Array, out: Array) -> list[Array]:
    """Add out = f(f(parts[0], parts[1]), parts[2]) …; return what comes of the first, the first two and so on."""
    partial = [parts[0]]
    for part in parts[1:-1]:
        partial.append(zeros(part.shape, plan.dtype))
        plan.add(function, partial[-2], part, partial[-1])
    if len(parts) == 1:
        plan.add(np.copyto, out, parts[0])
        return partial
    plan.add(function, partial[-1], parts[-1], out)
    return [*partial, out]


def _share(plan: Plan, parts: Array, greatest: Sequence[Array], gradient: Array, shares: Array) -> None:
    """Add what each part gets of the gradient of the greatest of all, where `greatest` is what `_chain` returned."""
    if len(parts) == 1:
        plan.add(np.copyto, shares[0], gradient)
    for k in range(len(parts) - 1, 0, -1):
        earlier = np.zeros(parts[k].shape, np.bool_)  # whether the greatest of those before has it
        before = shares[0] if k == 1 else zeros(parts[k].shape, plan.dtype)
        plan.add(np.greater_equal, greatest[k - 1], parts[k], earlier)
        plan.add(np.copyto, before, earlier)
        plan.add(np.multiply, before, gradient, before)
        plan.add(np.subtract, gradient, before, shares[k])
        gradient = before
