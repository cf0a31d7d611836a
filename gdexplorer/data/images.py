"""Handwritten digits."""

from functools import cache

import numpy as np

from gdexplorer import resources
from gdexplorer.arrays import Array, frozen
from gdexplorer.data.source import Source

SIDE = 8
COUNT = 1797


@cache
def _stored() -> tuple[Array, Array]:
    """Return all images (1797, 64), row by row, ink from 0 to 1, and their digits (1797,)."""
    with np.load(resources.path("datasets", "digits.npz"), allow_pickle=False) as file:
        return frozen(file["images"] / 16.0), frozen(file["labels"].astype(float))


def _digits(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Draw n of the images without replacement; N(0, σ²) is added to each pixel and may leave [0, 1]."""
    images, labels = _stored()
    rows = points.permutation(COUNT)[:n]
    return images[rows] + noise * jitter.standard_normal((n, SIDE * SIDE)), labels[rows]


DIGITS = Source(
    "digits", "Handwritten digits",
    "Scanned digits 0 to 9 of 8×8 pixels, the smallest real images; noise adds grain.",
    "classes", 10, tuple(f"row {row} column {column}" for row in range(SIDE) for column in range(SIDE)),
    ((0.0, 1.0),) * SIDE**2, amount=COUNT, noise=0.0, limit=COUNT, make=_digits,
)  # fmt: skip
