import numpy as np
import pytest

from gdexplorer.panels.scene import BASE, TOP, Camera
from tests.panels.scenes import HIMMELBLAU, RIDGE, TILTED, XS, lit


def test_it_stands_at_the_heights_of_the_relief() -> None:
    land = lit(TILTED)
    low, high = land.box.levels
    x = np.linspace(-0.9, 0.9, 7)
    share = ((x + 1) / 2 - low) / (high - low)
    inside = (share > 0) & (share < 1)
    assert land.height(x, 0 * x)[inside] == pytest.approx((BASE + (TOP - BASE) * share)[inside], abs=2e-3)
    assert np.isnan(land.height(np.array([1.2, -1.2, 0.0]), np.array([0.0, 0.0, 1.2]))).all()


def test_light_comes_from_one_side_and_is_soft() -> None:
    land = lit(RIDGE)
    row = np.flatnonzero(np.isclose(np.abs(land.y), np.abs(land.y[np.abs(land.y - 0.12).argmin()]), atol=1e-3))
    front, back = land.rgb[row[0], 50].sum(), land.rgb[row[-1], 50].sum()  # of one height, so of one color
    assert land.z[row[0], 50] == pytest.approx(land.z[row[-1], 50], abs=1e-3)
    assert front > 1.1 * back > 0.5 * front


def test_cells_that_are_not_finite_are_holes() -> None:
    losses = HIMMELBLAU.copy()
    losses[20:30, 5:15] = np.nan
    losses[0, 0] = np.inf
    land = lit(losses)
    hole = (np.abs(land.y[:, None]) < 0.15) & (np.abs(land.x - XS[10] / 6) < 0.15)
    assert np.isnan(land.z[hole]).all()
    assert np.isnan(land.z[0, 0])
    assert np.isfinite(land.z).mean() > 0.85
    assert land.rgb.dtype == np.uint8


def test_a_wall_hides_what_is_behind_it_and_nothing_else() -> None:
    land = lit(RIDGE)
    x = np.array([0.0, 0.0, 0.0])
    y = np.array([-0.7, 0.0, 0.5])  # before the wall, upon it, behind it
    points = np.stack([x, y, land.height(x, y) + 0.02], axis=1)
    assert land.hides(points, Camera(-90, 10).eye()).tolist() == [False, False, True]
    assert land.hides(points, Camera(90, 10).eye()).tolist() == [True, False, False]
    assert not land.hides(points, Camera(-90, 89).eye()).any()
    below = points - [0, 0, 0.3]
    assert land.hides(below, Camera(-90, 89).eye()).all()
    assert land.hides(np.zeros((0, 3)), Camera().eye()).shape == (0,)


def test_one_sees_through_holes() -> None:
    losses = RIDGE.copy()
    losses[20:31, 15:36] = np.nan  # a gate in the wall
    land = lit(losses)
    points = np.array([[0.0, 0.5, float(land.height(np.array([0.0]), np.array([0.5]))[0]) + 0.02]])
    assert not land.hides(points, Camera(-90, 10).eye()).any()
