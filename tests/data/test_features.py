import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdexplorer.data import FEATURES, expand

NAMES = ["x", "y", "x2", "y2", "xy", "sin_x", "sin_y"]


def test_the_names_are_those_of_the_schema() -> None:
    assert [feature.name for feature in FEATURES] == NAMES


@given(st.floats(-6, 6), st.floats(-6, 6), st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_features_follow_their_formulas_in_the_order_given(a: float, b: float, names: list[str]) -> None:
    direct = {
        "x": a, "y": b, "x2": a**2, "y2": b**2, "xy": a * b, "sin_x": math.sin(a), "sin_y": math.sin(b)
    }  # fmt: skip
    expanded = expand(np.array([[a, b], [0.0, 0.0]]), names)
    assert expanded.shape == (2, len(names))
    assert expanded.dtype == np.float64
    np.testing.assert_allclose(expanded[0], [direct[name] for name in names], rtol=1e-14, atol=1e-300)
    np.testing.assert_array_equal(expanded[1], 0)


def test_expanding_copies_the_points() -> None:
    x = np.ones((3, 2))
    expand(x, ["x", "y"])[:] = 5
    np.testing.assert_array_equal(x, 1)


@pytest.mark.parametrize(
    ("shape", "names", "sentence"),
    [
        ((3, 2), ["x", "x3"], "There is no input feature 'x3'; choose from x, y, x2"),
        ((3, 2), [], "No input feature is chosen"),
        ((3, 1), ["x"], "need two inputs x and y"),
        ((2,), ["x"], "need two inputs x and y"),
    ],
)
def test_bad_features_are_refused(shape: tuple[int, ...], names: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        expand(np.zeros(shape), names)
