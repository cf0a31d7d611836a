from itertools import pairwise

import numpy as np
import pytest

from gdexplorer.landscape.plane import Plane, filter_normalized, identity, principal, through, walk_baseline
from gdexplorer.nn.layout import Layout

LAYOUT = Layout.of({"h1": (4, 3), "h2": (3, 5), "output": (1, 4)})


def _skew(rng, size=12):
    """A plane whose axes are neither orthogonal nor of length one."""
    first = rng.normal(size=size)
    return Plane("random", rng.normal(size=size), np.stack([3 * first, first + 0.2 * rng.normal(size=size)]), ("", ""))


def test_coordinates_solve_the_least_squares_also_on_skew_axes(rng):
    plane, thetas = _skew(rng), rng.normal(size=(9, 12))
    coordinates, off = plane.project(thetas)
    for theta, mine, distance in zip(thetas, coordinates, off, strict=True):
        solved, residual, *_ = np.linalg.lstsq(plane.directions.T, theta - plane.origin, rcond=None)
        np.testing.assert_allclose(mine, solved, rtol=1e-9)
        assert distance == pytest.approx(np.sqrt(residual[0]), rel=1e-9)


def test_a_point_of_the_plane_has_its_own_coordinates_and_no_distance(rng):
    plane, coordinates = _skew(rng), rng.normal(size=(7, 2))
    found, off = plane.project(plane.origin + coordinates @ plane.directions)
    np.testing.assert_allclose(found, coordinates, atol=1e-12)
    np.testing.assert_allclose(off, 0, atol=1e-12)


def test_float32_points_are_projected_in_float64(rng):
    plane, thetas = _skew(rng), rng.normal(size=(3, 12)).astype(np.float32)
    np.testing.assert_array_equal(plane.project(thetas)[0], plane.project(thetas.astype(float))[0])


def test_a_move_within_the_plane_keeps_what_is_off_it(rng):
    plane, theta = _skew(rng), rng.normal(size=12)
    before, off = plane.project(theta[None])
    moved = plane.moved(theta, (1.5, -0.5))
    after, off_after = plane.project(moved[None])
    np.testing.assert_allclose(after[0], [1.5, -0.5], atol=1e-12)
    assert off_after[0] == pytest.approx(off[0], rel=1e-9)
    np.testing.assert_allclose(plane.moved(theta, tuple(before[0])), theta, atol=1e-12)


def test_through_moves_the_origin_only(rng):
    plane, theta = _skew(rng), rng.normal(size=12)
    moved = through(theta, plane)
    np.testing.assert_array_equal(moved.project(theta[None])[0], [[0, 0]])
    np.testing.assert_array_equal(moved.directions, plane.directions)


def test_the_identity_is_all_of_two_parameters():
    coordinates, off = identity().project(np.array([[2.0, -3.0]]))
    np.testing.assert_allclose(coordinates, [[2, -3]])
    np.testing.assert_allclose(off, 0, atol=1e-15)


def _rows(vector):
    """Each unit's weights, bias left out."""
    for block in LAYOUT.blocks:
        for row in vector[block.start : block.stop].reshape(block.shape):
            yield row[:-1]


def test_each_units_direction_has_the_length_of_its_weights():
    theta = np.random.default_rng(3).normal(size=LAYOUT.size) * 2
    plane = filter_normalized(theta, LAYOUT, np.random.default_rng(5))
    first, second = plane.directions
    drawn = np.random.default_rng(5)
    expected = []
    for block in LAYOUT.blocks:
        raw = drawn.normal(size=(block.shape[0], block.shape[1] - 1))
        own = theta[block.start : block.stop].reshape(block.shape)[:, :-1]
        for row, weights in zip(raw, own, strict=True):
            expected += [*(row / np.linalg.norm(row) * np.linalg.norm(weights)), 0.0]
    np.testing.assert_allclose(first, expected, rtol=1e-12)
    for row, weights in zip(_rows(first), _rows(theta), strict=True):
        assert np.linalg.norm(row) == pytest.approx(np.linalg.norm(weights), rel=1e-12)
    assert abs(first @ second) < 1e-12 * np.linalg.norm(first) * np.linalg.norm(second)
    assert np.linalg.norm(second) == pytest.approx(np.linalg.norm(theta[LAYOUT.weights]), rel=1e-12)
    np.testing.assert_array_equal(plane.directions[:, ~LAYOUT.weights], 0)
    np.testing.assert_array_equal(plane.origin, theta)


def test_the_same_generator_draws_the_same_directions_and_weights_of_zero_get_none(rng):
    theta = rng.normal(size=LAYOUT.size)
    LAYOUT.view(theta, "h2", "weight")[1] = 0
    planes = [filter_normalized(theta, LAYOUT, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(planes[0].directions, planes[1].directions)
    assert not np.allclose(planes[0].directions, planes[2].directions)
    np.testing.assert_array_equal(LAYOUT.view(planes[0].directions, "h2", "weight")[:, 1], 0)
    nothing = filter_normalized(np.zeros(LAYOUT.size), LAYOUT, rng)
    np.testing.assert_array_equal(nothing.directions, 0)
    np.testing.assert_array_equal(nothing.project(theta[None])[0], 0)


def test_two_directions_of_a_single_weight_cannot_both_be_drawn(rng):
    layout = Layout.of({"output": (1, 2)})
    plane = filter_normalized(np.array([1.5, 0.3]), layout, rng)
    assert abs(plane.directions[0, 0]) == pytest.approx(1.5)
    np.testing.assert_array_equal(plane.directions[1], 0)


@pytest.mark.parametrize("shape", [(3, 8), (40, 8), (100, 300)])
def test_the_principal_plane_is_that_of_the_singular_values(rng, shape):
    path = rng.normal(size=shape).cumsum(axis=0)
    plane = principal(path)
    centered = path - path.mean(axis=0)
    _, values, rows = np.linalg.svd(centered, full_matrices=False)
    np.testing.assert_allclose(plane.origin, path.mean(axis=0))
    for mine, theirs in zip(plane.directions, rows[:2], strict=True):
        sign = np.sign(mine @ theirs)
        np.testing.assert_allclose(mine, sign * theirs, atol=1e-8)
    assert plane.explained == pytest.approx((values[:2] ** 2).sum() / (values**2).sum(), rel=1e-10)
    assert plane.baseline == walk_baseline(*shape)
    distances = plane.project(path)[1]
    assert plane.explained == pytest.approx(1 - (distances**2).sum() / (centered**2).sum(), rel=1e-8)


def test_signs_stay_when_the_path_grows_a_little(rng):
    path = np.linspace(0, 1, 60)[:, None] * rng.normal(size=20) + 0.05 * rng.normal(size=(60, 20)).cumsum(axis=0)
    for rows in (path, path[::-1], -path):
        planes = [principal(rows[:count]) for count in (57, 58, 59, 60)]
        for before, after in pairwise(planes):
            assert (np.einsum("ij,ij->i", before.directions, after.directions) > 0).all()
        coordinates, _ = planes[-1].project(rows[[0, -1]])
        assert (coordinates[1] >= coordinates[0]).all()  # the path runs towards the upper right


def _straight(rng):
    return np.linspace(0, 1, 20)[:, None] * rng.normal(size=6)


def _two_points(rng):
    return np.stack([rng.normal(size=6), np.ones(6)] * 2)


def _standing(rng):
    return np.tile(rng.normal(size=6), (5, 1))


def _along_an_axis(rng):
    return np.linspace(0, 1, 9)[:, None] * np.eye(6)[0]


@pytest.mark.parametrize("make", [_straight, _two_points, _standing, _along_an_axis])
def test_a_path_that_spans_less_than_a_plane_still_gets_one(rng, make):
    path = make(rng)
    plane = principal(path)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-9)
    np.testing.assert_allclose(plane.project(path)[1], 0, atol=1e-9)
    assert plane.explained == pytest.approx(1)


@pytest.mark.parametrize(("steps", "size"), [(400, 5000), (1000, 200), (256, 100)])
def test_a_long_walk_in_many_dimensions_has_three_quarters_in_a_plane(steps, size):
    assert walk_baseline(steps, size) == pytest.approx(0.76, abs=0.005)


@pytest.mark.parametrize(("steps", "size"), [(5, 400), (40, 400), (40, 99), (200, 5), (30, 2), (3, 20)])
def test_the_baseline_is_the_mean_of_drawn_walks(steps, size):
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(60):
        walk = rng.normal(size=(steps, size)).cumsum(axis=0)
        values = np.linalg.svd(walk - walk.mean(axis=0), compute_uv=False) ** 2
        shares.append(values[:2].sum() / values.sum())
    spread = np.std(shares)
    assert walk_baseline(steps, size) == pytest.approx(np.mean(shares), abs=1e-12 + 5 * spread / 4 + 0.005)


def test_planes_cannot_be_written_to(rng):
    for plane in (identity(), principal(rng.normal(size=(5, 6))), filter_normalized(np.ones(32), LAYOUT, rng)):
        for array in (plane.origin, plane.directions):
            assert not array.flags.writeable
