"""Penalties on weights, added to the data loss and shown apart from it; biases are exempt unless asked."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.losses import Terms
from gdexplorer.nn.plan import Plan


@dataclass(frozen=True, slots=True)
class Penalty:
    """λ₁ Σ|w| + ½ λ₂ Σw²; the subgradient of |w| is sign(w), 0 at 0."""

    l1: float = 0.0
    l2: float = 0.0
    proximal: bool = False  # whether λ₁ Σ|w| counts in the value alone, for a proximal step takes the gradient's place

    def value(self, theta: Array, mask: Array) -> Array:
        """Penalty of θ (P,) or (G, P); `mask` (P,) is 1 for what is penalized."""
        total = np.zeros(theta.shape[:-1])
        if self.l1:
            total = total + self.l1 * (np.abs(theta) @ mask)
        if self.l2:  # otherwise a square that overflows would make 0 · ∞
            total = total + 0.5 * self.l2 * (theta**2 @ mask)
        return np.asarray(total)

    def compile(self, plan: Plan, theta: Array, gradient: Array, mask: Array) -> Terms:
        """Add ``gradient += ∂penalty/∂θ``; return (factor, sum) pairs whose products sum to the penalty."""
        terms: Terms = []
        for strength, factor, shape in ((self.l1, 1.0, np.sign), (self.l2, 0.5, np.positive)):
            if strength:
                slope, value = np.empty(theta.shape, plan.dtype), plan.sum()
                plan.add(shape, theta, slope)
                plan.add(np.multiply, slope, np.asarray(strength * mask, plan.dtype), slope)
                plan.inner(theta[..., None, :], slope[..., None, :], value)
                if not (self.proximal and shape is np.sign):
                    plan.add(np.add, gradient, slope, gradient)
                terms.append((factor, value.values))
        return terms

    def tangent(self, plan: Plan, v: Array, out: Array, mask: Array) -> None:
        """Add ``out += ∂²penalty/∂θ² v``, where |w| contributes nothing."""
        if self.l2:
            bent = np.empty(v.shape, plan.dtype)
            plan.add(np.multiply, v, np.asarray(self.l2 * mask, plan.dtype), bent)
            plan.add(np.add, out, bent, out)
