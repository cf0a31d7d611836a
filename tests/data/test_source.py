import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdexplorer.arrays import Array, IntArray
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
    assert len(data.domain) == len(data.inputs) == len(set(data.inputs))
    assert (data.shape, data.labels) == (source.shape, source.labels)
    assert not data.shape or math.prod(data.shape) == len(data.inputs)
    assert not data.labels or len(data.labels) == len(set(data.labels)) == data.classes
    assert source.classes in {"regression": (0,), "binary": (2,), "classes": range(3, 100)}[source.task]
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
    st.sampled_from([source for source in SOURCES if source.name != "digits" and not source.reserved]),
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


LIMIT, KEPT = 100, 30


def _numbered(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    return np.arange(float(n))[:, None], np.arange(float(n))


RESERVING = dataclasses.replace(BY_NAME["sine"], make=_numbered, limit=LIMIT, reserved=KEPT)


@settings(max_examples=200, deadline=None)
@given(st.integers(SMALLEST, LIMIT), st.floats(0.25, 0.75), st.integers(0, 2**64))
def test_kept_examples_are_for_testing_as_far_as_both_splits_allow(amount: int, share: float, seed: int) -> None:
    data = load(RESERVING, amount, 0.0, share, seed)
    train, test = set(data.train.y), set(data.test.y)
    kept = set(range(LIMIT - KEPT, LIMIT))
    assert len(train) == round(amount * share)
    assert len(train) + len(test) == amount
    assert not train & test
    assert len(train & kept) == max(0, len(train) - (LIMIT - KEPT))
    assert len(test & kept) == min(len(test), KEPT)
    for split in (data.train, data.test):
        np.testing.assert_array_equal(split.x[:, 0], split.y)


def test_with_more_of_both_all_that_were_there_stay() -> None:
    small, large = (load(RESERVING, amount, 0.0, 0.7, 4) for amount in (30, 60))
    np.testing.assert_array_equal(large.train.y[:21], small.train.y)
    np.testing.assert_array_equal(large.test.y[-9:], small.test.y)


def test_only_a_finite_source_keeps_examples() -> None:
    assert [source.name for source in SOURCES if source.reserved] == ["fashion"]
    assert all(0 <= source.reserved < (source.limit or 1) for source in SOURCES)


def test_boxes_go_with_their_examples() -> None:
    def boxes(n: int, points: np.random.Generator) -> IntArray:
        return np.tile(np.arange(n)[:, None], 4)

    data = load(dataclasses.replace(RESERVING, boxes=boxes), 50, 0.0, 0.6, 1)
    for split in (data.train, data.test):
        assert split.boxes is not None
        np.testing.assert_array_equal(split.boxes[:, 0], split.y)
        with pytest.raises(ValueError, match="read-only"):
            split.boxes[0] = 0
    assert all(load(source, 20, 0.0, 0.5, 0).train.boxes is None for source in SOURCES if source.boxes is None)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("moons", (3, 0.1, 0.5, 0), "3 examples are too few; ask for at least 4"),
        ("digits", (1798, 0.0, 0.5, 0), "has 1797 examples, not 1798"),
        ("fashion", (7001, 0.0, 0.5, 0), "has 7000 examples, not 7001"),
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
