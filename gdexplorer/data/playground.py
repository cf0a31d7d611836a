"""TensorFlow Playground's six data sets, inputs unscaled; class 1 is its label +1, class 0 its label −1.

Noise ν runs from 0 to .5, its slider over 100. In *gauss* and *spiral* it moves points, elsewhere labels only.
"""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data.source import Source

XY = ("x", "y")
BOX = ((-6.0, 6.0), (-6.0, 6.0))
LOUDEST = 0.5
# x, y and sign of each bump of the multi-Gauss surface.
BUMPS = np.array([[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]])


def _circle(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Every other radius U(0, 2.5), the rest U(3.5, 5); class 1 iff ‖(x, y) + ν U(−5, 5)²‖ < 2.5."""
    u, turn = points.random((n, 2)).T
    r = np.where(np.arange(n) % 2 == 0, 2.5 * u, 3.5 + 1.5 * u)
    angle = 2 * np.pi * turn
    x = np.column_stack([r * np.sin(angle), r * np.cos(angle)])
    seen = x + noise * jitter.uniform(-5, 5, (n, 2))
    return x, (np.hypot(seen[:, 0], seen[:, 1]) < 2.5).astype(float)


def _gauss(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """N((2, 2), .5 + 7ν) is class 1, N((−2, −2), .5 + 7ν) class 0; `points` is not needed."""
    y = (np.arange(n) + 1) % 2
    center = 4.0 * y[:, None] - 2.0
    return center + np.sqrt(0.5 + 7 * noise) * jitter.standard_normal((n, 2)), y.astype(float)


def _xor(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """U(−5, 5)² pushed .3 off the axes; class 1 iff the coordinates' product after noise ν U(−5, 5)² is ≥ 0."""
    x = points.uniform(-5, 5, (n, 2))
    x += np.where(x > 0, 0.3, -0.3)
    seen = x + noise * jitter.uniform(-5, 5, (n, 2))
    return x, (seen[:, 0] * seen[:, 1] >= 0).astype(float)


def _spiral(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Per arm i < n/2: r = 5i/(n/2), t = 1.75·2π·i/(n/2) + {0, π}, (r sin t, r cos t) + ν U(−1, 1)²."""
    arm = np.arange(n) % 2
    along = (np.arange(n) // 2) / (n / 2)
    r = 5 * along
    t = 1.75 * 2 * np.pi * along + np.pi * arm
    x = np.column_stack([r * np.sin(t), r * np.cos(t)])
    return x + noise * jitter.uniform(-1, 1, (n, 2)), 1.0 - arm


def _plane(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """U(−6, 6)², y = (x₁ + x₂)/10 at the point moved by ν U(−6, 6)²."""
    x = points.uniform(-6, 6, (n, 2))
    seen = x + noise * jitter.uniform(-6, 6, (n, 2))
    return x, seen.sum(axis=1) / 10


def _multi_gauss(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """U(−6, 6)², y = the bump ±max(0, 1 − d/2) of largest magnitude at the point moved by ν U(−6, 6)²."""
    x = points.uniform(-6, 6, (n, 2))
    seen = x + noise * jitter.uniform(-6, 6, (n, 2))
    distance = np.hypot(seen[:, :1] - BUMPS[:, 0], seen[:, 1:] - BUMPS[:, 1])
    heights = BUMPS[:, 2] * np.maximum(0, 1 - distance / 2)
    return x, heights[np.arange(n), np.abs(heights).argmax(axis=1)]


CIRCLE = Source(
    "playground_circle", "Circle (Playground)",
    "A disc inside a ring, with a gap between; noise flips labels.",
    "binary", 2, XY, BOX, amount=500, noise=0.0, limit=None, make=_circle, noise_limit=LOUDEST,
)  # fmt: skip
GAUSS = Source(
    "playground_gauss", "Two Gaussians (Playground)",
    "Two round clouds that a straight line separates; noise widens them.",
    "binary", 2, XY, BOX, amount=500, noise=0.0, limit=None, make=_gauss, noise_limit=LOUDEST,
)  # fmt: skip
XOR = Source(
    "playground_xor", "Exclusive or (Playground)",
    "Opposite quadrants share a class; noise flips labels near the axes.",
    "binary", 2, XY, BOX, amount=500, noise=0.0, limit=None, make=_xor, noise_limit=LOUDEST,
)  # fmt: skip
SPIRAL = Source(
    "playground_spiral", "Spiral (Playground)",
    "Two arms wound almost twice around each other; the hardest of the six.",
    "binary", 2, XY, BOX, amount=500, noise=0.0, limit=None, make=_spiral, noise_limit=LOUDEST,
)  # fmt: skip
PLANE = Source(
    "playground_plane", "Plane (Playground)",
    "A tilted plane, which a single linear unit fits; noise moves the values.",
    "regression", 0, XY, BOX, amount=1200, noise=0.0, limit=None, make=_plane, noise_limit=LOUDEST,
)  # fmt: skip
MULTI_GAUSS = Source(
    "playground_multi_gauss", "Six bumps (Playground)",
    "Three hills and three hollows on a flat floor; noise moves values.",
    "regression", 0, XY, BOX, amount=1200, noise=0.0, limit=None, make=_multi_gauss, noise_limit=LOUDEST,
)  # fmt: skip
