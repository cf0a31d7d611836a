from concurrent.futures import Executor, Future

import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize, Restart
from gdexplorer.lab.measure import COARSE, FINE, Inline, Measurer
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.landscape import Landscape
from tests.builders import begin

PCA, FOLLOWING, MAP, BARS = Landscape(), Landscape(follow=True), Boundary(8), Gradients()


class Manual(Executor):
    """Runs a job when it is told to."""

    def __init__(self):
        self.jobs = []

    def submit(self, fn, /, *arguments, **keywords):
        future = Future()
        self.jobs.append((future, fn))
        return future

    def finish(self):
        future, fn = self.jobs.pop(0)
        future.set_result(fn())


@pytest.fixture
def executor():
    return Manual()


@pytest.fixture
def measurer(executor):
    return Measurer(executor)


@pytest.fixture
def run():
    return begin({"show.pause_at": 60})


def _ask(measurer, run, *needs):
    return measurer.measure(run, frozenset(needs))


def _settled(measurer, run, *needs):
    """What is known when nothing is under way any more."""
    for _ in range(10):
        views = _ask(measurer, run, *needs)
    assert not measurer.busy
    return views


def test_light_ones_are_there_at_once(measurer, executor, run):
    report = _ask(measurer, run, BARS)[BARS]
    assert (report.step, report.examples) == (0, 24)
    run.advance(3)
    report = _ask(measurer, run, BARS)[BARS]
    assert (report.step, report.examples) == (3, 7)
    assert not executor.jobs
    assert not measurer.busy


def test_a_heavy_one_appears_when_it_is_done_with_the_step_it_belongs_to(measurer, executor, run):
    run.advance(5)
    assert _ask(measurer, run, MAP) == {}
    assert measurer.busy
    run.advance(5)
    executor.finish()
    assert _ask(measurer, run, MAP)[MAP].step == 5


def test_of_one_request_at_most_one_is_under_way_and_the_newest_state_is_next(measurer, executor, run):
    for _ in range(4):
        run.advance(1)
        _ask(measurer, run, MAP)
        assert len(executor.jobs) == 1
    executor.finish()
    views = [_ask(measurer, run, MAP) for _ in range(2)]
    assert [view[MAP].step for view in views] == [1, 1]
    assert len(executor.jobs) == 1
    executor.finish()
    assert _ask(measurer, run, MAP)[MAP].step == 4


def test_what_is_captured_does_not_move_with_the_run(measurer, executor, run):
    program, grid = run.objective.program(run.objective.full()), None
    before = run.state.theta.copy()
    _ask(measurer, run, MAP)
    run.advance(20)
    executor.finish()
    report = _ask(measurer, run, MAP)[MAP]
    grid = np.stack(np.meshgrid(*report.axes), axis=-1).reshape(-1, 2)
    logits = program.predict(before, np.zeros(0), grid)[:, 0]
    np.testing.assert_allclose(report.values.reshape(-1), np.tanh(logits / 2), atol=1e-14)


def test_without_news_nothing_is_measured_again(executor, measurer, run):
    _ask(measurer, run, MAP)
    executor.finish()
    first = _ask(measurer, run, MAP)[MAP]
    assert _ask(measurer, run, MAP)[MAP] is first
    assert not executor.jobs


def test_measuring_does_not_change_the_run(run):
    untouched = begin({"show.pause_at": 60})
    measurer = Measurer(Inline())
    for _ in range(5):
        run.advance(7)
        untouched.advance(7)
        _ask(measurer, run, PCA, FOLLOWING, MAP, BARS, Landscape("random"))
    assert run.state.theta.tobytes() == untouched.state.theta.tobytes()


def test_a_surface_is_coarse_first_then_fine_and_then_at_rest(measurer, executor, run):
    _ask(measurer, run, PCA)
    executor.finish()
    sizes = [_ask(measurer, run, PCA)[PCA].surface.losses.shape]
    _ask(measurer, run, PCA)
    executor.finish()
    sizes.append(_ask(measurer, run, PCA)[PCA].surface.losses.shape)
    assert sizes == [(COARSE, COARSE), (FINE, FINE)]
    run.advance(10)
    _ask(measurer, run, PCA)
    assert not executor.jobs


def test_the_held_surface_shows_the_path_so_far_and_the_point(run):
    measurer = Measurer(Inline())
    _settled(measurer, run, PCA)
    run.advance(10)
    report = _settled(measurer, run, PCA)[PCA]
    assert (report.step, report.surface_step, report.parameters) == (10, 0, run.state.theta.size)
    assert report.steps.tolist() == [*range(11), 10]
    points = np.vstack([*run.recorder.path.points, run.state.theta])
    coordinates, off = report.surface.plane.project(points)
    np.testing.assert_allclose(report.path, coordinates, atol=1e-12)
    np.testing.assert_allclose(report.off_plane, off, atol=1e-12)
    np.testing.assert_array_equal(report.theta, run.state.theta)
    assert report.point_loss == pytest.approx(run.total_loss())
    assert report.point_loss == pytest.approx(
        run.objective.program(run.objective.full()).losses(run.state.theta[None], np.zeros(0), run.objective.full())[0]
    )
    foot = report.surface.plane.origin + report.path[-1] @ report.surface.plane.directions
    true = run.objective.program(run.objective.full()).losses(foot[None], np.zeros(0), run.objective.full())[0]
    assert report.plane_loss == pytest.approx(true, rel=0.02)


def test_the_path_stays_right_when_it_is_thinned_or_its_end_is_dragged(run):
    measurer = Measurer(Inline())

    def check():
        report = _settled(measurer, run, PCA)[PCA]
        expected = report.surface.plane.project(np.vstack([*run.recorder.path.points, run.state.theta]))[0]
        np.testing.assert_allclose(report.path, expected, atol=1e-9)
        assert len(report.steps) == len(report.path)

    check()
    for _ in range(5):
        apply(run, Nudge(0.1, 3))
        check()
    for _ in range(8):
        run.advance(150)
        check()
    assert run.recorder.path.spacing > 1


def test_outside_its_window_a_surface_has_no_value(run):
    measurer = Measurer(Inline())
    _settled(measurer, run, PCA)
    apply(run, MoveTo(run.state.theta + 1e3))
    report = _settled(measurer, run, PCA)[PCA]
    assert np.isnan(report.plane_loss)
    assert np.isfinite(report.point_loss)


def test_a_new_path_gets_a_new_plane(run):
    measurer = Measurer(Inline())
    planes = [_settled(measurer, run, PCA)[PCA].surface.plane]
    for command in (Reinitialize("network", 3), Restart(), Change("network.layers", [])):
        apply(run, command)
        planes.append(_settled(measurer, run, PCA)[PCA].surface.plane)
    assert len({id(plane) for plane in planes}) == 4
    assert planes[-1].origin.size == 3


def test_the_surface_of_another_path_is_never_shown(measurer, executor, run):
    _ask(measurer, run, PCA)
    executor.finish()
    assert PCA in _ask(measurer, run, PCA)
    apply(run, Change("network.layers", []))
    assert _ask(measurer, run, PCA) == {}  # of other parameters
    executor.finish()
    assert _ask(measurer, run, PCA)[PCA].surface.plane.origin.size == 3


def test_the_surface_of_a_path_that_ended_meanwhile_is_not_shown_either(measurer, executor, run):
    _ask(measurer, run, PCA)
    apply(run, Change("network.layers", []))
    executor.finish()
    assert _ask(measurer, run, PCA) == {}
    _ask(measurer, run, PCA)
    executor.finish()
    assert _ask(measurer, run, PCA)[PCA].surface.plane.origin.size == 3


@pytest.mark.parametrize("command", [Change("data.noise", 0.3), Change("penalty.l2", 0.2), Change("loss.kind", "mse")])
def test_another_loss_is_evaluated_on_the_same_plane(run, command):
    measurer = Measurer(Inline())
    before = _settled(measurer, run, PCA)[PCA].surface
    run.advance(4)
    apply(run, command)
    after = _settled(measurer, run, PCA)[PCA]
    assert after.surface.plane is before.plane
    assert after.surface_step == 4
    assert not np.allclose(after.surface.losses, before.losses)


@pytest.mark.parametrize("command", [Change("optimizer.learning_rate", 0.01), Change("training.batch_size", 3),
                                     Change("optimizer.kind", "adam")])  # fmt: skip
def test_what_does_not_move_the_loss_leaves_the_surface(run, command):
    measurer = Measurer(Inline())
    before = _settled(measurer, run, PCA)[PCA].surface
    apply(run, command)
    assert _settled(measurer, run, PCA)[PCA].surface is before


def test_a_plane_that_follows_goes_through_the_point_and_is_evaluated_anew(run):
    measurer = Measurer(Inline())
    _settled(measurer, run, FOLLOWING)
    for _ in range(3):
        run.advance(5)
        report = _settled(measurer, run, FOLLOWING)[FOLLOWING]
        assert report.surface_step == run.state.step
        np.testing.assert_allclose(report.path[-1], [0, 0], atol=1e-12)
        assert report.surface.losses.shape == (COARSE, COARSE)
        center = report.surface.losses[COARSE // 2, COARSE // 2]
        assert center == pytest.approx(report.point_loss, rel=1e-5)


def test_another_serial_is_another_random_plane(run):
    measurer = Measurer(Inline())
    requests = [Landscape("random", serial) for serial in (0, 1)]
    views = _settled(measurer, run, *requests)
    first, second = (views[request].surface.plane for request in requests)
    assert not np.allclose(first.directions, second.directions)
    np.testing.assert_allclose(views[requests[0]].path[0], [0, 0], atol=1e-6)
    again = _settled(Measurer(Inline()), run, requests[0])[requests[0]].surface
    np.testing.assert_array_equal(again.plane.directions, first.directions)


def test_the_rehearsed_plane_holds_the_path_ahead(run):
    report = _settled(Measurer(Inline()), run, PCA)[PCA]
    plane, window = report.surface.plane, report.surface
    assert plane.kind == "pca"
    run.advance(60)
    coordinates, _ = plane.project(np.stack(run.recorder.path.points))
    assert (coordinates.min(axis=0) > [window.xs[0], window.ys[0]]).all()
    assert (coordinates.max(axis=0) < [window.xs[-1], window.ys[-1]]).all()
    assert 0.5 < plane.explained <= 1


def test_two_parameters_are_a_plane_of_their_own():
    run = begin({"data": {"kind": "standard_line", "amount": 40}, "loss": "half_mse", "network.layers": []})
    request = Landscape("weights")
    report = _settled(Measurer(Inline()), run, request)[request]
    np.testing.assert_array_equal(report.surface.plane.directions, np.eye(2))
    assert report.surface.plane.axes == ("weight", "bias")
    np.testing.assert_allclose(report.path[-1], run.state.theta)


@pytest.mark.parametrize("kind", ["pca", "random"])
@pytest.mark.parametrize("changes", [
    {"optimizer": {"kind": "sgd", "learning_rate": 1e6}, "loss": "mse"},
    {"optimizer": {"kind": "sgd", "learning_rate": 50.0}, "loss": "mse",
     "network.layers": [{"id": f"h{k}", "units": 6, "activation": "relu"} for k in range(3)]},
    {"optimizer": {"kind": "momentum", "learning_rate": 1e6}, "loss": "mse", "network.layers": []},
])  # fmt: skip
def test_a_run_that_will_diverge_or_has_diverged_is_measured_too(changes, kind):
    run, measurer, request = begin(changes), Measurer(Inline()), Landscape(kind)
    needs = (request, Landscape(kind, follow=True), MAP, BARS)
    for _ in range(4):
        views = _settled(measurer, run, *needs)
        assert set(views) == set(needs)
        plane = views[request].surface.plane
        assert np.isfinite(plane.directions).all()
        assert np.isfinite(plane.origin).all()
        run.advance(3)
    apply(run, Reinitialize("network", 2))
    assert set(_settled(measurer, run, *needs)) == set(needs)


def test_what_nobody_looks_at_is_forgotten(measurer, executor, run):
    _ask(measurer, run, MAP, PCA)
    executor.finish()
    executor.finish()
    assert set(_ask(measurer, run, MAP, PCA)) == {MAP, PCA}
    measurer.forget(frozenset([PCA]))
    assert PCA in _ask(measurer, run, PCA)
    executor.jobs.clear()
    assert _ask(measurer, run, MAP) == {}
    assert len(executor.jobs) == 1


def test_a_forgotten_job_that_finishes_disturbs_nobody(measurer, executor, run):
    _ask(measurer, run, MAP)
    measurer.forget(frozenset())
    assert not measurer.busy
    executor.finish()
    assert _ask(measurer, run, MAP) == {}


def test_inline_jobs_carry_their_exception():
    assert isinstance(Inline().submit(lambda: 1 / 0).exception(), ZeroDivisionError)
    assert Inline().submit(lambda x: x + 1, 2).result() == 3
