"""The R-operator: a Hessian times a vector v, exactly, by one pass forward and one backward.

With R{·} the derivative along v, x the inputs of a layer above ones, d = ∂L/∂a and δ = ∂L/∂z = f′ ∘ d:

    R{z} = V x + W R{x}         R{a} = f′ ∘ R{z}         R{δ} = f′ ∘ R{d} + f″ ∘ d ∘ R{z}
    R{d} of the layer below = Wᵀ R{δ} + Vᵀ δ             R{∂L/∂W} = R{δ} xᵀ + δ R{x}ᵀ

x, δ, f′ and f″ ∘ d depend on θ alone and serve any number of vectors. Unlike those of the training pass, the
buffers of all layers lie one behind the other, so that what needs no order is one call.

References
----------
Pearlmutter: "Fast exact multiplication by the Hessian", Neural Computation 6, 1994.
"""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.layer import Layer, Tape
from gdexplorer.nn.network import Network
from gdexplorer.nn.plan import Hole, Plan


@dataclass(frozen=True, slots=True)
class Part:
    """One layer's rows of the buffers."""

    layer: Layer
    tape: Tape
    rows: slice  # its n units
    whole: slice  # and the row of the ones behind them


class Tangent:
    """Buffers and calls of one network of dense layers and one batch size."""

    def __init__(self, network: Network, plan: Plan, batch: int) -> None:
        self._layout, self._groups = network.layout, network.allocate(plan, batch)
        self._parts: list[Part] = []
        start = 0
        for tape in (tape for group in self._groups for tape in group.tapes):
            stop = start + len(tape.a)
            self._parts.append(Part(tape.layer, tape, slice(start, stop), slice(start, stop + 1)))
            start = stop + 1
        # the rows of the ones hold a slope of 1 and a derivative of 0; what δ and R{d} have there, nobody reads
        self._slope = np.ones((start, batch), plan.dtype)  # f′
        self._bend, self._delta, self._rz, self._ra, self._rd, self._spare = (
            plan.buffer(start, batch) for _ in range(6)
        )  # bend: f″ ∘ d

    @property
    def outputs(self) -> Array:
        """The network's outputs (C, B)."""
        return self._parts[-1].tape.a

    @property
    def delta(self) -> Array:
        """Where ∂L/∂outputs has to stand before the pass backward."""
        return self._delta[self._parts[-1].rows]

    @property
    def along(self) -> tuple[Array, Array]:
        """R{outputs}, and where R{∂L/∂outputs} has to stand."""
        rows = self._parts[-1].rows
        return self._ra[rows], self._rd[rows]

    def forward(self, network: Network, plan: Plan, theta: Array) -> None:
        """Add the pass forward at θ."""
        network.forward(plan, theta, self._groups)

    def backward(self, plan: Plan, theta: Array) -> None:
        """Add the pass backward at θ, which leaves δ, f′ and f″ ∘ d; it needs no gradient."""
        start = 0
        for group in self._groups:
            layer, count = group.tapes[0].layer, len(group.a) - 1
            rows = slice(start, start + count)
            if layer.activation.name != "linear":
                arrays = group.z[:-1], group.a[:-1], self._slope[rows]
                layer.activation.slope(plan, layer.knobs, *arrays)
                layer.activation.curvature(plan, layer.knobs, *arrays, self._bend[rows])
            start += count + 1
        for below, part in zip([None, *self._parts[:-1]][::-1], self._parts[::-1], strict=True):
            delta = self._delta[part.rows]
            if part.layer.activation.name != "linear":
                plan.add(np.multiply, self._bend[part.rows], delta, self._bend[part.rows])
                plan.add(np.multiply, self._slope[part.rows], delta, delta)
            if below is not None:
                plan.add(self._layout.block(theta, part.layer.id).T.dot, delta, self._delta[below.whole])

    def forward_along(self, plan: Plan, theta: Array, v: Array) -> None:
        """Add the tangent pass forward."""
        below: Part | None = None
        for part in self._parts:
            rz, added = self._rz[part.rows], self._spare[part.rows]
            v_block = self._layout.block(v, part.layer.id)
            plan.add(v_block.dot, Hole.X if below is None else below.tape.output, rz)
            if below is not None:
                plan.add(self._layout.block(theta, part.layer.id).dot, self._ra[below.whole], added)
                plan.add(np.add, rz, added, rz)
            plan.add(np.multiply, rz, self._slope[part.rows], self._ra[part.rows])
            below = part

    def backward_along(self, plan: Plan, theta: Array, v: Array, out: Array) -> None:
        """Add the tangent pass backward, which writes the Hessian's product with v to `out` (P,)."""
        pairs = list(zip(self._parts[:-1], self._parts[1:], strict=True))
        rest = np.zeros_like(out)  # δ R{x}ᵀ, which is 0 in the first layer
        for below, part in pairs:
            plan.add(self._layout.block(v, part.layer.id).T.dot, self._delta[part.rows], self._rd[below.whole])
        plan.add(np.multiply, self._rd, self._slope, self._rd)
        plan.add(np.multiply, self._bend, self._rz, self._spare)
        plan.add(np.add, self._rd, self._spare, self._rd)
        for below, part in pairs[::-1]:
            id, rd = part.layer.id, self._rd[part.rows]
            plan.add(rd.dot, below.tape.output.T, self._layout.block(out, id))
            plan.add(self._delta[part.rows].dot, self._ra[below.whole].T, self._layout.block(rest, id))
            plan.add(self._layout.block(theta, id).T.dot, rd, self._spare[below.whole])
            added, rows = self._spare[below.rows], below.rows
            plan.add(np.multiply, added, self._slope[rows], added)
            plan.add(np.add, self._rd[rows], added, self._rd[rows])
        first = self._parts[0]
        plan.add(self._rd[first.rows].dot, Hole.XT, self._layout.block(out, first.layer.id))
        if pairs:
            plan.add(np.add, out, rest, out)
