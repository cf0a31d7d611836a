"""Loss functions: a record that contributes a loss and its derivatives to a plan.

Means are over the batch, and for MSE and Huber over the outputs too, as in PyTorch. Cross-entropies take
logits and are fused with their sigmoid or softmax, so that they stay finite and their derivative is p − y.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.fields import Settings, knob
from gdexplorer.nn.plan import Hole, Plan
from gdexplorer.nn.sigmoids import sigmoid

Task = Literal["regression", "binary", "classes"]

Terms = list[tuple[float, Array]]  # factors and sums, (1,) or (G,), whose products sum to a loss
# what it compiles to: the loss, and what adds ∂L/∂outputs to the plan
Compiled = tuple[Terms, Callable[[Array], None]]
# (plan, knobs, outputs (…, C, B))
Compile = Callable[[Plan, Any, Array], Compiled]
# what adds, for the derivative R{outputs} along a direction, that of ∂L/∂outputs: (plan, R{outputs}, R{∂L/∂outputs})
Along = Callable[[Plan, Array, Array], None]
# (plan, knobs, outputs (C, B)), the plan for what depends on the outputs alone
Tangent = Callable[[Plan, Any, Array], Along]


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss function."""

    name: str
    label: str
    formula: str
    help: str
    Knobs: type[Settings]
    compile: Compile
    tangent: Tangent
    tasks: tuple[Task, ...]
    logits: bool = False  # whether outputs are logits, so that the output layer must be linear

    def outputs(self, task: Task, classes: int) -> int:
        """Return C, the number of outputs that this loss needs for a task."""
        return classes if task == "classes" or self.name == "softmax_cross_entropy" else 1

    def targets(self, task: Task, classes: int, y: Array) -> Array:
        """Return targets (C, n) for values or class indices y (n,): ±1 or one-hot where the loss needs it."""
        if self.outputs(task, classes) > 1:
            return np.eye(classes)[:, y.astype(int)]
        return (2 * y - 1 if task == "binary" and not self.logits else y)[None, :].astype(float)

    def decide(self, outputs: Array) -> IntArray:
        """Return the class (n,) that outputs, or targets, (C, n) stand for."""
        return np.asarray(outputs[0] > 0, np.intp) if len(outputs) == 1 else outputs.argmax(axis=0)


class MseKnobs(Settings):
    """The mean squared error has no knobs."""

    kind: Literal["mse"] = "mse"


class HalfMseKnobs(Settings):
    """Half the mean squared error has no knobs."""

    kind: Literal["half_mse"] = "half_mse"


def _weighted(weight: Array) -> Along:
    """R{∂L/∂outputs} where outputs do not mix: their second derivatives times R{outputs}."""
    return lambda plan, along, d: plan.add(np.multiply, along, weight, d)


def _squared(half: float) -> Compile:
    def compile(plan: Plan, _: Any, out: Array) -> Compiled:
        count = out.shape[-2] * out.shape[-1]
        error, value = np.empty(out.shape, plan.dtype), plan.sum()
        plan.add(np.subtract, out, Hole.Y, error)
        plan.inner(error, error, value)

        def delta(d: Array) -> None:
            plan.add(np.multiply, error, plan.scalar(2 * half / count), d)

        return [(half / count, value.values)], delta

    return compile


def _squared_tangent(half: float) -> Tangent:
    return lambda plan, _, out: _weighted(plan.scalar(2 * half / out.size))


class HuberKnobs(Settings):
    """Knobs of the Huber loss."""

    kind: Literal["huber"] = "huber"
    delta: float = knob(1.0, "threshold", "Errors beyond it count linearly.", symbol="δ", gt=0, le=1e3,
                        log=True, slider=(0.01, 10))  # fmt: skip


def _huber(plan: Plan, knobs: HuberKnobs, out: Array) -> Compiled:
    # With c = clip(e, −δ, δ) the loss is c (e − c / 2) and its derivative c, on both branches.
    count = out.shape[-2] * out.shape[-1]
    error, clipped, value = np.empty(out.shape, plan.dtype), np.empty(out.shape, plan.dtype), plan.sum()
    plan.add(np.subtract, out, Hole.Y, error)
    plan.add(np.fmin, error, plan.scalar(knobs.delta), clipped)
    plan.add(np.fmax, clipped, plan.scalar(-knobs.delta), clipped)
    rest = np.empty(out.shape, plan.dtype)
    plan.add(np.multiply, clipped, plan.scalar(-0.5), rest)
    plan.add(np.add, error, rest, rest)
    plan.add(np.multiply, rest, clipped, rest)
    plan.total(rest, value)

    def delta(d: Array) -> None:
        plan.add(np.multiply, clipped, plan.scalar(1 / count), d)

    return [(1 / count, value.values)], delta


def _huber_tangent(plan: Plan, knobs: HuberKnobs, out: Array) -> Along:
    weight, inside = np.empty(out.shape, plan.dtype), np.empty(out.shape, np.bool_)
    plan.add(np.subtract, out, Hole.Y, weight)
    plan.add(np.absolute, weight, weight)
    plan.add(np.less, weight, plan.scalar(knobs.delta), inside)
    plan.add(np.multiply, inside, plan.scalar(1 / out.size), weight)
    return _weighted(weight)


class BinaryKnobs(Settings):
    """Binary cross-entropy has no knobs."""

    kind: Literal["binary_cross_entropy"] = "binary_cross_entropy"


def _binary(plan: Plan, _: BinaryKnobs, out: Array) -> Compiled:
    # max(z, 0) − z y + log(1 + e^−|z|) = log(1 + e^z) − z y
    count = out.shape[-1]
    each, value, reward = np.empty(out.shape, plan.dtype), plan.sum(), plan.sum()
    plan.add(np.absolute, out, each)
    plan.add(np.negative, each, each)
    plan.add(np.exp, each, each)
    plan.add(np.log1p, each, each)
    rectified = np.empty(out.shape, plan.dtype)
    plan.add(np.fmax, out, np.zeros(out.shape, plan.dtype), rectified)
    plan.add(np.add, each, rectified, each)
    plan.total(each, value)
    plan.inner(out, Hole.Y, reward)

    def delta(d: Array) -> None:
        sigmoid(plan, out, d)
        plan.add(np.subtract, d, Hole.Y, d)
        plan.add(np.multiply, d, plan.scalar(1 / count), d)

    return [(1 / count, value.values), (-1 / count, reward.values)], delta


def _binary_tangent(plan: Plan, _: BinaryKnobs, out: Array) -> Along:
    weight, rest = np.empty(out.shape, plan.dtype), np.empty(out.shape, plan.dtype)
    sigmoid(plan, out, weight)  # σ (1 − σ) = σ(z) σ(−z), which keeps its digits for large z
    plan.add(np.negative, out, rest)
    sigmoid(plan, rest, rest)
    plan.add(np.multiply, weight, rest, weight)
    plan.add(np.multiply, weight, plan.scalar(1 / out.shape[-1]), weight)
    return _weighted(weight)


class SoftmaxKnobs(Settings):
    """Softmax cross-entropy has no knobs."""

    kind: Literal["softmax_cross_entropy"] = "softmax_cross_entropy"


def _softmax(plan: Plan, _: SoftmaxKnobs, out: Array) -> Compiled:
    # shifted by the largest logit: −log p_y = log Σ e^(z − max) − (z_y − max)
    classes, count = out.shape[-2:]
    top, repeated, shifted, p, sums = (np.empty(out.shape, plan.dtype) for _ in range(5))
    logs = np.empty((*out.shape[:-2], 1, count), plan.dtype)
    value, reward = plan.sum(), plan.sum()
    plan.add(np.maximum.reduce, out, -2, None, top[..., :1, :], True)
    # products with ones repeat a row or a sum for every class: broadcasting would cost three times as much, unless a
    # grid makes the calls long; then a single row does
    rows = 1 if plan.grid else classes
    if plan.grid:
        repeated = top[..., :1, :]
    else:
        plan.product(np.ones((classes, 1), plan.dtype), top[..., :1, :], repeated)
    plan.add(np.subtract, out, repeated, shifted)
    plan.add(np.exp, shifted, p)
    plan.product(np.ones((rows, classes), plan.dtype), p, sums[..., :rows, :])
    plan.add(np.log, sums[..., :1, :], logs)
    plan.total(logs, value)
    plan.inner(shifted, Hole.Y, reward)

    def delta(d: Array) -> None:
        plan.add(np.divide, p, sums[..., :rows, :], d)
        plan.add(np.subtract, d, Hole.Y, d)
        plan.add(np.multiply, d, plan.scalar(1 / count), d)

    return [(1 / count, value.values), (-1 / count, reward.values)], delta


def _softmax_tangent(plan: Plan, _: SoftmaxKnobs, out: Array) -> Along:
    # R{p} = p ∘ (R{z} − Σ p R{z})
    classes, count = out.shape
    top, p = np.empty((1, count), plan.dtype), np.empty(out.shape, plan.dtype)
    plan.add(np.maximum.reduce, out, 0, None, top, True)
    plan.add(np.subtract, out, top, p)
    plan.add(np.exp, p, p)
    plan.add(np.add.reduce, p, 0, None, top, True)
    plan.add(np.divide, p, top, p)

    def along(plan: Plan, along: Array, d: Array) -> None:
        mean = np.empty(out.shape, plan.dtype)
        plan.add(np.multiply, p, along, d)
        plan.product(np.ones((classes, classes), plan.dtype), d, mean)
        plan.add(np.subtract, along, mean, d)
        plan.add(np.multiply, d, p, d)
        plan.add(np.multiply, d, plan.scalar(1 / count), d)

    return along


_ALL: tuple[Task, ...] = ("regression", "binary", "classes")

LOSSES: tuple[Loss, ...] = (
    Loss("binary_cross_entropy", "cross-entropy", "log(1 + eᶻ) − z·y", "For two classes, from one logit.",
         BinaryKnobs, _binary, _binary_tangent, ("binary",), logits=True),
    Loss("softmax_cross_entropy", "softmax cross-entropy", "−log softmax(z)_y", "For any number of classes, from a "
         "logit each.", SoftmaxKnobs, _softmax, _softmax_tangent, ("binary", "classes"), logits=True),
    Loss("mse", "MSE", "mean (ŷ − y)²", "Mean squared error; classes count as ±1.", MseKnobs, _squared(1.0),
         _squared_tangent(1.0), _ALL),
    Loss("half_mse", "½ MSE", "½ mean (ŷ − y)²", "Half of it: its derivative is the error itself, and learning rates "
         "mean something else.", HalfMseKnobs, _squared(0.5),
         _squared_tangent(0.5), _ALL),
    Loss("huber", "Huber", "e²/2, or δ(|e| − δ/2) beyond δ", "Squared for small errors, linear for large ones.",
         HuberKnobs, _huber, _huber_tangent, _ALL),
)  # fmt: skip
