import math
from statistics import fmean, pstdev
from typing import get_args

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import SOURCES, Scaling, Source, load
from gdexplorer.data.scaling import learned
from tests.over_rows import over_rows

SCALINGS: tuple[Scaling, ...] = get_args(Scaling)
by_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
each = over_rows("scaling", SCALINGS)


def _columns(n: int = 37) -> Array:
    """Numbers of several sizes, and one that is constant."""
    rng = np.random.Generator(np.random.PCG64(3))
    z = rng.normal(size=(n, 6))
    return z * [1, 1e-9, 1e5, 1e200, 1e-3, 0] + [0, 0, 1e6, 0, -1e4, 0.1]


@by_source
def test_standardized_training_inputs_have_mean_zero_and_variance_one(source: Source) -> None:
    train = load(source, 90, source.noise, 0.6, 5).train.x
    varying = np.ptp(train, axis=0) > 0
    assert varying.any()
    scaled = learned("standardize", train)(train)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(scaled[:, varying].var(axis=0), 1, rtol=1e-13)
    np.testing.assert_array_equal(scaled[:, ~varying], 0)


@by_source
def test_minmax_brings_training_inputs_to_zero_and_one(source: Source) -> None:
    train = load(source, 90, source.noise, 0.6, 5).train.x
    varying = np.ptp(train, axis=0) > 0
    scaled = learned("minmax", train)(train)
    np.testing.assert_array_equal(scaled.min(axis=0), 0)
    np.testing.assert_array_equal(scaled.max(axis=0), varying)


@each
@by_source
def test_the_order_of_examples_stays(source: Source, scaling: Scaling) -> None:
    train = load(source, 30, source.noise, 0.6, 5).train.x
    scaler = learned(scaling, train)
    assert (scaler.scale > 0).all()
    order = np.argsort(train, axis=0, kind="stable")
    assert (np.diff(np.take_along_axis(scaler(train), order, axis=0), axis=0) >= 0).all()


def test_the_numbers_are_those_of_the_formulas() -> None:
    x = _columns()[:, [0, 1, 2, 4]]
    for column, offset, scale in zip(x.T, *_parts("standardize", x), strict=True):
        assert offset == pytest.approx(fmean(column), rel=1e-12, abs=1e-13 * pstdev(column))
        assert scale == pytest.approx(pstdev(column), rel=1e-12)
    for column, offset, scale in zip(x.T, *_parts("minmax", x), strict=True):
        assert (offset, scale) == (min(column), max(column) - min(column))


def _parts(scaling: Scaling, x: Array) -> tuple[Array, Array]:
    scaler = learned(scaling, x)
    return scaler.offset, scaler.scale


@pytest.mark.parametrize("scaling", ["standardize", "minmax"])
def test_columns_of_every_size_are_scaled_and_a_constant_is_zero(scaling: Scaling) -> None:
    x = _columns()
    scaled = learned(scaling, x)(x)
    size = scaled.std(axis=0) if scaling == "standardize" else scaled.max(axis=0)
    np.testing.assert_allclose(size, [1, 1, 1, 1, 1, 0], rtol=1e-10)
    np.testing.assert_array_equal(scaled[:, -1], 0)


@pytest.mark.parametrize("scaling", ["standardize", "minmax"])
@pytest.mark.parametrize("constant", [0.0, 0.1, -1e9, 1e-300, 1e300])
def test_a_constant_is_shifted_and_not_divided(constant: float, scaling: Scaling) -> None:
    x = np.array([[constant], [constant + 2.0]])
    np.testing.assert_array_equal(learned(scaling, np.full((7, 1), constant))(x), x - constant)


@pytest.mark.parametrize("scaling", ["standardize", "minmax"])
def test_one_example_is_all_constant(scaling: Scaling) -> None:
    x = np.array([[3.0, -0.7]])
    np.testing.assert_array_equal(learned(scaling, x)(x), 0)


@pytest.mark.parametrize("scaling", ["standardize", "minmax"])
def test_a_range_next_to_nothing_stays_finite(scaling: Scaling) -> None:
    least = math.ulp(0.0)
    x = np.array([[0.0], [least], [0.0]])
    assert np.isfinite(learned(scaling, x)(x)).all()


def test_none_leaves_every_bit() -> None:
    x = np.vstack([_columns(), np.full(6, -0.0), np.full(6, 1e308)])
    assert learned("none", x)(x).tobytes() == x.tobytes()


@each
def test_inputs_are_left_alone_and_other_splits_are_scaled_by_the_same_numbers(scaling: Scaling) -> None:
    x = _columns()
    before = x.copy()
    scaler = learned(scaling, x)
    one, together = scaler(x[4:5]), scaler(x)
    np.testing.assert_array_equal(one, together[4:5])
    np.testing.assert_array_equal(x, before)
    with pytest.raises(ValueError, match="read-only"):
        scaler.offset[0] = 1
