"""Activation functions: a record holds a function's value and its two derivatives.

They are contributions to a plan (see `plan`): ``value`` reads the pre-activation z and writes a,
``slope`` writes f′(z), from a alone where it can, so that the derivative of all consecutive layers
of one activation costs a call or two, and ``curvature`` writes f″(z). Derivatives at kinks are PyTorch's:
relu′(0) = 0, leaky′(0) = slope, and f″ is the piece's own, 0 for ReLU.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.nn import rectifiers, sigmoids
from gdexplorer.nn.plan import Plan, evaluate

Value = Callable[[Plan, Any, Array, Array], None]  # (plan, knobs, z, a)
Slope = Callable[[Plan, Any, Array, Array, Array], None]  # (plan, knobs, z, a, d)
Curvature = Callable[[Plan, Any, Array, Array, Array, Array], None]  # (plan, knobs, z, a, d, f″), d = f′(z)


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
    curvature: Curvature
    keeps_z: bool = False  # whether a derivative reads z, which must then outlive a
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

    def second_derivative(self, z: Array, knobs: Settings | None = None) -> Array:
        """f″(z), element by element."""
        used = knobs or self.Knobs()

        def contribute(plan: Plan, z: Array, out: Array) -> None:
            a, d = plan.buffer(*z.shape), plan.buffer(*z.shape)
            self.value(plan, used, z, a)
            self.slope(plan, used, z, a, d)
            self.curvature(plan, used, z, a, d, out)

        return evaluate(contribute, z)


class LinearKnobs(Settings):
    """The identity has no knobs."""

    kind: Literal["linear"] = "linear"


def _copy(plan: Plan, _: LinearKnobs, z: Array, a: Array) -> None:
    if not np.may_share_memory(a, z):
        plan.add(np.copyto, a, z)


def _ones(plan: Plan, _: LinearKnobs, z: Array, a: Array, d: Array) -> None:
    plan.add(d.fill, 1.0)


LINEAR = Activation("linear", "linear", "z", "No nonlinearity: layers in a row collapse into one.", LinearKnobs, _copy,
                    _ones, rectifiers.straight)  # fmt: skip
ACTIVATIONS: tuple[Activation, ...] = (
    Activation("tanh", "tanh", "tanh z", "S-shaped, −1 to 1; slope at most 1.", sigmoids.TanhKnobs, sigmoids.tanh,
               sigmoids.tanh_slope, sigmoids.tanh_curvature, gain=lambda knobs: 5 / 3),
    Activation("relu", "ReLU", "max(z, 0)", "Zero for z ≤ 0, identity above; slope 0 or 1.", rectifiers.ReluKnobs,
               rectifiers.relu, rectifiers.relu_slope, rectifiers.straight, gain=lambda knobs: sqrt(2)),
    Activation("sigmoid", "sigmoid", "1 / (1 + e⁻ᶻ)", "S-shaped, 0 to 1; slope at most ¼.", sigmoids.SigmoidKnobs,
               sigmoids.logistic, sigmoids.logistic_slope, sigmoids.logistic_curvature),
    Activation("leaky_relu", "leaky ReLU", "max(z, s·z)", "A rectifier with a small slope for z < 0.",
               rectifiers.LeakyKnobs, rectifiers.leaky, rectifiers.leaky_slope, rectifiers.straight, keeps_z=True,
               gain=lambda knobs: sqrt(2 / (1 + knobs.slope**2))),
    Activation("elu", "ELU", "z, or α(eᶻ − 1) for z < 0", "A rectifier that bends smoothly to −α.", rectifiers.EluKnobs,
               rectifiers.elu, rectifiers.elu_slope, rectifiers.elu_curvature, keeps_z=True),
    Activation("gelu", "GELU", "z·Φ(z)", "z weighted by the normal distribution function.", rectifiers.GeluKnobs,
               rectifiers.gelu, rectifiers.gelu_slope, rectifiers.gelu_curvature, keeps_z=True),
    Activation("silu", "SiLU", "z·σ(z)", "z weighted by its sigmoid, also called swish.", rectifiers.SiluKnobs,
               rectifiers.silu, rectifiers.silu_slope, rectifiers.silu_curvature, keeps_z=True),
    Activation("softplus", "softplus", "log(1 + eᶻ)", "A smooth rectifier; its slope is the sigmoid.",
               rectifiers.SoftplusKnobs, rectifiers.softplus, rectifiers.softplus_slope, rectifiers.softplus_curvature),
    LINEAR,
)  # fmt: skip
