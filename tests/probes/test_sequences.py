"""Every number against recurrences that are unrolled by hand, one example and one step at a time."""

from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.data import load
from gdexplorer.data.sequences import SINE_CONTINUATION
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.normalization import BatchNorm
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.probes.context import Context
from gdexplorer.probes.sequences import CHUNK, Recurrence, Sequences, measure
from tests.builders import ACTIVATION, dense, learner, point


def rnn(id="r1", units=3, activation="tanh", **more):
    record = ACTIVATION[activation]
    return Rnn(id=id, units=units, inner=record, inner_knobs=record.Knobs(), **more)


NETWORKS = {
    "rnn": (rnn(), dense("h1", 3)),
    "relu": (rnn(activation="relu"),),
    "gru": (Gru(id="r1", units=3),),
    "two": (rnn(returns="all"), Gru(id="r2", units=2)),
    "norm": (rnn(), BatchNorm(id="n1")),
}
T, F = 5, 2


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def unrolled(objective, theta, buffers, x, nudge=None):
    """Outputs for one sequence x (T, F), and each layer's states; `nudge` is (layer id, step, change of h)."""
    block, states = (lambda id: objective.layout.block(theta, id)), {}
    for layer in objective.network.layers:
        if isinstance(layer, Rnn | Gru):
            h, made = np.zeros(layer.units), []
            for t, row in enumerate(x):
                own, back = block(layer.id) @ np.append(row, 1), block(f"{layer.id}.h")
                if isinstance(layer, Rnn):
                    h = layer.inner(own + back @ h, layer.inner_knobs)
                else:
                    n, of_h = layer.units, back @ np.append(h, 1)
                    r, z = sigmoid(own[:n] + of_h[:n]), sigmoid(own[n : 2 * n] + of_h[n : 2 * n])
                    new = np.tanh(own[2 * n :] + r * of_h[2 * n :])
                    h = (1 - z) * new + z * h
                if nudge is not None and nudge[:2] == (layer.id, t):
                    h = h + nudge[2]
                made.append(h)
            states[layer.id] = np.array(made)
            x = states[layer.id] if layer.returns == "all" else h
        elif isinstance(layer, BatchNorm):
            (gamma, beta), (mean, variance) = block(layer.id).T, objective.buffers.block(buffers, layer.id).T
            x = gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta
        else:
            x = layer.activation(block(layer.id) @ np.append(x, 1), layer.knobs)
    return x, states


def measured(objective, theta, request=None, buffers=None):
    buffers = objective.fresh_buffers() if buffers is None else buffers
    return measure(request or Sequences(), Context(9, objective, theta, theta, {}, 0, buffers))


@pytest.fixture(params=NETWORKS)
def case(request, rng):
    objective = learner(rng, NETWORKS[request.param], "mse", shape=(T, F), examples=7)
    return objective, point(objective, rng), rng.uniform(0.5, 1.5, objective.buffers.size)


@pytest.mark.parametrize("split", ["train", "test"])
def test_outputs_and_states_are_those_of_loops(case, split):
    objective, theta, buffers = case
    report = measured(objective, theta, Sequences(split, 4), buffers)
    examples = getattr(objective.data, split)
    for x, output in zip(examples.x, report.outputs, strict=True):
        assert output == pytest.approx(unrolled(objective, theta, buffers, x.reshape(T, F))[0], abs=1e-12)
    _, states = unrolled(objective, theta, buffers, examples.x[4].reshape(T, F))
    assert (report.step, report.index, report.layers) == (9, 4, tuple(states))
    assert report.recurrence.hidden == pytest.approx(states["r1"], abs=1e-12)
    assert report.x.tolist() == examples.x[4].reshape(T, F).tolist()
    assert report.target == examples.y[4]


def test_norms_are_those_of_differences(case):
    objective, theta, buffers = case
    for id in measured(objective, theta).layers:
        found = measured(objective, theta, Sequences("test", 2, id), buffers).recurrence
        assert found.id == id
        test, h = objective.data.test, 1e-6
        x, y = test.x[2].reshape(T, F), test.y[2]
        for t, lag in zip(range(T), (4, 3, 2, 1, 0), strict=True):
            slopes = []
            for unit in np.eye(found.hidden.shape[1]):
                up, down = (
                    ((unrolled(objective, theta, buffers, x, (id, t, sign * h * unit))[0] - y) ** 2).mean()
                    for sign in (1, -1)
                )
                slopes.append((up - down) / (2 * h))
            assert found.norms[t] == pytest.approx(np.sqrt(np.sum(np.square(slopes))), rel=1e-5, abs=1e-8)
            assert found.lags[t] == lag


def test_the_penalty_has_no_part_in_the_norms(rng):
    objective = learner(rng, NETWORKS["rnn"], shape=(T, F))
    theta = point(objective, rng)
    punished = replace(objective, penalty=replace(objective.penalty, l2=3.0))
    assert (measured(punished, theta).recurrence.norms == measured(objective, theta).recurrence.norms).all()


def test_an_unknown_layer_is_the_first_and_examples_begin_anew(rng):
    objective = learner(rng, NETWORKS["two"], shape=(T, F), examples=7)
    report = measured(objective, point(objective, rng), Sequences("test", 16, "gone"))
    assert (report.index, report.recurrence.id) == (2, "r1")


def test_the_spectral_radius_is_that_of_the_recurrent_weights(rng):
    objective = learner(rng, (rnn(units=4),), shape=(T, F))
    theta = point(objective, rng)
    weights, angle = np.zeros((4, 4)), 0.7
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]  # eigenvalues ±i apart, none real
    weights[:2, :2], weights[2, 2], weights[0, 3] = 0.9 * np.array(turn), -0.4, 50.0
    objective.layout.block(theta, "r1.h")[...] = weights
    report = measured(objective, theta)
    assert report.recurrence.radius == pytest.approx(0.9, abs=1e-12)
    assert report.recurrence.kind == "tanh RNN"


def test_of_gates_there_is_no_radius(rng):
    objective = learner(rng, NETWORKS["gru"], shape=(T, F))
    recurrence = measured(objective, point(objective, rng)).recurrence
    assert (recurrence.radius, recurrence.kind) == (None, "GRU")


def test_without_recurrence_there_are_predictions_alone(rng):
    objective = learner(rng, (dense("h1", 3),), shape=(T, F))
    theta = point(objective, rng)
    report = measured(objective, theta)
    assert (report.layers, report.recurrence, report.continued) == ((), None, None)
    for x, output in zip(objective.data.test.x, report.outputs, strict=True):
        assert output == pytest.approx(unrolled(objective, theta, None, x)[0])


@pytest.mark.parametrize(
    ("norms", "factor"),
    [([8.0, 4.0, 2.0, 1.0], 2.0), ([0.0, 0.09, 0.3, 1.0], 0.3), ([1.0, 4.0, 1.0], 1.0), ([0.0, 0.0, 5.0], None),
     ([np.inf, 0.25, 0.5], 0.5), ([3.0], None)],
)  # fmt: skip
def test_the_factor_of_a_step(norms, factor):
    found = Recurrence("r", "RNN", np.zeros((len(norms), 1)), np.array(norms), None).per_step
    assert np.isnan(found) if factor is None else found == pytest.approx(factor)


@pytest.mark.parametrize(("loss", "classes"), [("mse", 0), ("binary_cross_entropy", 2), ("softmax_cross_entropy", 4)])
def test_the_worst_example_is_that_of_the_largest_error(rng, loss, classes):
    objective = learner(rng, NETWORKS["rnn"], loss, classes=classes, shape=(T, F), examples=30)
    report = measured(objective, point(objective, rng), Sequences("test", 3))
    errors = []
    for output, y, predicted in zip(
        report.outputs.tolist(), report.examples.y.tolist(), report.predictions, strict=True
    ):
        if classes == 0:
            assert predicted == output[0]
            errors.append(abs(output[0] - y))
            continue
        logits = output if classes > 2 else [0.0, output[0]]
        assert predicted == logits.index(max(logits))
        true = logits.pop(int(y))
        errors.append(max(logits) - true)
    assert report.errors == pytest.approx(errors)
    assert report.worst == errors.index(max(errors))
    if classes:
        assert report.right.tolist() == [error < 0 for error in errors]
        logits = report.outputs[3] if classes > 2 else np.array([0.0, report.outputs[3, 0]])
        assert report.shares == pytest.approx(np.exp(logits) / np.exp(logits).sum())


def test_a_large_split_is_predicted_in_parts(rng):
    objective = learner(rng, (rnn(),), shape=(T, F), examples=2 * CHUNK + 3)
    theta = point(objective, rng)
    outputs = measured(objective, theta).outputs
    assert len(outputs) == 2 * CHUNK + 3
    last = unrolled(objective, theta, None, objective.data.test.x[-1].reshape(T, F))[0]
    assert outputs[-1] == pytest.approx(last, abs=1e-12)


@pytest.mark.parametrize("scaling", ["none", "standardize"])
def test_free_running_feeds_predictions_back(rng, scaling):
    data = load(SINE_CONTINUATION, 12, 0.1, 0.5, 3)
    objective = replace(learner(rng, (rnn(),), shape=(20, 1)), data=data, scaling=scaling)
    theta = point(objective, rng)
    report = measured(objective, theta, Sequences("train", 1))
    window, made = data.train.x[1].tolist(), []
    for _ in range(41):
        seen = objective.scaler(np.array([window[-20:]]))[0]
        made.append(unrolled(objective, theta, None, seen.reshape(20, 1))[0].item())
        window.append(made[-1])
    assert report.predictions[1] == pytest.approx(made[0], abs=1e-12)
    assert report.continued == pytest.approx(made[1:], abs=1e-10)
    assert len(report.continued) == data.train.beyond.shape[1] == 40
