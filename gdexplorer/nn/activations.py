"""Activation functions: a record holds a function's value and its derivative.

Both are contributions to a plan (see `plan`): ``value`` reads the pre-activation z and writes a,
``slope`` writes f′(z), from a alone where it can, so that the derivative of all consecutive layers
of one activation costs a call or two. Derivatives at kinks are PyTorch's: relu′(0) = 0, leaky′(0) = slope.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, knob
from gdexplorer.nn.erf import erf
from gdexplorer.nn.plan import Plan, evaluate

Value = Callable[[Plan, Any, Array, Array], None]  # (plan, knobs, z, a)
Slope = Callable[[Plan, Any, Array, Array, Array], None]  # (plan, knobs, z, a, d)


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation function."""

    name: str
    label: str
    formula: str
    help: str
    Knobs: type[Settings]
    value: Value
    slope: Slope
    keeps_z: bool = False  # whether slope reads z, which must then outlive a
    gain: Callable[[Any], float] = lambda knobs: 1.0  # for initializers, as PyTorch's calculate_gain

    def __call__(self, z: Array, knobs: Settings | None = None) -> Array:
        """f(z), element by element."""
        return evaluate(lambda plan, z, out: self.value(plan, knobs or self.Knobs(), z, out), z)

    def derivative(self, z: Array, knobs: Settings | None = None) -> Array:
        """f′(z), element by element."""
        used = knobs or self.Knobs()

        def contribute(plan: Plan, z: Array, out: Array) -> None:
            a = plan.buffer(*z.shape)
            self.value(plan, used, z, a)
            self.slope(plan, used, z, a, out)

        return evaluate(contribute, z)


class LinearKnobs(Settings):
    """The identity has no knobs."""

    kind: Literal["linear"] = "linear"


def _copy(plan: Plan, _: LinearKnobs, z: Array, a: Array) -> None:
    if not np.may_share_memory(a, z):
        plan.add(np.copyto, a, z)


def _ones(plan: Plan, _: LinearKnobs, z: Array, a: Array, d: Array) -> None:
    plan.add(d.fill, 1.0)


class TanhKnobs(Settings):
    """The hyperbolic tangent has no knobs."""

    kind: Literal["tanh"] = "tanh"


def _tanh(plan: Plan, _: TanhKnobs, z: Array, a: Array) -> None:
    plan.add(np.tanh, z, a)


def _tanh_slope(plan: Plan, _: TanhKnobs, z: Array, a: Array, d: Array) -> None:
    plan.add(np.multiply, a, a, d)
    plan.add(np.subtract, plan.scalar(1), d, d)


class SigmoidKnobs(Settings):
    """The logistic function has no knobs."""

    kind: Literal["sigmoid"] = "sigmoid"


def sigmoid(plan: Plan, z: Array, out: Array) -> None:
    """Add out = 1 / (1 + e^(−z)): where e^(−z) overflows, the reciprocal is the right 0."""
    plan.add(np.negative, z, out)
    plan.add(np.exp, out, out)
    plan.add(np.add, out, plan.scalar(1), out)
    plan.add(np.reciprocal, out, out)


def _sigmoid(plan: Plan, _: SigmoidKnobs, z: Array, a: Array) -> None:
    sigmoid(plan, z, a)


def _sigmoid_slope(plan: Plan, _: SigmoidKnobs, z: Array, a: Array, d: Array) -> None:
    plan.add(np.subtract, plan.scalar(1), a, d)
    plan.add(np.multiply, d, a, d)


class ReluKnobs(Settings):
    """The rectifier has no knobs."""

    kind: Literal["relu"] = "relu"


def _relu(plan: Plan, _: ReluKnobs, z: Array, a: Array) -> None:
    # fmax is 4 times faster than maximum. It hides a NaN, which an infinite activation before it must
    # have caused, and that one makes the gradient of the same layer's weights non-finite.
    plan.add(np.fmax, z, np.zeros(z.shape, plan.dtype), a)


def _relu_slope(plan: Plan, _: ReluKnobs, z: Array, a: Array, d: Array) -> None:
    # two calls, but two thirds of the price of np.sign
    mask = np.zeros(a.shape, np.bool_)
    plan.add(np.not_equal, a, np.zeros(a.shape, plan.dtype), mask)
    plan.add(np.copyto, d, mask)


class LeakyKnobs(Settings):
    """Knobs of the leaky rectifier."""

    kind: Literal["leaky_relu"] = "leaky_relu"
    slope: float = knob(0.01, "negative slope", "Slope of the activation for z < 0.", ge=0, le=1, more=True)


def _leaky(plan: Plan, knobs: LeakyKnobs, z: Array, a: Array) -> None:
    scaled = np.empty(z.shape, plan.dtype)
    plan.add(np.multiply, z, plan.scalar(knobs.slope), scaled)
    plan.add(np.fmax, z, scaled, a)


def _leaky_slope(plan: Plan, knobs: LeakyKnobs, z: Array, a: Array, d: Array) -> None:
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


def _elu(plan: Plan, knobs: EluKnobs, z: Array, a: Array) -> None:
    zeros, below = np.zeros(z.shape, plan.dtype), np.empty(z.shape, plan.dtype)
    plan.add(np.fmin, z, zeros, below)
    plan.add(np.expm1, below, below)
    plan.add(np.multiply, below, plan.scalar(knobs.alpha), below)
    plan.add(np.fmax, z, zeros, a)
    plan.add(np.add, a, below, a)


def _elu_slope(plan: Plan, knobs: EluKnobs, z: Array, a: Array, d: Array) -> None:
    below, step = np.empty(z.shape, plan.dtype), np.empty(z.shape, plan.dtype)
    plan.add(np.fmin, z, np.zeros(z.shape, plan.dtype), below)
    plan.add(np.exp, below, below)
    plan.add(np.multiply, below, plan.scalar(knobs.alpha), below)
    _step(plan, z, step)
    plan.add(np.subtract, plan.scalar(1), step, d)
    plan.add(np.multiply, d, below, d)
    plan.add(np.add, d, step, d)


class GeluKnobs(Settings):
    """The Gaussian error linear unit has no knobs."""

    kind: Literal["gelu"] = "gelu"


def _normal_cdf(plan: Plan, z: Array, out: Array) -> None:
    plan.add(np.multiply, z, plan.scalar(1 / sqrt(2)), out)
    plan.add(erf, out, out)
    plan.add(np.add, out, plan.scalar(1), out)
    plan.add(np.multiply, out, plan.scalar(0.5), out)


def _gelu(plan: Plan, _: GeluKnobs, z: Array, a: Array) -> None:
    _normal_cdf(plan, z, a)
    plan.add(np.multiply, a, z, a)


def _gelu_slope(plan: Plan, _: GeluKnobs, z: Array, a: Array, d: Array) -> None:
    density = np.empty(z.shape, plan.dtype)
    plan.add(np.multiply, z, z, density)
    plan.add(np.multiply, density, plan.scalar(-0.5), density)
    plan.add(np.exp, density, density)
    plan.add(np.multiply, density, plan.scalar(1 / sqrt(2 * pi)), density)
    # z is capped: beyond ±40 the density is 0, and 0 · ∞ must not be
    plan.add(np.fmin, z, plan.scalar(40), d)
    plan.add(np.fmax, d, plan.scalar(-40), d)
    plan.add(np.multiply, density, d, density)
    _normal_cdf(plan, z, d)
    plan.add(np.add, d, density, d)


class SiluKnobs(Settings):
    """The sigmoid linear unit has no knobs."""

    kind: Literal["silu"] = "silu"


def _silu(plan: Plan, _: SiluKnobs, z: Array, a: Array) -> None:
    sigmoid(plan, z, a)
    plan.add(np.multiply, a, z, a)


def _silu_slope(plan: Plan, _: SiluKnobs, z: Array, a: Array, d: Array) -> None:
    gate = np.empty(z.shape, plan.dtype)  # σ(z); f′ = σ + f (1 − σ)
    sigmoid(plan, z, gate)
    plan.add(np.subtract, plan.scalar(1), gate, d)
    plan.add(np.multiply, d, a, d)
    plan.add(np.add, d, gate, d)


class SoftplusKnobs(Settings):
    """The softplus function has no knobs."""

    kind: Literal["softplus"] = "softplus"


def _softplus(plan: Plan, _: SoftplusKnobs, z: Array, a: Array) -> None:
    plan.add(np.logaddexp, plan.scalar(0), z, a)


def _softplus_slope(plan: Plan, _: SoftplusKnobs, z: Array, a: Array, d: Array) -> None:
    plan.add(np.negative, a, d)  # f′ = σ(z) = 1 − e^(−f)
    plan.add(np.expm1, d, d)
    plan.add(np.negative, d, d)


ACTIVATIONS: tuple[Activation, ...] = (
    Activation("tanh", "tanh", "tanh z", "S-shaped, −1 to 1; slope at most 1.", TanhKnobs, _tanh, _tanh_slope,
               gain=lambda knobs: 5 / 3),
    Activation("relu", "ReLU", "max(z, 0)", "Zero for z ≤ 0, identity above; slope 0 or 1.", ReluKnobs, _relu,
               _relu_slope, gain=lambda knobs: sqrt(2)),
    Activation("sigmoid", "sigmoid", "1 / (1 + e⁻ᶻ)", "S-shaped, 0 to 1; slope at most ¼.", SigmoidKnobs, _sigmoid,
               _sigmoid_slope),
    Activation("leaky_relu", "leaky ReLU", "max(z, s·z)", "A rectifier with a small slope for z < 0.", LeakyKnobs,
               _leaky, _leaky_slope, keeps_z=True, gain=lambda knobs: sqrt(2 / (1 + knobs.slope**2))),
    Activation("elu", "ELU", "z, or α(eᶻ − 1) for z < 0", "A rectifier that bends smoothly to −α.", EluKnobs, _elu,
               _elu_slope, keeps_z=True),
    Activation("gelu", "GELU", "z·Φ(z)", "z weighted by the normal distribution function.", GeluKnobs, _gelu,
               _gelu_slope, keeps_z=True),
    Activation("silu", "SiLU", "z·σ(z)", "z weighted by its sigmoid, also called swish.", SiluKnobs, _silu,
               _silu_slope, keeps_z=True),
    Activation("softplus", "softplus", "log(1 + eᶻ)", "A smooth rectifier; its slope is the sigmoid.", SoftplusKnobs,
               _softplus, _softplus_slope),
    Activation("linear", "linear", "z", "No nonlinearity: layers in a row collapse into one.", LinearKnobs, _copy,
               _ones),
)  # fmt: skip
