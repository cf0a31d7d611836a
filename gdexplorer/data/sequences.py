"""Sequences: a row of x has all features of step 0, then those of step 1, and so on to step T − 1."""

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.data.source import Source

SUM_STEPS, LAST = 30, 5
BITS = 10
WINDOW = 20
SHORTEST, LONGEST = 5.0, 20.0
AHEAD = 40
ADDING_STEPS = 20


def _delayed_sum(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """x_t ~ U(−1, 1), y = 2 (x_25 + … + x_29)/5 + N(0, σ²): variance 4/15 + σ², which the mean alone leaves."""
    x = points.uniform(-1, 1, (n, SUM_STEPS))
    return x, 2 * x[:, -LAST:].mean(axis=1) + noise * jitter.standard_normal(n)


def _parity(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Rows of bits −1 and 1, no two alike, seen with N(0, σ²); class 1 iff the number of ones is odd, every other row.

    All but the last bit are drawn without replacement in each class; the last makes the number of ones odd or even.
    """
    y = np.arange(n) % 2
    half = 2 ** (BITS - 1)
    number = np.column_stack([points.permutation(half), points.permutation(half)]).ravel()[:n]
    bits = number[:, None] >> np.arange(BITS - 1) & 1
    bits = np.column_stack([bits, (bits.sum(axis=1) + y) % 2])
    return 2.0 * bits - 1 + noise * jitter.standard_normal((n, BITS)), y.astype(float)


def _sine(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """x_t = sin(ωt + φ) + N(0, σ²) for t < 20, y = sin(20ω + φ); ω ~ U(2π/20, 2π/5), φ ~ U(0, 2π)."""
    wave = _wave(n, points, np.arange(WINDOW + 1))
    return wave[:, :-1] + noise * jitter.standard_normal((n, WINDOW)), wave[:, -1].copy()


def _beyond(n: int, points: np.random.Generator) -> Array:
    """Return the same waves for 20 < t ≤ 60."""
    return _wave(n, points, np.arange(WINDOW + 1, WINDOW + 1 + AHEAD))


def _wave(n: int, points: np.random.Generator, steps: IntArray) -> Array:
    omega = points.uniform(2 * np.pi / LONGEST, 2 * np.pi / SHORTEST, (n, 1))
    phi = points.uniform(0, 2 * np.pi, (n, 1))
    return np.asarray(np.sin(omega * steps + phi))


def _adding(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Values v_t ~ U(0, 1), a marker 1 at i ~ U{0 … 9} and j ~ U{10 … 19}, else 0; y = v_i + v_j + N(0, σ²).

    The adding problem of Hochreiter and Schmidhuber (1997), as Arjovsky, Shah and Bengio (2016) put it; the mean alone
    leaves a variance of 1/6 + σ².
    """
    x = np.zeros((n, ADDING_STEPS, 2))
    x[:, :, 0] = points.random((n, ADDING_STEPS))
    half = ADDING_STEPS // 2
    marked = points.integers([0, half], [half, 2 * half], size=(n, 2))
    np.put_along_axis(x[:, :, 1], marked, 1.0, axis=1)
    sums = np.take_along_axis(x[:, :, 0], marked, axis=1).sum(axis=1)
    return x.reshape(n, -1), sums + noise * jitter.standard_normal(n)


def _steps(count: int) -> tuple[str, ...]:
    return tuple(f"step {t}" for t in range(count))


DELAYED_SUM = Source(
    "delayed_sum", "Delayed sum",
    "Twice the mean of the last 5 of 30 random numbers, so that 25 steps are to be forgotten; noise moves targets.",
    "regression", 0, _steps(SUM_STEPS), ((-1.0, 1.0),) * SUM_STEPS,
    amount=1000, noise=0.0, limit=None, make=_delayed_sum, shape=(SUM_STEPS, 1),
)  # fmt: skip
PARITY = Source(
    "parity", "Parity",
    "Whether the number of ones among 10 bits is odd: each bit turns the answer around; noise blurs the bits.",
    "binary", 2, _steps(BITS), ((-1.0, 1.0),) * BITS,
    amount=1000, noise=0.0, limit=2**BITS, make=_parity, shape=(BITS, 1), labels=("even", "odd"),
)  # fmt: skip
SINE_CONTINUATION = Source(
    "sine_continuation", "Sine continuation",
    "The next value of a sine of unknown period, 5 to 20 steps, after a window of 20; noise moves the window.",
    "regression", 0, _steps(WINDOW), ((-1.0, 1.0),) * WINDOW,
    amount=1000, noise=0.05, limit=None, make=_sine, shape=(WINDOW, 1), beyond=_beyond,
)  # fmt: skip
ADDING = Source(
    "adding", "Adding problem",
    "The sum of two marked numbers among 20, each step a number and a marker; noise moves targets.",
    "regression", 0, tuple(f"step {t} {name}" for t in range(ADDING_STEPS) for name in ("value", "marker")),
    ((0.0, 1.0),) * (2 * ADDING_STEPS),
    amount=2000, noise=0.0, limit=None, make=_adding, shape=(ADDING_STEPS, 2),
)  # fmt: skip
