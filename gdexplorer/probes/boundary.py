"""What the network says over its input space: the decision map of two inputs, the fitted curve of one."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.data import Data
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context


@dataclass(frozen=True, slots=True)
class Boundary:
    """The request for a `BoundaryReport`."""

    size: int = 64


@dataclass(frozen=True, slots=True)
class BoundaryReport:
    """Outputs over the viewing box of the raw inputs.

    Attributes
    ----------
    kind
        "map": two inputs, `values` (size, size), row = second input. "curve": one input, `values` (size,).
        "none": neither can be drawn, because there are more inputs or several outputs.
    values
        For two classes the confidence 2 p − 1 in class 1, from −1 to 1, 0 on the boundary; for a regression the
        output itself.
    fitted
        Outputs on the training examples (n,), for the residuals of a curve.
    """

    step: int
    kind: Literal["map", "curve", "none"]
    data: Data
    axes: tuple[Array, ...]  # one grid (size,) per input
    values: Array
    fitted: Array


def measure(request: Boundary, context: Context) -> BoundaryReport:
    """Evaluate the network on a grid; context.theta and buffers must not change meanwhile."""
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    data, inputs = objective.data, len(objective.data.inputs)
    nothing = frozen(np.zeros(0))
    if inputs > 2 or objective.reconstruct or data.task == "classes":
        return BoundaryReport(context.step, "none", data, (), nothing, nothing)
    size = request.size if inputs == 2 else 4 * request.size
    axes = tuple(frozen(np.linspace(low, high, size)) for low, high in data.domain)
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, inputs)
    program = objective.program(objective.full())
    outputs = program.predict(context.theta, context.buffers, grid)
    values = frozen(_confidence(objective, outputs).reshape((size, size) if inputs == 2 else (size,)))
    fitted = nothing
    if inputs == 1:
        fitted = frozen(_confidence(objective, program.predict(context.theta, context.buffers, data.train.x)))
    return BoundaryReport(context.step, "map" if inputs == 2 else "curve", data, axes, values, fitted)


def _confidence(objective: SupervisedObjective, outputs: Array) -> Array:
    outputs = outputs.astype(np.float64)
    if objective.data.task == "regression":
        return outputs[:, 0]
    if outputs.shape[1] == 2:
        with np.errstate(all="ignore"):  # the difference of infinite logits
            return np.asarray(np.tanh((outputs[:, 1] - outputs[:, 0]) / 2))
    if objective.loss.logits:
        return np.asarray(np.tanh(outputs[:, 0] / 2))  # 2 σ(z) − 1
    return np.asarray(np.clip(outputs[:, 0], -1, 1))
