"""Hessian products of networks whose layers have no R-operator: differences of the gradient, against PyTorch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.data.source import Dataset
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.nn.layers.pooling import AveragePooling
from tests.builders import ACTIVATION, dense, learner


def _of(kind, id, activation, **own):
    record = ACTIVATION[activation]
    return kind(id=id, activation=record, knobs=record.Knobs(), **own)


NETWORKS = {
    "convolutional": ((1, 5, 5), [_of(Convolution, "c", "tanh", filters=3, size=3, stride=1, padding=1),
                                  AveragePooling(id="p", size=2, stride=2, padding=0)]),
    "normalized": ((3,), [dense("a", 4, "linear"), _of(BatchNorm, "b", "tanh"), dense("c", 3, "linear"),
                          _of(LayerNorm, "d", "gelu")]),
    "recurrent": ((4, 2), [Gru(id="g", units=3)]),
}  # fmt: skip
BOUND = 1e-5


@pytest.fixture(params=NETWORKS)
def case(request):
    with np.load(Path(__file__).parents[1] / "fixtures" / "hvp_layers.npz") as file:
        known = {key.partition(".")[2]: file[key] for key in file.files if key.startswith(f"{request.param}.")}
    shape, layers = NETWORKS[request.param]
    objective = learner(np.random.default_rng(0), layers, "half_mse", shape=shape if len(shape) > 1 else (),
                        inputs=int(np.prod(shape)))  # fmt: skip
    data = replace(objective.data, train=Dataset(known["x"], known["y"]))
    return replace(objective, data=data), known


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_products_are_pytorchs(case, dtype):
    objective, known = case
    precise, objective = objective.full(), objective.in_precision(dtype)
    theta, full = known["theta"].astype(dtype), objective.full()
    scale, bound = np.abs(known["products"]).max(), BOUND if dtype is np.float64 else 1e-4
    product = objective.program(full).linearize(theta, np.zeros(0), full)
    out = np.empty(theta.size, dtype)
    for v, expected in zip(known["v"], known["products"], strict=True):
        assert np.abs(product(v) - expected).max() <= bound * scale
        objective.program(full).hvp(theta, v, np.zeros(0), full, out)
        assert np.abs(out - expected).max() <= bound * scale
    assert "exact hvp" not in objective.can
    assert precise.size == full.size


def test_so_are_value_and_gradient(case):
    objective, known = case
    full, out = objective.full(), np.empty_like(known["theta"])
    value = objective.program(full).value_and_gradient(known["theta"], np.zeros(0), full, out)
    assert value == pytest.approx(float(known["loss"]), rel=1e-12)
    np.testing.assert_allclose(out, known["gradient"], atol=1e-12)


def test_no_direction_has_no_product(case):
    objective, known = case
    full, out = objective.full(), np.full_like(known["theta"], np.nan)
    objective.program(full).hvp(known["theta"], np.zeros_like(out), np.zeros(0), full, out)
    np.testing.assert_array_equal(out, 0.0)
