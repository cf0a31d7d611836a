"""The fully connected layer: z = W x + b, over all features, whatever their shape."""

from dataclasses import dataclass
from math import prod

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.layer import Blocks, Draw, Layer, Shape, Tape
from gdexplorer.nn.layout import Block
from gdexplorer.nn.plan import Hole, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense(Layer):
    """A fully connected layer: a = f(W x + b); images and sequences are taken as their features in a row."""

    units: int

    def outputs(self, inputs: Shape) -> Shape:
        """Return (units,)."""
        return (self.units,)

    def blocks(self, inputs: Shape) -> tuple[Block, ...]:
        """Return W with b as its last column."""
        return (Block(self.id, 0, (self.units, prod(inputs) + 1)),)

    def resembles(self, inputs: Shape, other: Layer, others_inputs: Shape) -> bool:
        """Whether columns weigh the same inputs: of images, the same pixel of the same channel."""
        return isinstance(other, Dense) and inputs[1:] == others_inputs[1:]

    def fill(self, blocks: Blocks, inputs: Shape, draw: Draw) -> None:
        """Draw W and b."""
        block = blocks[self.id]
        gain = self.activation.gain(self.knobs)
        block[:, :-1], block[:, -1] = draw(self.units, prod(inputs), gain, 1)

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z = W x + b."""
        plan.product(blocks[self.id], tape.x, tape.z)

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂W = δ xᵀ and ∂L/∂x = Wᵀ δ."""
        plan.product(tape.delta, Hole.XT if isinstance(tape.x, Hole) else tape.x.mT, gradient[self.id])
        if behind is not None:
            # the whole block: its weights alone are no contiguous matrix, and BLAS would copy them first
            plan.product(blocks[self.id].mT, tape.delta, behind)
