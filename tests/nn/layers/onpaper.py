"""Recurrent layers as one would write them on paper, example by example and step by step."""

import numpy as np

from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.rnn import Rnn
from tests.builders import ACTIVATION, point

KINKED, CLEARANCE = ("relu", "leaky_relu", "elu"), 1e-3


def rnn(id, units, activation="tanh", returns="last", knobs=None, **start):
    record = ACTIVATION[activation] if isinstance(activation, str) else activation
    return Rnn(id=id, units=units, returns=returns, inner=record, inner_knobs=knobs or record.Knobs(), **start)


def gru(id, units, returns="last", **start):
    return Gru(id=id, units=units, returns=returns, **start)


def of_rnn(layer, layout, theta, x):
    """States (T, n, H) and what f was given, for x (T, n, F)."""
    w, b = layout.view(theta, layer.id, "weight"), layout.view(theta, layer.id, "bias")
    v, h, states, given = layout.block(theta, f"{layer.id}.h"), np.zeros((x.shape[1], layer.units)), [], []
    for step in x:
        z = step @ w.T + b + h @ v.T
        h = layer.inner(z, layer.inner_knobs)
        states.append(h)
        given.append(z)
    return np.array(states), np.array(given)


def of_gru(layer, layout, theta, x):
    """States (T, n, H) for x (T, n, F)."""
    sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    ids = layer.id, f"{layer.id}.h"
    (wr, wz, wn), (vr, vz, vn) = (np.split(layout.view(theta, id, "weight"), 3) for id in ids)
    (br, bz, bn), (cr, cz, cn) = (np.split(layout.view(theta, id, "bias"), 3) for id in ids)
    h, states = np.zeros((x.shape[1], layer.units)), []
    for step in x:
        r, z = sigmoid(step @ wr.T + br + h @ vr.T + cr), sigmoid(step @ wz.T + bz + h @ vz.T + cz)
        n = np.tanh(step @ wn.T + bn + r * (h @ vn.T + cn))
        h = (1 - z) * n + z * h
        states.append(h)
    return np.array(states)


def on_paper(objective, theta):
    """Outputs (n, C) for the training examples, and how near a kink was."""
    layout, network, x = objective.layout, objective.network, objective.data.train.x
    x, nearest = x.reshape(len(x), *network.shape).swapaxes(0, 1), np.inf
    for layer in network.layers:
        if isinstance(layer, Rnn):
            x, given = of_rnn(layer, layout, theta, x)
            nearest = min(nearest, np.abs(given).min() if layer.inner.name in KINKED else np.inf)
        elif isinstance(layer, Gru):
            x = of_gru(layer, layout, theta, x)
        else:
            x = x.swapaxes(0, 1).reshape(x.shape[1], -1) if x.ndim == 3 else x
            z = x @ layout.view(theta, layer.id, "weight").T + layout.view(theta, layer.id, "bias")
            nearest = min(nearest, np.abs(z).min() if layer.activation.name in KINKED else np.inf)
            x = layer.activation(z, layer.knobs)
        x = x[-1] if getattr(layer, "returns", "") == "last" else x
    return x, nearest


def clear_place(objective, rng, scale=0.6):
    """A random θ away from every kink."""
    for _ in range(500):
        theta = point(objective, rng, scale)
        if on_paper(objective, theta)[1] > CLEARANCE:
            return theta
    raise AssertionError("no point away from all kinks")
