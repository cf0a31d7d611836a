"""A series that is measured out of turn, since people travel; each row is (step, −step)."""

import numpy as np
import pytest

from gdexplorer.lab import rolling
from gdexplorer.lab.rolling import Rolling

GAP = None


def put(events):
    """Return the steps of the rows after events: steps, and GAP where nobody looks for a while; gaps as None."""
    series, rows = Rolling(), np.zeros((0, 2))
    for event in events:
        if event is GAP:
            series.pause()
        else:
            rows = series.add(event, -event)
    assert (np.diff(rows[:, 0]) >= 0).all()
    known = rows[np.isfinite(rows[:, 1])]
    np.testing.assert_array_equal(known[:, 1], -known[:, 0])
    return [GAP if np.isnan(value) else int(step) for step, value in rows.tolist()]


@pytest.mark.parametrize(("events", "rows"), [
    ((0, 10, 20), [0, 10, 20]),
    ((0, 10, GAP, 20), [0, 10, GAP, 20]),
    ((0, 10, 20, 10), [0, 10, 20]),  # back, and what was measured stays
    ((0, 10, 20, 10, 20, 30), [0, 10, 20, 30]),  # back and forward again
    ((0, 10, 20, 5), [0, 5, 10, 20]),  # where somebody looked all the time
    ((0, 10, GAP, 90, 40), [0, 10, GAP, 40, GAP, 90]),
    ((0, 10, GAP, 90, 40, 50, 60), [0, 10, GAP, 40, 50, 60, GAP, 90]),  # played there
    ((0, 10, GAP, 90, 40, GAP, 60), [0, 10, GAP, 40, GAP, 60, GAP, 90, GAP]),
    ((0, 10, GAP, 90, 40, 20), [0, 10, GAP, 20, GAP, 40, GAP, 90]),
    ((50, 60, 10, 20), [10, 20, GAP, 50, 60]),  # before anybody had looked
    ((0, 10, GAP, 10, 20), [0, 10, 20]),  # somebody looks again at the same place
])  # fmt: skip
def test_rows_stand_in_order_and_gaps_where_nobody_looked(events, rows):
    assert put(events) == rows


@pytest.mark.parametrize("looks", [1, 2, 5])
def test_memory_stays_bounded_however_often_nobody_looks(looks, monkeypatch):
    """`looks` measurements, then a while without."""
    monkeypatch.setattr(rolling, "MOST", most := 64)
    series = Rolling()
    for step in range(5 * most):
        rows = series.add(step, -step)
        assert len(rows) <= most
        assert tuple(rows[-1]) == (step, -step)
        if (step + 1) % looks == 0:
            series.pause()
    gaps = np.isnan(rows[:, 1])
    assert not (gaps[1:] & gaps[:-1]).any()
    assert most / 4 <= (~gaps).sum()
