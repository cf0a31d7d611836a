"""Curves y = f(x) + N(0, σ²) of one input; the noise level is σ, in the unit of y."""

from collections.abc import Callable

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data.source import Make, Source


def _curve(low: float, high: float, f: Callable[[Array], Array]) -> Make:
    """Return a maker of x ~ U(low, high), y = f(x) + N(0, σ²)."""

    def make(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
        x = points.uniform(low, high, n)
        return x[:, None], f(x) + noise * jitter.standard_normal(n)

    return make


def _even(low: float, high: float, f: Callable[[Array], Array]) -> Make:
    """Return a maker of n evenly spaced x from low to high, y = f(x) + N(0, σ²)."""

    def make(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
        x = np.linspace(low, high, n)
        return x[:, None], f(x) + noise * jitter.standard_normal(n)

    return make


def _line(x: Array) -> Array:
    return 3 * x + 50


def _identity(x: Array) -> Array:
    return x


def _sine(x: Array) -> Array:
    return np.asarray(np.sin(np.pi * x))


def _wave(x: Array) -> Array:
    return np.asarray(np.sin(4 * x) + 0.5 * np.cos(9 * x))


def _step(x: Array) -> Array:
    return np.where(x < 0, -1.0, 1.0)


def _one(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    return np.array([0.05, 0.10]) + noise * jitter.standard_normal((n, 2)), np.full(n, 0.01)


# U(−√3, √3) has mean 0 and variance 1.
UNIT = float(np.sqrt(3.0))
ONE = ((-1.0, 1.0),)

LINE = Source(
    "line", "Raw line",
    "y = 3x + 50 for x from 50 to 250: inputs far from zero make a long, narrow valley.",
    "regression", 0, ("x",), ((50.0, 250.0),), amount=80, noise=20.0, limit=None,
    make=_curve(50, 250, _line), noise_limit=200.0,
)  # fmt: skip
STANDARD_LINE = Source(
    "standard_line", "Standard line",
    "The same line with x and y brought to mean 0 and spread 1: a round bowl.",
    "regression", 0, ("x",), ((-UNIT, UNIT),), amount=80, noise=0.12, limit=None, make=_curve(-UNIT, UNIT, _identity),
)  # fmt: skip
SINE = Source(
    "sine", "Sine",
    "One period of y = sin πx: the smallest curve that needs hidden units.",
    "regression", 0, ("x",), ONE, amount=200, noise=0.1, limit=None, make=_curve(-1, 1, _sine),
)  # fmt: skip
WAVE = Source(
    "wave", "Wave",
    "y = sin 4x + ½ cos 9x: a slow and a fast part, which are learned one after the other.",
    "regression", 0, ("x",), ONE, amount=80, noise=0.0, limit=None, make=_curve(-1, 1, _wave),
)  # fmt: skip
EVEN_WAVE = Source(
    "even_wave", "Even wave",
    "The wave at evenly spaced x: no gaps, so that the sharpness at the start depends on the weights alone.",
    "regression", 0, ("x",), ONE, amount=80, noise=0.0, limit=None, make=_even(-1, 1, _wave),
)  # fmt: skip
STEP = Source(
    "step", "Step",
    "A jump from −1 to 1 at x = 0, which smooth activations can only approach.",
    "regression", 0, ("x",), ONE, amount=200, noise=0.05, limit=None, make=_curve(-1, 1, _step),
)  # fmt: skip
ONE_EXAMPLE = Source(
    "one_example", "One example",
    "The point (0.05, 0.10) with the target 0.01, again and again, for a step worked by hand; noise moves the point.",
    "regression", 0, ("x", "y"), ((0.0, 0.1), (0.05, 0.15)), amount=20, noise=0.01, limit=None, make=_one,
)  # fmt: skip
