"""Maps of where a network looks, and their baselines, against loops, pictures made by hand and PyTorch."""

from pathlib import Path

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import load
from gdexplorer.data.scenes import SCENES
from gdexplorer.probes.saliency import (
    area_share,
    deletion,
    enlarged,
    grad_cam,
    gradient_times_input,
    ink,
    mass_share,
    peak_inside,
    rank_correlation,
    ranked,
    saliency,
    shuffled,
    within,
)

RNG = np.random.default_rng(0)
N, CHANNELS, HEIGHT, WIDTH = 4, 3, 5, 6
X, BY = RNG.normal(size=(2, N, CHANNELS, HEIGHT, WIDTH))
MAPS, MASKS = RNG.normal(size=(N, HEIGHT, WIDTH)), RNG.random((N, HEIGHT, WIDTH)) < 0.3
PLACES = [(n, i, j) for n in range(N) for i in range(HEIGHT) for j in range(WIDTH)]


@pytest.fixture(scope="module")
def torch() -> dict[str, Array]:
    with np.load(Path(__file__).parents[1] / "fixtures" / "saliency.npz") as file:
        return dict(file)


# ---- maps ---------------------------------------------------------------------


def test_saliency_is_the_steepest_channel_and_gradient_times_input_their_sum() -> None:
    steepest, summed = saliency(BY), gradient_times_input(BY, X)
    for n, i, j in PLACES:
        assert steepest[n, i, j] == max(abs(BY[n, c, i, j]) for c in range(CHANNELS))
        assert summed[n, i, j] == pytest.approx(sum(BY[n, c, i, j] * X[n, c, i, j] for c in range(CHANNELS)))
    assert (summed < 0).any()


def test_grad_cam_is_what_a_loop_makes_of_its_formula() -> None:
    found = grad_cam(X, BY)
    for n, i, j in PLACES:
        value = 0.0
        for k in range(CHANNELS):
            alpha = sum(BY[n, k, row, column] for row in range(HEIGHT) for column in range(WIDTH)) / (HEIGHT * WIDTH)
            value += alpha * X[n, k, i, j]
        assert found[n, i, j] == pytest.approx(max(value, 0.0), abs=1e-14)
    assert 0.1 < (found > 0).mean() < 0.9


def test_grad_cam_and_its_enlargement_are_pytorchs(torch: dict[str, Array]) -> None:
    cam = grad_cam(torch["activations"], torch["by_activations"])
    assert cam.max() > 1e-3
    np.testing.assert_allclose(cam, torch["cam"], atol=1e-12)
    sizes = [name for name in torch if name.startswith("enlarged")]
    assert len(sizes) == 3
    for name in sizes:
        _, height, width = name.split(".")
        np.testing.assert_allclose(enlarged(cam, int(height), int(width)), torch[name], atol=1e-12)


def test_an_enlarged_map_is_flat_where_it_was_and_linear_between() -> None:
    np.testing.assert_allclose(enlarged(np.full((2, 3, 3), 0.7), 20, 20), 0.7)
    ramp = np.broadcast_to(np.arange(4.0), (1, 4, 4))
    np.testing.assert_allclose(enlarged(ramp, 8, 8)[0, 3], [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])
    np.testing.assert_array_equal(enlarged(MAPS, HEIGHT, WIDTH), MAPS)
    assert enlarged(MAPS[:, :1, :1], 3, 2).shape == (N, 3, 2)


# ---- masks and shares -----------------------------------------------------------


def test_ink_is_what_exceeds_a_brightness_in_some_channel() -> None:
    x = np.zeros((2, 2, 2, 2))
    x[0, 0, 0, 1], x[0, 1, 1, 0], x[1, 0, 0, 0] = 0.4, 0.6, -3.0
    np.testing.assert_array_equal(ink(x), [[[False, True], [True, False]], [[False] * 2] * 2])
    np.testing.assert_array_equal(ink(x, 0.5)[0], [[False, False], [True, False]])


def test_boxes_are_those_of_the_data() -> None:
    data = load(SCENES, 60, 0.0, 0.5, 1)
    assert data.test.boxes is not None
    masks = within(data.test.boxes, 20, 20)
    for mask, (top, bottom, left, right) in zip(masks, data.test.boxes, strict=True):
        expected = np.zeros((20, 20), bool)
        expected[top:bottom, left:right] = True
        np.testing.assert_array_equal(mask, expected)
    np.testing.assert_allclose(area_share(masks), 49 / 400)
    images = data.test.x.reshape(-1, 20, 20)
    assert ((images == 1) <= masks).all()  # the glyphs


def test_the_box_of_a_picture_that_is_not_square_has_rows_first() -> None:
    found = within(np.array([[0, 2, 3, 6]]), 4, 6)[0]
    np.testing.assert_array_equal(np.argwhere(found), [(i, j) for i in (0, 1) for j in (3, 4, 5)])


def test_shares_are_sums_over_the_mask() -> None:
    mass, area = mass_share(MAPS, MASKS), area_share(MASKS)
    for n in range(N):
        inside = [abs(MAPS[n, i, j]) for m, i, j in PLACES if m == n and MASKS[n, i, j]]
        assert mass[n] == pytest.approx(sum(inside) / np.abs(MAPS[n]).sum())
        assert area[n] == len(inside) / (HEIGHT * WIDTH)


def test_of_a_map_without_a_pattern_mass_is_area_and_of_an_empty_one_nothing() -> None:
    np.testing.assert_allclose(mass_share(np.full_like(MAPS, -2.0), MASKS), area_share(MASKS))
    with np.errstate(all="raise"):
        assert np.isnan(mass_share(np.zeros_like(MAPS), MASKS)).all()


def test_the_peak_is_the_greatest_number_not_the_farthest_from_zero() -> None:
    maps = np.zeros((3, 2, 2))
    maps[0, 0, 1], maps[0, 1, 0] = 1.0, -5.0
    maps[1, 1, 1] = 2.0
    mask = np.broadcast_to([[True, True], [False, False]], (3, 2, 2))
    np.testing.assert_array_equal(peak_inside(maps, mask), [True, False, False])  # the last has no peak


# ---- deletion -------------------------------------------------------------------


def test_ranks_begin_with_the_greatest_and_shuffled_ink_comes_before_the_rest() -> None:
    for order, own in zip(ranked(MAPS), MAPS, strict=True):
        values = own.ravel()[order]
        assert (np.diff(values) < 0).all()
    orders = shuffled(MASKS, np.random.default_rng(1))
    for order, mask in zip(orders, MASKS, strict=True):
        inked = mask.ravel()[order]
        assert inked[: mask.sum()].all()
        assert not inked[mask.sum() :].any()
        np.testing.assert_array_equal(np.sort(order), np.arange(HEIGHT * WIDTH))
    assert (orders != shuffled(MASKS, np.random.default_rng(2))).any()


def test_each_pixel_of_the_ink_is_as_likely_to_be_first() -> None:
    mask = np.zeros((3000, 1, 5), bool)
    mask[:, :, [0, 2, 3]] = True
    first = np.bincount(shuffled(mask, np.random.default_rng(3))[:, 0], minlength=5)
    assert first[[1, 4]].sum() == 0
    assert abs(first[[0, 2, 3]] - 1000).max() < 4 * np.sqrt(3000 * 2 / 9)


def test_deleted_pixels_vanish_from_all_channels_and_cost_what_a_linear_score_gives_them() -> None:
    """Of a linear score w·x, gradient times input says exactly what each pixel's deletion costs."""
    weights = RNG.normal(size=(CHANNELS, HEIGHT, WIDTH))
    before = X.copy()

    def score(x: Array) -> Array:
        return np.einsum("nchw,chw->n", x, weights)

    costs = gradient_times_input(np.broadcast_to(weights, X.shape), X)
    order, counts = ranked(costs), [0, 1, 4, HEIGHT * WIDTH]
    drops = deletion(score, X, order, counts)
    np.testing.assert_array_equal(X, before)
    assert drops.shape == (N, 4)
    for n in range(N):
        sums = np.concatenate([[0], np.sort(costs[n].ravel())[::-1].cumsum()])
        np.testing.assert_allclose(drops[n], sums[counts], atol=1e-12)
    np.testing.assert_allclose(drops[:, -1], score(X))


# ---- likeness -------------------------------------------------------------------


def test_rank_correlation_is_of_mean_ranks_of_sizes() -> None:
    first, second = np.round(RNG.normal(size=(2, 4, 5)), 1), np.round(RNG.normal(size=(2, 4, 5)), 1)
    for a, b in zip(first, second, strict=True):
        ranks = [[np.mean([k for k, w in enumerate(sorted(np.abs(map).ravel()), 1) if w == v])
                  for v in np.abs(map).ravel()] for map in (a, b)]  # fmt: skip
        assert rank_correlation(a, b) == pytest.approx(np.corrcoef(*ranks)[0, 1])


def test_rank_correlation_sees_through_sign_and_scale_and_says_nothing_of_a_constant() -> None:
    assert rank_correlation(MAPS[0], -(MAPS[0] ** 3)) == pytest.approx(1)
    assert rank_correlation(MAPS[0], 1 / MAPS[0]) == pytest.approx(-1)
    assert np.isnan(rank_correlation(MAPS[0], np.zeros_like(MAPS[0])))
