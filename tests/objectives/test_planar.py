from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.objectives.formula import compile_formula
from gdexplorer.objectives.functions import FUNCTIONS
from gdexplorer.objectives.objective import Landmark
from gdexplorer.objectives.planar import PlanarObjective
from gdexplorer.objectives.streams import Streams
from tests.builders import learner

EMPTY = np.zeros(0)
STEP = 1e-5
TYPED = "x*exp(y/3) - cos(x*y) + 1"
BOX = ((-2.0, 2.0), (-1.0, 3.0))

objectives = pytest.mark.parametrize(
    "objective",
    [PlanarObjective(function.compiled, function.domain, 2.5) for function in FUNCTIONS]
    + [PlanarObjective(compile_formula(TYPED), BOX, 1e-3)],
    ids=[*(function.name for function in FUNCTIONS), "typed"],
)


def _points(objective, rng, count=12):
    """Points within the domain."""
    low, high = np.array(objective.domain).T
    return rng.uniform(low, high, (count, 2))


def _gradient(objective, theta):
    out, batch = np.full(2, np.nan), objective.full()
    return objective.program(batch).value_and_gradient(theta, EMPTY, batch, out), out


def _central(function, theta):
    """Differences along x and y: rows ∂/∂x, ∂/∂y."""
    steps = STEP * np.eye(2)
    return np.array([(function(theta + step) - function(theta - step)) / (2 * STEP) for step in steps])


@objectives
def test_gradients_are_central_differences_of_the_value(objective, rng):
    for theta in _points(objective, rng):
        value, gradient = _gradient(objective, theta)
        losses = objective.program(objective.full()).losses(theta[None], EMPTY, objective.full())
        np.testing.assert_allclose(losses, [value], rtol=1e-12, atol=1e-14)
        expected = _central(lambda at: _gradient(objective, at)[0], theta)
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-9 * (1 + abs(value)) / STEP)


@objectives
def test_hessian_products_are_central_differences_of_the_gradient(objective, rng):
    batch, out = objective.full(), np.full(2, np.nan)
    program = objective.program(batch)
    for theta in _points(objective, rng):
        expected = _central(lambda at: _gradient(objective, at)[1], theta)
        moving = theta.copy()
        product = program.linearize(moving, EMPTY, batch)
        moving[:] = np.nan  # what was linearized stays
        for v in (np.array([1.0, 0.0]), np.array([0.0, 1.0]), rng.normal(size=2)):
            program.hvp(theta, v, EMPTY, batch, out)
            scale = np.abs(expected).max() + 1
            np.testing.assert_allclose(out, expected @ v, rtol=1e-5, atol=1e-6 * scale)
            np.testing.assert_array_equal(product(v), out)


@objectives
def test_losses_on_a_skew_plane_are_the_losses_there(objective, rng):
    batch = objective.full()
    program, origin, directions = objective.program(batch), rng.normal(size=2), np.array([[1.0, 0.3], [0.2, -0.7]])
    coordinates = rng.normal(size=(9, 2))
    found = program.losses_on(origin, directions, coordinates, EMPTY, batch)
    one_by_one = [_gradient(objective, origin + a * directions[0] + b * directions[1])[0] for a, b in coordinates]
    np.testing.assert_allclose(found, one_by_one, rtol=1e-12, atol=1e-12)
    thetas = origin + coordinates @ directions
    np.testing.assert_array_equal(found, program.losses(thetas, EMPTY, batch))
    assert program.score(thetas[3], EMPTY, batch).loss == found[3]
    assert program.score(thetas[3], EMPTY, batch).accuracy is None


def _bowl(**settings):
    return PlanarObjective(compile_formula("0.5*(x**2 + 4*y**2)"), BOX, **settings)


def test_the_factor_multiplies_value_gradient_and_curvature_alike():
    theta, batch = np.array([1.5, -0.5]), _bowl().full()
    for factor in (1.0, 8.0):
        objective = _bowl(factor=factor)
        value, gradient = _gradient(objective, theta)
        assert value == factor * 1.625
        assert gradient.tolist() == [factor * 1.5, factor * -2.0]
        product = objective.program(batch).linearize(theta, EMPTY, batch)
        assert product(np.array([1.0, 1.0])).tolist() == [factor, 4 * factor]


def test_noise_is_normal_in_both_coordinates_and_moves_no_loss():
    objective, streams, theta = _bowl(noise=0.3, factor=8.0), Streams.of(5), np.array([1.5, -0.5])
    value, still = _gradient(objective, theta)
    program, out, noise = objective.program(objective.full()), np.zeros(2), np.empty((20_000, 2))
    for row in noise:
        assert program.value_and_gradient(theta, EMPTY, objective.draw(streams), out) == value
        row[:] = out - still
    assert np.abs(noise.mean(axis=0)).max() < 4 * 0.3 / np.sqrt(len(noise))
    np.testing.assert_allclose(noise.std(axis=0), 0.3, rtol=0.03)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.03
    kurtosis = np.mean((noise / 0.3) ** 4, axis=0)
    np.testing.assert_allclose(kurtosis, 3, rtol=0.1)
    assert not objective.deterministic
    assert _bowl().deterministic


def test_noise_comes_from_its_own_stream_and_no_noise_draws_nothing():
    drawn, still = Streams.of(5), Streams.of(5)
    first = [_bowl(noise=2.0).draw(drawn).arrays[0] for _ in range(3)]
    half = Streams.of(5)
    np.testing.assert_allclose([_bowl(noise=1.0).draw(half).arrays[0] * 2 for _ in range(3)], first)
    _bowl().draw(still)
    for name, untouched in Streams.of(5).generators.states.items():
        assert (drawn.generators.states[name] == untouched) == (name != "noise")
        assert still.generators.states[name] == untouched


def test_both_numbers_of_a_point_are_weights():
    layout = _bowl().layout
    assert layout.size == 2
    assert layout.weights.tolist() == [True, True]
    theta = np.array([3.0, 4.0])
    assert layout.view(theta, "point", "weight").tolist() == [[3.0, 4.0]]
    assert layout.view(theta, "point", "bias").size == 0


def test_the_loss_is_the_same_whatever_the_noise_but_not_whatever_the_function(rng):
    bowl = _bowl()
    assert bowl.same_loss(_bowl(noise=0.5))
    assert not bowl.same_loss(_bowl(factor=2.0))
    assert not bowl.same_loss(replace(bowl, formula=compile_formula(TYPED)))
    assert not bowl.same_loss(learner(rng))


def test_landmarks_are_handed_on_and_there_is_no_formula_for_the_minimizer():
    mark = Landmark("minimum", np.zeros(2))
    assert replace(_bowl(), landmarks=(mark,)).landmarks == (mark,)
    assert _bowl().solution() is None


def test_what_a_function_does_not_have():
    objective = _bowl()
    program = objective.program(objective.full())
    assert not program.deltas()
    assert not program.trace(np.zeros(2), EMPTY, objective.full())
    assert "predict" not in objective.can
    assert "examples" not in objective.can
    assert objective.penalty_at(np.ones(2)) == 0
    assert objective.in_precision(np.float32).dtype == np.float64
    with pytest.raises(ValueError, match=r"predicts nothing; choose a network\."):
        program.predict(np.zeros(2), EMPTY, np.zeros((1, 2)))
