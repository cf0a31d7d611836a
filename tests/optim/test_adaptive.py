import numpy as np
import pytest

from gdexplorer.optim.adaptive import ADADELTA, RMSPROP, AdadeltaKnobs, RmspropKnobs


def _steps(rule, slots, gradients):
    theta, out = np.zeros_like(slots.gradient), np.empty_like(slots.gradient)
    for gradient in gradients:
        slots.gradient[:] = gradient
        rule.propose(theta, slots, out)
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_variance_of_a_steady_gradient_stays_finite(dtype):
    slots = RMSPROP.init(4, np.dtype(dtype), RmspropKnobs(centered=True, alpha=0.5), None)
    steady = np.array([1 / 3, 0.1, -7.7, 1e5], dtype)
    for _ in range(200):
        assert np.isfinite(_steps(RMSPROP, slots, [steady])).all()


def test_momentum_and_centering_switched_off_and_on_start_from_nothing():
    gradients = np.random.default_rng(1).standard_normal((20, 3))
    rich, plain = RmspropKnobs(centered=True, momentum=0.9), RmspropKnobs()
    slots = RMSPROP.init(3, np.dtype(np.float64), rich, None)
    _steps(RMSPROP, slots, gradients)
    RMSPROP.tune(slots, plain)
    reference = RMSPROP.init(3, np.dtype(np.float64), plain, None)
    _steps(RMSPROP, reference, gradients)
    expected = _steps(RMSPROP, reference, gradients[:1])
    np.testing.assert_array_equal(_steps(RMSPROP, slots, gradients[:1]), expected)
    RMSPROP.tune(slots, rich)
    assert not slots.arrays["b"].any()
    assert not slots.arrays["mean"].any()


@pytest.mark.parametrize(
    ("rule", "calm", "moved"),
    [(RMSPROP, RmspropKnobs(), RmspropKnobs(alpha=0.5)), (ADADELTA, AdadeltaKnobs(), AdadeltaKnobs(rho=0.5))],
)
def test_a_moved_decay_keeps_the_average(rule, calm, moved):
    slots = rule.init(2, np.dtype(np.float64), calm, None)
    _steps(rule, slots, np.full((2000, 2), [2.0, -0.5]))
    rule.tune(slots, moved)
    _steps(rule, slots, [[2.0, -0.5]])
    np.testing.assert_allclose(slots.arrays["v"], [4.0, 0.25], rtol=1e-6)
