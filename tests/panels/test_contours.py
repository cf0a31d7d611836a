import numpy as np
import pytest

from gdexplorer.panels.contours import lines, spaced


def test_contours_of_a_cone_are_circles_joined_by_gaps() -> None:
    axis = np.linspace(-2, 2, 101)
    cone = np.hypot(axis[:, None], axis)
    x, y = lines(axis, axis, cone, np.array([0.5, 1.0]))
    radius = np.hypot(x, y)
    gap = np.isnan(radius)
    assert gap.sum() == 2
    first, second = radius[: np.flatnonzero(gap)[0]], radius[np.flatnonzero(gap)[0] + 1 : -1]
    assert first == pytest.approx(0.5, abs=2e-3)
    assert second == pytest.approx(1.0, abs=2e-3)


def test_there_are_none_where_values_are_not_finite() -> None:
    axis = np.linspace(-2, 2, 41)
    values = np.tile(axis, (41, 1))
    values[:20] = np.nan
    _, y = lines(axis, axis, values, np.array([0.05]))
    assert np.nanmin(y) >= 0
    x, _ = lines(axis, axis, np.full((41, 41), np.nan), np.array([0.05]))
    assert np.isnan(x).all()


def test_no_level_makes_no_line() -> None:
    axis = np.linspace(0, 1, 4)
    x, y = lines(axis, axis, np.zeros((4, 4)), np.zeros(0))
    assert len(x) == len(y) == 1
    assert np.isnan(x).all()


@pytest.mark.parametrize("span", [0.1, 0.7, 3.3, 12.0, 400.0])
def test_levels_are_round_multiples_and_not_too_many(span: float) -> None:
    levels, step = spaced(-1.23, -1.23 + span)
    assert 4 <= len(levels) <= 20
    assert np.diff(levels) == pytest.approx(step)
    assert levels / step == pytest.approx(np.round(levels / step))
    assert levels[0] >= -1.23
    assert levels[-1] <= -1.23 + span


@pytest.mark.parametrize("high", [0.0, -1.0, np.inf, np.nan])
def test_an_empty_range_has_no_levels(high: float) -> None:
    levels, step = spaced(0.0, high)
    assert len(levels) == 0
    assert step == 0
