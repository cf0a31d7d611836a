"""What a layer is, and the buffers with which it takes part in a pass.

A layer maps inputs x to pre-activations z; the network applies the activation, z to a, and on the way back multiplies
∂L/∂a by the slope, so that a layer's `backward` finds ∂L/∂z in ``tape.delta``.

Buffers are feature-major: (…, n, B) with n features, B examples and, for a stack of parameter vectors, its axis in
front. The features of an image of shape (channels, height, width) or of a sequence (steps, features) lie flat in that
order, so that ``z.reshape(*z.shape[:-2], channels, height, width, B)`` is a view.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.nn.activations import LINEAR, Activation, LinearKnobs
from gdexplorer.nn.layout import Block
from gdexplorer.nn.plan import Hole, Plan

Shape: TypeAlias = tuple[int, ...]  # (features,), (channels, height, width) or (steps, features)
Blocks: TypeAlias = Mapping[str, Array]  # views of θ or of its gradient by block id, (…, rows, columns)
# (n_out, n_in, gain, field) -> weights (n_out, n_in) and biases (n_out,); `field` is the number of positions of a
# convolution's kernel, which n_in contains and the fan out of which is n_out · field
Draw: TypeAlias = Callable[[int, int, float, int], tuple[Array, Array]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of a network; immutable, and the same whatever comes before it."""

    id: str
    activation: Activation = LINEAR
    knobs: Settings = field(default_factory=LinearKnobs)

    def outputs(self, inputs: Shape) -> Shape:
        """Return the shape of what it makes of inputs of a shape.

        Raises
        ------
        ValueError
            One sentence, if it cannot take such inputs.
        """
        return inputs

    def blocks(self, inputs: Shape) -> tuple[Block, ...]:
        """Return its blocks of θ, each from 0; the first has the layer's id, others that id, a dot and a name."""
        return ()

    def buffers(self, inputs: Shape) -> tuple[Block, ...]:
        """Return its blocks of the state outside θ."""
        return ()

    def numbers(self, inputs: Shape) -> int:
        """Return how many numbers an example takes in its buffers of a pass forward."""
        return prod(self.outputs(inputs)) + 1

    def uses(self, inputs: Shape) -> int:
        """Return how often a parameter takes part in an example's pass forward: at each place, in each step."""
        return 1

    def masks(self, inputs: Shape) -> tuple[int, float]:
        """Return how many numbers an example needs that are 1/(1 − p) or, with probability p, 0; and p."""
        return 0, 0.0

    def fewest(self, inputs: Shape) -> int:
        """Return how many examples a training batch needs at least."""
        return 1

    def fill(self, blocks: Blocks, inputs: Shape, draw: Draw) -> None:
        """Write fresh parameters to its blocks."""

    def forget(self, buffers: Blocks) -> None:
        """Write what its blocks of the state outside θ begin with."""

    def resembles(self, inputs: Shape, other: "Layer", others_inputs: Shape) -> bool:
        """Whether rows and columns of its blocks mean the same as those of another's, as far as both have them."""
        return type(other) is type(self)

    def forward(self, plan: Plan, tape: "Tape", blocks: Blocks) -> None:
        """Add the calls that read ``tape.x`` and write ``tape.z``."""
        raise NotImplementedError

    def backward(self, plan: Plan, tape: "Tape", blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add the calls that read ``tape.delta``, ∂L/∂z, and write all of its blocks of the gradient.

        Parameters
        ----------
        behind
            Where ∂L/∂x is wanted, (…, n + 1, B), the last row of which nobody reads; None if it is not wanted.
        """
        raise NotImplementedError

    def shown(self, tape: "Tape") -> Mapping[str, Array]:
        """Return by name what a pass forward and backward left beside z, a and δ that is worth seeing."""
        return {}


@dataclass(slots=True)
class Tape:
    """Buffers that one layer's forward pass leaves for its backward pass."""

    layer: Layer
    inputs: Shape
    outputs: Shape
    z: Array  # (…, n, B), the same memory as `a` unless the activation's slope needs it
    a: Array  # (…, n, B)
    output: Array  # (…, n + 1, B): a above a row of ones
    slope: Array  # (…, n, B), f′(z)
    delta: Array  # (…, n, B), ∂L/∂a before the backward pass, ∂L/∂z after it
    behind: Array  # (…, n + 1, B), delta above a row that nothing reads
    x: Array | Hole = Hole.X  # (…, n_in + 1, B), a row of ones last
    running: Blocks | None = None  # views of the state outside θ, if that is to be used
    next: Blocks | None = None  # where a training pass writes what it is to become
    mask: Array | None = None  # (rows of `Layer.masks`, B), if there are masks in this pass
    omit_slope: bool = False  # a deliberate mistake: the pass backward forgets f′
    kept: dict[str, Any] = field(default_factory=dict)  # what a layer's forward leaves for its backward

    @property
    def batch(self) -> int:
        """B, the number of examples."""
        return int(self.a.shape[-1])

    @property
    def width(self) -> int:
        """n_in, the number of inputs."""
        return prod(self.inputs)


def rows_of(plan: Plan, tape: Tape) -> Array:
    """Return the inputs (…, n, B) as an array, to which the batch's are copied first."""
    if not isinstance(tape.x, Hole):
        return tape.x[..., :-1, :]
    x = plan.buffer(tape.width + 1, tape.batch)
    plan.add(np.copyto, x, tape.x)
    return x[..., :-1, :]


def one_of(shape: Shape, dimensions: int, kind: str, wanted: str) -> Shape:
    """Return a shape of so many dimensions.

    Raises
    ------
    ValueError
        One sentence, if it has not.
    """
    if len(shape) != dimensions:
        have = "×".join(map(str, shape))
        raise ValueError(f"A {kind} layer needs {wanted}, not inputs of shape {have}; put it before the layers that "
                         "flatten them, or choose other data.")  # fmt: skip
    return shape
