import numpy as np
import pytest

from gdexplorer.lab import curvatures, rolling
from gdexplorer.lab.commands import Change, MoveTo, Restart
from gdexplorer.lab.measure import Measurer
from gdexplorer.lab.session import Session
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.curvature import Curvature
from tests.builders import CATALOGUE, Manual, begin, experiment

ASKED = Curvature()
NEEDS = frozenset({ASKED})
FULL = {"training.batch_size": 100_000, "optimizer": {"kind": "sgd", "learning_rate": 0.1}}


def _session(changes=FULL):
    return Session(experiment(changes), CATALOGUE)


def _look(session):
    return session.frame(NEEDS).lane.views[ASKED]


def test_the_series_has_a_row_for_every_look(rng):
    session, expected = _session(), []
    for count in (0, 1, 7, 30):
        if count:
            session.advance(count)
        report = _look(session)
        expected.append((session.step, report.sharpness, report.values[0], 20.0))
    np.testing.assert_allclose(report.series, expected)
    assert report.series[:, 0].tolist() == [0, 1, 8, 38]
    assert not report.series.flags.writeable


def test_nothing_is_measured_twice():
    session = _session()
    assert _look(session) is _look(session)


@pytest.mark.parametrize(("optimizer", "threshold"), [
    ({"kind": "sgd", "learning_rate": 0.1}, 20.0),
    ({"kind": "momentum", "learning_rate": 0.1, "momentum": 0.9}, 38.0),
    ({"kind": "nesterov", "learning_rate": 0.1, "momentum": 0.9}, 38 / 2.8),
    ({"kind": "adam"}, None),
    ({"kind": "ascent"}, None),
])  # fmt: skip
def test_the_threshold_is_the_optimizers(optimizer, threshold):
    report = _look(_session({**FULL, "optimizer": optimizer}))
    assert report.threshold == (threshold and pytest.approx(threshold))
    assert report.ratio == (threshold and pytest.approx(report.sharpness / threshold))
    assert np.isnan(report.series[0, 3]) == (threshold is None)


def test_for_mini_batches_the_threshold_is_not_claimed():
    report = _look(_session({**FULL, "training.batch_size": 7}))
    assert not report.deterministic
    assert report.ratio is None


def test_a_new_learning_rate_is_seen_at_once():
    session = _session()
    session.advance(5)
    _look(session)
    session.send(Change("optimizer.learning_rate", 0.4))
    report = _look(session)
    assert report.threshold == pytest.approx(5.0)
    assert report.series[:, [0, 3]].tolist() == [[5, pytest.approx(5.0)]]


def test_a_move_is_measured_where_it_leads():
    session = _session()
    session.advance(5)
    before = _look(session)
    session.send(MoveTo(before.escape))
    after = _look(session)
    assert after.loss == pytest.approx(before.escape_loss)
    assert after.loss < before.loss


def test_another_path_begins_another_series():
    session = _session()
    session.advance(9)
    _look(session)
    session.send(Restart())
    assert _look(session).series[:, 0].tolist() == [0]


def test_a_while_without_looking_leaves_a_gap():
    session = _session()
    _look(session)
    for _ in range(3):
        session.advance(10)
        session.frame()  # the panel is hidden
    for _ in range(2):
        session.advance(10)
        report = _look(session)
    np.testing.assert_array_equal(np.isnan(report.series[:, 1]), [False, True, False, False])
    assert report.series[:, 0].tolist() == [0, 0, 40, 50]


def test_another_panels_turn_leaves_none():
    session = _session()
    visible = NEEDS | {Boundary()}
    for step in range(6):
        session.advance(3)
        report = session.frame(NEEDS if step % 2 else frozenset({Boundary()}), visible).lane.views.get(ASKED)
    assert report.series[:, 0].tolist() == [6, 12, 18]
    assert np.isfinite(report.series[:, 1]).all()


def test_the_series_stays_short_and_keeps_gaps_and_the_newest(monkeypatch):
    monkeypatch.setattr(rolling, "MOST", 20)
    session = _session()
    for _ in range(8):
        session.advance(1)
        _look(session)
    session.frame()
    for _ in range(40):
        session.advance(1)
        report = _look(session)
        assert len(report.series) <= 20
        assert report.series[-1, 0] == session.step
        assert (np.diff(report.series[:, 0]) >= 0).all()
    assert np.isnan(report.series[:, 1]).sum() == 1
    assert report.series[0, 0] == 1


def test_what_is_not_finite_is_said_and_ends():
    session = _session({**FULL, "loss": "mse", "data": {"kind": "sine", "amount": 30}})
    theta = session.run.state.theta.copy()
    session.run.state.theta[:] = 1e200
    assert "not finite here" in _look(session)
    session.send(MoveTo(theta))
    assert _look(session).sharpness > 0


@pytest.fixture
def slow(monkeypatch):
    """Let the run make so many updates while it is measured."""
    measured, meanwhile = curvatures.curvature.measure, {"run": None, "updates": 0}

    def measure(*given):
        if meanwhile["updates"]:
            meanwhile["run"].advance(meanwhile["updates"])
        return measured(*given)

    monkeypatch.setattr(curvatures.curvature, "measure", measure)
    return meanwhile


def _steps_measured(run, executor, looks, stride):
    """Look every `stride` updates, doing what is queued between two looks; return where was measured."""
    measurer, steps = Measurer(executor), []
    for _ in range(looks):
        report = measurer.measure([run], NEEDS).get(ASKED)
        while executor.jobs:
            executor.finish()
        if report is not None and report.step not in steps:
            steps.append(report.step)
        run.advance(stride)
    return steps, measurer


def test_measuring_waits_for_three_times_the_updates_that_the_last_took(slow):
    run, executor = begin(FULL), Manual()
    slow |= {"run": run, "updates": 10}
    steps, _ = _steps_measured(run, executor, 150, 1)
    assert len(steps) >= 4
    assert (np.diff(steps) >= 4 * 10).all()
    assert (np.diff(steps) <= 4 * 10 + 4).all()


def test_it_measures_at_every_other_look_where_that_takes_no_updates(slow):
    steps, _ = _steps_measured(begin(FULL), Manual(), 10, 5)
    assert (np.diff(steps) <= 10).all()


def test_at_rest_it_measures_where_the_run_stands_however_long_that_takes(slow):
    run, executor = begin(FULL), Manual()
    slow |= {"run": run, "updates": 1000}
    _, measurer = _steps_measured(run, executor, 3, 1)
    slow["updates"] = 0
    looks = 0
    while (report := measurer.measure([run], NEEDS).get(ASKED)) is None or report.step != run.state.step:
        assert executor.jobs, "without a job there is no further look"
        executor.finish()
        looks += 1
        assert looks < 4
    assert not executor.jobs
    assert not measurer.busy


def test_nothing_is_answered_where_there_are_no_products(monkeypatch):
    session = _session()
    monkeypatch.setattr(type(session.run.objective), "can", property(lambda self: frozenset({"examples"})))
    assert ASKED not in session.frame(NEEDS).lane.views


def test_the_past_adds_to_the_series_and_another_run_begins_its_own():
    session = _session()
    for count in (0, 10, 10):
        session.advance(count)
        kept = _look(session).series
    session.travel(5)
    while session.arriving:
        session.approach(100)
    there = _look(session).series
    assert there[:, 0].tolist() == [0, 5, 10, 20]
    np.testing.assert_array_equal(np.delete(there, 1, axis=0), kept)
    session.present()
    session.advance(10)
    assert _look(session).series[:, 0].tolist() == [0, 5, 10, 20, 30]
    session.travel(5)
    session.send(Change("optimizer.learning_rate", 0.05))
    session.advance(1)
    assert _look(session).series[:, 0].tolist() == [6]
    session.activate(1)
    assert _look(session).series[:, 0].tolist() == [30]
