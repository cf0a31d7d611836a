"""Stored images: handwritten digits, and clothes as small as is still readable."""

from functools import cache

import numpy as np

from gdexplorer import resources
from gdexplorer.arrays import Array, frozen
from gdexplorer.data.source import Source

SIDE = 8
COUNT = 1797
FASHION_SIDE = 14
FASHION_COUNT, FASHION_TEST = 7000, 1000
CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


def pixels(side: int) -> tuple[str, ...]:
    """Return the names of a square image's pixels, row by row."""
    return tuple(f"row {row} column {column}" for row in range(side) for column in range(side))


@cache
def _stored(name: str, full: float) -> tuple[Array, Array]:
    """Return all images (n, d), row by row, from 0 to 1, and their classes (n,)."""
    with np.load(resources.path("datasets", f"{name}.npz"), allow_pickle=False) as file:
        return frozen(file["images"] / full), frozen(file["labels"].astype(float))


def _digits(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Draw n of the images without replacement; N(0, σ²) is added to each pixel and may leave [0, 1]."""
    images, labels = _stored("digits", 16.0)
    rows = points.permutation(COUNT)[:n]
    return images[rows] + noise * jitter.standard_normal((n, SIDE * SIDE)), labels[rows]


def _fashion(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Return the first n images; N(0, σ²) is added to each pixel and may leave [0, 1]. `points` is not needed."""
    images, labels = _stored("fashion", 255.0)
    return images[:n] + noise * jitter.standard_normal((n, FASHION_SIDE**2)), labels[:n]


DIGITS = Source(
    "digits", "Handwritten digits",
    "Scanned digits 0 to 9 of 8×8 pixels, the smallest real images; noise adds grain.",
    "classes", 10, pixels(SIDE), ((0.0, 1.0),) * SIDE**2, amount=COUNT, noise=0.0, limit=COUNT, make=_digits,
    shape=(1, SIDE, SIDE), labels=tuple("0123456789"),
)  # fmt: skip
FASHION = Source(
    "fashion", "Fashion-MNIST",
    "Ten kinds of clothes in 14×14 pixels, of which 6,000 are meant for training and 1,000 for testing: 7,000 examples"
    " at a training share of 6/7 use them all.",
    "classes", 10, pixels(FASHION_SIDE), ((0.0, 1.0),) * FASHION_SIDE**2,
    amount=2000, noise=0.0, limit=FASHION_COUNT, make=_fashion,
    shape=(1, FASHION_SIDE, FASHION_SIDE), labels=CLOTHES, reserved=FASHION_TEST,
)  # fmt: skip
