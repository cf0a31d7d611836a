import numpy as np

from gdexplorer.data import load
from gdexplorer.data.images import COUNT, DIGITS

# How often each digit occurs in the published set.
COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_are_all_there() -> None:
    data = load(DIGITS, COUNT, 0.0, 0.7, 0)
    x, y = (np.concatenate([getattr(split, name) for split in (data.train, data.test)]) for name in "xy")
    assert x.shape == (1797, 64)
    np.testing.assert_array_equal(np.bincount(y.astype(int)), COUNTS)
    assert len(np.unique(x, axis=0)) == COUNT


def test_ink_is_sixteenths_from_zero_to_one() -> None:
    x = load(DIGITS, 500, 0.0, 0.5, 0).train.x
    assert x.min() == 0
    assert x.max() == 1
    np.testing.assert_array_equal(x * 16, np.round(x * 16))


def test_labels_belong_to_their_images() -> None:
    data = load(DIGITS, COUNT, 0.0, 0.7, 0)
    means = np.array([data.train.x[data.train.y == digit].mean(axis=0) for digit in range(10)])
    distance = ((data.test.x[:, None] - means) ** 2).sum(axis=2)
    assert (distance.argmin(axis=1) == data.test.y).mean() > 0.85


def test_a_zero_is_hollow_row_by_row() -> None:
    data = load(DIGITS, COUNT, 0.0, 0.7, 0)
    zero = data.train.x[data.train.y == 0].mean(axis=0)
    ink = dict(zip(data.inputs, zero, strict=True))
    assert ink["row 4 column 2"] > 0.5
    assert ink["row 4 column 5"] > 0.3
    assert ink["row 4 column 3"] < 0.1
    assert ink["row 4 column 4"] < 0.1


def test_noise_is_added_to_pixels_alone() -> None:
    still, moved = (load(DIGITS, 300, noise, 0.5, 0).train for noise in (0.0, 0.1))
    np.testing.assert_array_equal(still.y, moved.y)
    np.testing.assert_allclose((moved.x - still.x).std(), 0.1, rtol=0.05)
