import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.landscapes import COARSE
from gdexplorer.lab.measure import Measurer
from gdexplorer.lab.session import Session
from gdexplorer.landscape.surface import Window
from gdexplorer.probes.landscape import Landscape
from tests.builders import CATALOGUE, Manual, digest, experiment
from tests.lab.views import LINE, NETWORK, POINT, RIVALS, asked, at_work, looped, loss, report_of, settled
from tests.over_rows import over_rows

KINDS = ["weights", "pca", "random", "layer", "plain", "hessian", "gradient", "points", "pair"]


@over_rows("kind", KINDS)
@over_rows("changes", [NETWORK, LINE, POINT], ids=["network", "regression", "function"])
def test_every_kind_is_reported_on_everything(changes, kind):
    run = at_work(changes)
    before = digest(run.state)
    report = report_of(run, kind, profile=True, arrows=True, model=True)
    surface, plane = report.surface, report.surface.plane
    assert surface.losses.shape == report.model.shape == (49, 49)
    grid = np.stack(np.meshgrid(surface.xs, surface.ys), axis=-1)
    cells = [(0, 0), (7, 31), (24, 24), (48, 3)]
    np.testing.assert_allclose([surface.losses[cell] for cell in cells],
                               looped(run.objective, plane, [grid[cell] for cell in cells]), rtol=2e-5)  # fmt: skip
    place, off = plane.project(run.state.theta[None])
    np.testing.assert_allclose(report.path[-1], place[0], atol=1e-12)
    assert report.off_plane[-1] == off[0]
    np.testing.assert_array_equal(report.theta, run.state.theta)
    assert report.steps[-1] == report.step == 6
    assert report.point_loss == pytest.approx(loss(run.objective, run.state.theta), rel=1e-12)
    assert report.arrows.gradient.shape == (2,)
    assert len(report.profiles) == len(report.tracks) == 1
    assert digest(run.state) == before


@pytest.mark.parametrize(("changes", "kind"), [(NETWORK, "pca"), (NETWORK, "random"), (POINT, "weights")])
def test_another_window_is_evaluated_anew_and_none_is_the_usual_one_again(changes, kind):
    run, measurer = at_work(changes), Measurer(Inline())
    usual = settled(measurer, [run], Landscape(kind)).surface
    near = Window((0.1, 0.35), (-0.2, 0.25))
    zoomed = settled(measurer, [run], Landscape(kind, window=near)).surface
    assert zoomed.plane is usual.plane
    assert zoomed.losses.shape == (49, 49)
    assert (zoomed.xs[[0, -1]].tolist(), zoomed.ys[[0, -1]].tolist()) == ([0.1, 0.35], [-0.2, 0.25])
    np.testing.assert_allclose(zoomed.losses[10], looped(run.objective, zoomed.plane, [(x, zoomed.ys[10])
                               for x in zoomed.xs]), rtol=2e-5)  # fmt: skip
    again = settled(measurer, [run], Landscape(kind)).surface
    np.testing.assert_array_equal(again.xs, usual.xs)
    np.testing.assert_array_equal(again.ys, usual.ys)
    np.testing.assert_array_equal(again.losses, usual.losses)


def test_a_window_that_was_left_and_not_awaited_leaves_the_old_one_as_fine_as_it_was():
    run, executor = at_work(POINT), Manual()
    measurer, whole = Measurer(executor), Landscape("weights")
    measurer.measure([run], frozenset([whole]))
    while executor.jobs:
        executor.finish()
        found = measurer.measure([run], frozenset([whole]))[whole]
    near = Landscape("weights", window=Window((0.1, 0.35), (-0.2, 0.25)))
    measurer.measure([run], frozenset([near]))
    measurer.forget(frozenset())
    executor.jobs.clear()
    again = measurer.measure([run], frozenset([whole]))[whole]
    while executor.jobs:
        executor.finish()
        again = measurer.measure([run], frozenset([whole]))[whole]
    assert again.surface is found.surface


def test_while_another_window_is_evaluated_the_old_one_is_shown():
    run, executor = at_work(POINT), Manual()
    measurer = Measurer(executor)
    near, far = (Landscape("weights", window=Window((-h, h), (-h, h))) for h in (1.0, 40.0))
    asked(measurer, [run], near)
    executor.finish()
    assert asked(measurer, [run], near).surface.xs[-1] == 1.0
    executor.jobs.clear()
    measurer = Measurer(executor)
    asked(measurer, [run], near)
    executor.finish()
    assert asked(measurer, [run], far).surface.xs[-1] == 1.0
    executor.finish()
    assert asked(measurer, [run], far).surface.xs[-1] == 40.0


@pytest.mark.parametrize(("most", "sizes"), [(49, [25, 49, 49, 49]), (97, [25, 49, 97, 97])])
def test_a_surface_becomes_finer_up_to_what_is_asked_and_keeps_its_points(most, sizes):
    run, executor = at_work(NETWORK), Manual()
    measurer, request, found = Measurer(executor), Landscape("random", most=most), []
    asked(measurer, [run], request)
    for _ in sizes:
        if executor.jobs:
            executor.finish()
        found.append(asked(measurer, [run], request).surface)
    assert [len(surface.xs) for surface in found] == sizes
    assert found[0].losses.shape == (COARSE, COARSE)
    stride = (sizes[-1] - 1) // (COARSE - 1)
    np.testing.assert_array_equal(found[-1].losses[::stride, ::stride], found[0].losses)
    assert not executor.jobs


def test_a_finer_surface_is_not_evaluated_again_when_less_is_asked_for():
    run, measurer = at_work(NETWORK), Measurer(Inline())
    fine = settled(measurer, [run], Landscape("random", most=97)).surface
    assert len(fine.xs) == 97
    assert settled(measurer, [run], Landscape("random", most=49)).surface is fine


def test_a_plane_that_follows_keeps_its_width_through_a_zoom():
    run, measurer = at_work(POINT), Measurer(Inline())
    widths = []
    for window in (None, Window((-0.5, 0.5), (-0.5, 0.5)), None):
        run.advance(2)
        report = settled(measurer, [run], Landscape("weights", follow=True, window=window))
        np.testing.assert_allclose(report.path[-1], [0, 0], atol=1e-12)
        np.testing.assert_allclose(report.surface.plane.origin, run.state.theta)
        widths.append(np.ptp(report.surface.xs))
    np.testing.assert_allclose(widths, [12.0, 1.0, 12.0])


def test_all_lanes_run_in_one_plane():
    session = Session(experiment({"rivals": RIVALS, "show.pause_at": 120}), CATALOGUE)
    measurer = Measurer(Inline())
    for updates in (5, 15):
        session.advance(updates)
        report = settled(measurer, session.runs, Landscape())
        assert [(track.name, track.note) for track in report.tracks] == [
            ("SGD η 0.1", ""), ("Adam", ""), ("SGD η 0.1", "different start"),
        ]  # fmt: skip
        for run, track in zip(session.runs, report.tracks, strict=True):
            points = np.vstack([*run.recorder.path.points, run.state.theta])
            places, off = report.surface.plane.project(points)
            np.testing.assert_allclose(track.path, places, atol=1e-12)
            np.testing.assert_allclose(track.off_plane, off, atol=1e-12)
            assert track.loss == pytest.approx(loss(run.objective, run.state.theta))
    first, second, third = report.tracks
    np.testing.assert_array_equal(first.path[0], second.path[0])
    assert not np.allclose(first.path[0], third.path[0])


def test_a_rival_that_starts_anew_gets_all_a_new_plane():
    session = Session(experiment({"rivals": RIVALS, "show.pause_at": 100}), CATALOGUE)
    measurer = Measurer(Inline())
    before = settled(measurer, session.runs, Landscape()).surface.plane
    assert session.send(Change("rivals", RIVALS[:1])).accepted
    report = settled(measurer, session.runs, Landscape())
    assert report.surface.plane is not before
    assert len(report.tracks) == 2


def test_of_a_pair_of_weights_that_are_gone_there_is_no_plane():
    run, measurer = at_work(NETWORK), Measurer(Inline())
    request = Landscape("pair", pair=(3, 30))
    assert settled(measurer, [run], request).surface.plane.axes == ("h1 w[2,1]", "h2 w[3,4]")
    apply(run, Change("network.layers", []))
    assert asked(measurer, [run], request) is None
