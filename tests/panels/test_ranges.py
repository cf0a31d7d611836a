import math

import numpy as np
import pytest

from gdexplorer.panels.ranges import LogRange, UpperBound, nice_above, robust_top, spread


@pytest.mark.parametrize(("value", "bound"), [(1, 1), (1.01, 1.5), (7, 8), (81, 100), (0.012, 0.015), (0, 1)])
def test_bounds_are_nice(value: float, bound: float) -> None:
    assert nice_above(value) == pytest.approx(bound)


def test_an_upper_bound_moves_seldom() -> None:
    bound = UpperBound(50)
    bounds = [bound.follow(step) for step in range(1000)]
    assert len(set(bounds)) <= 12
    assert all(value >= step for step, value in enumerate(bounds))
    assert bound.follow(900) == 1000, "a little less is no reason to move"
    assert bound.follow(0) == 50, "a restart is"


def test_a_log_range_holds_while_the_data_stays_in_it() -> None:
    following = LogRange()
    first = following.follow(-1.0, 0.0)
    assert first[0] <= -1
    assert first[1] >= 0
    assert following.follow(-0.9, -0.1) == first
    assert following.follow(-3.0, 0.0)[0] <= -3
    assert following.follow(math.nan, 0.0)[0] <= -3, "no numbers, no move"
    narrow = following.follow(-1.01, -1.0)
    assert narrow[1] - narrow[0] >= 0.5


def test_a_single_spike_is_cut_off() -> None:
    values = np.append(np.linspace(0.5, 1, 200), 1e6)
    assert robust_top(values, log=False) < 2
    assert robust_top(np.log10(values), log=True) == pytest.approx(2, abs=0.1)
    assert robust_top(np.array([1.0, 2.0, np.nan, np.inf]), log=False) == 2
    assert math.isnan(robust_top(np.array([np.nan]), log=True))


def test_labels_are_spread() -> None:
    assert spread([10, 100], 12, 0, 200) == [10, 100]
    assert spread([50, 52, 51], 10, 0, 200) == [50, 70, 60]
    assert spread([198, 199], 10, 0, 200) == [190, 200]
    assert spread([], 10, 0, 200) == []
