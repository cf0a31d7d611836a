"""The loss on the straight line from where each lane began to where it is: one dimension of P."""

from dataclasses import dataclass

from gdexplorer.arrays import Array

POINTS = 121


@dataclass(frozen=True, slots=True)
class Line:
    """The request for a `LineReport`."""


@dataclass(frozen=True, eq=False, slots=True)
class LineReport:
    """Losses with penalty over all training examples, at start + t (now − start).

    Attributes
    ----------
    ts
        (n,), from a quarter before the start to a quarter beyond the present point.
    losses
        (n,) of each lane; NaN where the length is infinite.
    lengths
        ‖now − start‖ of each lane; infinite where it is beyond the range of numbers.
    """

    step: int
    ts: Array
    losses: tuple[Array, ...]
    lengths: tuple[float, ...]
