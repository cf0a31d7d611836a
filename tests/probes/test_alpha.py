"""α against `numpy.polyfit` and least squares, and the angle between gradients."""

import numpy as np
import pytest

from gdexplorer.probes import alpha, successive
from gdexplorer.probes.alpha import Alpha
from gdexplorer.probes.successive import Successive
from tests.builders import dense, learner, point
from tests.probes.noises import context_of, gradient_of

DIFFERENCE = 1e-3


def _measured(objective, theta, move):
    full = objective.full()
    ends = [gradient_of(objective, at, full) for at in (theta, theta + move)]
    losses, gradients = np.array([loss for loss, _ in ends]), np.stack([gradient for _, gradient in ends])
    return alpha.measure(Alpha(), context_of(objective, theta), losses, gradients, move)


@pytest.mark.parametrize("rate", [1e-3, 0.1, 0.7, 3.0])
def test_on_a_quadratic_loss_it_is_polyfits(rng, rate):
    """Linear regression: the parabola through losses along the step is the loss itself."""
    objective = learner(rng, (), "mse", inputs=3, examples=9)
    theta, full = point(objective, rng), objective.full()
    move = -rate * gradient_of(objective, theta, full)[1]
    along = np.linspace(-0.5, 1.5, 7)
    losses = [gradient_of(objective, theta + at * move, full)[0] for at in along]
    bend, slope, _ = np.polyfit(along, losses, 2)
    report = _measured(objective, theta, move)
    assert report.alpha == pytest.approx(1 / (-slope / (2 * bend)) - 1, rel=1e-10, abs=1e-10)
    assert report.slopes[0] == pytest.approx(slope, rel=1e-10)


@pytest.mark.parametrize("step", [0.0, 0.25, 0.5, 1.0, 2.0])
def test_minus_1_is_no_step_0_the_floor_and_1_the_other_side(rng, step):
    objective = learner(rng, (), "mse", inputs=3, examples=9)
    theta, full = point(objective, rng), objective.full()
    direction = -gradient_of(objective, theta, full)[1]
    ends = [gradient_of(objective, theta + at * direction, full)[1] @ direction for at in (0.0, 1.0)]
    floor = ends[0] / (ends[0] - ends[1])
    assert _measured(objective, theta, step * floor * direction).alpha == pytest.approx(step - 1, abs=1e-10)


@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy", "huber"])
def test_on_any_loss_it_is_that_of_the_least_squares_parabola(rng, loss):
    objective = learner(rng, (dense("h", 4),), loss)
    theta, full = point(objective, rng), objective.full()
    move = -0.5 * gradient_of(objective, theta, full)[1]
    report = _measured(objective, theta, move)
    central = [(gradient_of(objective, theta + (at + DIFFERENCE) * move, full)[0]
                - gradient_of(objective, theta + (at - DIFFERENCE) * move, full)[0]) / (2 * DIFFERENCE)
               for at in (0.0, 1.0)]  # fmt: skip
    np.testing.assert_allclose(report.slopes, central, rtol=1e-5, atol=1e-9)
    seen = np.array([*report.losses, *report.slopes])
    _, slope, bend = np.linalg.lstsq(np.array([[1, 0, 0], [1, 1, 1], [0, 1, 0], [0, 1, 2.0]]), seen, None)[0]
    assert report.alpha == pytest.approx(-1 if bend < 0 else -2 * bend / slope - 1, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(("losses", "slopes", "expected"), [
    ((3.0, 3.0), (0.0, 0.0), -1.0),  # no step
    ((3.0, 1.0), (-1.0, -3.0), -1.0),  # curves down: still falling
    ((3.0, 2.0), (-1.0, -1.0), -1.0),  # a straight line
    ((3.0, 6.0), (2.0, 4.0), -2.0),  # away from the floor, which is at τ = −1
    ((3.0, np.inf), (-1.0, 1.0), np.nan),
    ((3.0, 1.0), (-1.0, np.nan), np.nan),
])  # fmt: skip
def test_steps_that_cross_no_valley(losses, slopes, expected):
    found = alpha.alpha(np.array(losses), np.array(slopes))
    assert found == pytest.approx(expected, nan_ok=True)


def test_heights_do_not_matter_however_large():
    losses, slopes = np.array([0.5, 0.25]), np.array([-1.0, 0.5])
    assert alpha.alpha(losses + 2.0**30, slopes) == alpha.alpha(losses, slopes)


def test_the_angle_is_that_of_two_vectors(rng):
    objective = learner(rng, (dense("h", 4),))
    context = context_of(objective, point(objective, rng))
    first, second = rng.normal(size=(2, 40))
    angle = np.arctan2(np.linalg.norm(first - (first @ second) / (second @ second) * second),
                       first @ second / np.linalg.norm(second))  # fmt: skip
    assert successive.measure(Successive(), context, first, second).cosine == pytest.approx(np.cos(angle), rel=1e-10)
    assert np.isnan(successive.measure(Successive(), context, first, 0 * second).cosine)
    assert np.isnan(successive.measure(Successive(), context, first, second * np.inf).cosine)
