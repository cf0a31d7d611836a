import math

import numpy as np
import pytest

from gdexplorer.nn.erf import erf

GRID = np.concatenate([np.linspace(-7, 7, 20_001), np.geomspace(1e-300, 1, 500), [0.46875, 4.0, 26.0, 27.0, 40.0]])


def test_it_is_the_error_function():
    reference = np.array([math.erf(x) for x in GRID])
    np.testing.assert_allclose(erf(GRID), reference, rtol=1e-15, atol=0)


@pytest.mark.parametrize("x", [0.0, -0.0, 1e308, -1e308, np.inf, -np.inf, 5e-324])
def test_at_the_ends(x):
    value = erf(np.array(x))
    assert value == math.erf(x)
    assert bool(np.signbit(value)) == (math.copysign(1, x) < 0)


def test_nan_stays_nan():
    assert np.isnan(erf(np.array([np.nan, 1.0]))).tolist() == [True, False]


def test_it_is_odd():
    np.testing.assert_array_equal(erf(-GRID), -erf(GRID))


def test_it_may_write_over_its_argument():
    x = GRID.copy()
    assert erf(x, x) is x
    np.testing.assert_array_equal(x, erf(GRID))


def test_float32_is_rounded_from_float64():
    x = np.linspace(-4, 4, 1001, dtype=np.float32)
    out = np.empty_like(x)
    erf(x, out)
    np.testing.assert_array_equal(out, erf(x.astype(float)).astype(np.float32))
