import numpy as np
import pytest

from gdexplorer.lab.planes import Choice, choose
from gdexplorer.lab.session import Session
from gdexplorer.probes.landscape import Landscape
from tests.builders import CATALOGUE, begin, digest, experiment, suited, value_and_gradient
from tests.over_rows import over_rows

LINE = {"data": {"kind": "standard_line", "amount": 40}, "loss": "half_mse", "network.layers": [],
        "optimizer": {"kind": "momentum", "learning_rate": 0.02}}  # fmt: skip
PROBLEMS = {
    "network": {"optimizer": "momentum"},
    "float32": {"optimizer": "momentum", "network.precision": "float32"},
    "regression": LINE,
    "function": {"problem": {"kind": "himmelblau"}, "optimizer": {"kind": "momentum", "learning_rate": 0.001}},
}
KINDS = ["pca", "random", "layer", "plain", "hessian", "gradient", "points", "pair"]
THROUGH = ["random", "layer", "plain", "hessian", "gradient", "pair"]  # the present point


def at_work(changes=None, updates=6):
    """A run under way that rehearses 100 updates."""
    run = begin({"show.pause_at": 100 + updates} | (changes or {}))
    run.advance(updates)
    return run


def chosen(runs, *request, **more):
    return choose(Choice.of(Landscape(*request, **more), runs))


def inside(window, places):
    return all(low <= place <= high for places, (low, high) in zip(places.T, (window.x, window.y), strict=True)
               for place in places)  # fmt: skip


@over_rows(
    ("problem", "kind"),
    # random directions are drawn for weights, and a line has only one
    [(p, k) for p in PROBLEMS for k in KINDS if not (p == "regression" and k in ("random", "layer", "plain"))],
)
def test_every_kind_is_a_plane_with_a_window_on_the_point(problem, kind):
    run = at_work(PROBLEMS[problem])
    before = digest(run.state)
    plane, window = chosen([run], kind)
    assert plane.origin.shape == run.state.theta.shape
    assert plane.origin.dtype == plane.directions.dtype == float
    assert np.isfinite(plane.directions).all()
    assert np.linalg.matrix_rank(plane.directions) == 2
    assert len(set(plane.axes)) == 2
    place, off = plane.project(run.state.theta[None])
    assert inside(window, place)
    if kind in THROUGH or run.state.theta.size == 2:
        assert off[0] <= 1e-6 * (1 + np.linalg.norm(run.state.theta))
    assert digest(run.state) == before


@pytest.mark.parametrize("problem", PROBLEMS)
def test_all_of_two_parameters_is_a_plane_and_of_more_the_principal_one_is_shown(problem):
    run = at_work(PROBLEMS[problem])
    plane, window = chosen([run], "weights")
    if run.state.theta.size > 2:
        assert plane.kind == "pca"
        return
    np.testing.assert_array_equal(plane.directions, np.eye(2))
    np.testing.assert_array_equal(plane.origin, [0, 0])
    if problem == "function":
        assert plane.axes == ("x", "y")
        assert (window.x, window.y) == ((-6, 6), (-6, 6))
        return
    assert plane.axes == ("weight", "bias")
    run.advance(100)
    assert inside(window, np.stack(run.recorder.path.points))


@pytest.mark.parametrize("kind", ["pca", "points", "gradient", "hessian", "pair"])
def test_the_window_holds_the_path_ahead(kind):
    run = at_work(PROBLEMS["network"])
    plane, window = chosen([run], kind)
    run.advance(100)
    ahead = np.stack(run.recorder.path.points[7:])
    assert inside(window, plane.project(ahead)[0])


@pytest.mark.parametrize(("kind", "normalized"), [("random", "filter"), ("layer", "layer"), ("plain", "none")])
def test_random_directions_are_as_long_as_their_name_says(kind, normalized):
    run = at_work()
    plane, window = chosen([run], kind)
    (first, _), layout, theta = plane.directions, run.objective.layout, run.state.theta
    for block in layout.blocks:
        drawn, own = layout.view(first, block.id, "weight"), layout.view(theta, block.id, "weight")
        units = np.linalg.norm(drawn, axis=1) / np.linalg.norm(own, axis=1)
        layer = np.linalg.norm(drawn) / np.linalg.norm(own)
        assert (abs(units - 1).max() < 1e-12) == (normalized == "filter" or (normalized == "layer" and len(own) == 1))
        assert (abs(layer - 1) < 1e-12) == (normalized != "none")
        assert not layout.view(first, block.id, "bias").any()
    assert (window.x, window.y) == ((-1, 1), (-1, 1))


def test_a_random_plane_is_drawn_by_seed_and_serial():
    run = at_work()
    first, again, other = (chosen([run], "random", serial)[0].directions for serial in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    another_seed = chosen([at_work({"seed": 8})], "random")[0].directions
    assert not np.allclose(first, another_seed)


@pytest.mark.parametrize("problem", ["network", "regression", "function"])
def test_the_hessians_plane_is_that_of_its_two_largest_eigenvalues(problem):
    run = at_work(PROBLEMS[problem])
    plane, _ = chosen([run], "hessian")
    batch, size, h = run.objective.full(), run.state.theta.size, 1e-5
    program, out = run.objective.program(batch), np.zeros(size)

    def gradient(theta):
        program.value_and_gradient(theta, np.zeros(0), batch, out)
        return out.copy()

    theta = run.state.theta
    hessian = np.array([(gradient(theta + h * e) - gradient(theta - h * e)) / (2 * h) for e in np.eye(size)])
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    for k, (direction, name) in enumerate(zip(plane.directions, plane.axes, strict=True), 1):
        value, vector = values[-k], vectors[:, -k]
        assert abs(direction @ vector) == pytest.approx(1, abs=1e-4)
        assert float(name.split("=")[1]) == pytest.approx(value, rel=0.01)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-9)


@pytest.mark.parametrize("problem", ["network", "function"])
def test_the_descents_plane_holds_gradient_and_velocity(problem):
    run = at_work(PROBLEMS[problem])
    plane, _ = chosen([run], "gradient")
    full = run.objective.full()
    gradient = np.zeros_like(run.state.theta)
    run.objective.program(full).value_and_gradient(run.state.theta, np.zeros(0), full, gradient)
    for vector in (gradient, run.state.slots[0].arrays["b"]):
        rest = vector - plane.components(vector) @ plane.directions
        assert np.linalg.norm(rest) <= 1e-9 * np.linalg.norm(vector)
    assert plane.orthonormal


def test_without_momentum_a_descents_plane_still_holds_the_gradient():
    run = at_work({"optimizer": "sgd"})
    plane, _ = chosen([run], "gradient")
    _, gradient = value_and_gradient(run.objective, run.state.theta)
    np.testing.assert_allclose(np.abs(plane.components(gradient)), [np.linalg.norm(gradient), 0], atol=1e-9)


def test_the_coordinates_of_a_pair_are_two_weights_by_name():
    run = at_work()
    plane, _ = chosen([run], "pair", pair=(4, 40))
    np.testing.assert_allclose(plane.project(run.state.theta[None])[0][0], run.state.theta[[4, 40]], atol=1e-12)
    assert plane.axes == (run.objective.layout.name(4), run.objective.layout.name(40))


@pytest.mark.parametrize(("pair", "words"), [((3, 3), "two different weights"), ((0, 44), "no parameter 45 among 44")])
def test_a_pair_that_there_is_not_is_refused_in_a_sentence(pair, words):
    with pytest.raises(ValueError, match=words) as found:
        chosen([at_work()], "pair", pair=pair)
    assert str(found.value).endswith(".")


# ---- several lanes -----------------------------------------------------------------------------------------------


def _race(*optimizers):
    rivals = [{"id": name, "optimizer": suited(name)["optimizer"]} for name in optimizers]
    session = Session(experiment({"rivals": rivals, "show.pause_at": 110}), CATALOGUE)
    session.advance(10)
    return session


def test_the_principal_plane_is_that_of_all_lanes():
    session = _race("adam", "momentum")
    both, window = chosen(session.runs, "pca")
    alone = chosen(session.runs[:1], "pca")[0]
    session.advance(100)
    points = np.vstack([np.stack(run.recorder.path.points) for run in session.runs])
    off = {id(plane): np.sum(plane.project(points)[1] ** 2) for plane in (both, alone)}
    best = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    assert off[id(both)] < 1.05 * np.sum(best[2:] ** 2)  # its points are fewer
    assert off[id(alone)] > 1.2 * off[id(both)]
    assert inside(window, both.project(points)[0])
    assert both.explained == pytest.approx(np.sum(best[:2] ** 2) / np.sum(best**2), abs=0.02)


def test_three_lanes_have_the_plane_of_their_ends():
    session = _race("adam", "momentum")
    plane, window = chosen(session.runs, "points")
    session.advance(100)
    ends = np.stack([run.state.theta for run in session.runs])
    places, off = plane.project(ends)
    np.testing.assert_allclose(off, 0, atol=1e-5)
    np.testing.assert_allclose(places, [[0, 0], [1, 0], [0, 1]], atol=1e-5)
    assert inside(window, places)


def test_one_lane_has_the_plane_of_its_start_middle_and_end():
    run = at_work({"optimizer": "momentum"}, updates=10)
    plane, _ = chosen([run], "points")
    start = run.recorder.path.points[0].astype(float)
    run.advance(100)
    places, off = plane.project(np.stack([start, run.state.theta]))
    np.testing.assert_allclose(off, 0, atol=1e-5)
    np.testing.assert_allclose(places, [[0, 0], [0, 1]], atol=1e-5)
    assert plane.project(np.stack(run.recorder.path.points))[1].max() > 1e-3  # but not all of the way


def test_a_lane_that_diverges_does_not_choose_the_plane_alone():
    wild = [{"id": "w", "optimizer": {"kind": "sgd", "learning_rate": 1e6}}]
    session = Session(experiment({"rivals": wild, "loss": "mse", "network.layers": [], "show.pause_at": 100}),
                      CATALOGUE)  # fmt: skip
    for updates in (0, 20):
        session.advance(updates) if updates else None
        plane, window = chosen(session.runs, "pca")
        assert np.isfinite(plane.directions).all()
        assert window.x[1] - window.x[0] < 1e3
