import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.landscapes import COARSE, MOVING
from gdexplorer.lab.measure import Measurer
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.landscape import Landscape
from tests.builders import begin

FINE = 2 * COARSE - 1
PCA, FOLLOWING, MAP, BARS = Landscape(), Landscape(follow=True), Boundary(8), Gradients()


@pytest.fixture
def run():
    return begin({"show.pause_at": 60})


def _ask(measurer, run, *needs):
    return measurer.measure([run], frozenset(needs))


def _settled(measurer, run, *needs):
    """What is known when nothing is under way any more."""
    for _ in range(10):
        views = _ask(measurer, run, *needs)
    assert not measurer.busy
    return views


def test_a_surface_is_coarse_first_then_fine_and_then_at_rest(measurer, executor, run):
    _ask(measurer, run, PCA)
    executor.finish()
    sizes = [_ask(measurer, run, PCA)[PCA].surface.losses.shape]
    _ask(measurer, run, PCA)
    executor.finish()
    sizes.append(_ask(measurer, run, PCA)[PCA].surface.losses.shape)
    assert sizes == [(COARSE, COARSE), (2 * COARSE - 1, 2 * COARSE - 1)]
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
    for command in (Reinitialize("network", 3), Change("network.layers", [])):
        apply(run, command)
        planes.append(_settled(measurer, run, PCA)[PCA].surface.plane)
    assert len({id(plane) for plane in planes}) == 3
    assert planes[-1].origin.size == 3


def test_the_surface_of_another_path_is_never_shown(measurer, executor, run):
    _ask(measurer, run, PCA)
    executor.finish()
    assert PCA in _ask(measurer, run, PCA)
    apply(run, Change("network.layers", []))
    assert _ask(measurer, run, PCA) == {}  # of other parameters
    executor.finish()  # the finer one, which was under way and is called back
    assert _ask(measurer, run, PCA) == {}
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
        for views, size in ((_ask(measurer, run, FOLLOWING), MOVING), (_settled(measurer, run, FOLLOWING), FINE)):
            report = views[FOLLOWING]
            assert report.surface_step == run.state.step
            np.testing.assert_allclose(report.path[-1], [0, 0], atol=1e-12)
            assert report.surface.losses.shape == (size, size)
            center = report.surface.losses[size // 2, size // 2]
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
