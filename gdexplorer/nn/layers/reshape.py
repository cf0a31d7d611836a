"""Layers without weights that lay their inputs out anew: as an image, or as a larger image."""

from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.layer import Blocks, Layer, Shape, Tape, one_of, rows_of
from gdexplorer.nn.layers.windows import pictures
from gdexplorer.nn.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshape(Layer):
    """The same numbers, taken row by row as an image (channels, height, width)."""

    shape: Shape

    def outputs(self, inputs: Shape) -> Shape:
        """Return the image's shape."""
        if prod(inputs) != prod(self.shape):
            wanted = "×".join(map(str, self.shape))
            raise ValueError(f"A reshape layer to {wanted} needs {prod(self.shape):,} inputs, not {prod(inputs):,}; "
                             "change its shape, or the layer before it.")  # fmt: skip
        return self.shape

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z = x."""
        plan.add(np.copyto, tape.z, rows_of(plan, tape))

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂x = δ."""
        if behind is not None:
            plan.add(np.copyto, behind[..., :-1, :], tape.delta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsampling(Layer):
    """Nearest neighbours, as PyTorch's ``Upsample``: each pixel becomes a square of factor × factor equal ones."""

    factor: int

    def outputs(self, inputs: Shape) -> Shape:
        """Return (channels, factor · height, factor · width)."""
        channels, height, width = one_of(inputs, 3, "nearest-neighbor upsampling", "images")
        return (channels, self.factor * height, self.factor * width)

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z, each x repeated."""
        x = pictures(rows_of(plan, tape), tape.inputs)
        plan.add(np.copyto, self._squares(tape.z, tape), x[..., :, None, :, None, :])

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂x, the sum of δ over each square."""
        if behind is None:
            return
        squares, out = self._squares(tape.delta, tape), pictures(behind[..., :-1, :], tape.inputs)
        first, *others = (squares[..., i, :, j, :] for i, j in product(range(self.factor), repeat=2))
        plan.add(np.copyto, out, first)
        for pixels in others:
            plan.add(np.add, out, pixels, out)

    def _squares(self, rows: Array, tape: Tape) -> Array:
        """Return a view (…, C, H, factor, W, factor, B) of what comes out."""
        channels, height, width = tape.inputs
        return pictures(rows, (channels, height, self.factor, width, self.factor))
