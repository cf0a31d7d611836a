import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.panels.scene import FLOOR, Track3D
from gdexplorer.panels.trails import ARROW, LIFT, MOST, SAME, spot, trail
from tests.panels.scenes import HIMMELBLAU, RIDGE, TILTED, lit

LAND = lit(HIMMELBLAU)


def above(points: Array) -> Array:
    """Return how far points are above the ground."""
    return np.asarray(points[:, 2] - LAND.height(points[:, 0], points[:, 1]))


def test_a_path_lies_a_little_above_the_surface_between_its_points_too() -> None:
    laid = trail(Track3D(np.array([-5.0, 5.0]), np.array([-4.0, 5.0])), LAND)  # one long step, over hill and dale
    assert len(laid.points) > 50
    assert above(laid.points) == pytest.approx(LIFT)
    assert laid.points[0, :2] == pytest.approx([-5 / 6, -4 / 6])
    assert laid.points[-1, :2] == pytest.approx([5 / 6, 5 / 6])


def test_its_shadow_lies_on_the_floor_below_it() -> None:
    laid = trail(Track3D(np.linspace(-3, 3, 9), np.linspace(2, -2, 9)), LAND)
    assert (laid.shadow[:, 2] == FLOOR).all()
    assert laid.shadow[:, :2] == pytest.approx(laid.points[:, :2])


def test_heights_of_their_own_are_kept_and_joined_by_stems() -> None:
    x, y = np.linspace(-3, 3, 31), np.linspace(2, -2, 31)
    heights = np.full(31, 2.5)
    laid = trail(Track3D(x, y, heights, stems=True), LAND)
    own = float(LAND.box.up(np.array(2.5)))
    at_points = [
        np.argmin(np.hypot(laid.points[:, 0] - a, laid.points[:, 1] - b)) for a, b in zip(x / 6, y / 6, strict=True)
    ]
    assert laid.points[at_points, 2] == pytest.approx(own + LIFT, abs=1e-6)
    assert 3 < len(laid.feet) <= 31
    assert above(laid.feet) == pytest.approx(0, abs=1e-9)
    assert laid.heads[:, 2] == pytest.approx(own + LIFT)
    assert laid.heads[:, :2] == pytest.approx(laid.feet[:, :2])
    assert not len(trail(Track3D(x, y, heights), LAND).feet)


def test_heights_that_are_the_surfaces_but_for_interpolation_are_on_it() -> None:
    x, y = np.linspace(-3, 3, 31), np.full(31, 0.5)
    own = LAND.height(x / 6, y / 6)
    low, high = LAND.box.levels
    per_decade = (float(LAND.box.up(np.array(high))) - float(LAND.box.up(np.array(low)))) / (high - low)
    heights = low + (own - float(LAND.box.up(np.array(low)))) / per_decade + 0.3 * SAME / per_decade
    laid = trail(Track3D(x, y, heights, stems=True), LAND)
    assert above(laid.points) == pytest.approx(LIFT)
    assert not len(laid.feet)


def test_what_is_outside_or_not_finite_is_left_out() -> None:
    x = np.array([-9.0, -3.0, np.nan, 0.0, 3.0, 9.0, np.inf])
    laid = trail(Track3D(x, np.zeros(7)), LAND)
    seen = laid.points[np.isfinite(laid.points).all(axis=1)]
    assert np.abs(seen[:, :2]).max() <= 1.01
    assert np.isnan(laid.points[0]).any()
    assert np.isfinite(laid.points[:, :2]).all()
    for count in (0, 1):
        assert len(trail(Track3D(np.zeros(count), np.zeros(count)), LAND).points) == count


def test_long_paths_are_thinned_and_keep_their_ends(rng: np.random.Generator) -> None:
    steps = rng.normal(0, 0.004, (50_000, 2)).cumsum(axis=0)
    laid = trail(Track3D(*steps.T), LAND)
    assert len(laid.points) < 3 * MOST
    assert laid.points[[0, -1], :2] * 6 == pytest.approx(steps[[0, -1]])


def test_the_arrow_follows_the_ground_in_its_direction() -> None:
    now = spot(1.0, -1.0, None, (0.3, 0.4), LAND)
    assert now is not None
    way = now.arrow[-1, :2] - now.arrow[0, :2]
    assert way / np.hypot(*way) == pytest.approx([0.6, 0.8])
    assert np.hypot(*way) == pytest.approx(ARROW[0])  # so short that one would not see it
    assert above(now.arrow) == pytest.approx(above(now.place[None])[0])
    long = spot(1.0, -1.0, None, (-900.0, 0.0), LAND)
    assert long is not None
    assert np.hypot(*(long.arrow[-1, :2] - long.arrow[0, :2])) == pytest.approx(ARROW[1])


@pytest.mark.parametrize("arrow", [None, (0.0, 0.0), (np.nan, 1.0), (np.inf, 0.0)])
def test_without_a_direction_there_is_no_arrow(arrow: tuple[float, float] | None) -> None:
    now = spot(0.0, 0.0, None, arrow, LAND)
    assert now is not None
    assert not len(now.arrow)


def test_a_point_outside_or_over_a_hole_is_nowhere() -> None:
    assert spot(20.0, 0.0, None, None, LAND) is None
    assert spot(np.nan, 0.0, None, None, LAND) is None
    losses = TILTED.copy()
    losses[20:31, 20:31] = np.nan
    assert spot(0.0, 0.0, None, None, lit(losses)) is None


def test_an_arrow_ends_where_the_surface_does() -> None:
    now = spot(5.9, 0.0, None, (5.0, 0.0), lit(RIDGE))
    assert now is not None
    assert np.isfinite(now.arrow).all()
    assert now.arrow[-1, 0] <= 1.01
