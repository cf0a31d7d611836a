import numpy as np
import pytest

from gdexplorer.landscape.plane import (
    Plane,
    descent,
    identity,
    line,
    pair,
    random,
    spanned,
    through,
    through_points,
)
from tests.builders import laid

LAYOUT = laid({"h1": (4, 3), "h2": (3, 5), "output": (1, 4)})


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
    plane = random(theta, LAYOUT, np.random.default_rng(5))
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
    planes = [random(theta, LAYOUT, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(planes[0].directions, planes[1].directions)
    assert not np.allclose(planes[0].directions, planes[2].directions)
    np.testing.assert_array_equal(LAYOUT.view(planes[0].directions, "h2", "weight")[:, 1], 0)
    nothing = random(np.zeros(LAYOUT.size), LAYOUT, rng)
    np.testing.assert_array_equal(nothing.directions, 0)
    np.testing.assert_array_equal(nothing.project(theta[None])[0], 0)


def test_two_directions_of_a_single_weight_cannot_both_be_drawn(rng):
    layout = laid({"output": (1, 2)})
    plane = random(np.array([1.5, 0.3]), layout, rng)
    assert abs(plane.directions[0, 0]) == pytest.approx(1.5)
    np.testing.assert_array_equal(plane.directions[1], 0)


def test_planes_cannot_be_written_to(rng):
    for plane in (identity(), line(np.zeros(6), np.ones(6)), random(np.ones(32), LAYOUT, rng)):
        for array in (plane.origin, plane.directions):
            assert not array.flags.writeable


def _slices(vector, role, normalization):
    """Lists of positions in θ that are scaled as one."""
    for block in LAYOUT.blocks:
        positions = np.arange(block.start, block.stop).reshape(block.shape)
        part = positions[:, :-1] if role == "weight" else positions[:, -1:]
        yield from part.tolist() if normalization == "filter" else [part.ravel().tolist()]


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("normalization", ["filter", "layer", "none"])
def test_random_directions_are_drawn_scaled_and_made_orthogonal_one_by_one(normalization, biases):
    theta = np.random.default_rng(3).normal(size=LAYOUT.size) * 2
    plane = random(theta, LAYOUT, np.random.default_rng(5), normalization, biases)
    drawn = np.random.default_rng(5)
    expected = [[0.0] * LAYOUT.size for _ in range(2)]
    for direction in expected:
        for block in LAYOUT.blocks:
            positions = np.arange(block.start, block.stop).reshape(block.shape)
            for part in (positions[:, :-1], positions[:, -1]) if biases else (positions[:, :-1],):
                for position, number in zip(part.ravel(), drawn.normal(size=part.size), strict=True):
                    direction[position] = number
        for role in ("weight", "bias") if normalization != "none" else ():
            for positions in _slices(theta, role, normalization):
                if length := sum(direction[k] ** 2 for k in positions) ** 0.5:
                    own = sum(theta[k] ** 2 for k in positions) ** 0.5
                    for k in positions:
                        direction[k] *= own / length
    first, second = (np.array(direction) for direction in expected)
    across = second - (second @ first) / (first @ first) * first
    across *= np.linalg.norm(second) / np.linalg.norm(across)
    np.testing.assert_allclose(plane.directions, [first, across], rtol=1e-9, atol=1e-12)
    assert plane.orthonormal == (normalization != "none")


def test_filter_and_layer_normalization_by_hand():
    layout, theta = laid({"h": (2, 3)}), np.array([3.0, 4.0, 7.0, 0.0, 12.0, -2.0])  # weights 3 4 | 0 12

    class Fixed:
        """Draws (1, 0 | 0, 2) and biases (5, −1), then (0, 2 | 1, 0) and (1, 1)."""

        def __init__(self, *draws):
            self.draws = iter(draws)

        def normal(self, size):
            return np.array(next(self.draws), float).reshape(size)

    weights = ([[1, 0], [0, 2]], [[0, 2], [1, 0]])
    by_filter = random(theta, layout, Fixed(*weights))
    np.testing.assert_allclose(by_filter.directions, [[5, 0, 0, 0, 12, 0], [0, 5, 0, 12, 0, 0]])
    by_layer = random(theta, layout, Fixed(*weights), "layer")
    a = 13 / 5**0.5  # ‖(3, 4, 0, 12)‖ = 13, ‖(1, 0, 0, 2)‖ = √5
    np.testing.assert_allclose(by_layer.directions, [[a, 0, 0, 0, 2 * a, 0], [0, 2 * a, 0, a, 0, 0]])
    kept = random(theta, layout, Fixed(weights[0], [5, -1], [[0, 2], [1, 0]], [0.5, 1]), biases=True)
    np.testing.assert_allclose(kept.directions[0], [5, 0, 7, 0, 12, -2])


def _by_gram_schmidt(plane, theta):
    """Coordinates and distance without a pseudo-inverse: orthonormal axes by hand, then back substitution."""
    u, v = plane.directions
    e = u / np.sqrt(sum(x * x for x in u))
    along = sum(x * y for x, y in zip(v, e, strict=True))
    rest = v - along * e
    f = rest / np.sqrt(sum(x * x for x in rest))
    offset = theta - plane.origin
    p, q = (sum(x * y for x, y in zip(offset, axis, strict=True)) for axis in (e, f))
    second = q / (rest @ f)
    first = (p - second * along) / (u @ e)
    foot = plane.origin + p * e + q * f
    return (first, second), np.sqrt(((theta - foot) ** 2).sum())


def _kinds(rng):
    a, b, c, theta = rng.normal(size=(4, 32)) * 2
    return {
        "random": random(theta, LAYOUT, rng),
        "layer": random(theta, LAYOUT, rng, "layer"),
        "none": random(theta, LAYOUT, rng, "none", biases=True),
        "hessian": spanned("hessian", theta, a, b, ("λ₁", "λ₂")),
        "descent": descent(theta, a, b),
        "points": through_points(a, b, c),
        "mean": through_points(a, b, c, at_mean=True),
        "pair": pair(theta, 4, 17, ("w₁", "w₂")),
    }


@pytest.mark.parametrize("kind", _kinds(np.random.default_rng(0)))
def test_projections_on_every_kind_are_those_of_gram_schmidt(rng, kind):
    plane, thetas = _kinds(rng)[kind], rng.normal(size=(5, 32))
    coordinates, off = plane.project(thetas)
    for theta, mine, distance in zip(thetas, coordinates, off, strict=True):
        expected, away = _by_gram_schmidt(plane, theta)
        np.testing.assert_allclose(mine, expected, rtol=1e-6, atol=1e-9)
        assert distance == pytest.approx(away, rel=1e-6)
    gram = plane.directions @ plane.directions.T
    round_ = abs(gram[0, 1]) < 1e-9 and abs(gram[0, 0] - gram[1, 1]) < 1e-9 * gram[0, 0]
    assert plane.orthonormal == round_
    assert plane.orthonormal == (kind in ("random", "layer", "descent", "pair"))


def test_three_points_have_their_places(rng):
    a, b, c = rng.normal(size=(3, 9))
    coordinates, off = through_points(a, b, c).project(np.stack([a, b, c]))
    np.testing.assert_allclose(coordinates, [[0, 0], [1, 0], [0, 1]], atol=1e-9)
    np.testing.assert_allclose(off, 0, atol=1e-9)
    coordinates, off = through_points(a, b, c, at_mean=True).project(np.stack([a, b, c]))
    np.testing.assert_allclose(coordinates, np.array([[-1, -1], [2, -1], [-1, 2]]) / 3, atol=1e-9)
    np.testing.assert_allclose(off, 0, atol=1e-9)


def test_three_points_on_a_line_still_span_a_plane(rng):
    a, b = rng.normal(size=(2, 9))
    for points in ((a, b, a + 3 * (b - a)), (a, b, a), (a, a, b), (a, a, a)):
        plane = through_points(*points)
        assert np.linalg.matrix_rank(plane.directions) == 2
        np.testing.assert_allclose(plane.project(np.stack(points))[1], 0, atol=1e-9)
        assert plane.axes[1] == "some other across it"


def test_the_coordinates_of_a_pair_are_the_weights_themselves(rng):
    theta = rng.normal(size=8)
    plane = pair(theta, 5, 2, ("a", "b"))
    np.testing.assert_allclose(plane.project(theta[None])[0], [[theta[5], theta[2]]], atol=1e-12)
    np.testing.assert_allclose(plane.project(theta[None])[1], 0, atol=1e-12)
    moved = plane.moved(theta, (9.0, -9.0))
    assert (moved[5], moved[2]) == pytest.approx((9, -9))
    np.testing.assert_allclose(np.delete(moved, [2, 5]), np.delete(theta, [2, 5]))
    with pytest.raises(ValueError, match="a was chosen twice"):
        pair(theta, 3, 3, ("a", "a"))


def test_gradient_and_momentum_span_what_they_span_on_orthonormal_axes(rng):
    theta, gradient, velocity = rng.normal(size=(3, 9))
    plane = descent(theta, gradient, velocity)
    assert plane.axes == ("gradient", "momentum across it")
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    coordinates, off = plane.project(theta + np.stack([gradient, velocity]))
    np.testing.assert_allclose(off, 0, atol=1e-9)
    np.testing.assert_allclose(coordinates[0], [np.linalg.norm(gradient), 0], atol=1e-9)
    assert coordinates[1, 1] > 0


@pytest.mark.parametrize(
    ("gradient", "velocity", "first"),
    [(1, 0, "gradient"), (1, -3, "gradient"), (1, 1 + 1e-12, "gradient"), (0, 2, "momentum"), (0, 0, "any")],
)
def test_gradient_or_momentum_alone_are_joined_by_a_direction_across(rng, gradient, velocity, first):
    theta, direction = rng.normal(size=(2, 9))
    plane = descent(theta, gradient * direction, velocity * direction)
    assert plane.axes == (first, "some other across it")
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.project(theta + np.stack([gradient * direction, velocity * direction]))[1], 0,
                               atol=1e-9)  # fmt: skip


def test_a_plane_along_what_is_not_finite_is_refused_in_words(rng):
    with pytest.raises(ValueError, match="gradient and momentum needs finite vectors"):
        descent(np.zeros(3), np.array([1.0, np.inf, 0.0]), np.ones(3))


def test_on_a_line_the_two_points_are_at_0_and_1(rng):
    a, b, away = rng.normal(size=(3, 9))
    plane = line(a, b)
    coordinates, off = plane.project(np.stack([a, b, (a + b) / 2, away]))
    np.testing.assert_allclose(coordinates[:3], [[0, 0], [1, 0], [0.5, 0]], atol=1e-9)
    np.testing.assert_allclose(off[:3], 0, atol=1e-9)
    assert coordinates[3, 0] == pytest.approx((away - a) @ (b - a) / ((b - a) @ (b - a)))
    assert not plane.orthonormal
