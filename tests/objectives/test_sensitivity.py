"""Derivatives by inputs and by what a layer makes, against central differences of the outputs and against PyTorch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.objectives import sensitivity
from gdexplorer.objectives.sensitivity import Sensitivity
from tests.builders import ACTIVATION, dense, learner, point
from tests.nn.layers.images import average_pool, conv, max_pool
from tests.over_rows import over_rows

STEP, BOUND = 1e-5, 1e-7


def norm(id="norm", activation="relu"):
    return BatchNorm(id=id, activation=ACTIVATION[activation], knobs=ACTIVATION[activation].Knobs())


IMAGE, SEQUENCE = (2, 6, 4), (5, 2)
# hidden layers, shape of an input, the layer that is differentiated by
CASES = {
    "dense": ([dense("a", 4), dense("b", 5, "sigmoid")], (3,), "a"),
    "no hidden layer": ([], (3,), "output"),
    "relu": ([dense("a", 6, "relu"), dense("b", 5, "relu"), dense("c", 4, "relu")], (3,), "b"),
    "its last": ([dense("a", 4)], (3,), "output"),
    "convolution": ([conv("c", 3, padding=1)], IMAGE, "c"),
    "max pooling": ([max_pool("p"), dense("a", 4)], IMAGE, "p"),
    "average pooling": ([conv("c", 2), average_pool("p")], IMAGE, "c"),
    "batch norm": ([dense("a", 4, "linear"), norm()], (3,), "a"),
    "of images": ([norm("first", "linear"), conv("c", 2, activation="linear"), norm()], IMAGE, "c"),
    "layer norm": ([conv("c", 2), LayerNorm(id="norm")], IMAGE, "c"),
    "dropout": ([Dropout(id="d", rate=0.5), dense("a", 4), Dropout(id="e", rate=0.9)], (3,), "d"),
    "all of them": ([conv("c1", 3, padding=1, activation="linear"), norm(), max_pool("p1"), conv("c2", 4, size=2),
                     Dropout(id="d", rate=0.5), average_pool("p2", 1, 1), dense("a", 5, "relu")],
                    IMAGE, "c2"),
    "rnn": ([Rnn(id="r", units=4, inner=ACTIVATION["tanh"], returns="all"),
             Rnn(id="s", units=3, inner=ACTIVATION["tanh"])], SEQUENCE, "r"),
    "gru": ([Gru(id="r", units=3, returns="all"), Gru(id="s", units=4)], SEQUENCE, "r"),
}  # fmt: skip


def case(name, seed=0, scaling="standardize", dtype=np.float64):
    """An objective of three classes, a θ, running statistics and the layer's id."""
    layers, shape, layer = CASES[name]
    rng = np.random.default_rng(seed)
    objective = learner(rng, layers, "softmax_cross_entropy", shape=shape, examples=7, dtype=dtype)
    objective = replace(objective, scaling=scaling)
    buffers = objective.fresh_buffers()
    buffers[...] = rng.uniform(0.4, 2.0, buffers.size)
    return objective, point(objective, rng), buffers, layer


def differences(score, at):
    """Central differences of scores (n,) by each number of their own row of `at` (n, m)."""
    found, moved = np.empty_like(at), at.copy()
    for k in range(at.shape[1]):
        values = []
        for side in (1, -1):
            moved[:, k] = at[:, k] + side * STEP
            values.append(score(moved))
        moved[:, k] = at[:, k]
        found[:, k] = (values[0] - values[1]) / (2 * STEP)
    return found


def assert_close(found, expected):
    assert np.abs(expected).max() > 1e-4, "nothing to check here"
    assert np.abs(found - expected).max() / np.abs(expected).max() <= BOUND


@over_rows("seed", range(3))
@over_rows("scaling", ["none", "standardize"])
@over_rows("name", CASES)
def test_derivatives_are_the_central_differences_of_the_outputs(name, scaling, seed):
    objective, theta, buffers, layer = case(name, seed, scaling)
    x, rows = objective.data.test.x, np.arange(7)
    output = np.random.default_rng(seed).integers(3, size=7)
    found = Sensitivity(objective, layer).at(theta, buffers, x, output)
    program, network = objective.program(objective.full()), objective.network
    cut = [known.id for known in network.layers].index(layer) + 1

    def score(inputs):
        return program.predict(theta, buffers, inputs)[rows, output]

    def behind(a):
        return program.predict(theta, buffers, a, cut)[rows, output] if cut < len(network.layers) else a[rows, output]

    np.testing.assert_allclose(found.outputs, program.predict(theta, buffers, x), rtol=1e-12)
    np.testing.assert_array_equal(found.chosen, output)
    assert_close(found.by_inputs, differences(score, x))
    a = program.predict(theta, buffers, x, 0, cut)
    assert found.activations.shape == found.by_activations.shape == (7, *network.shapes[cut])
    np.testing.assert_allclose(found.activations.reshape(7, -1), a, rtol=1e-12)
    assert_close(found.by_activations.reshape(7, -1), differences(behind, a))


@pytest.fixture(scope="module")
def torch():
    with np.load(Path(__file__).parents[1] / "fixtures" / "saliency.npz") as file:
        return dict(file)


def test_a_convolutional_network_in_evaluation_is_pytorchs(torch):
    layers = [conv("c1", 3, padding=1, activation="linear"), norm(), max_pool("p1"),
              conv("c2", 4, padding=1, activation="relu"), average_pool("p2"), Dropout(id="d", rate=0.5)]  # fmt: skip
    rng = np.random.default_rng(0)
    objective = learner(rng, layers, "softmax_cross_entropy", shape=torch["x"].shape[1:])
    theta, buffers = np.empty(objective.layout.size), np.empty(objective.buffers.size)
    for id, block in objective.layout.views(theta).items():
        block[...] = torch[id]
    objective.buffers.block(buffers, "norm")[...] = torch["running"]
    x = torch["x"]
    found = Sensitivity(objective, "c2").at(theta, buffers, x.reshape(len(x), -1), torch["chosen"])
    assert np.abs(torch["by_inputs"]).max() > 1e-3
    np.testing.assert_allclose(found.by_inputs.reshape(x.shape), torch["by_inputs"], atol=1e-12)
    for name in ("outputs", "activations", "by_activations"):
        np.testing.assert_allclose(getattr(found, name), torch[name], atol=1e-12)


@pytest.mark.parametrize("name", ["dense", "all of them", "gru"])
def test_many_examples_in_parts_get_what_each_gets_alone(name, monkeypatch):
    objective, theta, buffers, layer = case(name)
    monkeypatch.setattr(sensitivity, "NUMBERS", 1)
    x, output = np.random.default_rng(1).normal(size=(40, objective.network.inputs)), np.arange(40) % 3
    compiled = Sensitivity(objective, layer)
    together = compiled.at(theta, buffers, x, output)
    for k in (0, 17, 39):
        alone = compiled.at(theta, buffers, x[k : k + 1], int(output[k]))
        for field in ("outputs", "by_inputs", "activations", "by_activations"):
            np.testing.assert_allclose(getattr(alone, field)[0], getattr(together, field)[k], rtol=1e-9, atol=1e-12)


def test_another_point_another_derivative_and_what_was_returned_stays():
    objective, theta, buffers, layer = case("all of them")
    compiled, x = Sensitivity(objective, layer), objective.data.test.x
    before = compiled.at(theta, buffers, x, 1)
    kept = before.by_inputs.copy()
    elsewhere = compiled.at(-theta, buffers + 0.5, x, 1)
    np.testing.assert_array_equal(before.by_inputs, kept)
    assert not np.allclose(elsewhere.by_inputs, kept)
    fresh = Sensitivity(objective, layer).at(-theta, buffers + 0.5, x, 1)
    np.testing.assert_array_equal(elsewhere.by_inputs, fresh.by_inputs)
    assert not before.by_activations.flags.writeable


def test_float32_is_float64_rounded():
    exact, rough = (case("all of them", dtype=dtype) for dtype in (np.float64, np.float32))
    results = [Sensitivity(objective, layer).at(theta, buffers, exact[0].data.test.x, 2)
               for objective, theta, buffers, layer in (exact, rough)]  # fmt: skip
    assert results[1].activations.dtype == np.float32
    np.testing.assert_allclose(results[1].by_inputs, results[0].by_inputs, atol=1e-5)


def test_a_mistake_put_into_training_is_not_made_here():
    objective, theta, buffers, layer = case("dense")
    mistaken = replace(objective, network=replace(objective.network, omit_slope=True))
    one, other = (Sensitivity(o, layer).at(theta, buffers, objective.data.test.x, 0) for o in (objective, mistaken))
    np.testing.assert_array_equal(one.by_inputs, other.by_inputs)


def test_what_cannot_be_is_refused_in_words():
    objective, theta, buffers, _ = case("dense")
    with pytest.raises(ValueError, match="no layer 'z' to differentiate by; choose one of a, b, output"):
        Sensitivity(objective, "z")
    with pytest.raises(ValueError, match="choose the input features x and y alone"):
        Sensitivity(replace(objective, features=("x", "x2", "y")))
    for output in (3, -1, np.array([0, 1, 2, 3, 0, 0, 0])):
        with pytest.raises(ValueError, match="outputs from 0 to 2"):
            Sensitivity(objective).at(theta, buffers, objective.data.test.x, output)
