import numpy as np
import pytest

from gdexplorer.nn.penalties import Penalty
from gdexplorer.probes.context import Context
from gdexplorer.probes.oneweight import OneWeight, Weight, measure, span
from tests.builders import begin, dense, learner, point, value_and_gradient
from tests.over_rows import over_rows

HIDDEN = (dense("h1", 4, "tanh"), dense("h2", 3, "gelu"))
KNOWN = [("mse", 0), ("binary_cross_entropy", 2), ("softmax_cross_entropy", 3)]


def seen(objective, theta, request, rate=None):
    return measure(request, Context(3, objective, theta, theta * 0 + 0.5, {}, 6), rate, "because")


def loss(objective, theta, index, value):
    moved = theta.astype(float)
    moved[index] = value
    return value_and_gradient(objective.in_precision(np.float64), moved)[0]


@pytest.mark.parametrize(("kind", "classes"), KNOWN)
def test_the_curve_is_that_of_a_loop_and_its_slope_that_of_central_differences(rng, kind, classes):
    objective = learner(rng, HIDDEN, kind, classes=classes, penalty=Penalty(0.01, 0.02))
    theta = point(objective, rng)
    weight = Weight("h2", 1, 2)
    report = seen(objective, theta, OneWeight(weight, 0.7), rate=0.3)
    index = weight.index(objective.layout)
    assert report.w == theta[index]
    np.testing.assert_allclose(report.losses, [loss(objective, theta, index, w) for w in report.ws], rtol=1e-12)
    assert report.loss == pytest.approx(loss(objective, theta, index, report.w), rel=1e-13)
    h = 1e-5
    slope = (loss(objective, theta, index, report.w + h) - loss(objective, theta, index, report.w - h)) / (2 * h)
    assert report.slope == pytest.approx(slope, abs=1e-9)
    assert report.move == pytest.approx(-0.3 * report.slope, rel=1e-15)
    assert report.predicted == pytest.approx(-0.3 * report.slope**2, rel=1e-15)
    stepped = loss(objective, theta, index, report.w - 0.3 * report.slope)
    assert report.actual == pytest.approx(stepped - report.loss, abs=1e-13)
    assert (report.name, report.present, report.batch_slope, report.batch) == ("h2 w[2,3]", weight, 0.5, 6)


def test_a_small_step_does_what_the_tangent_predicts(rng):
    objective = learner(rng, HIDDEN)
    theta = point(objective, rng)
    ratios = [(r := seen(objective, theta, OneWeight(Weight("h1", 0, 0)), rate)).actual / r.predicted
              for rate in (1e-2, 1e-3, 1e-4)]  # fmt: skip
    away = [abs(ratio - 1) for ratio in ratios]
    assert away[0] > away[1] > away[2]
    assert away[2] < 1e-3


def test_without_a_plain_step_there_is_only_the_tangent(rng):
    objective = learner(rng, HIDDEN)
    report = seen(objective, point(objective, rng), OneWeight())
    assert (report.rate, report.why, report.move, report.actual) == (None, "because", 0, 0)
    assert report.present == Weight("h1", 0, 0)


def test_a_place_that_is_gone_gives_way_to_the_first(rng):
    objective = learner(rng, HIDDEN)
    for weight in (Weight("h9", 0, 0), Weight("h1", 4, 0), Weight("h1", 0, 3)):
        assert weight.index(objective.layout) is None
        assert seen(objective, point(objective, rng), OneWeight(weight)).present == Weight("h1", 0, 0)


def test_places_and_indices_are_inverse(rng):
    layout = learner(rng, HIDDEN).layout
    assert [Weight.of(layout, k).index(layout) for k in range(layout.size)] == list(range(layout.size))


def test_float32_is_seen_in_float64(rng):
    objective = learner(rng, HIDDEN, dtype=np.float32)
    theta = point(objective, rng)
    report = seen(objective, theta, OneWeight(Weight("h1", 1, 1)))
    index = report.present.index(objective.layout)
    assert report.loss == pytest.approx(loss(objective, theta, index, float(theta[index])), rel=1e-13)


def test_a_function_has_its_axes_for_weights():
    run = begin({"problem": "himmelblau"})
    report = seen(run.objective, run.state.theta, OneWeight(Weight.of(run.objective.layout, 1)), 0.01)
    x, y = run.state.theta
    assert (report.name, report.w, report.trained) == ("y", y, False)
    by_hand = [(x * x + w - 11) ** 2 + (x + w * w - 7) ** 2 for w in report.ws]
    np.testing.assert_allclose(report.losses, by_hand, rtol=1e-12)
    assert report.slope == pytest.approx(2 * (x * x + y - 11) + 4 * y * (x + y * y - 7), rel=1e-12)


@over_rows("w", [-7.3, -1.0, 0.0, 0.4, 0.8, 26.0])
@over_rows("move", [3.0, -0.01, 0.0])
def test_the_range_holds_the_weight_zero_and_the_step(w, move):
    low, high = span(w, 0, move)
    assert low <= min(w, 0, w + move)
    assert high >= max(w, 0, w + move)
    low, high = span(w, 0.5, move)
    assert high - low == pytest.approx(1.0)
    assert low <= w <= high


def test_the_range_stands_still_while_the_weight_moves_a_little_and_can_show_the_step_from_near():
    assert span(0.41, 0, 0.1) == span(0.45, 0, 0.1) == (-0.5, 1.5)
    assert span(2.0, -1, 0.02) == pytest.approx((1.98, 2.04))
    assert span(2.0, -1, 0.0) == span(2.0, 0, 0.0)
