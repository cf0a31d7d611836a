"""Hessian-vector products as a program makes them, against PyTorch's double backward."""

import json
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.data.source import Data, Dataset
from gdexplorer.landscape.curvature import dense as whole_hessian
from gdexplorer.landscape.curvature import lanczos
from gdexplorer.nn.network import Network
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.supervised import SupervisedObjective
from tests.builders import LOSS, dense, learner, point, value_and_gradient

with np.load(Path(__file__).parents[1] / "fixtures" / "hvp.npz") as file:
    ARRAYS = {name: file[name] for name in file.files}
CASES = json.loads(str(ARRAYS["cases"]))
EMPTY = np.zeros(0)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])


def _frozen(case):
    """The objective and the arrays of a case."""
    of = {key: ARRAYS[f"{case['name']}/{key}"] for key in ("theta", "x", "y", "v", "products", "eigenvalues")}
    split = Dataset(of["x"], of["y"])
    inputs = case["sizes"][0]
    names = tuple(f"x{k}" for k in range(inputs))
    data = Data(split, split, case["task"], case["classes"], names, ((-1.5, 1.5),) * inputs)
    layers = [
        dense(f"l{k}", units, name)
        for k, (units, name) in enumerate(zip(case["sizes"][1:], case["activations"], strict=True))
    ]
    loss, penalty = LOSS[case["loss"]], Penalty(case.get("l1", 0.0), case.get("l2", 0.0))
    network = Network((inputs,), tuple(layers))
    return SupervisedObjective(
        network, data, (), loss, loss.Knobs(), penalty, False, 100, np.dtype(np.float64)
    ), of  # fmt: skip


def _product(objective, theta, v):
    batch, out = objective.full(), np.full_like(theta, np.nan)
    objective.program(batch).hvp(theta, v, EMPTY, batch, out)
    return out


@each_case
def test_products_are_pytorchs(case):
    objective, of = _frozen(case)
    for v, expected in zip(of["v"], of["products"], strict=True):
        np.testing.assert_allclose(
            _product(objective, of["theta"], v), expected, rtol=0, atol=1e-12 * np.abs(expected).max()
        )


@each_case
def test_both_ends_of_the_spectrum_are_pytorchs(case):
    objective, of = _frozen(case)
    product = objective.program(objective.full()).linearize(of["theta"], EMPTY, objective.full())
    found = lanczos(product, of["theta"].size, 60, np.random.default_rng(0))
    scale = np.abs(of["eigenvalues"]).max()
    assert found.values[-1] == pytest.approx(of["eigenvalues"][-1], abs=1e-9 * scale)
    assert found.values[0] == pytest.approx(of["eigenvalues"][0], abs=1e-9 * scale)


@each_case
def test_the_hessian_is_symmetric(case):
    objective, of = _frozen(case)
    product = objective.program(objective.full()).linearize(of["theta"], EMPTY, objective.full())
    u, v, _ = of["v"]
    assert u @ product(v) == pytest.approx(v @ product(u), rel=1e-10)


HIDDEN = (dense("h1", 4, "gelu"), dense("h2", 3, "tanh"), dense("h3", 3, "tanh"))


def _new(rng, **settings):
    return learner(rng, HIDDEN, "binary_cross_entropy", penalty=Penalty(0.02, 0.1), **settings)


def test_one_program_serves_several_points_vectors_and_batches(rng):
    objective = _new(rng)
    points, vectors = ([point(objective, rng) for _ in range(2)] for _ in range(2))
    other = _new(rng, examples=9)  # of the same sizes
    batches = (objective.full(), objective.full("test"), other.full())
    program = objective.program(batches[0])
    out, whole = np.empty((2, objective.layout.size)), {}
    for again in range(2):
        for t, theta in enumerate(points):
            for b, batch in enumerate(batches):
                for k, v in enumerate(vectors):
                    program.hvp(theta, v, EMPTY, batch, out[k])
                    expected = whole.setdefault((t, b, k), out[k].copy())
                    np.testing.assert_array_equal(out[k], expected)
                    if not again:
                        fresh = np.empty_like(theta)
                        objective.program(batch).hvp(theta, v, EMPTY, batch, fresh)
                        np.testing.assert_array_equal(fresh, expected)
    assert len({found.tobytes() for found in whole.values()}) == len(whole)


def test_theta_may_move_in_place_and_the_vector_may_be_the_product(rng):
    objective = _new(rng)
    theta, v = point(objective, rng), point(objective, rng)
    program, moving, out = objective.program(objective.full()), 2 * theta, v.copy()
    program.hvp(moving, out, EMPTY, objective.full(), out)
    np.testing.assert_array_equal(out, _product(objective, 2 * theta, v))
    moving *= 0.5
    program.hvp(moving, v, EMPTY, objective.full(), out)
    np.testing.assert_array_equal(out, _product(objective, theta, v))


def test_a_linearization_stays_where_it_was_made(rng):
    objective = _new(rng)
    theta, other, v = (point(objective, rng) for _ in range(3))
    program = objective.program(objective.full())
    moving = theta.copy()
    product = program.linearize(moving, EMPTY, objective.full())
    elsewhere = program.linearize(other, EMPTY, objective.full("test"))
    moving[:] = other
    program.hvp(other, v, EMPTY, objective.full(), np.empty_like(v))
    first = product(v)
    np.testing.assert_array_equal(first, _product(objective, theta, v))
    assert not np.array_equal(elsewhere(v), first)
    np.testing.assert_array_equal(product(2 * v), 2 * first)


def test_training_is_not_touched(rng):
    objective = _new(rng)
    theta, out, product = point(objective, rng), np.empty(objective.layout.size), np.empty(objective.layout.size)
    program, batch = objective.program(objective.full()), objective.full()
    program.value_and_gradient(theta, EMPTY, batch, out)
    deltas = {id: delta.copy() for id, delta in program.deltas().items()}
    program.hvp(2 * theta, theta, EMPTY, batch, product)
    for id, delta in program.deltas().items():
        np.testing.assert_array_equal(delta, deltas[id])
    np.testing.assert_array_equal(out, value_and_gradient(objective, theta)[1])


def test_float32_agrees_with_float64(rng):
    wide = _new(rng)
    theta, v = point(wide, rng), point(wide, rng)
    narrow = wide.in_precision(np.float32)
    product = narrow.program(narrow.full()).linearize(theta.astype(np.float32), EMPTY, narrow.full())
    found, expected = product(v), _product(wide, theta, v)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())


def test_the_penalty_bends_weights_alone_unless_told_otherwise(rng):
    size = 2 * 5 + 6
    for biases in (False, True):
        plain = learner(np.random.default_rng(1), [dense("h1", 5)], "mse", inputs=1)
        bent = learner(np.random.default_rng(1), [dense("h1", 5)], "mse", inputs=1, penalty=Penalty(0.3, 0.7),
                       penalize_biases=biases)  # fmt: skip
        theta = point(plain, rng)
        hessians = [
            whole_hessian(objective.program(objective.full()).linearize(theta, EMPTY, objective.full()), size)
            for objective in (plain, bent)
        ]
        expected = 0.7 * np.diag(plain.layout.weights | biases)
        np.testing.assert_allclose(hessians[1] - hessians[0], expected, atol=1e-14)
