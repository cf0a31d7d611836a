"""A supervised objective's Hessian: compiled to two plans, one for a point and one for a vector, or by differences."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.plan import Plan
from gdexplorer.nn.tangent import Tangent
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.learner import Learner


class Hessian:
    """∂²L/∂θ², penalty included, for batches of one size.

    θ, v and the product live in buffers of their own: other arrays cost a copy of P numbers, not another plan.
    """

    def __init__(self, objective: Learner, size: int) -> None:
        network, loss, mask = objective.network, objective.loss, objective.penalty_mask
        self._point, self._along = Plan(objective.dtype), Plan(objective.dtype)
        theta, self._v, self._out = (self._point.buffer(network.layout.size) for _ in range(3))
        self._theta = theta
        tangent = Tangent(network, self._point, size)

        tangent.forward(network, self._point, theta)
        _, add_delta = loss.compile(self._point, objective.loss_knobs, tangent.outputs)
        add_delta(tangent.delta)
        add_along = loss.tangent(self._point, objective.loss_knobs, tangent.outputs)
        tangent.backward(self._point, theta)

        tangent.forward_along(self._along, theta, self._v)
        add_along(self._along, *tangent.along)
        tangent.backward_along(self._along, theta, self._v, self._out)
        objective.penalty.tangent(self._along, self._v, self._out, mask)

    def move(self, theta: Array, batch: Batch) -> None:
        """Stand at θ (P,): one forward and one backward pass, which serve every product until the next move."""
        np.copyto(self._theta, theta)
        with np.errstate(all="ignore"):
            self._point.run(batch.arrays)
        self._batch = batch

    def times(self, v: Array, out: Array) -> None:
        """Write the Hessian's product with v (P,) to `out` (P,)."""
        with np.errstate(all="ignore"):
            np.copyto(self._v, v, casting="same_kind")
            self._along.run(self._batch.arrays)
            np.copyto(out, self._out, casting="same_kind")


class Differences:
    """∂²L/∂θ² v as (g(θ + εv) − g(θ − εv)) / 2ε in float64, for networks with layers that have no R-operator.

    ε ‖v‖ = 6·10⁻⁶ (1 + ‖θ‖), the cube root of the unit roundoff, where truncation and rounding balance.
    """

    def __init__(self, value_and_gradient: Callable[[Array, Array, Batch, Array], float], buffers: Array) -> None:
        self._gradient, self._buffers = value_and_gradient, buffers

    def move(self, theta: Array, batch: Batch) -> None:
        """Stand at θ (P,)."""
        self._theta = theta.astype(np.float64)
        self._moved, self._above, self._below = (np.empty_like(self._theta) for _ in range(3))
        self._batch = replace(batch, arrays=tuple(np.asarray(array, np.float64) for array in batch.arrays))

    def times(self, v: Array, out: Array) -> None:
        """Write the Hessian's product with v (P,) to `out` (P,)."""
        length = float(np.linalg.norm(v))
        if length == 0.0:
            out.fill(0.0)
            return
        step = np.cbrt(np.finfo(float).eps) * (1 + float(np.linalg.norm(self._theta))) / length
        difference = np.empty_like(self._theta)
        with np.errstate(all="ignore"):
            for sign, gradient in ((1.0, difference), (-1.0, self._below)):
                np.add(self._theta, sign * step * v, self._moved)
                self._gradient(self._moved, self._buffers, self._batch, self._above)
                np.copyto(gradient, self._above)
            np.subtract(difference, self._below, difference)
            np.divide(difference, 2 * step, out, casting="same_kind")
