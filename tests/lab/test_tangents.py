import numpy as np
import pytest

from gdexplorer.lab.tangents import arrows, on_grid, quadratic, velocity_of
from gdexplorer.landscape.plane import identity, spanned
from gdexplorer.landscape.surface import Window, sample
from tests.builders import CATALOGUE, begin, digest, suited

H = 1e-4
POINT = {"problem": {"kind": "himmelblau", "x": 1.0, "y": 0.5}}
RUNS = {
    "network": {"penalty.l2": 0.02},
    "float32": {"network.precision": "float32"},
    "point": POINT | {"optimizer": {"kind": "sgd", "learning_rate": 1e-3}},
}


def skew(size, rng):
    """A plane on axes that are neither orthogonal nor of length 1."""
    u, v = rng.normal(size=(2, size))
    return spanned("skew", rng.normal(size=size), 0.7 * u, u + 0.5 * v, ("u", "v"))


def loss(run, theta):
    """L in float64, whatever the run's precision."""
    objective = run.objective.in_precision(np.float64)
    batch = objective.full()
    return float(objective.program(batch).losses(np.asarray(theta, float)[None], np.zeros(0), batch)[0])


def slope(run, direction):
    """The derivative along a direction, by a central difference."""
    theta = run.state.theta.astype(float)
    return (loss(run, theta + H * direction) - loss(run, theta - H * direction)) / (2 * H)


def gradient(run):
    return np.array([slope(run, axis) for axis in np.eye(run.state.theta.size)])


def in_plane(plane, vector):
    return np.linalg.lstsq(plane.directions.T, vector, rcond=None)[0]


@pytest.mark.parametrize("name", RUNS)
def test_the_gradients_arrow_norm_and_share_are_those_of_differences(name, rng):
    run = begin(RUNS[name])
    run.advance(3)
    plane, expected = skew(run.state.theta.size, rng), gradient(run)
    found = arrows(run, plane)()
    tolerance = {"rtol": 1e-3, "atol": 1e-5} if name == "float32" else {"rtol": 1e-5, "atol": 1e-7}
    np.testing.assert_allclose(found.gradient, in_plane(plane, expected), **tolerance)
    assert found.norm == pytest.approx(np.linalg.norm(expected), rel=1e-4)
    lies = in_plane(plane, expected) @ plane.directions
    assert found.share == pytest.approx(lies @ lies / (expected @ expected), rel=1e-3, abs=1e-9)
    assert found.examples == (1 if name == "point" else 24)
    if name == "point":
        assert found.share == pytest.approx(1)


def test_without_momentum_the_update_is_minus_eta_g_and_there_is_no_velocity(rng):
    run = begin({"optimizer": {"kind": "sgd", "learning_rate": 0.3}})
    plane = skew(44, rng)
    found = arrows(run, plane)()
    np.testing.assert_allclose(found.update, -0.3 * in_plane(plane, gradient(run)), rtol=1e-5, atol=1e-7)
    assert found.velocity is None
    assert found.rates is None  # of more than two parameters


def test_the_velocity_is_minus_the_momentums_buffer_and_the_update_follows_it(rng):
    settings = {"optimizer": {"kind": "momentum", "learning_rate": 0.01, "momentum": 0.8}, "training.batch_size": 24}
    run, plane, buffer = begin(settings), skew(44, rng), np.zeros(44)
    assert arrows(run, plane)().velocity is None  # there is nothing yet that it drifts by
    assert velocity_of(run.state.slots[0]) is None
    for _ in range(4):
        buffer = 0.8 * buffer + gradient(run)
        run.advance(1)
        found = arrows(run, plane)()
        np.testing.assert_allclose(found.velocity, -in_plane(plane, buffer), rtol=1e-4, atol=1e-6)
        ahead = 0.8 * buffer + gradient(run)
        np.testing.assert_allclose(found.update, -0.01 * in_plane(plane, ahead), rtol=1e-4, atol=1e-7)


def test_the_update_is_the_one_that_is_made_next_on_a_full_batch():
    for optimizer, record in CATALOGUE.optimizers.items():
        run = begin(POINT | suited(optimizer, learning_rate=1e-3))
        run.advance(3)
        before, found = run.state.theta.copy(), arrows(run, identity())()
        run.advance(1)
        if hasattr(record, "deterministic"):
            assert found.update is found.velocity is found.rates is None
        else:
            np.testing.assert_allclose(found.update, run.state.theta - before, rtol=1e-12)


def test_looking_at_arrows_leaves_the_run_as_it_was():
    for optimizer in CATALOGUE.optimizers:
        run = begin(POINT | suited(optimizer, learning_rate=1e-3))
        run.advance(3)
        before, kept = digest(run.state), run.state.slots[0].gradient.copy()
        arrows(run, identity())()
        assert digest(run.state) == before
        np.testing.assert_array_equal(run.state.slots[0].gradient, kept)


def rates(optimizer, updates=0, **knobs):
    run = begin(POINT | {"optimizer": {"kind": optimizer, **knobs}})
    gradients = [gradient(run)]
    for _ in range(updates):
        run.advance(1)
        gradients.append(gradient(run))
    found = arrows(run, identity())().rates
    assert found is not None
    return found, np.array(gradients)


def test_adams_effective_rates_at_the_first_update():
    found, (g,) = rates("adam", learning_rate=0.05, epsilon=0.3)
    np.testing.assert_allclose(found, 0.05 / (np.abs(g) + 0.3), rtol=1e-6)  # m̂ = g, v̂ = g²


@pytest.mark.parametrize("updates", [1, 2, 5])
def test_adams_effective_rates_later_divide_by_the_root_of_v(updates):
    found, gs = rates("adam", updates, learning_rate=0.05, beta1=0.9, beta2=0.99, epsilon=1e-8)
    weights = 0.99 ** np.arange(len(gs))[::-1]
    v = (weights[:, None] * gs**2).sum(axis=0) / weights.sum()
    np.testing.assert_allclose(found, 0.05 / np.sqrt(v), rtol=1e-5)


@pytest.mark.parametrize("updates", [0, 1, 4])
def test_plain_descent_and_momentum_have_one_rate_for_both_coordinates(updates):
    for optimizer in ("sgd", "momentum"):
        np.testing.assert_allclose(rates(optimizer, updates, learning_rate=2e-3)[0], 2e-3, rtol=1e-9)


@pytest.mark.parametrize("updates", [0, 3])
def test_adagrads_rates_fall_with_the_gradients_so_far(updates):
    found, gs = rates("adagrad", updates, learning_rate=0.05)
    np.testing.assert_allclose(found, 0.05 / np.sqrt((gs**2).sum(axis=0)), rtol=1e-5)


# ---- the quadratic model -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["network", "point"])
def test_the_model_has_value_slope_and_curvature_of_the_loss_on_the_plane(name, rng):
    run = begin(RUNS[name])
    run.advance(3)
    plane, theta = skew(run.state.theta.size, rng), run.state.theta
    model = quadratic(run.objective, theta, plane)
    assert model.value == pytest.approx(loss(run, theta), rel=1e-12)
    np.testing.assert_allclose(model.slope, [slope(run, d) for d in plane.directions], rtol=1e-5, atol=1e-7)

    def at(a, b):
        return loss(run, theta + h * (np.array([a, b]) @ plane.directions))

    h = 1e-3
    xx = (at(1, 0) - 2 * at(0, 0) + at(-1, 0)) / h**2
    yy = (at(0, 1) - 2 * at(0, 0) + at(0, -1)) / h**2
    xy = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h**2)
    scale = np.abs([xx, xy, yy]).max()
    np.testing.assert_allclose(model.curvature, [[xx, xy], [xy, yy]], rtol=1e-3, atol=1e-3 * scale)


def test_in_float32_the_model_is_nearly_that_in_float64(rng):
    coarse = begin(RUNS["float32"])
    plane = skew(44, rng)
    found = quadratic(coarse.objective, coarse.state.theta, plane)
    exact = quadratic(coarse.objective.in_precision(np.float64), coarse.state.theta.astype(float), plane)
    assert found.value == pytest.approx(exact.value, rel=1e-5)
    np.testing.assert_allclose(found.slope, exact.slope, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.curvature, exact.curvature, rtol=1e-3, atol=1e-4)


def test_on_a_quadratic_the_model_is_the_surface_itself_also_on_skew_axes(rng):
    run = begin({"problem": {"kind": "ravine_45"}})
    plane = skew(2, rng)
    surface = sample(run.objective, plane, Window((-3.0, 2.0), (-1.0, 4.0)), 9)
    values = on_grid(quadratic(run.objective, run.state.theta, plane), surface)
    assert values.shape == (9, 9)
    np.testing.assert_allclose(values, surface.losses, rtol=1e-9, atol=1e-9 * np.abs(surface.losses).max())


def test_near_the_point_the_model_is_nearer_to_the_surface_than_the_tangent_plane(rng):
    run = begin()
    plane = spanned("through", run.state.theta, *(0.05 * rng.normal(size=(2, 44))), ("u", "v"))
    surface = sample(run.objective.in_precision(np.float64), plane, Window((-1.0, 1.0), (-1.0, 1.0)), 5)
    model = quadratic(run.objective, run.state.theta, plane)
    values = on_grid(model, surface)
    assert values[2, 2] == pytest.approx(model.value)
    dx, dy = np.meshgrid(surface.xs, surface.ys)
    tangent = model.value + model.slope[0] * dx + model.slope[1] * dy
    assert np.abs(values - surface.losses).max() < 0.3 * np.abs(tangent - surface.losses).max()
