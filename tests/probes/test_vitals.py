import numpy as np
import pytest

from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.run import Run
from gdexplorer.probes import vitals
from gdexplorer.probes.context import Context
from gdexplorer.probes.vitals import Vitals, VitalsReport
from tests.builders import begin, dense, forward, learner, point

CATALOGUE = standard()


def looked(objective, theta, buffers=None) -> VitalsReport:
    return vitals.measure(
        Vitals(), Context(3, objective, theta, theta, {}, 0, np.zeros(0) if buffers is None else buffers)
    )


def of(run: Run) -> VitalsReport:
    return looked(run.objective, run.state.theta, run.state.buffers)


def test_dead_units_are_those_that_are_never_above_zero():
    rng = np.random.default_rng(0)
    objective = learner(rng, [dense("h1", 6, "relu"), dense("h2", 5, "relu")], examples=30)
    theta = point(objective, rng)
    objective.layout.block(theta, "h1")[[1, 4], -1] = -50.0
    x = objective.data.train.x
    z = x @ objective.layout.view(theta, "h1", "weight").T + objective.layout.view(theta, "h1", "bias")
    first = looked(objective, theta).layers[0]
    assert first.dead == int((z <= 0).all(axis=0).sum()) >= 2
    assert (first.id, first.units, first.activation) == ("h1", 6, "ReLU")


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "leaky_relu", "linear"])
def test_units_that_are_zero_or_flat_are_not_dead_if_they_have_a_slope(activation):
    rng = np.random.default_rng(1)
    objective = learner(rng, [dense("h1", 4, activation)], examples=10)
    theta = 0 * point(objective, rng)
    assert looked(objective, theta).layers[0].dead == 0


def test_saturated_units_are_flat_on_nearly_all_examples():
    rng = np.random.default_rng(2)
    objective = learner(rng, [dense("h1", 8, "tanh")], examples=200)
    theta = point(objective, rng, 3.0)
    block = objective.layout.block(theta, "h1")
    block[:3, -1] = 40.0
    z = objective.data.train.x @ block[:, :-1].T + block[:, -1]
    expected = ((1 / np.cosh(z) ** 2 < 0.01).mean(axis=0) > 0.95).sum()
    assert looked(objective, theta).layers[0].saturated == expected >= 3


def test_delta_is_that_of_each_example_alone():
    rng = np.random.default_rng(3)
    objective = learner(rng, [dense("h1", 3, "tanh"), dense("h2", 4, "tanh")], examples=7)
    theta, layout = point(objective, rng), objective.layout
    x, y = objective.data.train.x, objective.full().y[0]
    weights = [layout.view(theta, id, "weight") for id in ("h1", "h2", "output")]
    biases = [layout.view(theta, id, "bias") for id in ("h1", "h2", "output")]
    squares = np.zeros(2)
    for row, target in zip(x, y, strict=True):
        a1 = np.tanh(weights[0] @ row + biases[0])
        a2 = np.tanh(weights[1] @ a1 + biases[1])
        back = 2 * (weights[2] @ a2 + biases[2] - target) @ weights[2]
        d2 = back * (1 - a2**2)
        d1 = (d2 @ weights[1]) * (1 - a1**2)
        squares += [d1 @ d1 / 3, d2 @ d2 / 4]
    np.testing.assert_allclose([layer.delta for layer in looked(objective, theta).layers], np.sqrt(squares / 7), 1e-12)


def test_the_loss_is_that_of_the_training_set():
    rng = np.random.default_rng(4)
    objective = learner(rng, [dense("h1", 3, "tanh")], examples=7)
    theta = point(objective, rng)
    outputs = forward(objective, theta, objective.data.train.x)
    report = looked(objective, theta)
    assert report.loss == pytest.approx(np.mean((outputs[:, 0] - objective.full().y[0]) ** 2), rel=1e-12)
    assert (report.step, report.examples) == (3, 7)


@pytest.mark.parametrize(("same", "expected"), [((), 0), ((0, 2), 2), ((1, 2, 4), 3)])
def test_twins_have_the_same_weights_in_and_out(same, expected):
    rng = np.random.default_rng(5)
    objective = learner(rng, [dense("h1", 5, "tanh")])
    theta, same = point(objective, rng), list(same)
    if same:
        objective.layout.block(theta, "h1")[same] = objective.layout.block(theta, "h1")[same[0]]
        assert looked(objective, theta).layers[0].twins == 0, "outgoing weights still differ"
        objective.layout.block(theta, "output")[:, same] = 0.25
    assert looked(objective, theta).layers[0].twins == expected


def test_a_norm_belongs_to_its_layer():
    run = begin({"network.layers": [
        {"kind": "dense", "id": "h1", "units": 6, "activation": {"kind": "linear"}},
        {"kind": "batch_norm", "id": "h1_norm", "activation": {"kind": "relu"}},
    ]})  # fmt: skip
    run.objective.layout.block(run.state.theta, "h1_norm")[:4, 1] = -100.0
    (layer,) = of(run).layers
    assert (layer.id, layer.units, layer.activation, layer.dead) == ("h1", 6, "ReLU", 4)


def test_sharpness_is_that_of_a_full_batch_with_few_parameters():
    run = begin({"data": {"kind": "standard_line", "amount": 40}, "network.layers": [], "loss": "half_mse",
                 "training.batch_size": 1000})  # fmt: skip
    x = run.objective.full().xt
    assert of(run).sharpness == pytest.approx(np.linalg.eigvalsh(x.T @ x / len(x))[-1], rel=1e-9)


@pytest.mark.parametrize("changes", [{}, {"training.batch_size": 1000, "network.layers": [
    {"id": "h1", "units": 20, "activation": {"kind": "tanh"}}]}])  # fmt: skip
def test_otherwise_there_is_no_sharpness(changes):
    assert of(begin(changes)).sharpness is None


def test_a_function_has_sharpness_and_no_layers():
    run = Run(validated({"problem": {"kind": "ravine"}}, CATALOGUE), CATALOGUE)
    report = of(run)
    assert report.sharpness == pytest.approx(100)
    assert report.layers == ()


def test_large_work_is_left_undone(monkeypatch):
    run = begin()
    assert of(run).layers
    monkeypatch.setattr(vitals, "MOST_WORK", run.objective.work * run.objective.full().size - 1)
    assert of(run).layers == ()
