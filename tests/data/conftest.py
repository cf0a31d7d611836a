"""Kolmogorov–Smirnov checks of a sample against its distribution."""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest

from gdexplorer.arrays import Array

# P(√n · D > 1.95) = .001 in the limit of large n.
CRITICAL = 1.95


def _passes(sample: Array, cdf: Callable[[Array], Array]) -> bool:
    """Return whether √n · sup|F_n − F| stays below its critical value."""
    n = len(sample)
    heights = cdf(np.sort(sample))
    steps = np.arange(n + 1) / n
    distance = max(np.max(steps[1:] - heights), np.max(heights - steps[:-1]))
    return bool(np.sqrt(n) * distance < CRITICAL)


@pytest.fixture
def is_uniform() -> Callable[[Array, float, float], bool]:
    return lambda sample, low, high: _passes(sample, lambda x: np.clip((x - low) / (high - low), 0, 1))


@pytest.fixture
def is_normal() -> Callable[[Array], bool]:
    normal = np.vectorize(NormalDist().cdf)
    return lambda sample: _passes(sample, normal)
