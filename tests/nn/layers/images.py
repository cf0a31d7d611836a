"""Layers of images by name, and places that keep away from their kinks."""

import numpy as np

from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.pooling import AveragePooling, MaxPooling
from gdexplorer.nn.layers.reshape import Reshape, Upsampling
from tests.builders import ACTIVATION, point

CLEARANCE = 1e-3
KINKED = ("relu", "leaky_relu", "elu")


def conv(id="conv", filters=2, size=3, stride=1, padding=0, activation="tanh", knobs=None):
    record = ACTIVATION[activation] if isinstance(activation, str) else activation
    return Convolution(id=id, filters=filters, size=size, stride=stride, padding=padding, activation=record,
                       knobs=knobs or record.Knobs())  # fmt: skip


def max_pool(id="pool", size=2, stride=2, padding=0):
    return MaxPooling(id=id, size=size, stride=stride, padding=padding)


def average_pool(id="pool", size=2, stride=2, padding=0):
    return AveragePooling(id=id, size=size, stride=stride, padding=padding)


def reshape(*shape, id="shape"):
    return Reshape(id=id, shape=shape)


def upsample(factor=2, id="up"):
    return Upsampling(id=id, factor=factor)


def _margins(layer, image):
    """By how much the greatest number of each window exceeds the next, for an image (C, H, W, B)."""
    p, k = layer.padding, layer.size
    image = np.pad(image, ((0, 0), (p, p), (p, p), (0, 0)), constant_values=-np.inf)
    for i in range(0, image.shape[1] - k + 1, layer.stride):
        for j in range(0, image.shape[2] - k + 1, layer.stride):
            window = image[:, i : i + k, j : j + k].reshape(len(image), k * k, -1)
            window = np.sort(window, axis=1)
            if k > 1:
                tied = (window[:, -1] == 0) & (window[:, -2] == 0)  # by rectifiers, which have no slope there
                yield np.where(tied, np.inf, window[:, -1] - window[:, -2]).min()


def clear(objective, theta):
    """Whether a point keeps away from the kinks of activations and from ties in max-pooling."""
    network = objective.network
    trace = objective.program(objective.full()).trace(theta, np.zeros(0), objective.full())
    found = [1.0]
    for k, layer in enumerate(network.layers):
        if layer.activation.name in KINKED:
            z = trace[f"{layer.id}.z"]
            found += [np.abs(z).min(), z.max()]  # nor is every unit off
        if isinstance(layer, MaxPooling) and k > 0:
            below = trace[f"{network.layers[k - 1].id}.a"]
            found.extend(_margins(layer, below.reshape(*network.shapes[k], -1)))
    return min(found) > CLEARANCE


def place(objective, rng, scale=0.7):
    for _ in range(1000):
        theta = point(objective, rng, scale)
        if clear(objective, theta):
            return theta
    raise AssertionError("no point away from all kinks")
