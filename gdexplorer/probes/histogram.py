"""Counts of numbers, layer by layer, on a fixed symmetric-log axis.

Fixed edges keep pictures comparable over time; linear bins that follow the range would flatten every narrow
distribution. Exact zeros have a bin of their own, and what lies beyond the edges is counted, not dropped.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, IntArray, frozen
from gdexplorer.nn.layout import Layout

LOWEST, HIGHEST, PER_DECADE = -9, 3, 3  # magnitudes 1e-9 … 1e3
MAGNITUDES = frozen(10.0 ** np.linspace(LOWEST, HIGHEST, (HIGHEST - LOWEST) * PER_DECADE + 1))
BINS = len(MAGNITUDES) - 1  # on each side


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of one layer."""

    id: str
    negative: IntArray  # (BINS,) counts of −MAGNITUDES[k+1] < x ≤ −MAGNITUDES[k]
    positive: IntArray  # (BINS,) counts of MAGNITUDES[k] ≤ x < MAGNITUDES[k+1]
    zeros: int  # exactly 0
    tiny: int  # not 0, but smaller than the lowest edge
    huge: int  # as large as the highest edge, or larger
    size: int
    rms: float  # root mean square

    @property
    def norm(self) -> float:
        """‖x‖."""
        return self.rms * float(np.sqrt(self.size))


@dataclass(frozen=True, slots=True)
class Distribution:
    """One quantity at one step, layer by layer from input to output.

    Attributes
    ----------
    examples
        Over which it is taken; 0 for what has no examples.
    """

    step: int
    examples: int
    layers: tuple[Counts, ...]


def count(id: str, numbers: Array) -> Counts:
    """Sort numbers into the bins."""
    flat = numbers.reshape(-1)
    magnitude = np.abs(flat).astype(np.float64, copy=False)
    place = np.searchsorted(MAGNITUDES, magnitude, side="right")  # 0 below, BINS + 1 at or above the top edge
    place += (BINS + 2) * (flat < 0)
    found = np.bincount(place, minlength=2 * BINS + 4)
    zeros = flat.size - int(np.count_nonzero(flat))
    return Counts(
        id,
        found[BINS + 3 : -1],
        found[1 : BINS + 1],
        zeros,
        int(found[0] + found[BINS + 2]) - zeros,
        int(found[BINS + 1] + found[-1]),
        flat.size,
        rms(magnitude),
    )


def rms(values: Array) -> float:
    """Return the root mean square."""
    flat = values.reshape(-1).astype(np.float64, copy=False)
    return math.sqrt(flat.dot(flat) / max(flat.size, 1))


def by_block(layout: Layout, theta: Array) -> tuple[Counts, ...]:
    """Count the elements of every block of θ, or of a vector like it."""
    with np.errstate(all="ignore"):
        return tuple(count(block.id, theta[block.start : block.stop]) for block in layout.blocks)


def by_layer(layout: Layout, arrays: Mapping[str, Array]) -> tuple[Counts, ...]:
    """Count the numbers of every layer that has parameters."""
    with np.errstate(all="ignore"):
        return tuple(count(block.id, arrays[block.id]) for block in layout.blocks if block.id in arrays)


def together(first: Counts, second: Counts) -> Counts:
    """Return the counts of both."""
    size = first.size + second.size
    squares = first.size * first.rms**2 + second.size * second.rms**2
    return Counts(first.id, first.negative + second.negative, first.positive + second.positive,
                  first.zeros + second.zeros, first.tiny + second.tiny, first.huge + second.huge, size,
                  float(np.sqrt(squares / size)))  # fmt: skip
