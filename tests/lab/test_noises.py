"""Measurements of noise as they are asked for: together, in series, seldom, and of what has none in words."""

import numpy as np
import pytest

from gdexplorer.lab import noises, rolling
from gdexplorer.lab.ahead import ahead
from gdexplorer.lab.commands import Change, Restart
from gdexplorer.lab.measure import Measurer
from gdexplorer.lab.noises import REST
from gdexplorer.lab.rolling import Rolling
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.objectives.per_sample import NO_SAMPLES, TIED
from gdexplorer.probes import norm_test
from gdexplorer.probes.alpha import Alpha
from gdexplorer.probes.cloud import Cloud
from gdexplorer.probes.noise import Noise
from gdexplorer.probes.norm_test import NormTest
from gdexplorer.probes.per_sample import NOT_FINITE
from gdexplorer.probes.successive import Successive
from tests.builders import CATALOGUE, Manual, begin, experiment

EACH = (Cloud(), Noise(), NormTest(), Successive(), Alpha())
ALL = frozenset(EACH)


def _session(changes=None):
    return Session(experiment(changes), CATALOGUE)


def _look(session, needs=ALL):
    return dict(session.frame(frozenset(needs)).lane.views)


def test_all_are_of_the_next_update_and_the_examples_at_the_present_point():
    session = _session()
    session.advance(5)
    views, found = _look(session), ahead(session.run)()
    assert set(views) == ALL
    assert {view.step for view in views.values()} == {5}
    first, second = found.gradients[0], found.following
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert views[Successive()].cosine == pytest.approx(cosine, rel=1e-12)
    assert views[Alpha()].losses == pytest.approx(found.losses.tolist(), rel=1e-12)
    assert views[Cloud()].batch_size == views[NormTest()].batch_size == found.batch.size == 7
    assert views[Noise()].examples == 24


@pytest.mark.parametrize("request_", EACH, ids=lambda request: type(request).__name__)
def test_each_may_be_asked_for_alone(request_):
    assert set(_look(_session(), {request_})) == {request_}


@pytest.mark.parametrize(("request_", "name"), noises.SERIES.items(), ids=lambda x: getattr(x, "__name__", x))
def test_a_series_has_a_row_for_every_look_and_a_gap_where_nobody_looked(request_, name):
    session, expected = _session(), []
    for steps in (0, 4, 3):
        if steps:
            session.advance(steps)
        report = _look(session)[request_()]
        expected.append([session.step, getattr(report, name)])
    np.testing.assert_array_equal(report.series, expected)
    session.frame(frozenset())
    session.advance(2)
    series = _look(session)[request_()].series
    assert series[:, 0].tolist() == [0, 4, 7, 7, 9]
    assert np.isnan(series[3, 1])
    session.send(Restart())
    assert _look(session)[request_()].series[:, 0].tolist() == [0]


def test_nothing_is_measured_twice_and_a_change_is_seen_at_once():
    session = _session()
    session.advance(3)
    before = _look(session)
    assert all(_look(session)[request] is before[request] for request in ALL)
    session.send(Change("optimizer.learning_rate", 5.0))
    after = _look(session)
    assert after[Alpha()].alpha > before[Alpha()].alpha
    assert after[Alpha()].series[:, 0].tolist() == [3]


def test_measuring_does_not_change_the_run():
    looked, untouched = _session(), _session()
    for _ in range(6):
        looked.advance(5)
        untouched.advance(5)
        _look(looked)
    assert looked.run.state.theta.tobytes() == untouched.run.state.theta.tobytes()


def test_while_the_run_moves_it_rests_three_times_as_long_as_the_last_took(monkeypatch):
    executor, run = Manual(), begin()
    measurer, measured = Measurer(executor), noises.alpha.measure
    monkeypatch.setattr(noises.alpha, "measure", lambda *given: (run.advance(4), measured(*given))[1])

    def look():
        return measurer.measure([run], ALL)

    assert look() == {}
    executor.finish()
    assert look()[Alpha()].step == 0
    executor.finish()  # nothing: its time has not come
    run.advance(REST * 4 - 1)
    assert look()[Alpha()].step == 0
    executor.finish()
    run.advance(1)
    look()
    executor.finish()
    assert look()[Alpha()].step == (1 + REST) * 4


def test_at_rest_the_present_point_is_measured_in_any_case():
    executor, run = Manual(), begin()
    measurer = Measurer(executor)
    measurer.measure([run], ALL)
    run.advance(4)
    executor.finish()
    for _ in range(4):
        views = measurer.measure([run], ALL)
        if executor.jobs:
            executor.finish()
    assert measurer.measure([run], ALL)[Alpha()].step == views[Alpha()].step == 4


def test_what_is_asked_for_anew_does_not_wait():
    executor, run = Manual(), begin()
    measurer = Measurer(executor)
    measurer.measure([run], frozenset({Cloud()}))
    run.advance(4)
    executor.finish()
    run.advance(1)
    measurer.measure([run], ALL)
    executor.finish()
    assert set(measurer.measure([run], ALL)) == ALL


def test_batch_normalization_leaves_the_two_that_need_no_single_examples():
    layers = [{"id": "h1", "units": 6, "activation": "tanh"}, {"kind": "batch_norm", "id": "n1"}]
    views = _look(_session({"network.layers": layers}))
    assert [views[request] for request in (Cloud(), Noise(), NormTest())] == [TIED] * 3
    assert np.isfinite([views[Alpha()].alpha, views[Successive()].cosine]).all()


def test_in_single_precision_nothing_overflows():
    single, double = (_look(_session({"network.precision": precision})) for precision in ("float32", "float64"))
    assert single[Noise()].single == pytest.approx(double[Noise()].single, rel=1e-4)
    assert single[NormTest()].ratio == pytest.approx(double[NormTest()].ratio, rel=1e-4)


def test_a_batch_of_one_has_no_norm_test():
    views = _look(_session({"training.batch_size": 1}))
    assert views[NormTest()] == norm_test.ONE
    assert np.isnan(views[Cloud()].radius)


@pytest.mark.parametrize("kind", ["himmelblau", "dirac", "gan"])
def test_what_has_no_examples_says_so(kind):
    session = Session(experiment({"problem": {"kind": kind}}), CATALOGUE)
    assert _look(session) == dict.fromkeys(ALL, NO_SAMPLES)


def test_after_a_divergence_what_is_not_finite_is_a_gap():
    steep = {"kind": "sgd", "learning_rate": 1e3}
    session = _session({"network.layers": [], "loss": {"kind": "mse"}, "optimizer": steep})
    session.advance(200)
    assert session.run.state.status.health is Health.DIVERGED
    views = _look(session)
    assert np.isnan(views[Alpha()].alpha)
    assert np.isnan(views[Alpha()].series[-1, 1])
    assert {views[request] for request in (Cloud(), Noise(), NormTest())} == {NOT_FINITE}


def test_a_long_series_keeps_every_second_row_and_the_gaps_between(monkeypatch):
    monkeypatch.setattr(rolling, "MOST", 8)
    series = Rolling()
    for step in range(4):
        series.add(step, float(step))
    series.pause()
    series.pause()
    for step in range(4, 8):
        rows = series.add(step, float(step))
    assert rows[:, 0].tolist() == [0, 2, 3, 4, 6, 7]
    assert np.isnan(rows[:, 1]).tolist() == [False, False, True, False, False, False]
    assert not rows.flags.writeable
