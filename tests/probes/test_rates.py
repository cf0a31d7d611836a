"""The rule of thumb of a range test, on curves whose answers are known."""

import numpy as np
import pytest

from gdexplorer.probes.rates import LEAST, WARMUP, beyond, doubtful, lowest, steepest, tenth

RATES = np.geomspace(1e-5, 10, 200)


def bowl(at, depth=1.0):
    """A loss of 2 that falls by `depth` with its steepest slope at η = `at`, and rises again from η = 1 on."""
    x = np.log10(RATES)
    return 2 - depth / (1 + np.exp(-6 * (x - np.log10(at)))) + 2 * np.clip(x, 0, None) ** 2


@pytest.mark.parametrize("at", [1e-3, 0.01, 0.03])
@pytest.mark.parametrize("sign", [0.0, -5.0])
def test_it_is_where_the_curve_falls_most(at, sign):
    smooth = bowl(at) + sign
    spacing = RATES[1] / RATES[0]
    assert steepest(RATES, smooth) == pytest.approx(at, rel=spacing - 1)
    assert tenth(RATES, smooth) == pytest.approx(RATES[smooth.argmin()] / 10)


def test_the_noise_of_two_batches_is_not_a_slope(rng):
    found = [steepest(RATES, bowl(0.01) + 0.02 * rng.normal(size=200)) for _ in range(20)]
    assert min(found) > 0.005
    assert max(found) < 0.02


def test_a_fall_behind_the_lowest_loss_does_not_count():
    smooth = bowl(0.01)
    smooth[180:190] += np.linspace(60, 0, 10)
    assert steepest(RATES, smooth) == pytest.approx(0.01, rel=0.1)


def test_a_fall_of_the_first_averages_does_not_count():
    smooth = bowl(0.01)
    smooth[:WARMUP] = np.linspace(0.2, 8, WARMUP)[::-1]
    assert steepest(RATES, smooth) == pytest.approx(0.01, rel=0.1)
    smooth[:WARMUP] = 0.1
    assert lowest(smooth) == WARMUP + int(smooth[WARMUP:].argmin())


@pytest.mark.parametrize("smooth", [
    np.full(200, 2.0), bowl(0.01, 0.9 * 2 * LEAST), np.linspace(1, 2, 200), np.zeros(200), np.linspace(2, 0, WARMUP),
    np.zeros(0), np.ones(1),
], ids=["flat", "shallow", "rising", "zero", "short", "none", "one"])  # fmt: skip
def test_what_hardly_falls_has_no_suggestion(smooth):
    assert steepest(RATES[: len(smooth)], smooth) is None
    assert tenth(RATES[: len(smooth)], smooth) is None


@pytest.mark.parametrize(("depth", "noise", "least", "most"), [(1.0, 0.0, 0, 0), (1.0, 0.2, 0, 0), (0.0, 1.0, 90, 100)])
def test_falls_within_the_noise_are_doubtful(depth, noise, least, most, rng):
    weights = np.array([[0.9 ** (k - j) if j <= k else 0 for j in range(200)] for k in range(200)])
    doubts = 0
    for _ in range(100):
        losses = bowl(0.01, depth) + noise * rng.normal(size=200)
        smooth = weights @ losses / weights.sum(axis=1)
        doubts += lowest(smooth) is None or doubtful(losses, smooth)
    assert least <= doubts <= most


def test_the_variance_of_a_smoothed_loss_is_that_of_its_noise(rng):
    """Measured on pure noise, of which falls of 4 standard deviations are rare and falls of 1 are not."""
    late = []
    for _ in range(400):
        mean = 0.0
        for loss in rng.normal(size=60):
            mean = 0.9 * mean + 0.1 * loss
        late.append(mean)
    assert np.std(late) == pytest.approx((0.1 / 1.9) ** 0.5, rel=0.15)


@pytest.mark.parametrize(("loss", "best", "ends"), [
    (1.0, np.inf, False), (4.0, 1.0, False), (4.01, 1.0, True), (0.5, 1.0, False), (2.0, -1.0, False),
    (2.01, -1.0, True), (1e-9, 0.0, True), (np.nan, 1.0, True), (np.inf, 1.0, True),
])  # fmt: skip
def test_the_bound_is_four_times_the_best(loss, best, ends):
    assert beyond(loss, best) == ends
