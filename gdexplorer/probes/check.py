"""The gradient against finite differences of the loss, over the step size h and layer by layer.

Forward: d = (L(θ + h eᵢ) − L(θ)) / h, in error by O(h).
Central: d = (L(θ + h eᵢ) − L(θ − h eᵢ)) / 2h, in error by O(h²).
Both have a rounding error of about ε L / h besides, ε = 2.2 · 10⁻¹⁶.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array, IntArray, frozen
from gdexplorer.landscape.surface import Stopped
from gdexplorer.nn.layout import Layout
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context

NO_CHECK = "A game has two losses, and each side's gradient is of its own; choose a network or a function to check."
STEPS = frozen(10.0 ** -(np.arange(2, 27) / 2))  # 10⁻¹ … 10⁻¹³, two to the decade
EXAMPLES = 256  # of the training set, at most
MULTIPLICATIONS = 4e9  # of all losses together, about: some seconds
FEWEST, MOST = 8, 500  # coordinates: of a layer, and of all unless they are many more
RIGHT, WRONG = 1e-7, 1e-2  # of the smallest central error
Kind = Literal["forward", "central"]


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The request for a `CheckReport`; the answer is a sentence where there is none, a share while it is under way.

    Attributes
    ----------
    number
        Tells a check from those before it: each is made from the θ of the moment.
    """

    number: int = 1


@dataclass(frozen=True, eq=False, slots=True)
class LayerCheck:
    """Errors max |dᵢ − gᵢ| over a layer's coordinates i, in units of the larger of max |gᵢ| and max |dᵢ| at h = 10⁻⁵.

    They are NaN where both are 0.
    """

    id: str
    checked: int
    size: int
    forward: Array  # (len(STEPS),)
    central: Array

    def at(self, h: float, kind: Kind = "central") -> float:
        """Return the error at a step size."""
        errors: Array = getattr(self, kind)
        return float(errors[np.abs(np.log10(STEPS / h)).argmin()])

    def slope(self, kind: Kind, high: float, low: float) -> float:
        """Return the slope of log error over log h between two step sizes: 1 forward and 2 central, by Taylor."""
        with np.errstate(all="ignore"):
            return float(np.log10(self.at(high, kind) / self.at(low, kind)) / np.log10(high / low))

    @property
    def best(self) -> tuple[float, float]:
        """The step size at which the central error is smallest, and that error."""
        if not np.isfinite(self.central).any():
            return float("nan"), float("nan")
        k = int(np.nanargmin(self.central))
        return float(STEPS[k]), float(self.central[k])

    @property
    def verdict(self) -> Literal["right", "wrong", "unclear", "zero"]:
        """What the smallest central error says; `zero` where there is nothing to compare."""
        error = self.best[1]
        return "zero" if np.isnan(error) else "right" if error <= RIGHT else "wrong" if error >= WRONG else "unclear"


@dataclass(frozen=True, eq=False, slots=True)
class CheckReport:
    """A check at the θ of update `step`, in float64, without dropout and by the batch's own statistics."""

    step: int
    request: GradientCheck
    loss: float
    examples: int  # that the loss is a mean over: the first of the training set
    of_examples: int
    whole: LayerCheck  # all coordinates together
    layers: tuple[LayerCheck, ...]
    omitted: bool  # whether the pass backward leaves out f′, as the bug lab has it


def measure(request: GradientCheck, context: Context, stop: Callable[[], bool] = lambda: False,
            tell: Callable[[float], None] = lambda done: None) -> CheckReport:  # fmt: skip
    """Take the differences of some coordinates, drawn at random, or of all if there are few.

    Raises
    ------
    Stopped
        If `stop` says so.
    """
    objective: Any = context.objective.in_precision(np.float64)
    if isinstance(objective, SupervisedObjective) and objective.penalty.proximal:  # then L1 is not in the gradient
        objective = replace(objective, penalty=replace(objective.penalty, l1=0.0))
    full: Batch = objective.full()
    batch = full.part(slice(0, EXAMPLES)) if "examples" in objective.can and full.size > EXAMPLES else full
    theta, buffers = context.theta.astype(np.float64), context.buffers.astype(np.float64)
    gradient, program = np.empty_like(theta), objective.program(batch)
    with np.errstate(all="ignore"):
        program.value_and_gradient(theta, buffers, batch, gradient)
    loss = float(program.losses(theta[None], buffers, batch)[0])  # by the same calls as those beside it
    chosen = _chosen(objective.layout, objective.work * batch.size)
    shifts = np.concatenate([STEPS, -STEPS])
    found, points = np.empty((len(chosen), 2, len(STEPS))), np.empty((len(shifts), theta.size))
    for k, i in enumerate(chosen.tolist()):
        if stop():
            raise Stopped
        points[...] = theta
        points[:, i] += shifts
        up, down = np.split(program.losses(points, buffers, batch), 2)
        # by the differences of θ as they are represented
        high, low = points[: len(STEPS), i], points[len(STEPS) :, i]
        with np.errstate(all="ignore"):
            found[k] = (up - loss) / (high - theta[i]), (up - down) / (high - low)
        tell((k + 1) / len(chosen))
    network = getattr(objective, "network", None)
    layers = []
    for block in objective.layout.blocks:
        own = (chosen >= block.start) & (chosen < block.stop)
        layers.append(_compared(block.id, block.stop - block.start, found[own], gradient[chosen[own]]))
    return CheckReport(
        context.step, request, loss, batch.size, full.size,
        _compared("all layers", theta.size, found, gradient[chosen]), tuple(layers),
        bool(getattr(network, "omit_slope", False)),
    )  # fmt: skip


def _chosen(layout: Layout, work: int) -> IntArray:
    """Return which coordinates to check, of every block some."""
    most = int(np.clip(MULTIPLICATIONS / (2 * len(STEPS) * max(work, 1)), FEWEST * len(layout.blocks), MOST))
    if layout.size <= most:
        return np.arange(layout.size)
    generator = np.random.default_rng(0)
    share = most / layout.size
    parts = []
    for block in layout.blocks:
        size = block.stop - block.start
        count = min(size, max(FEWEST, round(share * size)))
        parts.append(block.start + np.sort(generator.permutation(size)[:count]))
    return np.concatenate(parts)


def _compared(id: str, size: int, found: Array, gradient: Array) -> LayerCheck:
    forward, central = found[:, 0], found[:, 1]
    at = int(np.abs(np.log10(STEPS) + 5).argmin())
    with np.errstate(all="ignore"):
        scale = max(np.abs(gradient).max(initial=0.0), np.abs(central[:, at]).max(initial=0.0))
        errors = [np.abs(own - gradient[:, None]).max(axis=0, initial=0.0) / scale if scale > 0 else
                  np.full(len(STEPS), np.nan) for own in (forward, central)]  # fmt: skip
    return LayerCheck(id, len(gradient), size, frozen(errors[0]), frozen(errors[1]))
