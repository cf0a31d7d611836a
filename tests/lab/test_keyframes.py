"""Keyframes: where they are kept, and how many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdexplorer.lab.history import CHUNK, Series, joined
from gdexplorer.lab.keyframes import COPY_SECONDS, SHARE, UPDATE_SECONDS, Keyframe, Keyframes, Moment, gap
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, begin, digest, experiment


def _at(updates, run):
    return Keyframe(Moment(updates, 0), updates, (run.state,), (0,), (run.recorder.mark_here(0),))


@pytest.fixture(scope="module")
def run():
    return begin()


@given(st.lists(st.integers(1, 50), min_size=1, max_size=200), st.integers(1, 40))
def test_memory_is_bounded_and_the_first_is_never_dropped(run, gaps, most):
    frames = Keyframes(most * _at(0, run).memory)
    for updates in np.cumsum([0, *gaps]).tolist():
        frames.add(_at(updates, run), 1)
        assert (
            frames.bytes
            == sum(frame.memory for frame in frames.frames)
            <= max(frames.bound, 2 * frames.frames[0].memory)
        )
        assert frames.frames[0].moment.updates == 0
    at = [frame.moment.updates for frame in frames.frames]
    assert at == sorted(set(at))
    assert frames.gap >= 1


def test_where_memory_is_short_the_gap_doubles(run):
    frames = Keyframes(8 * _at(0, run).memory)
    updates, kept = 0, []
    while updates < 1000:
        if updates >= frames.due:
            frames.add(_at(updates, run), 2)
            kept.append(frames.gap)
        updates += 1
    assert kept[0] == 2
    assert kept[-1] == 128
    assert len(frames.frames) <= 8
    assert len(kept) < 60


def test_the_nearest_before_is_found(run):
    frames = Keyframes()
    for updates in (0, 10, 20, 30):
        frames.add(_at(updates, run), 10)
    for step, found in ((-3, 0), (0, 0), (1, 0), (10, 0), (11, 10), (30, 20), (31, 30), (99, 30)):
        assert frames.before(step).step == found
    for moment, found in (((0, 0), 0), ((0, 3), 0), ((9, 9), 0), ((10, 0), 10), ((10, 1), 10), ((40, 0), 30)):
        assert frames.at(Moment(*moment)).step == found
    assert [frame.step for frame in frames.until(Moment(20, 0)).frames] == [0, 10, 20]


def test_the_gap_is_a_power_of_two_that_makes_copies_cheap():
    for changes in ({}, {"training.batch_size": 1}, {"rivals": [{"id": "a", "optimizer": {"kind": "adam"}}]}):
        found = gap(Session(experiment(changes), CATALOGUE).runs)
        assert found == 2 ** (found.bit_length() - 1)
        assert found <= 1.2 * SHARE * COPY_SECONDS / UPDATE_SECONDS
        assert found >= 128
    wide = [{"id": "h1", "units": 2000, "activation": "relu"}, {"id": "h2", "units": 2000, "activation": "relu"}]
    assert 1 <= gap(Session(experiment({"network.layers": wide, "training.batch_size": 100}), CATALOGUE).runs) <= 64


@given(st.lists(st.integers(1, 3 * CHUNK), min_size=1, max_size=5), st.data())
def test_a_series_until_a_row_is_what_it_was(counts, data):
    series, ends = Series(1, 2 * CHUNK), [0]
    for count in counts:
        rows = np.arange(ends[-1], ends[-1] + count, dtype=float)
        series.extend(np.column_stack([rows, -rows]))
        ends.append(ends[-1] + count)
    total = data.draw(st.integers(0, ends[-1]))
    found = series.until(total, total - 1)
    assert found.total == total
    rows = joined(found.parts())
    assert (rows[:, 0] < total).all()
    exact = ends[-1] - sum(map(len, series._full)) - series._count
    if total >= exact:
        assert np.array_equal(rows[len(rows) - (total - exact) :, 0], np.arange(exact, total))
    before = joined(series.parts()).copy()
    found.append(total, 1.0)  # on its own
    assert np.array_equal(joined(series.parts()), before)


@pytest.mark.long
def test_two_hundred_moments_of_a_hundred_thousand_updates_come_again():
    layers = [{"id": f"h{k}", "units": 16, "activation": "tanh"} for k in (1, 2, 3)]
    session = Session(experiment({"data.amount": 1024, "network.layers": layers, "training.batch_size": 32}), CATALOGUE)
    steps = np.random.default_rng(1).choice(100_000, 200, replace=False)
    passed = {}
    for step in np.sort(steps).tolist():
        session.advance(step - session.step)
        passed[step] = digest(session.run.state)
    session.advance(100_000 - session.step)
    assert session.active.keyframes.bytes <= session.active.keyframes.bound
    for step in steps.tolist():
        session.travel(step)
        while session.arriving:
            session.approach(256)
        assert digest(session.run.state) == passed[step]
