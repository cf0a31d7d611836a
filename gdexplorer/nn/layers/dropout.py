"""Dropout: in training each number is 0 with probability p, and else 1/(1 − p) times what it was.

The masks come with the batch, so that a loss stays a function of θ and the batch; without masks the layer passes on
what it is given, as in evaluation.

References
----------
Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: "Dropout", 2014.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.layer import Blocks, Layer, Shape, Tape, rows_of
from gdexplorer.nn.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout(Layer):
    """A layer that drops numbers at random while training."""

    rate: float = 0.5  # p

    def masks(self, inputs: Shape) -> tuple[int, float]:
        """Return one mask for each number, and p."""
        return (prod(inputs), self.rate) if self.rate else (0, 0.0)

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add z = x, masked if the batch brings masks."""
        x = rows_of(plan, tape)
        if tape.mask is None:
            plan.add(np.copyto, tape.z, x)
        else:
            plan.add(np.multiply, x, tape.mask, tape.z)

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂x = δ, masked likewise."""
        if behind is None:
            return
        if tape.mask is None:
            plan.add(np.copyto, behind[..., :-1, :], tape.delta)
        else:
            plan.add(np.multiply, tape.delta, tape.mask, behind[..., :-1, :])

    def shown(self, tape: Tape) -> dict[str, Array]:
        """Return the mask, if there is one."""
        return {} if tape.mask is None else {"mask": tape.mask}
