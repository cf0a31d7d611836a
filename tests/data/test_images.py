import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Data, load
from gdexplorer.data.images import COUNT, DIGITS, FASHION

# How often each digit occurs in the published set.
COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
# Rows 12 to 15, columns 16 to 27 of the first training image of Fashion-MNIST, of 28×28 bytes.
PUBLISHED = [
    [218, 203, 198, 221, 215, 213, 222, 220, 245, 119, 167, 56],
    [228, 240, 232, 213, 218, 223, 234, 217, 217, 209, 92, 0],
    [222, 219, 222, 221, 216, 223, 229, 215, 218, 255, 77, 0],
    [218, 208, 211, 218, 224, 223, 219, 215, 224, 244, 159, 0],
]


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


@pytest.fixture(scope="module")
def clothes() -> Data:
    return load(FASHION, 7000, 0.0, 6 / 7, 0)


def _named(data: Data, name: str) -> Array:
    """Return the training images of a class, (n, 14, 14)."""
    images: Array = data.train.x[data.train.y == data.labels.index(name)].reshape(-1, 14, 14)
    return images


def test_all_clothes_are_split_as_published_and_balanced(clothes: Data) -> None:
    assert clothes.train.x.shape == (6000, 196)
    np.testing.assert_array_equal(np.bincount(clothes.train.y.astype(int)), [600] * 10)
    np.testing.assert_array_equal(np.bincount(clothes.test.y.astype(int)), [100] * 10)
    # Not one test image is among the training images.
    assert len(np.unique(np.vstack([clothes.train.x, clothes.test.x]), axis=0)) == 7000


def test_the_splits_of_another_seed_and_share_stay_apart(clothes: Data) -> None:
    train = {image.tobytes() for image in clothes.train.x}
    other = load(FASHION, 2000, 0.0, 0.6, 9)
    assert {image.tobytes() for image in other.train.x} <= train
    assert not {image.tobytes() for image in other.test.x} & train


def test_clothes_are_bytes_from_zero_to_one(clothes: Data) -> None:
    assert clothes.train.x.min() == 0
    assert clothes.train.x.max() == 1
    np.testing.assert_allclose(clothes.train.x * 255, np.round(clothes.train.x * 255), atol=1e-12)


def test_the_first_image_is_the_published_one_in_means_of_four_pixels() -> None:
    means = np.floor(np.array(PUBLISHED).reshape(2, 2, 6, 2).mean(axis=(1, 3)) + 0.5)
    x, y = FASHION.make(1, 0.0, np.random.default_rng(1), np.random.default_rng(2))
    np.testing.assert_allclose(x.reshape(14, 14)[6:8, 8:] * 255, means, atol=1e-12)
    assert FASHION.labels[int(y[0])] == "ankle boot"


def test_clothes_look_like_their_names(clothes: Data) -> None:
    trousers, boots, sneakers = (_named(clothes, name).mean(axis=0) for name in ("trouser", "ankle boot", "sneaker"))
    assert trousers[10, 7] < 0.6 * min(trousers[10, 5], trousers[10, 8])  # light between the legs
    assert boots[2].max() > 10 * sneakers[2].max()  # a boot has a shaft


def test_near_images_are_of_one_class(clothes: Data) -> None:
    train, test = clothes.train.x, clothes.test.x
    squared = (train**2).sum(axis=1) - 2 * test @ train.T
    assert (clothes.train.y[squared.argmin(axis=1)] == clothes.test.y).mean() > 0.78
