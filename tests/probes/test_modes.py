import numpy as np
import pytest

from gdexplorer.data.modes import LEAST, NEAR, Mixture, covered, shares
from gdexplorer.probes.context import Context
from gdexplorer.probes.modes import PUSHED, Modes, measure
from tests.objectives.games import gan, start


@pytest.mark.parametrize(("mixture", "count", "first"), [
    (Mixture("ring", 8, 2.0, 0.05), 8, (2, 0)), (Mixture("grid", 8, 2.0, 0.05), 25, (-2, -2)),
    (Mixture("line", 2, 1.5, 0.05), 2, (-1.5, 0)), (Mixture("line", 1, 1.5, 0.05), 1, (0, 0)),
])  # fmt: skip
def test_samples_lie_about_the_centers_each_alike(mixture, count, first):
    assert mixture.centers.shape == (count, 2)
    assert mixture.centers[0] == pytest.approx(first, abs=1e-12)
    points = mixture.draw(np.random.default_rng(0), 20_000)
    away = points[:, None] - mixture.centers
    nearest = np.hypot(*away.transpose(2, 0, 1)).argmin(axis=1)
    assert np.bincount(nearest, minlength=count) / 20_000 == pytest.approx(np.full(count, 1 / count), abs=0.012)
    spread = (points - mixture.centers[nearest]).std(axis=0)
    assert spread == pytest.approx([0.05, 0.05], rel=0.03)


def test_a_mode_is_covered_by_two_percent_of_all_samples_within_half():
    centers = np.array([[0.0, 0.0], [3.0, 0.0]])
    samples = np.full((100, 2), 50.0)
    samples[:2] = (NEAR - 1e-9, 0.0)
    samples[2] = (3.0, 0.0)
    samples[3:50] = (3.0, NEAR + 1e-9)
    found = shares(samples, centers)
    assert found.tolist() == [0.02, 0.01]
    assert covered(found) == 1
    assert LEAST == 0.02


def test_the_report_is_of_the_present_point_and_of_always_the_same_samples():
    objective = gan()
    theta = start(objective)
    report = measure(Modes(9), Context(5, objective, theta, theta, {}, 0))
    assert report.step == 5
    assert report.believed.shape == (9, 9)
    x, y = report.axes
    said, _ = objective.judge(theta, np.array([[x[2], y[7]]]))
    assert report.believed[7, 2] == pytest.approx(said[0])
    assert report.push.shape == (PUSHED, 2)
    np.testing.assert_array_equal(report.push[:3], objective.judge(theta, report.made[:3])[1])
    again = measure(Modes(9), Context(6, objective, theta + 0.1, theta, {}, 0))
    np.testing.assert_array_equal(again.real, report.real)
    assert (again.made != report.made).any()
    assert report.covered == covered(shares(report.made, report.centers))
    assert report.near == pytest.approx(report.shares.sum())
    assert report.outside == 0
    far = measure(Modes(9), Context(0, objective, theta + 9.0, theta, {}, 0))
    assert far.outside > 0
