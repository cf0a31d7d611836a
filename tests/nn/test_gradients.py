"""Every gradient against central differences."""

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.losses import LOSSES
from gdexplorer.nn.penalties import Penalty
from tests.builders import ACTIVATION, dense, learner
from tests.differences import TOLERANCE, error, place

SEEDS = 20  # for each activation, loss and place of the layer: more than a hundred networks an activation
NUMBERS = {"leaky_relu": {"slope": 0.3}, "elu": {"alpha": 1.7}, "huber": {"delta": 0.6}}
PENALTIES = (Penalty(), Penalty(l1=0.05), Penalty(l2=0.2), Penalty(0.03, 0.1))
activations = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda record: record.name)
losses = pytest.mark.parametrize("loss", LOSSES, ids=lambda record: record.name)


def _knobs(record, seed):
    return record.Knobs(**(NUMBERS.get(record.name, {}) if seed % 2 else {}))


def _random(seed, activation, loss, output=None):
    """A network with this activation, its sizes, knobs, penalty and batch drawn by the seed."""
    rng = np.random.default_rng(seed)
    size = lambda: int(rng.integers(1, 7))  # noqa: E731
    hidden = [dense(f"h{k}", size(), activation, _knobs(activation, seed + k)) for k in range(rng.integers(1, 4))]
    return learner(
        rng, hidden, loss, output=output or "linear", inputs=size(), examples=int(rng.integers(1, 8)),
        loss_knobs=_knobs(loss, seed), penalty=PENALTIES[seed % 4], penalize_biases=seed % 3 == 0,
    ), rng  # fmt: skip


@activations
@losses
def test_gradients_are_the_central_differences(activation, loss):
    for seed in range(SEEDS):
        objective, rng = _random(seed, activation, loss)
        assert error(objective, place(objective, rng)) <= TOLERANCE, seed


@activations
@losses
def test_so_are_those_of_an_output_activation(activation, loss):
    if loss.logits:
        return
    for seed in range(SEEDS // 2):
        objective, rng = _random(100 + seed, ACTIVATION["tanh"], loss, activation)
        assert error(objective, place(objective, rng)) <= TOLERANCE, seed


@losses
def test_so_are_those_of_a_layer_of_each_activation(loss):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(ACTIVATIONS))
        hidden = [dense(f"h{k}", 2 + k % 3, ACTIVATIONS[k], _knobs(ACTIVATIONS[k], seed)) for k in order]
        objective = learner(rng, hidden, loss, inputs=3, examples=3)
        assert error(objective, place(objective, rng)) <= TOLERANCE, seed


@losses
def test_so_are_those_without_a_hidden_layer(loss):
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        objective = learner(rng, (), loss, inputs=1 + seed % 5, examples=1 + seed % 7)
        assert error(objective, place(objective, rng)) <= TOLERANCE, seed
