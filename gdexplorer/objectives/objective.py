"""The protocol of everything one can descend: a loss over one flat parameter vector θ.

Test functions, a regression line and a network are all an `Objective`; no optimizer, plane or panel knows
which one it stands on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from gdexplorer.arrays import Array
from gdexplorer.nn.layout import Layout
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.streams import Streams

Split = Literal["train", "test"]


@dataclass(frozen=True, slots=True)
class Player:
    """One side of a game: a name and its slice of θ. A plain loss has one player."""

    name: str
    parameters: slice


@dataclass(frozen=True, slots=True)
class Score:
    """Data loss (without penalty) and share of correct classes over a whole split; None for regression."""

    loss: float
    accuracy: float | None


class Program(Protocol):
    """The compiled plan and its scratch buffers, for one thread; pure in its arguments.

    ``theta`` and ``out`` are bound at the first use and compiled anew only when other arrays come.
    """

    def value_and_gradient(self, theta: Array, buffers: Array, batch: Batch, out: Array) -> float:
        """Return L(θ) with penalty and write ∂L/∂θ (P,); the caller holds ``np.errstate(all="ignore")``."""
        ...

    def score(self, theta: Array, buffers: Array, batch: Batch) -> Score:
        """Loss and accuracy of a full split."""
        ...

    def losses(self, thetas: Array, buffers: Array, batch: Batch) -> Array:
        """L at each row of thetas (G, P), with penalty: (G,)."""
        ...

    def losses_on(self, origin: Array, directions: Array, coordinates: Array, buffers: Array, batch: Batch) -> Array:
        """L at origin (P,) + coordinates (G, 2) · directions (2, P): (G,)."""
        ...

    def predict(self, theta: Array, buffers: Array, x: Array) -> Array:
        """Outputs (n, C) for raw inputs x (n, d)."""
        ...

    def deltas(self) -> Mapping[str, Array]:
        """δ = ∂L/∂z (n, B) by layer id, of the last `value_and_gradient`; views, valid until the next."""
        ...

    def trace(self, theta: Array, buffers: Array, batch: Batch) -> Mapping[str, Array]:
        """Copies of "z", "a" and "delta" by ``f"{layer}.{name}"``."""
        ...


class Objective(Protocol):
    """A loss over θ; immutable, so that a changed activation, penalty or data set builds a new one."""

    layout: Layout
    buffers: Layout
    players: tuple[Player, ...]
    can: frozenset[str]

    def draw(self, streams: Streams) -> Batch:
        """Take the next batch: ALL randomness of an update. Valid until the next draw."""
        ...

    def full(self, split: Split = "train") -> Batch:
        """All examples of a split."""
        ...

    def program(self, like: Batch, stack: int = 0) -> Program:
        """Compile for batches of this size."""
        ...
