from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.data.playground import CIRCLE, GAUSS, MULTI_GAUSS, PLANE, SPIRAL, XOR

Uniform: TypeAlias = Callable[[Array, float, float], bool]
Normal: TypeAlias = Callable[[Array], bool]
N = 20_000


def _make(source: Source, noise: float, n: int = N) -> tuple[Array, Array]:
    return source.make(n, noise, np.random.default_rng(1), np.random.default_rng(2))


@pytest.mark.parametrize("source", [CIRCLE, XOR, PLANE, MULTI_GAUSS], ids=lambda source: source.name)
def test_noise_moves_labels_not_points(source: Source) -> None:
    (still, before), (same, after) = _make(source, 0.0), _make(source, 0.5)
    np.testing.assert_array_equal(still, same)
    assert not np.array_equal(before, after)


def test_circle_is_uniform_in_radius_and_angle(is_uniform: Uniform) -> None:
    x, y = _make(CIRCLE, 0.0)
    r = np.hypot(*x.T)
    assert is_uniform(r[y == 1], 0, 2.5)
    assert is_uniform(r[y == 0], 3.5, 5)
    assert is_uniform(np.arctan2(x[:, 0], x[:, 1]), -np.pi, np.pi)
    assert y.sum() == N / 2


def test_circle_flips_the_share_of_labels_that_its_formula_says() -> None:
    x, y = _make(CIRCLE, 0.3)
    moved = x + 0.3 * np.random.default_rng(3).uniform(-5, 5, x.shape)
    expected = (np.hypot(*moved.T) < 2.5).astype(float)
    r = np.hypot(*x.T)
    for low, high in ((0, 1), (1, 2.5), (3.5, 4), (4, 5)):
        ring = (low <= r) & (r < high)
        assert abs(y[ring].mean() - expected[ring].mean()) < 4 * np.sqrt(0.5 / ring.sum())


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.5])
def test_gauss_has_its_means_and_variance(noise: float, is_normal: Normal) -> None:
    x, y = _make(GAUSS, noise)
    variance = 0.5 + 7 * noise
    for label, mean in ((1, 2), (0, -2)):
        cloud = x[y == label]
        assert len(cloud) == N / 2
        np.testing.assert_allclose(cloud.mean(axis=0), mean, atol=5 * np.sqrt(variance / len(cloud)))
        np.testing.assert_allclose(cloud.var(axis=0), variance, rtol=0.05)
        assert is_normal(((cloud - mean) / np.sqrt(variance)).ravel())


def test_xor_stays_off_the_axes_and_labels_by_the_sign_of_the_product(is_uniform: Uniform) -> None:
    x, y = _make(XOR, 0.0)
    assert np.abs(x).min() >= 0.3
    assert np.abs(x).max() <= 5.3
    np.testing.assert_array_equal(y, x[:, 0] * x[:, 1] > 0)
    assert is_uniform((x - 0.3 * np.sign(x)).ravel(), -5, 5)
    _, noisy = _make(XOR, 0.5)
    flipped = noisy != y
    # A product changes its sign if exactly one coordinate c crosses zero: 2.5 U(−1, 1) < −|c|.
    cross = np.clip(0.5 - np.abs(x) / 5, 0, None)
    expected = (cross[:, 0] * (1 - cross[:, 1]) + cross[:, 1] * (1 - cross[:, 0])).mean()
    assert abs(flipped.mean() - expected) < 4 * np.sqrt(expected / N)


@pytest.mark.parametrize("n", [4, 7, 500])
def test_spiral_is_exact_without_noise(n: int) -> None:
    x, y = _make(SPIRAL, 0.0, n)
    for label, turn in ((1, 0.0), (0, np.pi)):
        arm = x[y == label]
        for i, point in enumerate(arm):
            r, t = 5 * i / (n / 2), 1.75 * 2 * np.pi * i / (n / 2) + turn
            np.testing.assert_allclose(point, (r * np.sin(t), r * np.cos(t)), atol=1e-12)
    assert abs(2 * y.sum() - n) <= 1


def test_spiral_noise_is_uniform_of_width_nu(is_uniform: Uniform) -> None:
    shift = _make(SPIRAL, 0.4)[0] - _make(SPIRAL, 0.0)[0]
    assert is_uniform(shift.ravel(), -0.4, 0.4)


def test_plane_is_a_tenth_of_the_sum(is_uniform: Uniform) -> None:
    x, y = _make(PLANE, 0.0)
    np.testing.assert_allclose(y, (x[:, 0] + x[:, 1]) / 10, atol=1e-15)
    assert is_uniform(x.ravel(), -6, 6)
    residual = _make(PLANE, 0.5)[1] - y
    assert np.abs(residual).max() <= 0.6
    np.testing.assert_allclose(residual.std(), 0.3 * np.sqrt(2 / 3), rtol=0.03)


def test_multi_gauss_is_the_bump_of_largest_magnitude(is_uniform: Uniform) -> None:
    x, y = _make(MULTI_GAUSS, 0.0, 2000)
    signs = {(-4, 2.5): 1, (0, 2.5): -1, (4, 2.5): 1, (-4, -2.5): -1, (0, -2.5): 1, (4, -2.5): -1}
    for (px, py), value in zip(x, y, strict=True):
        bumps = [sign * max(0.0, 1 - float(np.hypot(px - a, py - b)) / 2) for (a, b), sign in signs.items()]
        assert value == pytest.approx(max(bumps, key=abs), abs=1e-12)
    assert is_uniform(x.ravel(), -6, 6)


def test_multi_gauss_noise_samples_the_surface_near_the_point() -> None:
    _, y = _make(MULTI_GAUSS, 0.05)
    _, still = _make(MULTI_GAUSS, 0.0)
    # A bump's slope is ½ and the point moves by at most .3√2.
    near = np.abs(still) > 0.5
    assert 0 < np.abs(y - still)[near].max() <= 0.5 * 0.3 * np.sqrt(2) + 1e-12
