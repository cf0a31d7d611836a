"""What a probe is given: one step of one run, read-only by convention."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.network import Memory
from gdexplorer.objectives.objective import Objective


@dataclass(frozen=True, slots=True)
class Context:
    """The point, the gradient there and what the backward pass left."""

    step: int
    objective: Objective
    theta: Array  # (P,)
    gradient: Array  # (P,), of the latest batch, with penalty
    deltas: Mapping[str, Array]  # ∂L/∂z (n, B) by layer id
    examples: int  # B, the number of examples the gradient is a mean over
    buffers: Array = field(default_factory=lambda: np.zeros(0))  # the state outside θ
    afresh: int = 0  # examples on which δ were taken at θ because the latest batch's are not known; 0 where they are

    @property
    def memory(self) -> Memory | None:
        """The running statistics for a pass in evaluation, if there are any."""
        return Memory(self.buffers, None) if self.buffers.size else None
