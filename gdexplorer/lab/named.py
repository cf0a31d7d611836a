"""The numbers of a network by the names and in the shapes that PyTorch's own layers give them."""

from collections.abc import Sequence

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.layer import Layer, Shape
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.nn.network import Network
from gdexplorer.objectives.adversarial import AdversarialObjective
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.supervised import SupervisedObjective


def named(objective: Objective, theta: Array, buffers: Array) -> dict[str, Array]:
    """Return copies of all numbers by name: ``h1.weight`` (n_out, n_in), ``h1.bias`` (n_out,), running statistics.

    Filters are (filters, channels, k, k), recurrent weights ``weight_ih_l0`` and ``weight_hh_l0`` with a bias each. The
    point of a function is ``point`` (P,).
    """
    if isinstance(objective, SupervisedObjective):
        networks: Sequence[Network] = (objective.network,)
    else:
        networks = objective.networks if isinstance(objective, AdversarialObjective) else ()
    found: dict[str, Array] = {}
    for network in networks:
        for layer, shape in zip(network.layers, network.shapes, strict=False):
            arrays = of_layer(layer, shape, objective, theta, buffers)
            found |= {f"{layer.id}.{name}": array for name, array in arrays.items()}
    found = found or {"point": theta}
    return {name: np.array(array, order="C") for name, array in found.items()}


def of_layer(layer: Layer, inputs: Shape, objective: Objective, theta: Array, buffers: Array) -> dict[str, Array]:
    """Return a layer's numbers, views where they can be; nothing for a layer that has none."""
    blocks = layer.blocks(inputs)
    if not blocks:
        return {}
    block = objective.layout.block(theta, layer.id)
    if isinstance(layer, Rnn | Gru):
        other = objective.layout.block(theta, f"{layer.id}.h")
        bias = other[:, -1] if isinstance(layer, Gru) else np.zeros(len(other), other.dtype)
        return {"weight_ih_l0": block[:, :-1], "weight_hh_l0": other[:, : layer.units], "bias_ih_l0": block[:, -1],
                "bias_hh_l0": bias}  # fmt: skip
    weight, bias = block[:, :-1], block[:, -1]
    if isinstance(layer, Convolution):
        weight = weight.reshape(layer.filters, inputs[0], layer.size, layer.size)
    if isinstance(layer, BatchNorm | LayerNorm):
        weight = block[:, 0]
        if isinstance(layer, LayerNorm) and len(inputs) == 3:
            weight, bias = weight.reshape(inputs), bias.reshape(inputs)
    found = {"weight": weight, "bias": bias}
    if isinstance(layer, BatchNorm):
        running = objective.buffers.block(buffers, layer.id)
        found |= {"running_mean": running[:, 0], "running_var": running[:, 1]}
    return found
