import math

import numpy as np
import pytest

from gdexplorer.landscape.curvature import MOST_DENSE, dense, differences, lanczos, spectrum, threshold, trace
from gdexplorer.optim import RULES

RULE = {rule.name: rule for rule in RULES}


def _symmetric(rng, eigenvalues):
    """A matrix with these eigenvalues, and its eigenvectors in rows."""
    q, _ = np.linalg.qr(rng.standard_normal((len(eigenvalues),) * 2))
    return q @ np.diag(eigenvalues) @ q.T, q.T


def _times(matrix):
    return lambda v: matrix @ v


SPECTRA = {
    "all positive": np.linspace(0.1, 5, 40),
    "indefinite": np.linspace(-7, 5, 40),
    "the largest magnitude negative": np.r_[-50.0, np.linspace(-1, 4, 39)],
    "twofold at the top": np.r_[np.linspace(0, 1, 38), 3.0, 3.0],
    "a single outlier": np.r_[np.zeros(39), 2.0],
    "rank two": np.r_[np.zeros(38), -1.0, 2.0],
    "identity": np.ones(40),
    "zero": np.zeros(40),
    "tiny": 1e-200 * np.linspace(-1, 1, 40),
    "huge": 1e200 * np.linspace(-1, 1, 40),
}
each_spectrum = pytest.mark.parametrize("eigenvalues", SPECTRA.values(), ids=SPECTRA)


@each_spectrum
def test_lanczos_with_as_many_steps_as_parameters_is_exact(rng, eigenvalues):
    matrix, _ = _symmetric(rng, eigenvalues)
    scale = np.abs(eigenvalues).max() or 1.0
    for steps in (len(eigenvalues), 1000):
        found = lanczos(_times(matrix), len(matrix), steps, rng)
        assert found.whole
        np.testing.assert_allclose(found.values / scale, np.sort(eigenvalues) / scale, atol=1e-12)
        np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(len(matrix)), atol=1e-12)
        np.testing.assert_allclose(found.vectors @ matrix / scale, found.values[:, None] * found.vectors / scale,
                                   atol=1e-11)  # fmt: skip


@pytest.mark.parametrize("steps", [1, 2, 5, 12])
def test_residuals_are_those_on_paper_and_bound_the_error(rng, steps):
    eigenvalues = np.linspace(-3, 4, 60)
    matrix, _ = _symmetric(rng, eigenvalues)
    found = lanczos(_times(matrix), 60, steps, rng)
    assert found.vectors.shape == (steps, 60)
    assert not found.whole
    expected = np.linalg.norm(found.vectors @ matrix - found.values[:, None] * found.vectors, axis=1)
    np.testing.assert_allclose(found.residuals, expected, atol=1e-12)
    nearest = np.abs(found.values[:, None] - eigenvalues).min(axis=1)
    assert (nearest <= found.residuals + 1e-12).all()
    assert found.values[-1] <= 4 + 1e-12
    assert found.values[0] >= -3 - 1e-12


def test_few_steps_find_what_stands_out(rng):
    eigenvalues = np.r_[-30.0, rng.uniform(-0.1, 0.1, 997), 18.0, 20.0]
    matrix, vectors = _symmetric(rng, eigenvalues)
    found = lanczos(_times(matrix), 1000, 20, rng)
    np.testing.assert_allclose(found.values[[0, -2, -1]], [-30, 18, 20], rtol=1e-10)
    for k, row in ((0, 0), (-2, -2), (-1, -1)):
        assert abs(found.vectors[k] @ vectors[row]) == pytest.approx(1, abs=1e-10)
    assert (found.residuals[[0, -2, -1]] < 1e-8).all()


def test_it_spends_no_more_products_than_asked(rng):
    asked = []
    lanczos(lambda v: asked.append(v.copy()) or v * 0, 50, 7, rng)
    assert len(asked) == 7
    np.testing.assert_allclose(np.array(asked) @ np.array(asked).T, np.eye(7), atol=1e-14)


def test_a_float32_product_is_good_for_six_digits(rng):
    eigenvalues = np.linspace(-1, 9, 30)
    matrix, _ = _symmetric(rng, eigenvalues)
    narrow = matrix.astype(np.float32)
    found = lanczos(lambda v: narrow @ v.astype(np.float32), 30, 30, rng)
    assert found.values.dtype == np.float64
    np.testing.assert_allclose(found.values, eigenvalues, atol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_product_that_is_not_finite_is_refused_in_words(rng, bad):
    product = lambda v: np.where(np.arange(4) == 2, bad, v)  # noqa: E731
    for measure in (
        lambda: lanczos(product, 4, 3, rng),
        lambda: trace(product, 4, 3, rng),
        lambda: spectrum(product, 4),
    ):
        with pytest.raises(ValueError, match="not finite here"):
            measure()


def test_what_makes_no_sense_is_refused_in_words(rng):
    with pytest.raises(ValueError, match="at least 1"):
        lanczos(_times(np.eye(3)), 3, 0, rng)
    with pytest.raises(ValueError, match="at least 2 probes"):
        trace(_times(np.eye(3)), 3, 1, rng)
    with pytest.raises(ValueError, match="at most 300 parameters, not 1,000"):
        dense(_times(np.eye(3)), 1000)


def test_the_trace_of_a_diagonal_is_exact_and_has_no_error(rng):
    assert trace(_times(np.diag([1.0, -2.0, 5.0])), 3, 4, rng) == (4.0, 0.0)


def test_the_trace_is_right_within_its_standard_error(rng):
    matrix, _ = _symmetric(rng, np.linspace(-2, 5, 50))
    found = np.array([trace(_times(matrix), 50, 20, np.random.default_rng(seed)) for seed in range(300)])
    off = (found[:, 0] - np.trace(matrix)) / found[:, 1]
    assert 0.9 < np.mean(np.abs(off) < 2) < 0.98
    # the variance of zᵀHz over signs is 2 Σ_{i≠j} H_ij²
    spread = math.sqrt(2 * (np.sum(matrix**2) - np.sum(np.diag(matrix) ** 2)) / 20)
    assert np.sqrt(np.mean(found[:, 1] ** 2)) == pytest.approx(spread, rel=0.05)


def test_the_whole_hessian_and_its_spectrum(rng):
    eigenvalues = np.sort(rng.uniform(-3, 3, MOST_DENSE // 10))
    matrix, vectors = _symmetric(rng, eigenvalues)
    crooked = matrix + 1e-3 * (noise := rng.standard_normal(matrix.shape)) - 1e-3 * noise.T
    np.testing.assert_allclose(dense(_times(crooked), len(matrix)), matrix, atol=1e-14)
    found = spectrum(_times(matrix), len(matrix))
    assert found.whole
    np.testing.assert_allclose(found.values, eigenvalues, atol=1e-13)
    np.testing.assert_allclose(np.abs(np.sum(found.vectors * vectors, axis=1)), 1, atol=1e-10)
    assert found.residuals.max() < 1e-12


def test_differences_are_exact_for_a_quadratic_and_of_second_order_else(rng):
    matrix, _ = _symmetric(rng, np.linspace(-1, 3, 6))
    theta, v = rng.standard_normal((2, 6))
    scratch = np.empty(6)
    gradient = lambda at: np.matmul(matrix, at, out=scratch)  # noqa: E731
    np.testing.assert_allclose(differences(gradient, theta, v, 0.3), matrix @ v, atol=1e-13)
    np.testing.assert_array_equal(differences(gradient, theta, 0 * v), 0)
    # f = Σ sin θ: off by h²/6 of the fourth derivative for a step of h along an axis
    errors = [abs(differences(np.cos, np.ones(1), np.full(1, 5.0), h)[0] + 5 * math.sin(1)) for h in (0.02, 0.01)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)
    assert errors[1] == pytest.approx(5 * math.sin(1) * 0.01**2 / 6, rel=0.01)


EDGES = [
    ("sgd", {"learning_rate": 0.2}, 10.0),
    ("momentum", {"learning_rate": 0.1, "momentum": 0.9}, 38.0),
    ("momentum", {"learning_rate": 0.1, "momentum": 0.5, "dampening": 0.5}, 60.0),
    ("nesterov", {"learning_rate": 0.1, "momentum": 0.9}, 38 / 2.8),
]


@pytest.mark.parametrize(("name", "knobs", "expected"), EDGES)
def test_the_threshold_is_where_the_rule_itself_ceases_to_be_stable(name, knobs, expected):
    rule = RULE[name]
    settings = rule.Knobs(**knobs)
    edge = threshold(settings)
    assert edge == pytest.approx(expected, rel=1e-12)

    def end(sharpness):
        slots = rule.init(1, np.dtype(np.float64), settings, None)
        theta, out = np.ones(1), np.empty(1)
        for _ in range(2000):
            slots.gradient[:] = sharpness * theta
            rule.propose(theta, slots, out)
            theta, out = out, theta
        return abs(theta[0])

    assert end(0.98 * edge) < 1e-3
    assert end(1.02 * edge) > 1e3


def test_no_threshold_is_claimed_where_none_is_known():
    assert threshold(RULE["momentum"].Knobs(dampening=1.0)) == math.inf
    for name in ("sgd", "momentum", "nesterov"):  # at the floor of a schedule, where nothing moves
        assert threshold(RULE[name].Knobs().model_copy(update={"learning_rate": 0.0})) == math.inf
    for name in set(RULE) - {"sgd", "momentum", "nesterov"}:
        assert threshold(RULE[name].Knobs()) is None
