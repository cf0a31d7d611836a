from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source, load
from gdexplorer.data.regression import EVEN_WAVE, LINE, SINE, STANDARD_LINE, STEP, WAVE

Uniform: TypeAlias = Callable[[Array, float, float], bool]
Normal: TypeAlias = Callable[[Array], bool]
N = 20_000
CURVES: list[tuple[Source, Callable[[Array], Array]]] = [
    (LINE, lambda x: 3 * x + 50),
    (STANDARD_LINE, lambda x: x),
    (SINE, lambda x: np.sin(np.pi * x)),
    (WAVE, lambda x: np.asarray(np.sin(4 * x) + np.cos(9 * x) / 2)),
    (STEP, lambda x: np.where(x >= 0, 1.0, -1.0)),
]


@pytest.mark.parametrize(("source", "curve"), CURVES, ids=[source.name for source, _ in CURVES])
def test_curve_is_exact_without_noise_and_normal_with(
    source: Source, curve: Callable[[Array], Array], is_uniform: Uniform, is_normal: Normal
) -> None:
    def make(noise: float) -> tuple[Array, Array]:
        return source.make(N, noise, np.random.default_rng(1), np.random.default_rng(2))

    (x, y), (same, noisy) = make(0.0), make(0.5)
    ((low, high),) = source.domain
    assert is_uniform(x[:, 0], low, high)
    np.testing.assert_allclose(y, curve(x[:, 0]), atol=1e-12)
    np.testing.assert_array_equal(x, same)
    assert is_normal((noisy - y) / 0.5)


def test_the_even_wave_is_the_wave_at_evenly_spaced_points() -> None:
    x, y = EVEN_WAVE.make(41, 0.0, np.random.default_rng(1), np.random.default_rng(2))
    np.testing.assert_allclose(x[:, 0], [-1 + k / 20 for k in range(41)], atol=1e-15)
    np.testing.assert_allclose(y, np.sin(4 * x[:, 0]) + np.cos(9 * x[:, 0]) / 2, atol=1e-15)
    _, noisy = EVEN_WAVE.make(41, 0.5, np.random.default_rng(1), np.random.default_rng(2))
    np.testing.assert_allclose(noisy - y, 0.5 * np.random.default_rng(2).standard_normal(41), atol=1e-14)


def test_raw_line_is_badly_conditioned_and_the_standard_line_is_not() -> None:
    def condition(source: Source) -> float:
        x = load(source, source.amount, source.noise, 0.5, 0).train.x
        design = np.column_stack([x, np.ones(len(x))])
        return float(np.linalg.cond(design.T @ design))

    assert condition(LINE) > 1e5
    assert condition(STANDARD_LINE) < 2


def test_standard_line_is_the_raw_line_in_other_units() -> None:
    raw, standard = (load(source, 80, 0.0, 0.5, 4).train for source in (LINE, STANDARD_LINE))
    spread = 200 / np.sqrt(12)
    np.testing.assert_allclose((raw.x - 150) / spread, standard.x, atol=1e-12)
    np.testing.assert_allclose((raw.y - 500) / (3 * spread), standard.y, atol=1e-12)
