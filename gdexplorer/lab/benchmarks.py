"""The five workloads by which speed is compared, and the clocks for training and for surfaces.

Each is an experiment like any other, in float32, trained by the application's own `Session.advance`: history, curves
and the check for divergence are in the time. A surface is what the landscape panel asks for: `sample`, from the first
call to the last cell.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.data.source import Dataset
from gdexplorer.lab.catalogue import Catalogue, standard
from gdexplorer.lab.experiment import Experiment, validated
from gdexplorer.lab.history import evaluation_cost, spacing
from gdexplorer.lab.lockstep import Lockstep, faster
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.landscape.plane import random
from gdexplorer.landscape.surface import CORES, Effort, Window, sample
from gdexplorer.objectives.supervised import SupervisedObjective

VISIT = 64  # updates between two looks at the inbox, about what the window's trainer makes
CHUNKS, CHUNK_SECONDS = 7, 0.2
WARM_UP_SECONDS = 5.0
FOREVER = 10**9
PIXELS, CLASSES = 784, 10
SURFACES = {"W2": 500, "W3": 1797}  # examples of a surface
SIDE, SURFACE_SECONDS = 51, 2.0
LANES_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Timing:
    """The time of one update."""

    us: float
    warm_up: int  # updates before the clock was started
    spacing: int  # updates between two points of the curves while it ran


@dataclass(frozen=True, slots=True)
class Lanes:
    """The time in µs of one update of all lanes of a race."""

    together: float  # in lockstep
    apart: float  # one lane after the other
    chosen: bool  # whether a race takes the first way


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
    return _with_layers(layers, data, train, test, output, loss, optimizer, batch)


def _with_layers(layers: list[dict[str, Any]], data: str, train: int, test: int, output: str, loss: str,
                 optimizer: Mapping[str, Any], batch: int) -> dict[str, Any]:  # fmt: skip
    return {
        "data": {"kind": data, "amount": train + test, "train_share": train / (train + test), "noise": 0.0},
        "network": {"layers": layers, "output": output, "precision": "float32"},
        "loss": loss,
        "optimizer": optimizer,
        "training": {"batch_size": batch},
    }


_SGD, _ADAM = {"kind": "sgd", "learning_rate": 0.03}, {"kind": "adam", "learning_rate": 1e-3}
_CNN = [{"id": "c1", "kind": "convolution", "filters": 8, "size": 3, "activation": "relu"},
        {"id": "p1", "kind": "max_pool", "size": 2}]  # fmt: skip
_WORKLOADS = {
    "W1": _values("signs", 250, 4, (4, 2), "tanh", "tanh", "half_mse", _SGD, 10),
    "W2": _values("signs", 512, 4, (16, 16, 16), "tanh", "tanh", "half_mse", _ADAM, 32),
    "W3": _values("digits", 1792, 5, (64, 32), "relu", "linear", "softmax_cross_entropy", _ADAM, 64),
    "W4": _values("random", 2560, 4, (256, 128), "relu", "linear", "softmax_cross_entropy", _ADAM, 128),
    "W5": _with_layers(_CNN, "digits", 1792, 5, "linear", "softmax_cross_entropy", _ADAM, 32),
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
    gap = _warm_up(session)
    warm_up = session.updates
    us = median(_chunk(session, chunk_seconds, gap) for _ in range(CHUNKS))
    return Timing(us, warm_up, gap)


def time_lanes(name: str, count: int, seconds: float = LANES_SECONDS) -> Lanes:
    """Return the median times of an update of `count` equal lanes, both kinds in turns, after the usual warm-up."""
    session = Session(workload(name), catalogue())
    gap = _warm_up(session)
    apart, together = (
        [Run.of(session.run.state.copy(), session.run.catalogue) for _ in range(count)] for _ in range(2)
    )
    objective, chosen = session.run.objective, faster(together)
    assert isinstance(objective, SupervisedObjective)
    lockstep = Lockstep(together, objective)

    def one_by_one(updates: int) -> int:
        return max(run.advance(updates) for run in apart)

    spent: tuple[list[float], list[float]] = ([], [])
    while sum(map(sum, spent)) < seconds:
        for advance, times in zip((lockstep.advance, one_by_one), spent, strict=True):
            begun = time.perf_counter()
            for _ in range(0, gap, VISIT):
                advance(min(VISIT, gap))
            times.append(time.perf_counter() - begun)
    us = [1e6 * median(times) / gap for times in spent]
    return Lanes(us[0], us[1], chosen)


def surface_objective(name: str) -> SupervisedObjective:
    """Return a workload's objective over as many examples as the peers' surfaces have, of both its splits."""
    objective = Run(workload(name), catalogue()).objective
    assert isinstance(objective, SupervisedObjective)
    data, count = objective.data, SURFACES[name]
    joined = (np.concatenate([getattr(data.train, part), getattr(data.test, part)])[:count] for part in ("x", "y"))
    return replace(objective, data=replace(data, train=Dataset(*joined)))


def time_surface(name: str, threads: int = min(2, CORES), side: int = SIDE, seconds: float = SURFACE_SECONDS) -> float:
    """Return the median time of one point of a filter-normalized surface of `side` × `side` points, in µs."""
    objective, rng = surface_objective(name), np.random.default_rng(0)
    theta = 0.3 * rng.normal(size=objective.layout.size)
    plane, window = random(theta, objective.layout, rng), Window((-1.0, 1.0), (-1.0, 1.0))
    sample(objective, plane, window, 3)
    spent: list[float] = []
    while sum(spent) < seconds:
        begun = time.perf_counter()
        sample(objective, plane, window, side, Effort(threads))
        spent.append(time.perf_counter() - begun)
    return 1e6 * median(spent) / side**2


def _warm_up(session: Session) -> int:
    """Return the updates between two points of the curves from here on."""
    objective = session.run.objective
    cost = evaluation_cost(objective)
    begun = time.perf_counter()
    session.advance(VISIT)
    while spacing(session.updates, cost) < spacing(FOREVER, cost) and time.perf_counter() - begun < WARM_UP_SECONDS:
        session.advance(VISIT)
    return spacing(session.updates, cost)


def _chunk(session: Session, seconds: float, gap: int) -> float:
    made, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds or made % gap:
        made += session.advance(VISIT)
    return 1e6 * spent / made


@dataclass(frozen=True, slots=True)
class Journeys:
    """How long it takes to be shown an update of the past, the slowest of all in ms, and what that costs in memory."""

    coarse: float  # until the nearest keyframe is there
    exact: float  # until the update itself is
    median: float  # likewise, of the usual one
    keyframes: int
    bytes: int
    same: int  # of the updates, how many came again bit for bit


def time_journeys(name: str, updates: int, count: int) -> Journeys:
    """Train for so many updates, then go back to `count` of them, drawn at random, in random order."""
    session, draw = Session(workload(name), catalogue()), np.random.default_rng(1)
    steps = draw.choice(updates, min(count, updates), replace=False)
    passed = {}
    for step in np.sort(steps).tolist():
        session.advance(step - session.step)
        passed[step] = session.run.state.theta.tobytes()
    session.advance(updates - session.step)
    took, same = [], 0
    for step in steps.tolist():
        begun = time.perf_counter()
        session.travel(step)
        coarse = time.perf_counter()
        while session.arriving:
            session.approach(VISIT)
        took.append((coarse - begun, time.perf_counter() - begun))
        same += session.run.state.theta.tobytes() == passed[step]
    slowest, kept = 1e3 * np.max(took, axis=0), session.active.keyframes
    return Journeys(float(slowest[0]), float(slowest[1]), 1e3 * median(exact for _, exact in took),
                    len(kept.frames), kept.bytes, same)  # fmt: skip
