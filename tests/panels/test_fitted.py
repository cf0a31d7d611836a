import numpy as np
import pytest

from gdexplorer.data import SOURCES, load
from gdexplorer.panels.fitted import stems, vertical

SINE = load(next(source for source in SOURCES if source.name == "sine"), 60, 0.1, 0.5, 0)
LOW = float(min(SINE.train.y.min(), SINE.test.y.min()))
HIGH = float(max(SINE.train.y.max(), SINE.test.y.max()))


def test_stems_lead_from_each_point_to_the_curve() -> None:
    x, y = stems(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([5.0, 6.0]))
    assert x[[0, 1, 3, 4]] == pytest.approx([1, 1, 2, 2])
    assert y[[0, 1, 3, 4]] == pytest.approx([3, 5, 4, 6])
    assert np.isnan(x[[2, 5]]).all()


def test_the_range_holds_all_points_and_a_tame_curve() -> None:
    low, high = vertical(SINE, np.zeros(8), None)
    assert low < LOW
    assert high > HIGH
    assert vertical(SINE, np.full(8, HIGH + 0.5), None)[1] > HIGH + 0.5


@pytest.mark.parametrize("wild", [1e9, -1e9, np.nan, np.inf])
def test_a_wild_curve_may_not_flatten_the_points(wild: float) -> None:
    low, high = vertical(SINE, np.array([0.0, wild]), None)
    assert high - low < 2.5 * (HIGH - LOW)


def test_the_range_holds_still_until_the_curve_leaves_it_or_it_is_far_too_large() -> None:
    before = vertical(SINE, np.zeros(8), None)
    assert vertical(SINE, np.full(8, 0.9 * HIGH), before) is before
    assert vertical(SINE, np.full(8, HIGH + 1), before) != before
    assert vertical(SINE, np.zeros(8), (10 * LOW, 10 * HIGH)) == before
