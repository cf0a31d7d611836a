import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdexplorer.arrays import Array
from gdexplorer.data import SOURCES, Data, Source, load
from gdexplorer.data.source import SMALLEST

every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
BY_NAME = {source.name: source for source in SOURCES}


def _default(source: Source, *, noise: float | None = None, seed: int = 0) -> Data:
    return load(source, source.amount, source.noise if noise is None else noise, 0.6, seed)


def _rows(data: Data) -> np.ndarray:
    """Return all examples of both splits, sorted, x and y side by side."""
    rows = np.vstack([np.column_stack([split.x, split.y]) for split in (data.train, data.test)])
    return rows[np.lexsort(rows.T)]


def test_names_and_labels_are_unique() -> None:
    assert len(BY_NAME) == len({source.label for source in SOURCES}) == len(SOURCES)


@every_source
def test_data_keep_the_contract(source: Source) -> None:
    data = _default(source)
    cut = round(source.amount * 0.6)
    assert data.train.x.shape == (cut, len(source.inputs))
    assert data.test.x.shape == (source.amount - cut, len(source.inputs))
    for split in (data.train, data.test):
        assert split.x.dtype == split.y.dtype == np.float64
        assert split.y.shape == (len(split.x),)
        assert np.isfinite(split.x).all()
        assert np.isfinite(split.y).all()
        for array in (split.x, split.y):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
    assert (data.task, data.classes, data.inputs, data.domain) == (
        source.task, source.classes, source.inputs, source.domain
    )  # fmt: skip
    assert len(data.domain) == len(data.inputs)
    assert source.classes == {"regression": 0, "binary": 2, "classes": 10}[source.task]
    if source.classes:
        assert set(data.train.y) == set(data.test.y) == set(range(source.classes))


@every_source
def test_record_is_one_helpful_sentence(source: Source) -> None:
    assert source.help.endswith(".")
    assert source.help.count(". ") == 0
    assert 0 <= source.noise <= source.noise_limit


@every_source
def test_same_seed_same_arrays_other_seed_other_arrays(source: Source) -> None:
    first, again, other = _default(source), _default(source), _default(source, seed=1)
    for a, b, c in ((first.train, again.train, other.train), (first.test, again.test, other.test)):
        assert a.x.tobytes() == b.x.tobytes()
        assert a.y.tobytes() == b.y.tobytes()
        assert a.x.tobytes() != c.x.tobytes()


@every_source
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_noise_moves_the_same_examples_continuously(source: Source, share: float) -> None:
    level = share * source.noise_limit
    here, near = _default(source, noise=level), _default(source, noise=level + 1e-9)
    for a, b in ((here.train, near.train), (here.test, near.test)):
        np.testing.assert_allclose(a.x, b.x, rtol=0, atol=1e-7)
        if source.classes:
            np.testing.assert_array_equal(a.y, b.y)
        else:
            np.testing.assert_allclose(a.y, b.y, rtol=0, atol=1e-7)


@every_source
def test_noise_changes_something(source: Source) -> None:
    assert not np.array_equal(_rows(_default(source, noise=0.0)), _rows(_default(source, noise=source.noise_limit)))


@pytest.mark.parametrize("source", [s for s in SOURCES if s.task == "binary"], ids=lambda source: source.name)
def test_classes_are_balanced(source: Source) -> None:
    ones = _rows(_default(source, noise=0.0))[:, -1].sum()
    # The Playground's XOR draws its quadrants: the count is binomial. Every other set alternates.
    slack = 4 * np.sqrt(source.amount / 4) if source.name == "playground_xor" else 0.5
    assert abs(ones - source.amount / 2) <= slack


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([source for source in SOURCES if source.name != "digits"]),
    st.integers(SMALLEST, 300),
    st.floats(0.3, 0.7),
    st.floats(0.3, 0.7),
    st.integers(0, 2**64),
)
def test_splits_are_one_order_cut_in_two(source: Source, amount: int, share: float, other: float, seed: int) -> None:
    data, moved = (load(source, amount, source.noise, s, seed) for s in (share, other))
    assert len(data.train.y) == round(amount * share)
    for a, b in ((data.train, moved.train), (data.test, moved.test)):
        assert len(a.x) == len(a.y)
        assert len(b.x) == len(b.y)
    np.testing.assert_array_equal(
        np.vstack([data.train.x, data.test.x]), np.vstack([moved.train.x, moved.test.x])
    )  # fmt: skip
    np.testing.assert_array_equal(
        np.concatenate([data.train.y, data.test.y]), np.concatenate([moved.train.y, moved.test.y])
    )


def test_splits_hold_every_example_exactly_once() -> None:
    def count(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
        return np.arange(float(n))[:, None], np.arange(float(n))

    data = load(dataclasses.replace(BY_NAME["sine"], make=count), 101, 0.0, 0.5, 3)
    joined = np.concatenate([data.train.y, data.test.y])
    # A stream of its own, and the same one in every release, so that recorded runs keep their data.
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([3, 2])))
    np.testing.assert_array_equal(joined, stream.permutation(101))
    np.testing.assert_array_equal(data.train.x[:, 0], data.train.y)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("moons", (3, 0.1, 0.5, 0), "3 examples are too few; ask for at least 4"),
        ("digits", (1798, 0.0, 0.5, 0), "has 1797 examples, not 1798"),
        ("moons", (100, -0.1, 0.5, 0), "a noise of -0.1 is out of bounds; choose 0 to 1"),
        ("playground_xor", (100, 0.6, 0.5, 0), "a noise of 0.6 is out of bounds; choose 0 to 0.5"),
        ("moons", (100, float("nan"), 0.5, 0), "a noise of nan is out of bounds"),
        ("moons", (100, 0.1, 0.5, -1), "the seed -1 is negative"),
        ("moons", (100, 0.1, 1.0, 0), "a training share of 1 leaves no example"),
        ("moons", (100, 0.1, 0.0, 0), "a training share of 0 leaves no example"),
        ("moons", (100, 0.1, float("inf"), 0), "a training share of inf leaves no example"),
    ],
)
def test_out_of_bounds_is_one_plain_sentence(
    name: str, arguments: tuple[int, float, float, int], sentence: str
) -> None:
    with pytest.raises(ValueError, match=f"^Data set '{name}'") as caught:
        load(BY_NAME[name], *arguments)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
