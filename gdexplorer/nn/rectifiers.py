"""The rectifiers, sharp and smooth, as contributions to a plan (see `activations`)."""

from math import pi, sqrt
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, knob
from gdexplorer.nn.erf import erf
from gdexplorer.nn.plan import Plan
from gdexplorer.nn.sigmoids import sigmoid


def straight(plan: Plan, _: Any, z: Array, a: Array, d: Array, out: Array) -> None:
    """Add f″ = 0, that of straight pieces."""
    plan.add(out.fill, 0.0)


class ReluKnobs(Settings):
    """The rectifier has no knobs."""

    kind: Literal["relu"] = "relu"


def relu(plan: Plan, _: ReluKnobs, z: Array, a: Array) -> None:
    """Add a = f(z)."""
    # fmax is 4 times faster than maximum. It hides a NaN, which an infinite activation before it must
    # have caused, and that one makes the gradient of the same layer's weights non-finite.
    plan.add(np.fmax, z, np.zeros(z.shape[-2:] if plan.grid else z.shape, plan.dtype), a)


def relu_slope(plan: Plan, _: ReluKnobs, z: Array, a: Array, d: Array) -> None:
    """Add d = f′(z)."""
    # two calls, but two thirds of the price of np.sign
    mask = np.zeros(a.shape, np.bool_)
    plan.add(np.not_equal, a, np.zeros(a.shape, plan.dtype), mask)
    plan.add(np.copyto, d, mask)


class LeakyKnobs(Settings):
    """Knobs of the leaky rectifier."""

    kind: Literal["leaky_relu"] = "leaky_relu"
    slope: float = knob(0.01, "negative slope", "Slope of the activation for z < 0.", ge=0, le=1, more=True)


def leaky(plan: Plan, knobs: LeakyKnobs, z: Array, a: Array) -> None:
    """Add a = f(z)."""
    scaled = np.empty(z.shape, plan.dtype)
    plan.add(np.multiply, z, plan.scalar(knobs.slope), scaled)
    plan.add(np.fmax, z, scaled, a)


def leaky_slope(plan: Plan, knobs: LeakyKnobs, z: Array, a: Array, d: Array) -> None:
    """Add d = f′(z)."""
    _step(plan, z, d)
    plan.add(np.multiply, d, plan.scalar(1 - knobs.slope), d)
    plan.add(np.add, d, plan.scalar(knobs.slope), d)


def _step(plan: Plan, z: Array, d: Array) -> None:
    """Add d = 1 where z > 0, else 0."""
    plan.add(np.fmax, z, np.zeros(z.shape, plan.dtype), d)
    plan.add(np.sign, d, d)


class EluKnobs(Settings):
    """Knobs of the exponential linear unit."""

    kind: Literal["elu"] = "elu"
    alpha: float = knob(1.0, "scale", "Limit −α of the activation for z → −∞.", symbol="α", gt=0, le=10, more=True)


def elu(plan: Plan, knobs: EluKnobs, z: Array, a: Array) -> None:
    """Add a = f(z)."""
    zeros, below = np.zeros(z.shape, plan.dtype), np.empty(z.shape, plan.dtype)
    plan.add(np.fmin, z, zeros, below)
    plan.add(np.expm1, below, below)
    plan.add(np.multiply, below, plan.scalar(knobs.alpha), below)
    plan.add(np.fmax, z, zeros, a)
    plan.add(np.add, a, below, a)


def elu_slope(plan: Plan, knobs: EluKnobs, z: Array, a: Array, d: Array) -> None:
    """Add d = f′(z)."""
    below, step = np.empty(z.shape, plan.dtype), np.empty(z.shape, plan.dtype)
    plan.add(np.fmin, z, np.zeros(z.shape, plan.dtype), below)
    plan.add(np.exp, below, below)
    plan.add(np.multiply, below, plan.scalar(knobs.alpha), below)
    _step(plan, z, step)
    plan.add(np.subtract, plan.scalar(1), step, d)
    plan.add(np.multiply, d, below, d)
    plan.add(np.add, d, step, d)


def elu_curvature(plan: Plan, _: EluKnobs, z: Array, a: Array, d: Array, out: Array) -> None:
    """Add f″(z)."""
    _step(plan, z, out)  # f″ = f′ below 0 and f′ − 1 = 0 above
    plan.add(np.subtract, d, out, out)


class GeluKnobs(Settings):
    """The Gaussian error linear unit has no knobs."""

    kind: Literal["gelu"] = "gelu"


def _normal_cdf(plan: Plan, z: Array, out: Array) -> None:
    plan.add(np.multiply, z, plan.scalar(1 / sqrt(2)), out)
    plan.add(erf, out, out)
    plan.add(np.add, out, plan.scalar(1), out)
    plan.add(np.multiply, out, plan.scalar(0.5), out)


def gelu(plan: Plan, _: GeluKnobs, z: Array, a: Array) -> None:
    """Add a = f(z)."""
    _normal_cdf(plan, z, a)
    plan.add(np.multiply, a, z, a)


def _normal_density(plan: Plan, z: Array, out: Array) -> None:
    plan.add(np.multiply, z, z, out)
    plan.add(np.multiply, out, plan.scalar(-0.5), out)
    plan.add(np.exp, out, out)
    plan.add(np.multiply, out, plan.scalar(1 / sqrt(2 * pi)), out)


def gelu_slope(plan: Plan, _: GeluKnobs, z: Array, a: Array, d: Array) -> None:
    """Add d = f′(z)."""
    density = np.empty(z.shape, plan.dtype)
    _normal_density(plan, z, density)
    # z is capped: beyond ±40 the density is 0, and 0 · ∞ must not be
    plan.add(np.fmin, z, plan.scalar(40), d)
    plan.add(np.fmax, d, plan.scalar(-40), d)
    plan.add(np.multiply, density, d, density)
    _normal_cdf(plan, z, d)
    plan.add(np.add, d, density, d)


def gelu_curvature(plan: Plan, _: GeluKnobs, z: Array, a: Array, d: Array, out: Array) -> None:
    """Add f″(z)."""
    capped = np.empty(z.shape, plan.dtype)  # f″ = φ(z) (2 − z²)
    plan.add(np.fmin, z, plan.scalar(40), capped)
    plan.add(np.fmax, capped, plan.scalar(-40), capped)
    _normal_density(plan, capped, out)
    plan.add(np.multiply, capped, capped, capped)
    plan.add(np.subtract, plan.scalar(2), capped, capped)
    plan.add(np.multiply, out, capped, out)


class SiluKnobs(Settings):
    """The sigmoid linear unit has no knobs."""

    kind: Literal["silu"] = "silu"


def silu(plan: Plan, _: SiluKnobs, z: Array, a: Array) -> None:
    """Add a = f(z)."""
    sigmoid(plan, z, a)
    plan.add(np.multiply, a, z, a)


def silu_slope(plan: Plan, _: SiluKnobs, z: Array, a: Array, d: Array) -> None:
    """Add d = f′(z)."""
    gate = np.empty(z.shape, plan.dtype)  # σ(z); f′ = σ + f (1 − σ)
    sigmoid(plan, z, gate)
    plan.add(np.subtract, plan.scalar(1), gate, d)
    plan.add(np.multiply, d, a, d)
    plan.add(np.add, d, gate, d)


def silu_curvature(plan: Plan, _: SiluKnobs, z: Array, a: Array, d: Array, out: Array) -> None:
    """Add f″(z)."""
    gate, rest = np.empty(z.shape, plan.dtype), np.empty(z.shape, plan.dtype)
    sigmoid(plan, z, gate)  # f″ = σ (1 − σ) (2 + z (1 − 2σ))
    plan.add(np.subtract, plan.scalar(1), gate, rest)
    plan.add(np.subtract, rest, gate, out)
    plan.add(np.multiply, out, z, out)
    plan.add(np.add, out, plan.scalar(2), out)
    plan.add(np.multiply, rest, gate, rest)
    plan.add(np.multiply, out, rest, out)


class SoftplusKnobs(Settings):
    """The softplus function has no knobs."""

    kind: Literal["softplus"] = "softplus"


def softplus(plan: Plan, _: SoftplusKnobs, z: Array, a: Array) -> None:
    """Add a = f(z)."""
    plan.add(np.logaddexp, plan.scalar(0), z, a)


def softplus_slope(plan: Plan, _: SoftplusKnobs, z: Array, a: Array, d: Array) -> None:
    """Add d = f′(z)."""
    plan.add(np.negative, a, d)  # f′ = σ(z) = 1 − e^(−f)
    plan.add(np.expm1, d, d)
    plan.add(np.negative, d, d)


def softplus_curvature(plan: Plan, _: SoftplusKnobs, z: Array, a: Array, d: Array, out: Array) -> None:
    """Add f″(z)."""
    plan.add(np.subtract, plan.scalar(1), d, out)
    plan.add(np.multiply, out, d, out)
