import math

import numpy as np
import pytest

from gdexplorer.optim.clipping import CLIPS, Tally, by_norm, by_value, norm


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_by_norm_is_the_formula_and_counts(rng, dtype):
    tally, seen = Tally(), []
    for scale in (0.01, 1.0, 30.0):
        gradient = (scale * rng.normal(size=9)).astype(dtype)
        length = math.sqrt(math.fsum(float(g) ** 2 for g in gradient))
        expected = gradient * min(1.0, 1.5 / (length + 1e-6))
        by_norm(gradient, 1.5, tally)
        assert gradient.dtype == dtype
        np.testing.assert_allclose(gradient, expected, rtol=1e-6 if dtype == np.float32 else 1e-14)
        seen.append(length > 1.5)
        assert tally.before == pytest.approx(length)
        assert tally.after == pytest.approx(math.sqrt(math.fsum(float(g) ** 2 for g in gradient)), rel=1e-6)
    assert seen[0] is False
    assert seen[-1] is True
    assert (tally.updates, tally.clipped, tally.share) == (3, sum(seen), sum(seen) / 3)


@pytest.mark.parametrize("clip", CLIPS.values(), ids=list(CLIPS))
def test_what_is_small_keeps_every_bit(clip, rng):
    gradient, tally = 1e-3 * rng.normal(size=9), Tally()
    before = gradient.tobytes()
    clip(gradient, 1.0, tally)
    assert gradient.tobytes() == before
    assert (tally.updates, tally.clipped) == (1, 0)
    assert tally.before == tally.after == pytest.approx(np.linalg.norm(gradient))


def test_by_value_brings_elements_back_to_the_threshold():
    gradient, tally = np.array([-3.0, -0.5, 0.0, 0.25, 7.0]), Tally()
    by_value(gradient, 0.5, tally)
    np.testing.assert_array_equal(gradient, [-0.5, -0.5, 0.0, 0.25, 0.5])
    assert (tally.updates, tally.clipped) == (1, 1)
    assert tally.before == pytest.approx(math.sqrt(9 + 0.25 + 0.0625 + 49))
    assert tally.after == pytest.approx(math.sqrt(0.25 + 0.25 + 0.0625 + 0.25))


@pytest.mark.parametrize("clip", CLIPS.values(), ids=list(CLIPS))
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_stays_so_and_is_not_counted(clip, bad):
    gradient, tally = np.array([5.0, bad, 2.0]), Tally()
    with np.errstate(all="ignore"):
        clip(gradient, 1.0, tally)
    np.testing.assert_array_equal(gradient, [5.0, bad, 2.0])
    assert tally == Tally()


@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e30), (np.float64, 1e300), (np.float32, 1e-30),
                                             (np.float64, 1e-300), (np.float64, 1.0)])  # fmt: skip
def test_the_norm_neither_overflows_nor_vanishes(dtype, size):
    gradient = np.array([3.0, -4.0], dtype) * dtype(size)
    with np.errstate(all="ignore"):
        assert norm(gradient) == pytest.approx(5 * size, rel=1e-6)
        tally = Tally()
        by_norm(gradient, 1.0, tally)
    np.testing.assert_allclose(gradient, np.array([0.6, -0.8]) if size > 0.1 else np.array([3, -4]) * size, rtol=1e-5)


def test_a_gradient_of_zeros_has_norm_zero():
    assert norm(np.zeros(3)) == 0.0
    assert Tally().share == 0.0
