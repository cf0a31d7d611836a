"""Small two-class sets in the plane, balanced to one example; the noise σ adds N(0, σ²) to each coordinate."""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data.source import Source

XY = ("x", "y")


def _gentle_spiral(
    n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator
) -> tuple[Array, Array]:
    """Arm k: radius 1.6 s, angle 2πs + kπ, s = √U(.02, 1), (r cos, r sin) + N(0, σ²)."""
    arm = np.arange(n) % 2
    s = np.sqrt(points.uniform(0.02, 1, n))
    return _polar(1.6 * s, 2 * np.pi * s + np.pi * arm) + noise * jitter.standard_normal((n, 2)), arm.astype(float)


def _moons(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Class 0: (cos t, sin t); class 1: (1 − cos t, ½ − sin t); t ~ U(0, π)."""
    y = np.arange(n) % 2
    upper = _polar(np.ones(n), points.uniform(0, np.pi, n))
    x = np.where(y[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)
    return x + noise * jitter.standard_normal((n, 2)), y.astype(float)


def _rings(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Class 0 on the circle of radius 1, class 1 on that of radius ½; angle ~ U(0, 2π)."""
    y = np.arange(n) % 2
    x = _polar(1 - 0.5 * y, points.uniform(0, 2 * np.pi, n))
    return x + noise * jitter.standard_normal((n, 2)), y.astype(float)


def _xor(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """U(.1, 1)² in each quadrant by turns; class 1 where the signs of the coordinates differ (before the noise)."""
    quadrant = np.arange(n) % 4
    y = quadrant % 2
    first = np.where(quadrant < 2, 1.0, -1.0)
    signs = np.column_stack([first, np.where(y == 0, first, -first)])
    return signs * points.uniform(0.1, 1, (n, 2)) + noise * jitter.standard_normal((n, 2)), y.astype(float)


def _blobs(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Class 0: N((−1, −1), σ²), class 1: N((1, 1), σ²): 2√2/σ standard deviations apart; `points` is not needed."""
    y = np.arange(n) % 2
    return (2.0 * y - 1)[:, None] + noise * jitter.standard_normal((n, 2)), y.astype(float)


def _polar(radius: Array, angle: Array) -> Array:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


GENTLE_SPIRAL = Source(
    "gentle_spiral", "Gentle spiral",
    "Two arms with one turn each: curved enough to need hidden units, quick to learn.",
    "binary", 2, XY, ((-2.0, 2.0), (-2.0, 2.0)), amount=500, noise=0.05, limit=None, make=_gentle_spiral,
)  # fmt: skip
MOONS = Source(
    "moons", "Two moons",
    "Two interlocking half circles, which no straight line separates.",
    "binary", 2, XY, ((-1.5, 2.5), (-1.25, 1.75)), amount=500, noise=0.15, limit=None, make=_moons,
)  # fmt: skip
RINGS = Source(
    "rings", "Rings",
    "A circle inside a circle: the classes differ in radius only.",
    "binary", 2, XY, ((-1.5, 1.5), (-1.5, 1.5)), amount=500, noise=0.08, limit=None, make=_rings,
)  # fmt: skip
XOR = Source(
    "xor", "Exclusive or",
    "Opposite quadrants share a class, so that one hidden layer is needed.",
    "binary", 2, XY, ((-1.25, 1.25), (-1.25, 1.25)), amount=400, noise=0.0, limit=None, make=_xor,
)  # fmt: skip
BLOBS = Source(
    "blobs", "Two blobs",
    "Two round clouds that a straight line separates; noise is their width and makes them overlap.",
    "binary", 2, XY, ((-3.0, 3.0), (-3.0, 3.0)), amount=400, noise=0.4, limit=None, make=_blobs, noise_limit=1.5,
)  # fmt: skip
