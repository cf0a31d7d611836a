import numpy as np
import pytest

from gdexplorer.landscape.plane import identity
from gdexplorer.landscape.surface import Surface
from gdexplorer.panels.relief import FLOOR, relief

AXIS = np.linspace(-1, 1, 25)


def surface(losses: np.ndarray) -> Surface:  # type: ignore[type-arg]
    return Surface(identity(), AXIS, AXIS, losses)


BOWL = 0.01 + AXIS**2 + AXIS[:, None] ** 2


def test_heights_are_logarithms() -> None:
    made = relief(surface(BOWL), None)
    assert made.heights == pytest.approx(np.log10(BOWL))
    assert made.levels[0] == pytest.approx(-2, abs=0.3)
    assert made.levels[1] == pytest.approx(np.log10(2), abs=0.2)
    assert made.blank == 0
    assert made.log
    assert not made.low
    assert made.title == "loss (log)"
    assert np.isfinite(made.contours[0]).any()


def test_levels_hold_still_until_they_no_longer_suit() -> None:
    first = relief(surface(BOWL), None)
    assert relief(surface(1.2 * BOWL), first.levels).levels == first.levels
    moved = relief(surface(50 * BOWL), first.levels)
    assert moved.levels == pytest.approx(np.array(first.levels) + np.log10(50))


def test_losses_that_have_no_logarithm_are_drawn_at_the_floor() -> None:
    losses = BOWL.copy()
    losses[0, :3] = 0
    losses[1, :3] = -1e-9  # rounding
    made = relief(surface(losses), None)
    assert made.log
    assert made.low
    assert made.least == pytest.approx(FLOOR * np.median(losses[losses > 0]))
    assert made.heights[0, 0] == made.heights[1, 0] == pytest.approx(np.log10(made.least))
    nothing = relief(surface(np.zeros((25, 25))), None)
    assert nothing.levels[1] > nothing.levels[0]


def test_negative_losses_are_heights_themselves() -> None:
    made = relief(surface(BOWL - 1), None)
    assert not made.log
    assert made.title == "loss"
    assert made.heights == pytest.approx(BOWL - 1)
    assert made.levels[0] == pytest.approx(-0.99)
    assert [label for _, label in made.ticks(4)] == ["−0.5", "0", "0.5"]
    assert made.height(np.array([-3.0, np.inf, 2.0])) == pytest.approx([-3.0, np.nan, 2.0], nan_ok=True)
    flat = relief(surface(np.full((25, 25), -2.0)), None)
    assert flat.levels[1] > flat.levels[0]


def test_other_losses_are_contoured_at_the_same_levels() -> None:
    made = relief(surface(BOWL), None)
    x, y = made.contours_of(0.01 + 4 * AXIS**2 + 4 * AXIS[:, None] ** 2)
    heights = np.log10(0.01 + 4 * (x**2 + y**2))
    known = heights[np.isfinite(heights) & (np.hypot(x, y) > 0.3)]
    assert len(known) > 50
    assert known / made.step == pytest.approx(np.round(known / made.step), abs=0.15)


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    losses = BOWL.copy()
    losses[:2, :2] = np.nan
    losses[3, 3] = np.inf
    made = relief(surface(losses), None)
    assert made.blank == 5
    assert np.isnan(made.heights[3, 3])
    nothing = relief(surface(np.full((25, 25), np.nan)), (1.0, 2.0))
    assert nothing.levels == (1.0, 2.0)
    assert nothing.blank == 625
