from math import inf, sqrt

import numpy as np
import pytest

from gdexplorer.fields import describe
from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.initializers import INITIALIZERS
from tests.over_rows import over_rows

N_OUT, N_IN, GAIN = 2000, 500, 1.3  # a million weights

# name, knobs, standard deviation, bound of |w|
EXPECTED = [
    ("normal", {"sigma": 0.7}, 0.7, inf),
    ("uniform", {"bound": 0.7}, 0.7 / sqrt(3), 0.7),
    ("lecun_normal", {}, sqrt(1 / 500), inf),
    ("lecun_uniform", {}, sqrt(1 / 500), sqrt(3 / 500)),
    ("xavier_normal", {}, 1.3 * sqrt(2 / 2500), inf),
    ("xavier_uniform", {}, 1.3 * sqrt(2 / 2500), 1.3 * sqrt(6 / 2500)),
    ("he_normal", {}, 1.3 / sqrt(500), inf),
    ("he_normal", {"fan": "out"}, 1.3 / sqrt(2000), inf),
    ("he_uniform", {}, 1.3 / sqrt(500), 1.3 * sqrt(3 / 500)),
    ("he_uniform", {"fan": "out"}, 1.3 / sqrt(2000), 1.3 * sqrt(3 / 2000)),
    ("orthogonal", {}, 1.3 / sqrt(2000), 1.3),
    ("torch_linear", {}, 1 / sqrt(1500), 1 / sqrt(500)),
    ("playground", {}, 0.5 / sqrt(3), 0.5),
]

RECORDS = {record.name: record for record in INITIALIZERS}
each = over_rows("record", INITIALIZERS, ids=lambda record: record.name)


def _draw(record, n_out=4, n_in=3, seed=0, gain=GAIN, **knobs):
    return record.draw(np.random.default_rng(seed), n_out, n_in, gain, record.Knobs(**knobs), 1)


@over_rows(("name", "knobs", "std", "bound"), EXPECTED, ids=lambda value: str(value)[:20])
def test_a_million_weights_have_their_spread_and_keep_their_bound(name, knobs, std, bound):
    weights, _ = _draw(RECORDS[name], N_OUT, N_IN, **knobs)
    assert weights.std() == pytest.approx(std, rel=0.005)
    assert abs(weights.mean()) < 5 * std / 1000
    assert np.abs(weights).max() <= bound
    if bound < 5 * std:  # a uniform one also comes close to its bound
        assert np.abs(weights).max() > 0.999 * bound


def test_every_random_initializer_is_in_the_table():
    assert {name for name, *_ in EXPECTED} == RECORDS.keys() - {"zeros", "constant"}


def test_the_fixed_ones_draw_nothing():
    rng = np.random.default_rng(0)
    for name, knobs, value in (("zeros", {}, 0.0), ("constant", {"value": -0.3}, -0.3)):
        weights, biases = RECORDS[name].draw(rng, 4, 3, GAIN, RECORDS[name].Knobs(**knobs), 1)
        np.testing.assert_array_equal(weights, np.full((4, 3), value))
        np.testing.assert_array_equal(biases, 0)
    assert rng.random() == np.random.default_rng(0).random()


@each
@pytest.mark.parametrize(("n_out", "n_in"), [(1, 1), (1, 5), (5, 1), (4, 3)])
def test_shapes_and_the_same_seed_draws_the_same(record, n_out, n_in):
    weights, biases = _draw(record, n_out, n_in)
    assert (weights.shape, biases.shape) == ((n_out, n_in), (n_out,))
    assert weights.dtype == biases.dtype == np.float64
    again, biases_again = _draw(record, n_out, n_in)
    np.testing.assert_array_equal(weights, again)
    np.testing.assert_array_equal(biases, biases_again)
    if record.name not in ("zeros", "constant", "orthogonal"):
        assert not np.array_equal(weights, _draw(record, n_out, n_in, seed=1)[0])


@each
def test_biases_are_zero_but_for_the_two_that_say_otherwise(record):
    _, biases = _draw(record, 100_000, 4)
    if record.name == "torch_linear":
        assert biases.std() == pytest.approx(0.5 / sqrt(3), rel=0.005)
        assert np.abs(biases).max() <= 0.5
    else:
        np.testing.assert_array_equal(biases, 0.1 if record.name == "playground" else 0.0)


@pytest.mark.parametrize(("n_out", "n_in"), [(6, 6), (9, 4), (4, 9), (1, 3)])
def test_the_rows_or_columns_that_are_fewer_are_orthogonal(n_out, n_in):
    weights, _ = _draw(RECORDS["orthogonal"], n_out, n_in, gain=2.0)
    small = weights.T @ weights if n_in <= n_out else weights @ weights.T
    np.testing.assert_allclose(small, 4 * np.eye(min(n_out, n_in)), atol=1e-12)


def test_an_orthogonal_matrix_favors_no_sign():
    draws = [_draw(RECORDS["orthogonal"], 2, 2, seed=seed, gain=1.0)[0][0, 0] for seed in range(400)]
    assert abs(np.mean(draws)) < 0.2


@each
def test_knobs_are_named_after_their_initializer_and_draw_anew(record):
    assert record.Knobs().kind == record.name
    for setting in describe(record.Knobs):
        assert setting.help.endswith(".")
        assert not setting.live


@pytest.mark.parametrize(
    ("activation", "knobs", "gain"),
    [
        ("linear", {}, 1.0),
        ("sigmoid", {}, 1.0),
        ("tanh", {}, 5 / 3),
        ("relu", {}, sqrt(2)),
        ("leaky_relu", {}, sqrt(2 / (1 + 0.01**2))),
        ("leaky_relu", {"slope": 0.2}, sqrt(2 / (1 + 0.2**2))),
    ],
)
def test_the_gains_are_the_usual_ones(activation, knobs, gain):
    record = next(record for record in ACTIVATIONS if record.name == activation)
    assert record.gain(record.Knobs(**knobs)) == pytest.approx(gain, rel=1e-15)
