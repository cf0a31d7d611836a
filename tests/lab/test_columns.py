import numpy as np
import pytest

from gdexplorer.lab.columns import MOST, ROWS, Columns, shares
from gdexplorer.probes.histogram import count


def layers(rng, zeros=2):
    return [count(id, np.concatenate([np.zeros(zeros), rng.normal(size=8) * 10.0 ** rng.integers(-12, 6)]))
            for id in ("h1", "output")]  # fmt: skip


def filled(rng, steps):
    columns = Columns()
    for step in steps:
        columns.add(step, layers(rng), (step, -step))
    return columns


def test_shares_add_up_to_one_and_zeros_stand_apart(rng):
    for layer in layers(rng):
        found = shares(layer)
        assert found.shape == (ROWS,)
        assert found.sum() == pytest.approx(1)
        assert found[0] == 0.2
    edges = [1e-12, 1e-9, -999.0, 1e3]
    assert np.flatnonzero(shares(count("h", np.array(edges)))).tolist() == [1, 2, ROWS - 2, ROWS - 1]


def test_what_comes_again_takes_the_place_of_what_was_there(rng):
    columns = filled(rng, [0, 10, 20, 10])
    assert columns.steps.tolist() == [0, 10, 20]
    columns.cut(0)
    assert len(columns) == 0


def test_memory_is_bounded_and_reaches_from_the_first_to_the_last(rng):
    columns = Columns()
    own = layers(rng)
    for step in range(3 * MOST):
        columns.add(step, own, (1.0, 2.0))
    assert len(columns) <= MOST
    assert (columns.steps[0], columns.steps[-1]) == (0, 3 * MOST - 1)
    assert (np.diff(columns.steps) > 0).all()
    assert columns.values.shape == (len(columns), 2, ROWS)


def test_a_gap_survives_when_columns_are_dropped(rng):
    columns, own = Columns(), layers(rng)
    for step in range(MOST + 1):
        if step == 101:
            columns.pause()
        columns.add(step, own, (1.0, 2.0))
    _, values = columns.series()
    assert np.isnan(values[:, 0]).sum() == 1


def test_a_column_reaches_to_the_next_and_not_over_a_gap(rng):
    columns = filled(rng, [0, 10, 20])
    columns.pause()
    columns.add(100, layers(rng), (1, 1))
    places = [-1.0, 0.0, 9.9, 10.0, 29.9, 30.0, 99.0, 100.0, 109.9, 110.0]
    assert columns.at(np.array(places)).tolist() == [-1, 0, 0, 1, 2, -1, -1, 3, 3, -1]
    x, y = columns.series()
    assert x.tolist() == [0, 10, 20, 100, 100]
    np.testing.assert_array_equal(y[:, 0], [0, 10, 20, np.nan, 1])


def test_a_pause_before_anything_is_none(rng):
    columns = Columns()
    columns.pause()
    columns.add(5, layers(rng), (1, 1))
    assert not np.isnan(columns.series()[1]).any()
    assert columns.at(np.array([4.0, 5.0, 5.9, 6.0])).tolist() == [-1, 0, 0, -1]


@pytest.mark.parametrize(("events", "gaps"), [
    ((0, 10, 20, 10, 20), {0: 0, 10: 0, 20: 0}),
    ((0, 10, 20, 5), {0: 0, 5: 0, 10: 0, 20: 0}),
    ((0, 10, None, 90, 40, 50), {0: 0, 10: 0, 40: 1, 50: 0, 90: 1}),
    ((0, 10, None, 90, 40, None, 60), {0: 0, 10: 0, 40: 1, 60: 1, 90: 1}),
    ((50, 60, 10, 20), {10: 0, 20: 0, 50: 1, 60: 0}),
])  # fmt: skip
def test_columns_of_the_past_find_their_place(rng, events, gaps):
    columns, own = Columns(), layers(rng)
    for event in events:
        if event is None:
            columns.pause()
        else:
            columns.add(event, own, (1.0, 2.0))
    assert columns.steps.tolist() == list(gaps)
    x, y = columns.series()
    assert {step: int(np.isnan(y[x == step, 0]).sum()) for step in gaps} == gaps
