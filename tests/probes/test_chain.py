"""The terms of the chain rule add up to what the pass backward found, for every parameter of every kind of layer."""

import numpy as np
import pytest

from gdexplorer.lab.walks import Walks
from gdexplorer.probes.chain import chain, parameter
from gdexplorer.probes.stepwise import Phase, StepByStep
from tests.builders import begin

DIGITS = {"data.kind": "digits", "data.amount": 40, "loss": "softmax_cross_entropy", "training.batch_size": 5}
CONVOLUTION = {**DIGITS, "network.layers": [
    {"id": "c1", "kind": "convolution", "filters": 3, "size": 3, "stride": 2, "padding": 1, "activation": "tanh"},
    {"id": "c2", "kind": "convolution", "filters": 2, "size": 2, "activation": "relu"}]}  # fmt: skip
SEQUENCE = {"data.kind": "delayed_sum", "data.amount": 40, "loss": "mse", "training.batch_size": 4}
LAYERS = {
    "dense": {},
    "penalty": {"penalty.l2": 0.1, "penalty.l1": 0.02},
    "omitted": {"bugs.lab": True, "bugs.omitted_slope": True},
    "convolution": CONVOLUTION,
    "rnn": {**SEQUENCE, "network.layers": [{"id": "r1", "kind": "rnn", "units": 4}]},
    "rnn, all": {**SEQUENCE, "network.layers": [{"id": "r1", "kind": "rnn", "units": 3, "returns": "all"},
                                                {"id": "r2", "kind": "rnn", "units": 3}]},
    "rnn, omitted": {**SEQUENCE, "bugs.lab": True, "bugs.omitted_slope": True,
                     "network.layers": [{"id": "r1", "kind": "rnn", "units": 4}]},
    "gru": {**SEQUENCE, "network.layers": [{"id": "g1", "kind": "gru", "units": 3}]},
    "layer norm": {"network.layers": [{"id": "h1", "units": 5, "activation": "linear"},
                                      {"id": "n1", "kind": "layer_norm", "activation": "tanh"}]},
}  # fmt: skip


def backward(changes):
    run = begin(changes)
    run.advance(2)
    return Walks().measure(run, StepByStep(1, Phase.BACKWARD))


@pytest.mark.parametrize("name", LAYERS)
def test_terms_add_up(name):
    stage = backward(LAYERS[name])
    size, scale = stage.batch.size, np.abs(stage.backward.gradient).max()
    for index in range(stage.theta.size):
        found = chain(stage, index)
        assert found.terms.shape[1] == size
        total = found.terms.sum() / size + found.penalty
        assert total == pytest.approx(found.total, rel=1e-9, abs=1e-12 * scale), stage.layout.name(index)


def test_each_example_has_its_own_terms():
    stage, run = backward(CONVOLUTION), begin(CONVOLUTION)
    run.advance(2)
    batch = run.objective.draw(run.state.streams)
    own = run.program.sample_gradients(run.state.theta, run.state.buffers, batch)
    for index in range(0, stage.theta.size, 7):
        assert chain(stage, index).terms.sum(axis=0) == pytest.approx(own[:, index], rel=1e-9, abs=1e-12)


def test_examples_that_are_normalized_together_have_no_terms():
    layers = [
        {"id": "h1", "units": 5, "activation": "linear"},
        {"id": "n1", "kind": "batch_norm", "activation": "tanh"},
    ]
    stage = backward({"network.layers": layers})
    index = stage.layout.by_id["n1"].start
    assert chain(stage, index).terms is None
    assert chain(stage, index).total == stage.backward.gradient[index]


def test_a_parameter_is_found_in_its_block():
    stage = backward({})
    for index in range(stage.theta.size):
        where = parameter(stage, index)
        block = stage.layout.block(np.arange(stage.theta.size), where.block.id)
        assert block[where.row, where.column] == index
        assert stage.layers[where.layer].layer.id == where.block.id
        assert where.bias != stage.layout.weights[index]
