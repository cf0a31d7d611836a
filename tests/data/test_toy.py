from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.data.toy import BLOBS, GENTLE_SPIRAL, MOONS, RINGS, XOR

Uniform: TypeAlias = Callable[[Array, float, float], bool]
Normal: TypeAlias = Callable[[Array], bool]
N = 20_000
TOYS = [GENTLE_SPIRAL, MOONS, RINGS, XOR, BLOBS]


def _make(source: Source, noise: float, n: int = N) -> tuple[Array, Array]:
    return source.make(n, noise, np.random.default_rng(1), np.random.default_rng(2))


@pytest.mark.parametrize("source", TOYS, ids=lambda source: source.name)
def test_noise_is_normal_of_deviation_sigma_and_leaves_labels(source: Source, is_normal: Normal) -> None:
    (still, before), (moved, after) = _make(source, 0.0), _make(source, 0.2)
    np.testing.assert_array_equal(before, after)
    assert is_normal(((moved - still) / 0.2).ravel())


@pytest.mark.parametrize("source", TOYS, ids=lambda source: source.name)
def test_points_without_noise_lie_in_the_domain(source: Source) -> None:
    x, _ = _make(source, 0.0)
    for column, (low, high) in zip(x.T, source.domain, strict=True):
        assert low < column.min()
        assert column.max() < high


def test_gentle_spiral_turns_once_with_its_radius(is_uniform: Uniform) -> None:
    x, y = _make(GENTLE_SPIRAL, 0.0)
    s = np.hypot(*x.T) / 1.6
    assert is_uniform(s**2, 0.02, 1)
    angle = 2 * np.pi * s + np.pi * y
    np.testing.assert_allclose(x, 1.6 * np.column_stack([s * np.cos(angle), s * np.sin(angle)]), atol=1e-12)


def test_moons_are_two_half_circles(is_uniform: Uniform) -> None:
    x, y = _make(MOONS, 0.0)
    upper, lower = x[y == 0], np.array([1.0, 0.5]) - x[y == 1]
    for moon in (upper, lower):
        np.testing.assert_allclose(np.hypot(*moon.T), 1, atol=1e-12)
        assert moon[:, 1].min() >= 0
        assert is_uniform(np.arctan2(moon[:, 1], moon[:, 0]), 0, np.pi)


def test_rings_have_radius_one_and_a_half(is_uniform: Uniform) -> None:
    x, y = _make(RINGS, 0.0)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1, 0.5), atol=1e-12)
    assert is_uniform(np.arctan2(x[:, 1], x[:, 0]), -np.pi, np.pi)


def test_xor_labels_by_quadrant_and_fills_all_four_evenly(is_uniform: Uniform) -> None:
    x, y = _make(XOR, 0.0)
    np.testing.assert_array_equal(y, x[:, 0] * x[:, 1] < 0)
    assert is_uniform(np.abs(x).ravel(), 0.1, 1)
    _, counts = np.unique(np.sign(x), axis=0, return_counts=True)
    np.testing.assert_array_equal(counts, N // 4)


def test_xor_of_four_has_every_quadrant() -> None:
    x, y = _make(XOR, 0.0, 4)
    assert len(np.unique(np.sign(x), axis=0)) == 4
    assert y.sum() == 2


def test_blobs_stand_on_the_diagonal() -> None:
    x, y = _make(BLOBS, 0.0)
    np.testing.assert_array_equal(x, np.where(y == 1, 1.0, -1.0)[:, None] * np.ones(2))
