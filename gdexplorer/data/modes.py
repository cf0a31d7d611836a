"""Densities of the plane that are easy to see through: equal Gaussians around known centers, and who is near them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from gdexplorer.arrays import Array

Arrangement = Literal["ring", "grid", "line"]

NEAR = 0.5  # distance from a center within which a sample belongs to its mode
LEAST = 0.02  # share of all samples that a mode needs to be covered


@dataclass(frozen=True)
class Mixture:
    """Gaussians N(c_k, σ² I) of equal weight; on a grid there are 5 × 5, whatever `modes` says."""

    arrangement: Arrangement
    modes: int
    radius: float  # of the ring; half the side of the grid, half the line
    spread: float  # σ

    @cached_property
    def centers(self) -> Array:
        """Centers (K, 2)."""
        if self.arrangement == "grid":
            side = np.linspace(-self.radius, self.radius, 5)
            return np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        if self.arrangement == "line":
            along = np.linspace(-self.radius, self.radius, self.modes) if self.modes > 1 else np.zeros(1)
            return np.column_stack([along, np.zeros(self.modes)])
        angles = 2 * np.pi * np.arange(self.modes) / self.modes
        return self.radius * np.column_stack([np.cos(angles), np.sin(angles)])

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """Draw samples (count, 2)."""
        around = self.spread * rng.standard_normal((count, 2))
        return self.centers[rng.integers(len(self.centers), size=count)] + around


def shares(samples: Array, centers: Array) -> Array:
    """Return the share of samples (n, 2) within `NEAR` of each center (K, 2); of several the nearest: (K,)."""
    away = np.hypot(*(samples[:, None, :] - centers).transpose(2, 0, 1).astype(np.float64))
    nearest, least = away.argmin(axis=1), away.min(axis=1)
    return np.bincount(nearest[least <= NEAR], minlength=len(centers)) / len(samples)


def covered(found: Array) -> int:
    """Return how many modes have at least `LEAST` of the samples."""
    return int(np.count_nonzero(found >= LEAST))
