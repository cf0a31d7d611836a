"""Small learners, experiments and runs that tests are made of."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data.source import Data, Dataset
from gdexplorer.fields import Settings
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.commands import Change
from gdexplorer.lab.experiment import Experiment, validated
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import State
from gdexplorer.nn.activations import ACTIVATIONS, Activation
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.layer import Layer
from gdexplorer.nn.layout import Block, Layout
from gdexplorer.nn.losses import LOSSES, Loss
from gdexplorer.nn.network import Network
from gdexplorer.nn.penalties import Penalty
from gdexplorer.nn.plan import Hole, Plan
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim import Search

CATALOGUE = standard()
ACTIVATION = {record.name: record for record in ACTIVATIONS}
LOSS = {record.name: record for record in LOSSES}

BASE: dict[str, Any] = {
    "data": {"kind": "moons", "amount": 40},
    "network": {
        "layers": [
            {"id": "h1", "units": 5, "activation": {"kind": "tanh"}},
            {"id": "h2", "units": 4, "activation": {"kind": "tanh"}},
        ]
    },
    "training": {"batch_size": 7},
}


def experiment(changes: Mapping[str, Any] | None = None) -> Experiment:
    """A 2-5-4-1 tanh network on 24 training examples of two moons, with settings changed by dotted path."""
    values = validated(BASE, CATALOGUE).model_dump()
    for path, value in (changes or {}).items():
        *groups, leaf = path.split(".")
        inner = values
        for group in groups:
            inner = inner[group]
        inner[leaf] = value
    return validated(values, CATALOGUE)


# what is moved in mid-run of those that have no learning rate, and what makes Newton's method descend
KNOB = {"conjugate_gradient": ("slope_left", 0.2), "lbfgs": ("memory", 4), "random_search": ("sigma", 0.05)}
DOWNHILL = {"newton": {"curvatures": "saddle-free", "backtracking": True}}


def suited(optimizer: str, **knobs: Any) -> dict[str, Any]:
    """Settings with which an optimizer can descend: those of `knobs` that it has, a full batch if it needs one."""
    record = CATALOGUE.optimizers[optimizer]
    own = {name: value for name, value in knobs.items() if name in record.Knobs.model_fields}
    changes: dict[str, Any] = {"optimizer": {"kind": optimizer, **DOWNHILL.get(optimizer, {}), **own}}
    if isinstance(record, Search) and record.deterministic:
        changes["training.batch_size"] = 100_000
    return changes


def knob_of(optimizer: str) -> Change:
    """Return a change of one knob of an optimizer."""
    name, value = KNOB.get(optimizer, ("learning_rate", 0.0123))
    return Change(f"optimizer.{name}", value)


def begin(changes: Mapping[str, Any] | None = None) -> Run:
    """A run of `experiment` at update 0."""
    return Run(experiment(changes), CATALOGUE)


def dense(id: str, units: int, activation: Activation | str = "tanh", knobs: Settings | None = None) -> Dense:
    record = ACTIVATION[activation] if isinstance(activation, str) else activation
    return Dense(id=id, units=units, activation=record, knobs=knobs or record.Knobs())


def learner(
    rng: np.random.Generator,
    hidden: Sequence[Layer] = (),
    loss: Loss | str = "mse",
    *,
    output: Activation | str = "linear",
    inputs: int = 2,
    examples: int = 6,
    classes: int = 0,
    loss_knobs: Settings | None = None,
    penalty: Penalty | None = None,
    penalize_biases: bool = False,
    batch_size: int = 100_000,
    dtype: Any = np.float64,
    shape: tuple[int, ...] = (),
) -> SupervisedObjective:
    """An objective of its own data: regression, or with `classes` that many classes; as many to test as to train.

    Inputs are plain numbers, or have a shape: images, sequences.
    """
    inputs = prod(shape) if shape else inputs
    record = LOSS[loss] if isinstance(loss, str) else loss
    if classes == 0 and record.logits:
        classes = 2 if record.name == "binary_cross_entropy" else 3
    task = "regression" if classes == 0 else "binary" if classes == 2 else "classes"

    def split() -> Dataset:
        x = rng.uniform(-1.5, 1.5, (examples, inputs))
        return Dataset(x, rng.normal(size=examples) if classes == 0 else rng.integers(classes, size=examples) * 1.0)

    names = tuple(f"x{k}" for k in range(inputs))
    data = Data(split(), split(), task, classes, names, ((-1.5, 1.5),) * inputs, shape)
    network = Network(shape or (inputs,), (*hidden, dense("output", record.outputs(task, classes), output)))
    return SupervisedObjective(
        network, data, (), record, loss_knobs or record.Knobs(), penalty or Penalty(), penalize_biases, batch_size,
        np.dtype(dtype),
    )  # fmt: skip


def point(objective: SupervisedObjective, rng: np.random.Generator, scale: float = 0.8) -> Array:
    """A random θ."""
    return (scale * rng.normal(size=objective.layout.size)).astype(objective.dtype)


def value_and_gradient(objective: SupervisedObjective, theta: Array) -> tuple[float, Array]:
    """L and ∂L/∂θ over all training examples, by a program of their own."""
    out, batch = np.full_like(theta, np.nan), objective.full()
    with np.errstate(all="ignore"):
        return objective.program(batch).value_and_gradient(theta, np.zeros(0), batch, out), out


def forward(objective: SupervisedObjective, theta: Array, x: Array) -> Array:
    """Outputs (n, C) for network inputs x (n, F), written as one would on paper."""
    a = np.asarray(x, float)
    for layer in objective.network.layers:
        weights = np.asarray(objective.layout.view(theta, layer.id, "weight"), float)
        biases = np.asarray(objective.layout.view(theta, layer.id, "bias"), float)
        a = layer.activation(a @ weights.T + biases, layer.knobs)
    return a


def laid(shapes: Mapping[str, tuple[int, int]]) -> Layout:
    """A layout of dense blocks."""
    return Layout.of(Block(id, 0, shape) for id, shape in shapes.items())


def run_plan(plan: Plan, x: Array | None = None, y: Array | None = None) -> None:
    """Run a plan on a batch of inputs (F + 1, B) and targets (C, B)."""
    x, y = (np.zeros((1, 1)) if given is None else np.ascontiguousarray(given) for given in (x, y))
    arrays = {Hole.X: x, Hole.XT: x.T, Hole.Y: y, Hole.FLAT_Y: y.reshape(-1), Hole.MASKS: x[:0]}
    with np.errstate(all="ignore"):
        plan.run(tuple(arrays[hole] for hole in Hole))


def digest(state: State) -> str:
    """SHA-256 of everything the future of a state depends on."""
    arrays, numbers = state.slots[0].saved()
    found = hashlib.sha256(state.theta.tobytes())
    for name in sorted(arrays):
        if name != "gradient":  # overwritten before it is read
            found.update(arrays[name].tobytes())
    found.update(repr((sorted(numbers.items()), state.step, state.status, state.tally, state.streams.state())).encode())
    found.update(repr((state.plateau, replace(state.stopping, theta=None))).encode())
    found.update(b"" if state.stopping.theta is None else state.stopping.theta.tobytes())
    found.update(state.experiment.model_dump_json().encode())
    return found.hexdigest()


class Manual(Executor):
    """Runs a job when it is told to."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.jobs.append((future, fn))
        return future

    def finish(self) -> None:
        """Run the oldest job."""
        future, fn = self.jobs.pop(0)
        try:
            future.set_result(fn())
        except Exception as error:
            future.set_exception(error)
