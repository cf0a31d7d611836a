"""Which minimum each start reaches: the basins of attraction of a function of two variables, under one optimizer."""

from dataclasses import dataclass
from typing import Literal

from gdexplorer.arrays import Array, IntArray

MOVING, DIVERGED, FLAT = -1, -2, -3  # labels of starts that end nowhere


@dataclass(frozen=True, slots=True)
class Basins:
    """The request for a `BasinReport`: starts a side of the finest map, and the lane whose optimizer descends."""

    size: int = 96
    lane: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class End:
    """A stationary point where descents end."""

    kind: Literal["minimum", "saddle", "maximum"]
    theta: Array  # (2,)
    loss: float
    count: int  # of starts


@dataclass(frozen=True, eq=False, slots=True)
class BasinReport:
    """Where the descents from a grid of starts ended.

    Attributes
    ----------
    xs, ys
        Coordinates of the starts (n,), the centers of equal cells of `window`.
    labels
        (n, n), row = y: an index into `ends`, or `MOVING` where the descent was not done after `updates`, `DIVERGED`,
        or `FLAT` where it rests on a ground so flat that there is no single minimum.
    ends
        The lowest minimum first; those that are known of the function also if no start reaches them.
    """

    xs: Array
    ys: Array
    window: tuple[tuple[float, float], tuple[float, float]]
    labels: IntArray
    ends: tuple[End, ...]
    optimizer: str
    updates: int
    finest: bool

    def share(self, label: int) -> float:
        """Return the part of the starts that wear a label."""
        return float((self.labels == label).mean())
