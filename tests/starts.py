"""Small experiments of every kind, as changes of that of `builders.experiment`."""

from typing import Any

from tests.draws import table

LAYER = {"id": "h1", "units": 4, "activation": "tanh"}
STARTS: dict[str, dict[str, Any]] = {
    "network": {},
    "function": {"problem": {"kind": "himmelblau"}, "optimizer": {"kind": "momentum", "learning_rate": 1e-3}},
    "formula": {"problem": {"kind": "formula", "text": "x^2 - y^2 + y^4/2"}},
    "line": {"data": {"kind": "standard_line", "amount": 30}, "loss": "half_mse", "network.layers": []},
    "images": {
        "data": {"kind": "digits", "amount": 30}, "loss": "softmax_cross_entropy",
        "network.layers": [{"id": "c1", "kind": "convolution", "filters": 2, "activation": "relu"},
                           {"id": "p1", "kind": "max_pool", "size": 3}],
    },
    "sequences": {"data": {"kind": "parity", "amount": 30},
                  "network.layers": [{"id": "g1", "kind": "rnn", "units": 3}]},
    "gan": {"problem": {"kind": "gan", "modes": 3, "discriminator": [LAYER]}, "network.layers": [LAYER]},
    "dirac": {"problem": {"kind": "dirac"}},
    "race": {"training.batch_size": 100, "rivals": [
        {"id": "a", "optimizer": "adam"}, {"id": "b", "optimizer": "lbfgs"},
        {"id": "c", "optimizer": "sgd", "initializer": "he_normal", "batch_size": 5}]},
    "autoencoder": {"problem": "autoencoder", "data": {"kind": "digits", "amount": 30}, "loss": "mse",
                    "network.layers": [{"id": "code", "units": 2, "activation": "linear"}]},
    "own": {"data": {"kind": "own", "table": table(14), "amount": 14, "noise": 0.0}, "optimizer": "rmsprop"},
}  # fmt: skip
