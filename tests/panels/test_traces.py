import numpy as np
import pytest

from gdexplorer.lab.history import CHUNK, Series
from gdexplorer.panels.traces import COLUMNS, Trace, broken, positive, smoothed


def series(count: int, rng: np.random.Generator, **options: int) -> Series:
    made = Series(1, **options)
    for step, value in enumerate(rng.random(count), start=1):
        made.append(step, value)
    return made


def test_a_short_history_is_drawn_as_it_is(rng: np.random.Generator) -> None:
    rows = series(300, rng).parts()
    x, y = Trace().reduced(rows, 0, 500).line(0)
    assert x.tolist() == list(range(1, 301))
    assert y.tolist() == rows[0][:, 1].tolist()


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("count", [CHUNK, 3 * CHUNK + 17, 10 * CHUNK])
@pytest.mark.parametrize("pixels", [100, COLUMNS])
def test_a_long_history_keeps_its_extremes(pixels: int, count: int, log: bool, rng: np.random.Generator) -> None:
    parts = series(count, rng).parts()
    reduced = Trace().reduced(parts, 1 if log else 0, count, log, pixels=pixels)
    whole = np.concatenate(parts)
    assert len(reduced.x) <= 2 * pixels + 2
    assert (np.diff(reduced.x) > 0).all()
    assert reduced.count.sum() == count
    assert reduced.low.min() == whole[:, 1].min()
    assert reduced.high.max() == whole[:, 1].max()
    assert np.average(reduced.mean[:, 0], weights=reduced.count) == pytest.approx(whole[:, 1].mean())


def test_early_rows_are_kept_apart_on_a_log_axis(rng: np.random.Generator) -> None:
    reduced = Trace().reduced(series(4 * CHUNK, rng).parts(), 1, 4 * CHUNK, log=True)
    assert reduced.x[:10].tolist() == list(range(1, 11))


def test_a_wider_view_is_reduced_anew(rng: np.random.Generator) -> None:
    parts, trace = series(10 * CHUNK, rng).parts(), Trace()
    few, many, again = (trace.reduced(parts, 0, 10 * CHUNK, pixels=pixels) for pixels in (100, 500, 100))
    assert len(few.x) <= 202 < 500 <= len(many.x)
    np.testing.assert_array_equal(again.x, few.x)


def test_finished_chunks_are_reduced_once(rng: np.random.Generator) -> None:
    made, trace = series(3 * CHUNK, rng), Trace()
    trace.reduced(made.parts(), 0, 4 * CHUNK)
    before = dict(trace._known)
    made.append(3 * CHUNK + 1, 0.5)
    trace.reduced(made.parts(), 0, 4 * CHUNK)
    assert len(before) == 2, "all but the last"
    assert all(trace._known[key][2] is before[key][2] for key in before)


def test_another_column_is_time(rng: np.random.Generator) -> None:
    made, trace = Series(2), Trace()
    for step in range(2 * CHUNK + 5):
        made.append(step, rng.random(), step / 7)
    steps, passes = (trace.reduced(made.parts(), 0, stop, column=k) for k, stop in ((0, 2 * CHUNK), (2, 2 * CHUNK / 7)))
    np.testing.assert_allclose(passes.x, passes.mean[:, 1], rtol=1e-12)
    assert passes.low[:, 0].min() == steps.low[:, 0].min()
    assert passes.count.sum() == steps.count.sum() == 2 * CHUNK + 5


def test_another_history_is_not_mistaken_for_the_last(rng: np.random.Generator) -> None:
    trace = Trace()
    trace.reduced(series(2 * CHUNK, rng).parts(), 0, 2 * CHUNK)
    other = series(2 * CHUNK, rng).parts()
    fresh, reused = Trace().reduced(other, 0, 2 * CHUNK), trace.reduced(other, 0, 2 * CHUNK)
    assert np.array_equal(fresh.low, reused.low)


def test_coarse_chunks_are_drawn_too(rng: np.random.Generator) -> None:
    parts = series(6 * CHUNK, rng, exact=2 * CHUNK).parts()
    reduced = Trace().reduced(parts, 0, 6 * CHUNK)
    assert reduced.x[0] < 200
    assert reduced.x[-1] > 5.9 * CHUNK


def test_nothing_is_drawn_of_nothing() -> None:
    x, y = Trace().reduced((np.zeros((0, 2)),), 0, 10).line(0)
    assert len(x) == len(y) == 0


def test_a_gap_where_the_meaning_changes() -> None:
    x, y = broken(np.array([1.0, 2.0, 3.0]), np.array([5.0, 6.0, 7.0]), np.array([2]))
    assert x.tolist() == [1, 2, 3, 3]
    np.testing.assert_array_equal(y, [5, 6, np.nan, 7])


def test_the_running_mean_is_its_formula(rng: np.random.Generator) -> None:
    x = np.cumsum(rng.integers(1, 40, 300)).astype(float)
    y, weight, tau = rng.random(300), rng.integers(1, 5, 300).astype(float), 7.0
    expected = [
        (w := weight[: i + 1] * np.exp(-(x[i] - x[: i + 1]) / tau)).dot(y[: i + 1]) / w.sum() for i in range(300)
    ]
    np.testing.assert_allclose(smoothed(x, y, weight, tau), expected, rtol=1e-12)


def test_the_running_mean_is_cheap_and_finite_on_long_axes() -> None:
    x = np.linspace(0, 1e8, 2000)
    assert np.isfinite(smoothed(x, np.ones(2000), np.ones(2000), 3.0)).all()


@pytest.mark.parametrize("size", [1.0, 1e200, 1e308])
def test_means_are_as_large_as_what_they_are_of(size: float) -> None:
    rows = np.column_stack([np.arange(60_000.0), np.full(60_000, size)])
    found = Trace().reduced((rows[:40_000], rows[40_000:]), 0, 60_000)
    assert found.count.max() > 1
    np.testing.assert_allclose(found.mean[:, 0], size, rtol=1e-12)
    np.testing.assert_allclose(smoothed(found.x, found.mean[:, 0], found.count, 5000.0), size, rtol=1e-9)


def test_what_has_no_logarithm_is_a_gap() -> None:
    np.testing.assert_array_equal(positive(np.array([100.0, 0.0, -1.0, np.inf, np.nan])), [2, *[np.nan] * 4])
