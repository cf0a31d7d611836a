"""Small runs on images and of autoencoders, for the panels that show these."""

from typing import Any

from gdexplorer.lab.session import Session
from tests.panels.runs import session

TINY: list[dict[str, Any]] = [
    {"id": "c1", "kind": "convolution", "filters": 4, "size": 3, "activation": "relu"},
    {"id": "p1", "kind": "max_pool", "size": 2},
    {"id": "c2", "kind": "convolution", "filters": 2, "size": 2, "activation": "tanh"},
]


def images(steps: int = 0, **values: Any) -> Session:
    return session("classes", steps, **{"network": {"layers": TINY}} | values)


def autoencoder(width: int = 2, steps: int = 0, data: str = "digits", **values: Any) -> Session:
    layers = [{"id": "h1", "units": 6, "activation": "tanh"}, {"id": "code", "units": width, "activation": "linear"},
              {"id": "h2", "units": 6, "activation": "tanh"}]  # fmt: skip
    return session("classes", steps, **{"problem": "autoencoder", "data": {"kind": data, "amount": 60}, "loss": "mse",
                                        "network": {"layers": layers}} | values)  # fmt: skip
