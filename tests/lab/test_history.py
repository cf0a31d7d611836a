from itertools import pairwise

import numpy as np
import pytest

from gdexplorer.lab.history import BUCKET, CHUNK, Marker, Path, Recorder, Series, joined, spacing


def _filled(rows, exact=10**6):
    series = Series(1, exact)
    series.extend(np.column_stack([np.arange(rows), _value(np.arange(rows))]))
    return series


def _value(step):
    return np.sin(step * 0.37) * (1 + step % 101)


def test_rows_are_exact_up_to_the_limit():
    series = _filled(3 * CHUNK + 5)
    rows = joined(series.parts())
    np.testing.assert_array_equal(rows[:, 0], np.arange(3 * CHUNK + 5))
    np.testing.assert_array_equal(rows[:, 1], _value(np.arange(3 * CHUNK + 5)))


def test_older_rows_become_minimum_and_maximum_of_a_bucket():
    count = 6 * CHUNK + 100
    rows = joined(_filled(count, exact=2 * CHUNK).parts())
    exact_from = count - 100 - 2 * CHUNK
    old, new = rows[rows[:, 0] < exact_from], rows[rows[:, 0] >= exact_from]
    np.testing.assert_array_equal(new[:, 1], _value(np.arange(exact_from, count)))
    values = _value(np.arange(exact_from)).reshape(-1, BUCKET)
    np.testing.assert_array_equal(old[::2, 1], values.min(axis=1))
    np.testing.assert_array_equal(old[1::2, 1], values.max(axis=1))
    np.testing.assert_array_equal(old[::2, 0], np.arange(0, exact_from, BUCKET))
    np.testing.assert_array_equal(old[1::2, 0], np.arange(BUCKET - 1, exact_from, BUCKET))


def test_memory_stays_bounded_and_no_extreme_is_lost():
    exact = CHUNK
    series, highest, lowest = Series(1, exact), -np.inf, np.inf
    for start in range(0, 400 * CHUNK, CHUNK):
        rows = np.column_stack([np.arange(start, start + CHUNK), _value(np.arange(start, start + CHUNK))])
        highest, lowest = max(highest, rows[:, 1].max()), min(lowest, rows[:, 1].min())
        series.extend(rows)
        assert sum(map(len, series.parts())) <= 2 * exact + 2 * CHUNK
    rows = joined(series.parts())
    assert (rows[:, 1].max(), rows[:, 1].min()) == (highest, lowest)
    assert (np.diff(rows[:, 0]) >= 0).all()
    assert (rows[0, 0], rows[-1, 0]) == (0, 400 * CHUNK - 1)


def test_chunks_that_were_handed_out_never_change():
    series = _filled(CHUNK + 10, exact=CHUNK)
    parts = series.parts()
    copies = [part.copy() for part in parts]
    series.extend(np.column_stack([np.arange(4 * CHUNK), np.full(4 * CHUNK, -1.0)]))
    for part, copy in zip(parts, copies, strict=True):
        np.testing.assert_array_equal(part, copy)
        with pytest.raises(ValueError, match="read-only"):
            part[0, 0] = 7


def test_appending_and_extending_are_the_same():
    one, other = Series(2), Series(2)
    rows = np.arange(3.0 * (CHUNK + 7)).reshape(-1, 3)
    for row in rows[:20]:
        one.append(*row)
    one.extend(rows[20:])
    other.extend(rows)
    np.testing.assert_array_equal(joined(one.parts()), joined(other.parts()))


def test_an_empty_series_has_no_rows():
    assert joined(Series(3).parts()).shape == (0, 4)


@pytest.mark.parametrize("rows", [CHUNK, 2 * CHUNK, 2 * CHUNK + 5])
@pytest.mark.parametrize("kept", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_a_series_up_to_a_row_has_all_before_it_wherever_chunks_end(rows, kept):
    kept, series = min(kept, rows), _filled(rows)
    cut = series.until(kept, kept - 1)
    cut.append(kept, 7.0)
    assert cut.total == kept + 1
    np.testing.assert_array_equal(joined(cut.parts())[:, 0], np.arange(kept + 1))


def test_values_that_are_not_finite_stay_so():
    series = Series(2, exact=0)
    series.extend(np.column_stack([np.arange(3 * CHUNK), np.full(3 * CHUNK, np.nan), np.full(3 * CHUNK, np.inf)]))
    rows = joined(series.parts())
    assert np.isnan(rows[:, 1]).all()
    assert np.isinf(rows[:, 2]).all()


def _walked(path, steps):
    """Visit the steps at which a run would record the path."""
    due = steps[0]
    for step in steps:
        if step >= due:
            path.append(step, np.full(3, step))
            due = step + path.spacing - step % path.spacing
    return path


@pytest.mark.parametrize("start", [0, 1, 137])
def test_a_path_thins_evenly_and_keeps_its_start(start):
    path = _walked(Path(10**6), range(start, start + 3000))
    assert path.most == 32
    assert len(path.steps) <= path.most
    assert path.steps[0] == start
    assert (np.diff(path.steps) <= path.spacing).all()
    assert path.steps[-1] > start + 3000 - 2 * path.spacing
    assert path.spacing == 128
    assert [int(point[0]) for point in path.points] == list(path.steps)


@pytest.mark.parametrize(("size", "most"), [(2, 512), (16_384, 512), (32_768, 256), (10**6, 32), (5 * 10**6, 32)])
def test_a_path_is_bounded_in_bytes(size, most):
    assert Path(size).most == most


def test_points_are_copies_in_float32():
    path, theta = Path(3), np.array([0.1, 0.2, 0.3])
    path.append(0, theta)
    theta[:] = 9
    assert path.points[0].dtype == np.float32
    np.testing.assert_allclose(path.points[0], [0.1, 0.2, 0.3], rtol=1e-7)
    assert not path.points[0].flags.writeable


def test_a_point_dragged_about_at_one_step_leaves_where_it_came_from_and_where_it_is():
    path = Path(10**6)
    for step in range(5):
        path.append(step, np.full(3, step))
    for k in range(500):
        path.append(4, np.full(3, 100 + k))
    assert path.steps == (0, 1, 2, 3, 4, 4)
    assert [int(point[0]) for point in path.points] == [0, 1, 2, 3, 4, 599]
    assert path.spacing == 1


def test_commands_at_every_step_do_not_defeat_the_bound():
    path = Path(10**6)
    for step in range(0, 4096, 2):
        path.append(step, np.zeros(3))
        path.append(step, np.ones(3))
        assert len(path.steps) <= path.most + 1


def test_a_point_too_large_for_float32_is_infinite_and_warns_nobody():
    path = Path(2)
    path.append(0, np.array([1e50, 1.0]))
    np.testing.assert_array_equal(path.points[0], [np.inf, 1])


def test_markers_are_bounded_and_the_newest_kept():
    recorder = Recorder(3)
    for step in range(1500):
        recorder.mark(Marker(step, "x"))
    assert (len(recorder.markers), recorder.markers[-1].step) == (1000, 1499)


def test_a_view_is_not_altered_by_what_comes_after():
    recorder = Recorder(3)
    recorder.batch.append(1, 0.5)
    recorder.curves.append(1, 0.5, 0.6, 0.7, 0.8, 3, 0.25)
    recorder.path.append(1, np.zeros(3))
    view = recorder.view()
    recorder.batch.append(2, 0.4)
    recorder.mark(Marker(2, "x"))
    recorder.path.append(2, np.zeros(3))
    np.testing.assert_array_equal(joined(view.batch), [[1, 0.5]])
    assert (view.markers, view.path_steps) == ((), (1,))


@pytest.mark.parametrize("cost", [0, 24 * 45, 3e5, 1e7, 1e9])
def test_the_spacing_is_a_power_of_two_that_never_shrinks(cost):
    gaps = [spacing(step, cost) for step in range(0, 200_000, 7)]
    assert all(gap & (gap - 1) == 0 for gap in gaps)
    assert all(b >= a for a, b in pairwise(gaps))
    assert gaps == [spacing(step, cost) for step in range(0, 200_000, 7)]


def test_small_networks_are_evaluated_at_each_early_update_and_at_every_128th_later():
    assert [spacing(step, 1000) for step in (0, 255, 256, 512, 1024, 16_384, 32_768, 10**7)] == [
        1, 1, 2, 4, 8, 128, 128, 128]  # fmt: skip
    assert spacing(0, 1e8) > 1
