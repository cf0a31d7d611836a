from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data import load
from gdexplorer.data.scenes import GLYPHS, LABELS, SCENES, boxes

Normal: TypeAlias = Callable[[Array], bool]
N = 3000


def _make(noise: float, n: int = N) -> tuple[Array, Array]:
    """Return images (n, 20, 20) and their classes."""
    x, y = SCENES.make(n, noise, np.random.default_rng(1), np.random.default_rng(2))
    return x.reshape(n, 20, 20), y


def test_each_box_holds_the_whole_glyph_of_its_class() -> None:
    data = load(SCENES, N, 0.0, 0.6, 3)
    for split in (data.train, data.test):
        assert split.boxes is not None
        assert split.boxes.shape == (len(split.y), 4)
        for image, label, (top, bottom, left, right) in zip(split.x, split.y, split.boxes, strict=True):
            seen = image.reshape(20, 20)[top:bottom, left:right]
            np.testing.assert_array_equal(seen == 1, GLYPHS[int(label)] == 1)


def test_outside_its_box_nothing_is_as_bright_as_the_glyph() -> None:
    x, _ = _make(0.0)
    for image, (top, bottom, left, right) in zip(x, boxes(N, np.random.default_rng(1)), strict=True):
        image[top:bottom, left:right] = 0
    assert x[x > 0].min() >= 0.2
    assert x.max() <= 0.6
    # Six crumbs of three pixels on 400, of which some meet.
    assert 0.03 < (x > 0).mean() < 0.045


def test_no_glyph_hides_in_another() -> None:
    """Wherever two of them meet, some ink of each is outside the other."""
    assert GLYPHS.shape == (len(LABELS), 7, 7)
    assert (GLYPHS.any(axis=2)[:, [0, -1]]).all()  # top and bottom row
    assert (GLYPHS.any(axis=1)[:, [0, -1]]).all()  # first and last column
    padded = np.pad(GLYPHS, ((0, 0), (6, 6), (6, 6)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (7, 7), axis=(1, 2))
    common = np.einsum("aijrc,brc->abij", windows, GLYPHS).max(axis=(2, 3))
    ink = GLYPHS.sum(axis=(1, 2))
    np.testing.assert_array_equal(common == ink, np.eye(len(ink), dtype=bool))


def test_glyphs_stand_everywhere_and_equally_often() -> None:
    corners = boxes(19_600, np.random.default_rng(5))
    np.testing.assert_array_equal(corners[:, 1] - corners[:, 0], 7)
    np.testing.assert_array_equal(corners[:, 3] - corners[:, 2], 7)
    counts = np.bincount(14 * corners[:, 0] + corners[:, 2], minlength=196)
    assert counts.size == 196
    # χ² with 195 degrees of freedom: mean 195, deviation 19.7.
    assert abs(((counts - 100) ** 2 / 100).sum() - 195) < 4 * 19.7


def test_classes_are_balanced() -> None:
    np.testing.assert_array_equal(np.bincount(_make(0.0)[1].astype(int)), [N // len(LABELS)] * len(LABELS))


def test_noise_is_normal_on_each_pixel_and_moves_nothing_else(is_normal: Normal) -> None:
    (still, before), (moved, after) = _make(0.0), _make(0.3)
    np.testing.assert_array_equal(before, after)
    assert is_normal(((moved - still) / 0.3)[:100].ravel())


def test_whoever_knows_the_glyphs_finds_class_and_place() -> None:
    n = 300
    x, y = _make(SCENES.noise, n)
    windows = np.lib.stride_tricks.sliding_window_view(x, (7, 7), axis=(1, 2))
    distance = ((windows[:, :, :, None] - GLYPHS) ** 2).sum(axis=(4, 5))
    top, left, label = np.unravel_index(distance.reshape(n, -1).argmin(axis=1), distance.shape[1:])
    assert (label == y).mean() > 0.98
    corners = boxes(n, np.random.default_rng(1))
    assert ((top == corners[:, 0]) & (left == corners[:, 2])).mean() > 0.98


def test_whoever_sees_only_how_bright_it_is_mostly_fails() -> None:
    x, y = _make(SCENES.noise)
    total = x.sum(axis=(1, 2))
    means = np.array([total[y == label].mean() for label in range(len(LABELS))])
    assert (np.abs(total[:, None] - means).argmin(axis=1) == y).mean() < 0.4
