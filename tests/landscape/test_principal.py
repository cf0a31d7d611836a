from itertools import pairwise

import numpy as np
import pytest

from gdexplorer.landscape.principal import POINTS, principal, walk_baseline


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
    assert plane.baseline == walk_baseline(shape[1], shape[0])
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
    assert walk_baseline(size, steps) == pytest.approx(0.76, abs=0.005)


@pytest.mark.parametrize(("steps", "size"), [(5, 400), (40, 400), (40, 99), (200, 5), (30, 2), (3, 20)])
def test_the_baseline_is_the_mean_of_drawn_walks(steps, size):
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(60):
        walk = rng.normal(size=(steps, size)).cumsum(axis=0)
        values = np.linalg.svd(walk - walk.mean(axis=0), compute_uv=False) ** 2
        shares.append(values[:2].sum() / values.sum())
    spread = np.std(shares)
    assert walk_baseline(size, steps) == pytest.approx(np.mean(shares), abs=1e-12 + 5 * spread / 4 + 0.005)


def test_the_baseline_of_several_walks_from_one_start_is_the_mean_of_drawn_ones():
    rng = np.random.default_rng(1)
    for steps, size in (((30, 30, 30), 300), ((40, 12), 120), ((20, 20, 20), 6)):
        shares = []
        for _ in range(60):
            moves = [rng.normal(size=(count - 1, size)) for count in steps]
            walks = np.vstack([np.vstack([np.zeros(size), move.cumsum(axis=0)]) for move in moves])
            values = np.linalg.svd(walks - walks.mean(axis=0), compute_uv=False) ** 2
            shares.append(values[:2].sum() / values.sum())
        assert walk_baseline(size, *steps) == pytest.approx(np.mean(shares), abs=5 * np.std(shares) / 4 + 0.005)


def test_one_walk_has_the_same_baseline_whether_it_is_counted_as_several_or_not():
    covariance = np.minimum.outer(np.arange(50), np.arange(50)) * 1.0
    centered = covariance - covariance.mean(axis=0) - covariance.mean(axis=1)[:, None] + covariance.mean()
    values = np.linalg.eigvalsh(centered)
    assert walk_baseline(1000, 50) == pytest.approx(values[-2:].sum() / values.sum(), rel=1e-9)
    assert walk_baseline(1000, 50, 1) < 1


def test_several_paths_share_a_plane(rng):
    start = rng.normal(size=30)
    paths = [start + rng.normal(size=(count, 30)).cumsum(axis=0) for count in (20, 35, 4)]
    plane, joined = principal(*paths), np.vstack(paths)
    _, values, rows = np.linalg.svd(joined - joined.mean(axis=0), full_matrices=False)
    for mine, theirs in zip(plane.directions, rows[:2], strict=True):
        np.testing.assert_allclose(abs(mine @ theirs), 1, atol=1e-9)
    assert plane.explained == pytest.approx((values[:2] ** 2).sum() / (values**2).sum())
    assert plane.baseline == walk_baseline(30, 20, 35, 4)
    ends = sum(path[-1] - path[0] for path in paths)
    assert (plane.directions @ ends > 0).all()


def test_long_paths_are_thinned_and_keep_their_ends(rng):
    path = rng.normal(size=(1000, 12)).cumsum(axis=0)
    kept = path[[round(k * 999 / (POINTS - 1)) for k in range(POINTS)]]
    np.testing.assert_allclose(principal(path).directions, principal(kept).directions, atol=1e-9)
    both = principal(path, -path)
    np.testing.assert_allclose(both.origin, 0, atol=1e-9)  # as many of each


def test_wide_paths_in_float32_are_as_good_as_in_float64(rng, monkeypatch):
    path = rng.normal(size=(20, 700)).cumsum(axis=0).astype(np.float32)
    whole = principal(path.astype(float))
    monkeypatch.setattr("gdexplorer.landscape.principal.COLUMNS", 64)
    np.testing.assert_allclose(principal(path).directions, whole.directions, atol=1e-12)
    assert principal(path).origin.dtype == np.float64


@pytest.mark.parametrize("count", [1, 2])
def test_a_point_or_two_still_get_a_plane(rng, count):
    for size in (4, 300):
        path = rng.normal(size=(count, size))
        for paths in ([path], [path, path], [path[:1]] * 3):
            plane = principal(*paths)
            np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-9)
            np.testing.assert_allclose(plane.project(path[:1] if len(paths) == 3 else path)[1], 0, atol=1e-7)


def _spiral(rng):
    """A path whose end turns around its start, so that a sign taken from the end flips."""
    t = np.linspace(0, 8 * np.pi, 260)
    flat = np.column_stack([1.3 * t * np.cos(t), t * np.sin(t)])
    return flat @ np.linalg.qr(rng.normal(size=(40, 2)))[0].T + 0.01 * rng.normal(size=(260, 40))


def _ring(rng):
    """Two components of nearly equal variance, which change places now and again."""
    t = np.linspace(0, 40 * np.pi, 260)
    flat = np.column_stack([np.cos(t), np.sin(t)])
    return flat @ np.linalg.qr(rng.normal(size=(40, 2)))[0].T + 0.001 * rng.normal(size=(260, 40))


@pytest.mark.parametrize("make", [_spiral, _ring])
def test_signs_and_order_stay_over_200_successive_frames(rng, make):
    path, plane, flips = make(rng), None, 0
    alone = principal(path[:59])
    for count in range(60, 261):
        before, plane = plane, principal(path[:count], like=plane)
        if before is not None:
            overlaps = before.directions @ plane.directions.T
            assert (np.diag(overlaps) > 0).all(), count
            assert np.abs(np.diag(overlaps)).sum() >= np.abs(overlaps[[0, 1], [1, 0]]).sum(), count
        last, alone = alone, principal(path[:count])
        flips += (np.diag(last.directions @ alone.directions.T) <= 0.5).any()
    assert flips  # without the plane before it they do not stay
