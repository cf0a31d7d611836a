"""What a program compiles: the parts of a supervised objective that its plan is made of."""

from typing import Any, Protocol

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.nn.layout import Layout
from gdexplorer.nn.losses import Loss, Task
from gdexplorer.nn.network import Network
from gdexplorer.nn.penalties import Penalty


class Learner(Protocol):
    """Network, loss and penalty in one floating type."""

    @property
    def network(self) -> Network:
        """The layers."""
        ...

    @property
    def layout(self) -> Layout:
        """Blocks of θ by layer id."""
        ...

    @property
    def buffers(self) -> Layout:
        """Blocks of the state outside θ."""
        ...

    @property
    def loss(self) -> Loss:
        """The data loss."""
        ...

    @property
    def loss_knobs(self) -> Settings:
        """Its knobs."""
        ...

    @property
    def penalty(self) -> Penalty:
        """What is added to it."""
        ...

    @property
    def penalty_mask(self) -> Array:
        """1 where a parameter is penalized, else 0: (P,)."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Floating type of θ and of all buffers."""
        ...

    @property
    def task(self) -> Task:
        """What is to be learned."""
        ...

    def encode(self, x: Array) -> Array:
        """Raw inputs (n, d) to network inputs (n, F + 1), ones last."""
        ...

    def fresh_buffers(self) -> Array:
        """Return what the state outside θ begins with."""
        ...

    def in_precision(self, dtype: Any) -> "Learner":
        """Return the same in another floating type."""
        ...
