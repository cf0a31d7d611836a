"""The convolutional layer: each filter's products with all windows of an image, by one matrix product.

A block's row is a filter, in the order (channel, row, column), with its bias last: (filters, C·k·k + 1). The windows
are its columns, (C·k·k + 1, windows · B), a row of ones last.

References
----------
Chellapilla, Puri, Simard: "High performance convolutional neural networks for document processing", IWFHR 2006.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.nn.layers.layer import Blocks, Draw, Layer, Shape, Tape
from gdexplorer.nn.layers.windows import Windows
from gdexplorer.nn.layout import Block
from gdexplorer.nn.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution(Layer):
    """a = f(w ⋆ x + b), a cross-correlation, as PyTorch's ``Conv2d``; zeros beyond the border."""

    filters: int
    size: int
    stride: int = 1
    padding: int = 0

    @property
    def windows(self) -> Windows:
        """Where the filters are laid."""
        return Windows(self.size, self.stride, self.padding)

    def outputs(self, inputs: Shape) -> Shape:
        """Return (filters, rows, columns)."""
        return (self.filters, *self.windows.outputs(inputs, "convolution"))

    def blocks(self, inputs: Shape) -> tuple[Block, ...]:
        """Return a row for each filter, the bias last."""
        return (Block(self.id, 0, (self.filters, inputs[0] * self.size**2 + 1)),)

    def numbers(self, inputs: Shape) -> int:
        """Return how many numbers an example takes: what comes out, and its columns."""
        return prod(self.outputs(inputs)) + 1 + prod(self.outputs(inputs)[1:]) * (inputs[0] * self.size**2 + 1)

    def uses(self, inputs: Shape) -> int:
        """Return the number of places of a filter."""
        return prod(self.outputs(inputs)[1:])

    def resembles(self, inputs: Shape, other: Layer, others_inputs: Shape) -> bool:
        """Whether kernels are of one size, so that columns weigh the same pixel of the same channel."""
        return isinstance(other, Convolution) and other.size == self.size

    def fill(self, blocks: Blocks, inputs: Shape, draw: Draw) -> None:
        """Draw filters and biases."""
        block, field = blocks[self.id], self.size**2
        gain = self.activation.gain(self.knobs)
        block[:, :-1], block[:, -1] = draw(self.filters, inputs[0] * field, gain, field)

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z = W · columns."""
        image, (_, rows, across) = self.windows.image(plan, tape), tape.outputs
        # one for a whole stack, where it shares its inputs
        columns = zeros((*image.shape[:-4], tape.inputs[0] * self.size**2 + 1, rows * across * tape.batch), plan.dtype)
        columns[..., -1, :] = 1.0
        plan.add(np.copyto, self._apart(columns, tape), self.windows.over(image))
        plan.product(blocks[self.id], columns, self._flat(tape.z))
        tape.kept["columns"] = columns

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂W = δ · columnsᵀ, and ∂L/∂x, the columns Wᵀ δ put back where they come from."""
        delta, columns = self._flat(tape.delta), tape.kept["columns"]
        plan.product(delta, columns.mT, gradient[self.id])
        if behind is not None:
            spread = plan.buffer(*columns.shape[-2:])
            plan.product(blocks[self.id].mT, delta, spread)
            self.windows.fold(plan, self._apart(spread, tape), tape.inputs, behind[..., :-1, :])

    def _apart(self, columns: Array, tape: Tape) -> Array:
        """Return a view (…, C, k, k, rows, columns, B) of columns above a row of ones."""
        shape = (tape.inputs[0], self.size, self.size, *tape.outputs[1:], tape.batch)
        return columns[..., :-1, :].reshape(*columns.shape[:-2], *shape)

    def _flat(self, rows: Array) -> Array:
        """Return a view (…, filters, windows · B) of an array (…, filters · windows, B)."""
        flat = rows.reshape(*rows.shape[:-2], self.filters, -1)
        assert np.may_share_memory(flat, rows), "the plan needs a view, not a copy"
        return flat
