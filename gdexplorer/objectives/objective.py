"""The protocol of everything one can descend: a loss over one flat parameter vector θ.

Test functions, a regression line and a network are all an `Objective`; no optimizer, plane or panel knows
which one it stands on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layout import Layout
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.streams import Streams

Split = Literal["train", "test"]
Product = Callable[[Array], Array]  # v (P,) to the Hessian's product with it, a new array (P,)


@dataclass(frozen=True, slots=True)
class Player:
    """One side of a game: a name and its slice of θ. A plain loss has one player."""

    name: str
    parameters: slice
    rate: float = 1.0  # that its learning rate is multiplied by


@dataclass(frozen=True, slots=True)
class Score:
    """Data loss (without penalty) and share of correct classes over a whole split; None for regression."""

    loss: float
    accuracy: float | None


@dataclass(frozen=True, eq=False, slots=True)
class Landmark:
    """A point of which something is known beforehand: a minimum, a saddle, the least-squares solution."""

    kind: Literal["minimum", "saddle", "maximum"]
    theta: Array  # (P,)
    name: str = ""


class Program(Protocol):
    """The compiled plan and its scratch buffers, for one thread; pure in its arguments.

    ``theta``, ``buffers`` and ``out`` are bound at the first use and compiled anew only when other arrays come.
    """

    def value_and_gradient(self, theta: Array, buffers: Array, batch: Batch, out: Array) -> float:
        """Return L(θ) with penalty and write ∂L/∂θ (P,); the caller holds ``np.errstate(all="ignore")``.

        Batch norm takes the statistics of the batch, and units are dropped if the batch has masks. With `buffers` of
        (0,) running statistics are left out, which a mere look may do.
        """
        ...

    def next_buffers(self, out: Array) -> None:
        """Write what the state outside θ becomes after the last `value_and_gradient`, should its update be made."""
        ...

    def hvp(self, theta: Array, v: Array, buffers: Array, batch: Batch, out: Array) -> None:
        """Write ∂²L/∂θ² v (P,), penalty included; θ, v and out may be other arrays at every call."""
        ...

    def linearize(self, theta: Array, buffers: Array, batch: Batch) -> Product:
        """Return v ↦ ∂²L/∂θ² v at this θ, whatever becomes of `theta`; valid as long as the batch is.

        For many v at one point: what depends on θ alone is computed once.
        """
        ...

    def sample_gradients(self, theta: Array, buffers: Array, batch: Batch) -> Array:
        """Return ∂L/∂θ (B, P) of each example's own loss, with penalty; their mean is the batch's gradient.

        Raises
        ------
        ValueError
            One sentence, if examples have no losses of their own (see "per_sample" in `Objective.can`).
        """
        ...

    def score(self, theta: Array, buffers: Array, batch: Batch) -> Score:
        """Loss and accuracy of a full split in evaluation: by running statistics, without dropout."""
        ...

    def losses(self, thetas: Array, buffers: Array, batch: Batch) -> Array:
        """L at each row of thetas (G, P), with penalty, by the batch's own statistics, without dropout: (G,)."""
        ...

    def losses_on(self, origin: Array, directions: Array, coordinates: Array, buffers: Array, batch: Batch) -> Array:
        """L at origin (P,) + coordinates (G, 2) · directions (2, P): (G,)."""
        ...

    def predict(self, theta: Array, buffers: Array, x: Array, start: int = 0, stop: int | None = None) -> Array:
        """Outputs (n, …) of layer `stop` − 1, the last if None, for raw inputs x (n, d), in evaluation.

        Parameters
        ----------
        start
            The layer that x goes into; beyond 0, x is what the layer before it makes.
        """
        ...

    def deltas(self) -> Mapping[str, Array]:
        """δ = ∂L/∂z (n, B) by layer id, of the last `value_and_gradient`; views, valid until the next."""
        ...

    def trace(self, theta: Array, buffers: Array, batch: Batch) -> Mapping[str, Array]:
        """Copies of "z", "a" and "delta" by ``f"{layer}.{name}"``."""
        ...


class Objective(Protocol):
    """A loss over θ; immutable, so that a changed activation, penalty or data set builds a new one.

    ``can`` says what more than a loss and a gradient there is: "examples" (a loss over a training and a test set),
    "layers" (whose gradients can be compared), "game" (two players, each with a loss), "samples" (of a generator in the
    plane), "predict", "answer" (learns a value or a class of each example), "reconstruct" (learns to give back its
    inputs), "maps" (layers make images of images), "sequences" (answers sequences), "per_sample" (each example has a
    gradient), "trace", "hvp" (exact if "exact hvp" too, else by differences of the gradient), "stack", "basins" (many
    starts at once).
    """

    @property
    def layout(self) -> Layout:
        """Blocks of θ."""
        ...

    @property
    def buffers(self) -> Layout:
        """State outside θ."""
        ...

    def fresh_buffers(self) -> Array:
        """Return what the state outside θ begins with."""
        ...

    @property
    def players(self) -> tuple[Player, ...]:
        """The sides of a game; one for a plain loss."""
        ...

    @property
    def can(self) -> frozenset[str]:
        """What there is."""
        ...

    @property
    def work(self) -> int:
        """About how many multiplications the loss of one example takes."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Floating type of θ."""
        ...

    @property
    def batch_size(self) -> int:
        """Examples of one update, at most; 1 where there are none."""
        ...

    @property
    def deterministic(self) -> bool:
        """Whether every update sees the same loss: all examples, no noise."""
        ...

    @property
    def axes(self) -> tuple[str, str]:
        """Names of two parameters, where there are no more."""
        ...

    @property
    def domain(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """The part of a plane of two parameters that is worth seeing, if that is known beforehand."""
        ...

    @property
    def landmarks(self) -> tuple[Landmark, ...]:
        """Points of which something is known beforehand."""
        ...

    def solution(self) -> Array | None:
        """Return the minimizer (P,) where there is a formula for it, else None."""
        ...

    def draw(self, streams: Streams) -> Batch:
        """Take the next batch: ALL randomness of an update. Valid until the next draw."""
        ...

    def full(self, split: Split = "train") -> Batch:
        """All examples of a split, no noise."""
        ...

    def program(self, like: Batch, stack: int = 0) -> Program:
        """Compile for batches of this size."""
        ...

    def penalty_at(self, theta: Array) -> float:
        """Return what is added to the data loss at θ."""
        ...

    def same_loss(self, other: "Objective") -> bool:
        """Whether L(θ) is the same function, whatever the batches."""
        ...

    def in_precision(self, dtype: Any) -> "Objective":
        """Return the same objective in another floating type, for surfaces in float32; itself if it has one only."""
        ...
