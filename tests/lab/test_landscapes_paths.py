import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize, Solve
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.measure import Measurer
from gdexplorer.lab.session import Session
from gdexplorer.objectives.functions import FUNCTIONS
from gdexplorer.probes.landscape import Landscape
from tests.builders import CATALOGUE, Manual, experiment
from tests.lab.views import LINE, NETWORK, POINT, RIVALS, asked, at_work, looped, loss, report_of, settled


@pytest.mark.parametrize(("changes", "kind"), [(NETWORK, "pca"), (NETWORK, "pair"), (LINE, "weights"),
                                               (POINT, "weights"), (POINT, "hessian")])  # fmt: skip
def test_profiles_are_the_losses_of_the_points_and_of_their_feet(changes, kind):
    rivals = [RIVALS[0], {"id": "s", "optimizer": {"kind": "sgd", "learning_rate": 1e-3}}]
    session = Session(experiment({"rivals": rivals, "show.pause_at": 120} | changes), CATALOGUE)
    session.advance(20)
    report = report_of(session.runs, kind, profile=True)
    plane, reach = report.surface.plane, []
    for run, track, profile in zip(session.runs, report.tracks, report.profiles, strict=True):
        points = np.stack(run.recorder.path.points).astype(float)
        assert profile.steps.tolist() == list(run.recorder.path.steps) == track.steps[:-1].tolist()
        np.testing.assert_allclose(profile.path, plane.project(points)[0], atol=1e-12)
        np.testing.assert_allclose(profile.true, [loss(run.objective, p) for p in points], rtol=1e-9)
        np.testing.assert_allclose(profile.plane, looped(run.objective, plane, profile.path), rtol=1e-9)
        off = plane.project(points)[1]
        near = off <= 1e-9
        np.testing.assert_allclose(profile.true[near], profile.plane[near], rtol=1e-7, atol=1e-12)
        reach.append(off.max())
        if off.max() > 0.05:
            assert np.abs(profile.true - profile.plane).max() > 1e-5
    assert (max(reach) < 1e-9) == (session.run.state.theta.size == 2)  # a network leaves its plane


def test_the_profile_of_a_lane_that_has_diverged_ends_where_nothing_is_finite():
    wild = [{"id": "w", "optimizer": {"kind": "sgd", "learning_rate": 1.0}}]
    session = Session(experiment(POINT | {"rivals": wild, "show.pause_at": 120}), CATALOGUE)
    session.advance(20)
    tame, wild = report_of(session.runs, "weights", profile=True).profiles
    assert np.isfinite(tame.true).all()
    assert np.isfinite(wild.true[:3]).all()
    assert not np.isfinite(wild.true[-1])
    assert not np.isfinite(wild.plane[-1])


def test_a_profile_grows_with_the_path():
    run, measurer = at_work(NETWORK), Measurer(Inline())
    request = Landscape("random", profile=True)
    lengths = []
    for _ in range(3):
        lengths.append(len(settled(measurer, [run], request).profiles[0].true))
        run.advance(4)
    assert lengths == [7, 11, 15]
    kept = settled(measurer, [run], request).profiles
    assert settled(measurer, [run], request).profiles is kept  # nothing new, nothing evaluated


@pytest.mark.parametrize("command", [Change("network.layers", []), Change("problem.kind", "bowl"),
                                     Reinitialize("network", 4)], ids=repr)  # fmt: skip
def test_profile_and_model_of_another_path_are_never_shown(command):
    run, executor = at_work(NETWORK), Manual()
    measurer, request = Measurer(executor), Landscape("random", profile=True, model=True)
    for _ in range(4):
        asked(measurer, [run], request)
        while executor.jobs:
            executor.finish()
    report = asked(measurer, [run], request)
    assert report.profiles
    assert report.model is not None
    apply(run, command)
    assert asked(measurer, [run], request) is None
    executor.finish()  # the surface, and nothing else
    report = asked(measurer, [run], request)
    assert report.profiles == ()
    assert report.model is None
    while executor.jobs:
        executor.finish()
    report = asked(measurer, [run], request)
    assert len(report.profiles[0].true) == len(run.recorder.path.points)
    assert report.model is not None


def test_arrows_and_model_are_there_only_if_asked_for_and_the_model_touches_the_surface():
    run = at_work(NETWORK)
    plain = report_of(run, "random")
    assert plain.arrows is plain.model is None
    assert plain.profiles == ()
    report = report_of(run, "random", arrows=True, model=True)
    assert report.model[24, 24] == pytest.approx(report.point_loss, rel=1e-6)
    assert report.surface.losses[24, 24] == pytest.approx(report.point_loss, rel=1e-5)
    near = np.abs(report.model - report.surface.losses)[23:26, 23:26].max()
    assert near < 0.1 * np.ptp(report.surface.losses[22:27, 22:27])


def test_the_model_stays_about_the_point_it_is_of_while_the_plane_follows_another():
    run, executor = at_work({"problem": {"kind": "ravine_45"}, "optimizer": {"kind": "sgd", "learning_rate": 1e-3}}), \
        Manual()  # fmt: skip
    measurer, request = Measurer(executor), Landscape("weights", follow=True, model=True)
    asked(measurer, [run], request)
    executor.finish()
    asked(measurer, [run], request)
    while executor.jobs:
        executor.finish()
    run.advance(5)
    asked(measurer, [run], request)
    executor.jobs.pop()  # the model, which takes its time
    executor.finish()
    report = asked(measurer, [run], request)
    np.testing.assert_allclose(report.surface.plane.origin, run.state.theta)
    np.testing.assert_allclose(report.model, report.surface.losses, rtol=1e-9)  # on a quadratic they are one


def test_the_landmarks_of_a_function_are_where_they_are():
    himmelblau = next(function for function in FUNCTIONS if function.name == "himmelblau")
    report = report_of(at_work(POINT), "weights")
    found = {(mark.kind, x, y) for x, y, mark in report.landmarks}
    expected = {(kind, *map(float, place[:2])) for kind, places in (
        ("minimum", himmelblau.minima), ("saddle", himmelblau.saddles), ("maximum", himmelblau.maxima)
    ) for place in places}  # fmt: skip
    assert len(expected) == 9
    assert {(kind, round(x, 9), round(y, 9)) for kind, x, y in found} == {
        (kind, round(x, 9), round(y, 9)) for kind, x, y in expected
    }
    skew = report_of(at_work(POINT), "hessian")
    assert len(skew.landmarks) == 9
    for x, y, mark in skew.landmarks:
        np.testing.assert_allclose(skew.surface.plane.origin + np.array([x, y]) @ skew.surface.plane.directions,
                                   mark.theta, atol=1e-9)  # fmt: skip


def test_a_landmark_outside_the_plane_is_not_shown():
    plane = {"data": {"kind": "moons", "amount": 40}, "loss": "mse", "network.layers": []}  # of three parameters
    run, request = at_work(plane), Landscape("pair", pair=(0, 1))
    solution = run.objective.solution()
    assert report_of(run, "pair", pair=(0, 1)).landmarks == ()  # the bias is not that of the solution
    theta = run.state.theta.copy()
    theta[2] = solution[2]
    apply(run, MoveTo(theta))
    ((x, y, mark),) = settled(Measurer(Inline()), [run], request).landmarks
    np.testing.assert_allclose([x, y], solution[:2], atol=1e-9)
    assert mark.name == "least squares"
    apply(run, Solve())
    ((x, y, _),) = report_of(run, "random").landmarks
    np.testing.assert_allclose([x, y], [0, 0], atol=1e-9)
    apply(run, Nudge(0.1, 1))
    assert report_of(run, "random").landmarks == ()
    assert report_of(at_work(NETWORK), "random").landmarks == ()  # nothing is known of a network
