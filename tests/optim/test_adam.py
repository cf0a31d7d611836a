import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdexplorer.optim.adam import ADAM, ADAMW, NADAM, AdamKnobs, AdamwKnobs, NadamKnobs

BETAS = st.floats(0.0, 0.9999)


def _corrected(slots):
    n, arrays = slots.numbers, slots.arrays
    m_hat = arrays["M"] * (1 - n["beta1"]) / (1 - n["product1"])
    v_hat = arrays["V"] * (1 - n["beta2"]) / (1 - n["product2"])
    return m_hat, v_hat


@given(
    segments=st.lists(st.tuples(st.integers(1, 30), BETAS, BETAS), min_size=1, max_size=6),
    gradient=st.floats(1e-3, 1e3),
)
@settings(max_examples=60, deadline=None)
def test_the_averages_of_a_constant_gradient_are_exact_however_beta_moves(segments, gradient):
    g = np.array([gradient, -gradient])
    knobs = AdamKnobs(learning_rate=0.5)
    slots = ADAM.init(2, np.dtype(np.float64), knobs, None)
    out = np.empty(2)
    for steps, beta1, beta2 in segments:
        ADAM.tune(slots, AdamKnobs(learning_rate=0.5, beta1=beta1, beta2=beta2))
        for _ in range(steps):
            slots.gradient[:] = g
            ADAM.propose(np.zeros(2), slots, out)
            m_hat, v_hat = _corrected(slots)
            np.testing.assert_allclose(m_hat, g, rtol=1e-9)
            np.testing.assert_allclose(v_hat, g * g, rtol=1e-9)
            np.testing.assert_allclose(out, -0.5 * np.sign(g), rtol=1e-4)


@pytest.mark.parametrize("change", [1, 5, 50, 500])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gradient_of_one_keeps_its_average_at_one_from_beta_0_9_to_0_99(change, dtype):
    slots = ADAM.init(1, np.dtype(dtype), AdamKnobs(), None)
    theta, out = np.zeros(1, dtype), np.empty(1, dtype)
    slots.gradient[:] = 1
    for step in range(change + 200):
        if step == change:
            ADAM.tune(slots, AdamKnobs(beta1=0.99))
        ADAM.propose(theta, slots, out)
        assert _corrected(slots)[0][0] == pytest.approx(1.0, abs=1e-4 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize(
    ("rule", "Knobs"), [(ADAM, AdamKnobs), (ADAMW, AdamwKnobs), (NADAM, NadamKnobs)], ids=["adam", "adamw", "nadam"]
)
def test_a_decay_that_moves_and_comes_back_leaves_the_run_as_it_was(rule, Knobs):
    rng = np.random.default_rng(2)
    slots = rule.init(4, np.dtype(np.float64), Knobs(), None)
    theta, out, other = rng.standard_normal(4), np.empty(4), np.empty(4)
    for gradient in rng.standard_normal((20, 4)):
        slots.gradient[:] = gradient
        rule.propose(theta, slots, out)
    twin = slots.copy()
    rule.tune(twin, Knobs(beta1=0.5, beta2=0.7))
    np.testing.assert_allclose(twin.arrays["M"] * (1 - 0.5), slots.arrays["M"] * (1 - 0.9), rtol=1e-12)
    rule.tune(twin, Knobs())
    rule.propose(theta, slots, out)
    rule.propose(theta, twin, other)
    np.testing.assert_allclose(other, out, rtol=0, atol=1e-14)


def test_decay_acts_where_the_mask_is_one_and_follows_its_knob():
    mask = np.array([1.0, 0.0])
    slots = ADAMW.init(2, np.dtype(np.float64), AdamwKnobs(learning_rate=0.5, weight_decay=0.5), mask)
    theta, out = np.ones(2), np.empty(2)
    ADAMW.propose(theta, slots, out)
    np.testing.assert_array_equal(out, [0.75, 1.0])
    ADAMW.tune(slots, AdamwKnobs(learning_rate=0.5, weight_decay=1.0))
    ADAMW.propose(theta, slots, out)
    np.testing.assert_array_equal(out, [0.5, 1.0])


def test_the_correction_outlives_the_underflow_of_its_product():
    slots = ADAM.init(1, np.dtype(np.float64), AdamKnobs(beta1=0.01, beta2=0.01), None)
    slots.gradient[:] = 3.0
    theta, out = np.zeros(1), np.empty(1)
    for _ in range(300):
        ADAM.propose(theta, slots, out)
    assert slots.numbers["product1"] == 0.0
    assert out[0] == pytest.approx(-1e-3, rel=1e-6)
