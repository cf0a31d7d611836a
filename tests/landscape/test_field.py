from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.landscape.field import downhill, joined, streamlines
from gdexplorer.landscape.plane import identity, spanned
from gdexplorer.landscape.surface import Surface

XS, YS = np.linspace(-2.0, 3.0, 49), np.linspace(-1.0, 2.0, 49)
X, Y = np.meshgrid(XS, YS)
BOWL = Surface(identity(), XS, YS, 0.5 * (X**2 + 4 * Y**2))


def test_the_field_of_a_bowl_is_minus_its_gradient() -> None:
    inner = downhill(BOWL)[1:-1, 1:-1]
    assert inner[..., 0] == pytest.approx(-X[1:-1, 1:-1])
    assert inner[..., 1] == pytest.approx(-4 * Y[1:-1, 1:-1])


def test_on_skew_axes_it_is_the_projection_of_the_gradient_on_the_plane() -> None:
    """L = ½‖θ − t‖²: descent within the plane goes straight to the foot of t, whatever the axes."""
    rng = np.random.default_rng(3)
    target, origin = rng.normal(size=5), rng.normal(size=5)
    plane = spanned("points", origin, rng.normal(size=5), 0.3 * rng.normal(size=5), ("u", "v"))
    xs = ys = np.linspace(-1.0, 1.0, 25)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    thetas = origin + grid @ plane.directions
    surface = Surface(plane, xs, ys, 0.5 * ((thetas - target) ** 2).sum(axis=-1))
    foot = plane.project(target[None])[0][0]
    assert downhill(surface)[1:-1, 1:-1] == pytest.approx((foot - grid)[1:-1, 1:-1])


def test_lines_run_downhill_within_the_window_and_turn_with_the_field() -> None:
    lines = streamlines(BOWL)
    assert len(lines) > 20
    for line in lines:
        x, y = line.T
        assert (np.diff(0.5 * (x**2 + 4 * y**2)) < 1e-9).all()
        assert ((x >= XS[0]) & (x <= XS[-1]) & (y >= YS[0]) & (y <= YS[-1])).all()
        far = (np.abs(x) > 0.3) & (np.abs(y) > 0.05)  # ẋ = −x, ẏ = −4y: y / x⁴ is kept
        if far.sum() > 3:
            constant = np.log(np.abs(y[far])) - 4 * np.log(np.abs(x[far]))
            assert np.ptp(constant) < 0.05


def test_lines_keep_their_distance_and_leave_no_gap() -> None:
    size = np.array([5.0, 3.0])
    lines = [(line - [-2.0, -1.0]) / size for line in streamlines(BOWL, 10)]
    for k, line in enumerate(lines):
        others = np.concatenate(lines[:k] + lines[k + 1 :])
        nearest = np.linalg.norm(line[:, None] - others, axis=-1).min()
        assert nearest > 0.3 / 10
    every = np.concatenate(lines)
    somewhere = np.random.default_rng(0).random((200, 2))
    away = np.linalg.norm(somewhere[:, None] - every, axis=-1).min(axis=1)
    assert away.max() < 0.25


def test_there_are_no_lines_on_flat_ground_and_none_over_holes() -> None:
    assert streamlines(replace(BOWL, losses=np.ones((49, 49)))) == []
    losses = BOWL.losses.copy()
    losses[20:30, 10:20] = np.nan
    losses[40, 40] = np.inf
    lines = streamlines(replace(BOWL, losses=losses))
    assert len(lines) > 20
    for x, y in np.concatenate(lines):
        assert not (XS[10] <= x <= XS[19] and YS[20] <= y <= YS[29])


def test_joined_lines_have_heads_that_point_downhill() -> None:
    line = np.column_stack([np.linspace(0, 1, 11), np.zeros(11)])
    x, y = joined([line, line + np.array([0.0, 0.5])], (np.zeros(2), np.array([2.0, 1.0])), 0.1)
    assert np.isnan(x).sum() == 4
    wing, tip = (x[12], y[12]), (x[13], y[13])
    assert tip == (0.5, 0.0)
    assert wing == pytest.approx((0.5 - 0.2, 0.1))
    assert np.isnan(joined([], (np.zeros(2), np.ones(2)))[0]).all()
