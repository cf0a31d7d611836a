"""The S-shaped activations, tanh and the logistic function, as contributions to a plan (see `activations`)."""

from typing import Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.nn.plan import Plan


class TanhKnobs(Settings):
    """The hyperbolic tangent has no knobs."""

    kind: Literal["tanh"] = "tanh"


def tanh(plan: Plan, _: TanhKnobs, z: Array, a: Array) -> None:
    """Add a = f(z)."""
    plan.add(np.tanh, z, a)


def tanh_slope(plan: Plan, _: TanhKnobs, z: Array, a: Array, d: Array) -> None:
    """Add d = f′(z)."""
    plan.add(np.multiply, a, a, d)
    plan.add(np.subtract, plan.scalar(1), d, d)


def tanh_curvature(plan: Plan, _: TanhKnobs, z: Array, a: Array, d: Array, out: Array) -> None:
    """Add f″(z)."""
    plan.add(np.multiply, a, d, out)
    plan.add(np.multiply, out, plan.scalar(-2), out)


class SigmoidKnobs(Settings):
    """The logistic function has no knobs."""

    kind: Literal["sigmoid"] = "sigmoid"


def sigmoid(plan: Plan, z: Array, out: Array) -> None:
    """Add out = 1 / (1 + e^(−z)): where e^(−z) overflows, the reciprocal is the right 0."""
    plan.add(np.negative, z, out)
    plan.add(np.exp, out, out)
    plan.add(np.add, out, plan.scalar(1), out)
    plan.add(np.reciprocal, out, out)


def logistic(plan: Plan, _: SigmoidKnobs, z: Array, a: Array) -> None:
    """Add a = f(z)."""
    sigmoid(plan, z, a)


def logistic_slope(plan: Plan, _: SigmoidKnobs, z: Array, a: Array, d: Array) -> None:
    """Add d = f′(z)."""
    plan.add(np.subtract, plan.scalar(1), a, d)
    plan.add(np.multiply, d, a, d)


def logistic_curvature(plan: Plan, _: SigmoidKnobs, z: Array, a: Array, d: Array, out: Array) -> None:
    """Add f″(z)."""
    plan.add(np.multiply, a, plan.scalar(-2), out)
    plan.add(np.add, out, plan.scalar(1), out)
    plan.add(np.multiply, out, d, out)
