import numpy as np
import pytest

from gdexplorer.panels.grid import bilinear

XS, YS = np.linspace(-1, 1, 5), np.linspace(0, 3, 4)


def test_a_bilinear_function_is_read_exactly(rng: np.random.Generator) -> None:
    values = 2 + 3 * XS - YS[:, None] + 0.5 * XS * YS[:, None]
    x, y = rng.uniform(-1, 1, 50), rng.uniform(0, 3, 50)
    assert bilinear(XS, YS, values, x, y) == pytest.approx(2 + 3 * x - y + 0.5 * x * y)


def test_the_corners_belong_to_the_grid_and_nothing_beyond() -> None:
    values = XS + YS[:, None]
    assert bilinear(XS, YS, values, np.array([-1.0, 1.0]), np.array([0.0, 3.0])) == pytest.approx([-1, 4])
    assert np.isnan(bilinear(XS, YS, values, np.array([-1.01, 0, np.nan]), np.array([0, 3.01, 1]))).all()


def test_a_neighbor_that_is_not_finite_is_not_read_over() -> None:
    values = np.zeros((4, 5))
    values[1, 1:3] = np.inf, -np.inf
    values[2, 2] = np.nan
    read = bilinear(XS, YS, values, np.array([-0.3, 0.6, 0.1]), np.array([1.0, 0.9, 2.5]))
    assert not np.isfinite(read[0])
    assert np.isnan(read[2])
    assert read[1] == 0
