"""Names and shapes as PyTorch's layers have them."""

import numpy as np
import pytest

from gdexplorer.lab.named import named
from gdexplorer.lab.run import Run
from tests.builders import CATALOGUE, experiment

IMAGES = {"data.kind": "digits", "loss": {"kind": "softmax_cross_entropy"}}
SEQUENCES = {"data.kind": "delayed_sum", "loss": {"kind": "mse"}}


def shapes(changes: dict[str, object]) -> dict[str, tuple[int, ...]]:
    run = Run(experiment(changes), CATALOGUE)
    return {name: array.shape for name, array in named(run.objective, run.state.theta, run.state.buffers).items()}


def test_dense_layers_have_weights_by_outputs_and_inputs() -> None:
    assert shapes({}) == {
        "h1.weight": (5, 2), "h1.bias": (5,), "h2.weight": (4, 5), "h2.bias": (4,), "output.weight": (1, 4),
        "output.bias": (1,),
    }  # fmt: skip


def test_filters_and_running_statistics_have_channels() -> None:
    layers = [
        {"kind": "convolution", "id": "c1", "filters": 3, "size": 5},
        {"kind": "batch_norm", "id": "n"},
        {"kind": "layer_norm", "id": "m"},
        {"kind": "max_pool", "id": "p"},
    ]
    found = shapes({**IMAGES, "network.layers": layers})
    assert found["c1.weight"] == (3, 1, 5, 5)
    assert {found[f"n.{name}"] for name in ("weight", "bias", "running_mean", "running_var")} == {(3,)}
    assert found["m.weight"] == found["m.bias"] == (3, 4, 4)
    assert not any(name.startswith("p.") for name in found)


@pytest.mark.parametrize(("kind", "gates"), [("rnn", 1), ("gru", 3)])
def test_recurrent_layers_have_both_weights_and_both_biases(kind: str, gates: int) -> None:
    found = shapes({**SEQUENCES, "network.layers": [{"kind": kind, "id": "r", "units": 4}]})
    features = found["r.weight_ih_l0"][1]
    assert found["r.weight_ih_l0"] == (4 * gates, features)
    assert found["r.weight_hh_l0"] == (4 * gates, 4)
    assert found["r.bias_ih_l0"] == found["r.bias_hh_l0"] == (4 * gates,)


def test_numbers_are_those_of_theta() -> None:
    run = Run(experiment(), CATALOGUE)
    found = named(run.objective, run.state.theta, run.state.buffers)
    block = run.objective.layout.block(run.state.theta, "h2")
    assert np.array_equal(np.column_stack([found["h2.weight"], found["h2.bias"]]), block)
    assert sum(array.size for array in found.values()) == run.state.theta.size


def test_a_function_has_a_point() -> None:
    assert shapes({"problem": {"kind": "himmelblau"}}) == {"point": (2,)}
