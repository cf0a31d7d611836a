import numpy as np

from gdexplorer.optim.sgd import (
    ASCENT,
    MOMENTUM,
    NESTEROV,
    SGD,
    AscentKnobs,
    MomentumKnobs,
    NesterovKnobs,
    SgdKnobs,
)
from tests.optim.functions import himmelblau

FLOAT64 = np.dtype(np.float64)


def _step(rule, slots, gradient, theta=0.0):
    out = np.empty(1)
    slots.gradient[:] = gradient
    rule.propose(np.array([theta]), slots, out)
    return out[0]


def test_a_step_is_minus_eta_g():
    slots = SGD.init(1, FLOAT64, SgdKnobs(learning_rate=0.25), None)
    assert _step(SGD, slots, 2.0, theta=1.0) == 0.5


def test_the_first_momentum_step_has_the_whole_gradient_in_its_buffer():
    slots = MOMENTUM.init(1, FLOAT64, MomentumKnobs(dampening=0.75), None)
    _step(MOMENTUM, slots, 2.0)
    assert slots.arrays["b"][0] == 2.0
    _step(MOMENTUM, slots, 4.0)
    assert slots.arrays["b"][0] == 0.9 * 2.0 + 0.25 * 4.0


def test_dampening_that_is_switched_on_later_does_not_reset_the_buffer():
    slots = MOMENTUM.init(1, FLOAT64, MomentumKnobs(), None)
    _step(MOMENTUM, slots, 2.0)
    MOMENTUM.tune(slots, MomentumKnobs(dampening=0.5))
    _step(MOMENTUM, slots, 4.0)
    assert slots.arrays["b"][0] == 0.9 * 2.0 + 0.5 * 4.0


def test_nesterov_looks_one_buffer_ahead():
    slots = NESTEROV.init(1, FLOAT64, NesterovKnobs(learning_rate=0.5, momentum=0.5), None)
    assert _step(NESTEROV, slots, 2.0) == -0.5 * (2.0 + 0.5 * 2.0)
    assert _step(NESTEROV, slots, 2.0) == -0.5 * (2.0 + 0.5 * 3.0)


def test_ascent_goes_up_and_along_the_way_that_descent_came():
    up = ASCENT.init(1, FLOAT64, AscentKnobs(learning_rate=0.25), None)
    assert _step(ASCENT, up, 2.0, theta=1.0) == 1.5
    ASCENT.tune(up, AscentKnobs(learning_rate=0.5))
    assert _step(ASCENT, up, -2.0, theta=1.0) == 0.0


def test_ascent_finds_himmelblaus_maximum():
    function, theta, out = himmelblau(), np.zeros(2), np.empty(2)
    slots = ASCENT.init(2, FLOAT64, AscentKnobs(learning_rate=0.01), None)
    for _ in range(300):
        slots.gradient[:] = function.gradient_at(theta)
        ASCENT.propose(theta, slots, out)
        theta[:] = out
    np.testing.assert_allclose(theta, [-0.270845, -0.923039], atol=1e-5)
