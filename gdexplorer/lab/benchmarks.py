"""The four workloads by which training speed is compared, and the clock for them.

Each is an experiment like any other, in float32, trained by the application's own `Session.advance`: history, curves
and the check for divergence are in the time.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.catalogue import Catalogue, standard
from gdexplorer.lab.experiment import Experiment, validated
from gdexplorer.lab.history import spacing
from gdexplorer.lab.session import Session

VISIT = 64  # updates between two looks at the inbox, about what the window's trainer makes
CHUNKS, CHUNK_SECONDS = 7, 0.2
WARM_UP_SECONDS = 5.0
FOREVER = 10**9
PIXELS, CLASSES = 784, 10


@dataclass(frozen=True, slots=True)
class Timing:
    """The time of one update."""

    us: float
    warm_up: int  # updates before the clock was started
    spacing: int  # updates between two points of the curves while it ran


def _signs(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    x = points.uniform(-5, 5, (n, 2))
    return x, np.sign(x[:, 0] * x[:, 1])


def _random(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    return points.normal(size=(n, PIXELS)), points.integers(0, CLASSES, n).astype(float)


_SOURCES = (
    Source("signs", "Signs", "The sign of x·y.", "regression", 0, ("x", "y"), ((-5.0, 5.0),) * 2, 250, 0.0, None,
           _signs),
    Source("random", "Random", "Noise with random labels.", "classes", CLASSES,
           tuple(f"pixel {k}" for k in range(PIXELS)), ((-3.0, 3.0),) * PIXELS, 2560, 0.0, None, _random),
)  # fmt: skip


def catalogue() -> Catalogue:
    """Return the standard catalogue with the two data sets that only a benchmark wants."""
    known = standard()
    return replace(known, sources={**known.sources, **{source.name: source for source in _SOURCES}})


def _values(data: str, train: int, test: int, units: tuple[int, ...], activation: str, output: str, loss: str,
            optimizer: Mapping[str, Any], batch: int) -> dict[str, Any]:  # fmt: skip
    layers = [{"id": f"h{k}", "units": n, "activation": activation} for k, n in enumerate(units, 1)]
    return {
        "data": {"kind": data, "amount": train + test, "train_share": train / (train + test), "noise": 0.0},
        "network": {"layers": layers, "output": output, "precision": "float32"},
        "loss": loss,
        "optimizer": optimizer,
        "training": {"batch_size": batch},
    }


_SGD, _ADAM = {"kind": "sgd", "learning_rate": 0.03}, {"kind": "adam", "learning_rate": 1e-3}
_WORKLOADS = {
    "W1": _values("signs", 250, 4, (4, 2), "tanh", "tanh", "half_mse", _SGD, 10),
    "W2": _values("signs", 512, 4, (16, 16, 16), "tanh", "tanh", "half_mse", _ADAM, 32),
    "W3": _values("digits", 1792, 5, (64, 32), "relu", "linear", "softmax_cross_entropy", _ADAM, 64),
    "W4": _values("random", 2560, 4, (256, 128), "relu", "linear", "softmax_cross_entropy", _ADAM, 128),
}
WORKLOADS = tuple(_WORKLOADS)


def workload(name: str) -> Experiment:
    """Return the experiment of one of `WORKLOADS`; it needs this module's `catalogue`."""
    return validated({"title": f"Benchmark {name}", **_WORKLOADS[name]}, catalogue())


def time_updates(name: str, chunk_seconds: float = CHUNK_SECONDS) -> Timing:
    """Return the median time of an update over chunks of `chunk_seconds` or longer.

    Before, as many updates are made as it takes until the curves are evaluated at their widest spacing, or as can
    be made in `WARM_UP_SECONDS`. Every chunk holds as many evaluations as belong to its updates.
    """
    session = Session(workload(name), catalogue())
    objective = session.run.objective
    cost = float(objective.full().size * objective.layout.size)
    begun = time.perf_counter()
    session.advance(VISIT)
    while spacing(session.updates, cost) < spacing(FOREVER, cost) and time.perf_counter() - begun < WARM_UP_SECONDS:
        session.advance(VISIT)
    warm_up, gap = session.updates, spacing(session.updates, cost)
    us = median(_chunk(session, chunk_seconds, gap) for _ in range(CHUNKS))
    return Timing(us, warm_up, gap)


def _chunk(session: Session, seconds: float, gap: int) -> float:
    made, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds or made % gap:
        made += session.advance(VISIT)
    return 1e6 * spent / made
