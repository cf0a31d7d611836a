import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source, load
from gdexplorer.data.sequences import ADDING, DELAYED_SUM, PARITY, SINE_CONTINUATION

Uniform: TypeAlias = Callable[[Array, float, float], bool]
Normal: TypeAlias = Callable[[Array], bool]
SHAPES = {DELAYED_SUM: (30, 1), PARITY: (10, 1), SINE_CONTINUATION: (20, 1), ADDING: (20, 2)}
N = 4000


def _make(source: Source, noise: float, n: int = N) -> tuple[Array, Array]:
    """Return sequences (n, T, F) and their targets."""
    x, y = source.make(n, noise, np.random.default_rng(1), np.random.default_rng(2))
    return x.reshape(n, *source.shape), y


@pytest.mark.parametrize(("source", "shape"), SHAPES.items(), ids=[source.name for source in SHAPES])
def test_shapes_are_steps_by_features(source: Source, shape: tuple[int, int]) -> None:
    data = load(source, 40, source.noise, 0.5, 0)
    assert data.shape == shape
    assert data.inputs[shape[1]].startswith("step 1")


def test_delayed_sum_is_twice_the_mean_of_the_last_five(is_uniform: Uniform) -> None:
    x, y = _make(DELAYED_SUM, 0.0)
    for row, target in zip(x[:200], y, strict=False):
        total = 0.0
        for t in (25, 26, 27, 28, 29):
            total += row[t, 0]
        assert target == pytest.approx(2 * total / 5, abs=1e-15)
    assert is_uniform(x.ravel(), -1, 1)
    # L23's baseline for ½MSE, .133, is half the variance.
    assert y.var() / 2 == pytest.approx(0.133, abs=0.01)


def test_adding_is_the_sum_of_the_two_marked_values(is_uniform: Uniform) -> None:
    x, y = _make(ADDING, 0.0)
    firsts, seconds = [], []
    for row, target in zip(x, y, strict=True):
        marked = [t for t in range(20) if row[t, 1] == 1]
        assert [row[t, 1] for t in range(20) if t not in marked] == [0.0] * 18
        first, second = marked
        firsts.append(first)
        seconds.append(second - 10)
        assert target == pytest.approx(row[first, 0] + row[second, 0], abs=1e-15)
    for places in (firsts, seconds):
        counts = np.bincount(places, minlength=10)
        assert len(counts) == 10
        # χ² with 9 degrees of freedom exceeds 27.9 once in a thousand.
        assert ((counts - N / 10) ** 2 / (N / 10)).sum() < 27.9
    assert is_uniform(x[:, :, 0].ravel(), 0, 1)
    assert y.var() == pytest.approx(1 / 6, rel=0.07)


def test_adding_rows_have_value_and_marker_side_by_side() -> None:
    data = load(ADDING, 10, 0.0, 0.5, 0)
    assert data.inputs[:3] == ("step 0 value", "step 0 marker", "step 1 value")
    for row in data.train.x:
        values = dict(zip(data.inputs, row, strict=True))
        assert sum(values[f"step {t} marker"] for t in range(20)) == 2


@pytest.mark.parametrize("source", [DELAYED_SUM, ADDING], ids=lambda source: source.name)
def test_noise_moves_targets_alone(source: Source, is_normal: Normal) -> None:
    (still, before), (same, after) = _make(source, 0.0), _make(source, 0.4)
    np.testing.assert_array_equal(still, same)
    assert is_normal((after - before) / 0.4)


@pytest.mark.parametrize("source", [PARITY, SINE_CONTINUATION], ids=lambda source: source.name)
def test_noise_moves_the_sequence_alone(source: Source, is_normal: Normal) -> None:
    (still, before), (moved, after) = _make(source, 0.0, 1000), _make(source, 0.4, 1000)
    np.testing.assert_array_equal(before, after)
    assert is_normal(((moved - still) / 0.4).ravel())


def test_parity_is_all_rows_of_ten_bits_once() -> None:
    x, y = _make(PARITY, 0.0, 1024)
    rows = {tuple(int(bit) for bit in row[:, 0]) for row in x}
    assert len(rows) == 1024
    assert {bit for row in rows for bit in row} == {-1, 1}
    for row, label in zip(x, y, strict=True):
        ones = 0
        for bit in row[:, 0]:
            ones += bit == 1
        assert label == ones % 2
    data = load(PARITY, 1024, 0.0, 0.5, 0)
    assert data.labels[int(data.train.y[0])] == ("odd" if (data.train.x[0] > 0).sum() % 2 else "even")


def test_parity_of_a_few_is_balanced_and_unbiased_in_every_bit() -> None:
    ones = np.zeros(10)
    for seed in range(50):
        x, y = PARITY.make(40, 0.0, np.random.default_rng(seed), np.random.default_rng(2))
        assert y.sum() == 20
        ones += (x > 0).sum(axis=0)
    np.testing.assert_allclose(ones / 2000, 0.5, atol=4 * 0.5 / math.sqrt(2000))


def test_the_sine_goes_on_as_its_recurrence_says(is_uniform: Uniform) -> None:
    """A sine of frequency ω follows x_{t+1} = 2 cos ω x_t − x_{t−1}, wherever it begins."""
    x, y = _make(SINE_CONTINUATION, 0.0, 1000)
    omegas = []
    for row, target in zip(x[:, :, 0], y, strict=True):
        best = int(np.abs(row[1:-1]).argmax()) + 1
        cosine = (row[best - 1] + row[best + 1]) / (2 * row[best])
        for t in range(1, 19):
            assert row[t + 1] == pytest.approx(2 * cosine * row[t] - row[t - 1], abs=1e-12)
        assert target == pytest.approx(2 * cosine * row[19] - row[18], abs=1e-12)
        omegas.append(math.acos(cosine))
    assert is_uniform(np.array(omegas), 2 * np.pi / 20, 2 * np.pi / 5)
    assert np.abs(x).max() <= 1


def test_the_sine_begins_at_every_phase(is_uniform: Uniform) -> None:
    x, _ = _make(SINE_CONTINUATION, 0.0)
    assert is_uniform(np.arcsin(x[:, 0, 0]), -np.pi / 2, np.pi / 2)


def test_what_follows_a_sine_goes_on_as_it_began() -> None:
    data = load(SINE_CONTINUATION, 60, 0.0, 0.5, 4)
    for split in (data.train, data.test):
        assert split.beyond is not None
        for row, target, beyond in zip(split.x, split.y, split.beyond, strict=True):
            # s_{t+1} = 2 cos(ω) s_t − s_{t−1}, and cos(ω) from where the window is largest
            t = int(np.abs(row[1:-1]).argmax()) + 1
            twice = (row[t - 1] + row[t + 1]) / row[t]
            wave = [*row.tolist(), target, *beyond.tolist()]
            assert len(wave) == 61
            for before, here, after in zip(wave, wave[1:], wave[2:], strict=False):
                assert after == pytest.approx(twice * here - before, abs=1e-9)


@pytest.mark.parametrize("source", [DELAYED_SUM, PARITY, ADDING])
def test_nothing_follows_an_answer(source: Source) -> None:
    assert load(source, 10, 0.0, 0.5, 4).test.beyond is None
