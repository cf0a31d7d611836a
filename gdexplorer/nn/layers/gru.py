"""The gated recurrent unit (Cho et al., 2014), with PyTorch's conventions, trained through time.

- r = σ(W_ir x + b_ir + W_hr h + b_hr)
- z = σ(W_iz x + b_iz + W_hz h + b_hz)
- n = tanh(W_in x + b_in + r ∘ q), q = W_hn h + b_hn
- h′ = (1 − z) ∘ n + z ∘ h
"""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.layer import Blocks, Draw, Layer, Shape, Tape
from gdexplorer.nn.layers.recurrent import Recurrent, add_behind, add_outer, by_steps, inputs_of, rows, sequence, states
from gdexplorer.nn.layout import Block
from gdexplorer.nn.plan import Plan
from gdexplorer.nn.sigmoids import SigmoidKnobs, TanhKnobs, logistic, logistic_slope, tanh, tanh_slope


@dataclass(frozen=True, slots=True, kw_only=True)
class Gru(Recurrent):
    """A layer of gated recurrent units; its blocks have the rows of r, those of z and those of n, in this order."""

    @property
    def held(self) -> int:
        """Return room for three states, the gates, both products, and h − n."""
        return 13

    def blocks(self, inputs: Shape) -> tuple[Block, ...]:
        """Return the weights of x and those of h, biases last in both."""
        return (Block(self.id, 0, (3 * self.units, inputs[1] + 1)),
                Block(f"{self.id}.h", 0, (3 * self.units, self.units + 1)))  # fmt: skip

    def resembles(self, inputs: Shape, other: Layer, others_inputs: Shape) -> bool:
        """Whether rows are those of the same gates."""
        return isinstance(other, Gru) and other.units == self.units

    def fill(self, blocks: Blocks, inputs: Shape, draw: Draw) -> None:
        """Draw each gate by itself."""
        for gate in range(3):
            x, h = (block[gate * self.units : (gate + 1) * self.units] for block in self._both(blocks))
            x[:, :-1], x[:, -1] = draw(self.units, inputs[1], 1.0, 1)
            h[:, :-1], h[:, -1] = self.square(draw, 1.0)

    def _both(self, blocks: Blocks) -> tuple[Array, Array]:
        return blocks[self.id], blocks[f"{self.id}.h"]

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add all steps; what they leave is h with a row of ones below it, the gates r, z and n, W_h h + b_h, h − n."""
        steps, units, batch = tape.inputs[0], self.units, tape.batch
        of_x, of_h = self._both(blocks)
        x, own = inputs_of(plan, tape), plan.buffer(3 * units, batch)
        hidden, h = states(plan, steps, units + 1, batch)
        by_steps(hidden, units + 1)[..., -1, :] = 1.0
        gates, gate = sequence(plan, steps, 3 * units, batch)
        products, product = sequence(plan, steps, 3 * units, batch)
        differences, difference = sequence(plan, steps, units, batch)
        for t in range(steps):
            before, after = (state[..., :-1, :] for state in h[t : t + 2])
            (r, z, n), q = _thirds(gate[t]), product[t][..., 2 * units :, :]
            switches = gate[t][..., : 2 * units, :]  # r above z
            plan.product(of_x, x[..., t, :, :], own)
            plan.product(of_h, h[t], product[t])
            plan.add(np.add, own[..., : 2 * units, :], product[t][..., : 2 * units, :], switches)
            logistic(plan, SigmoidKnobs(), switches, switches)
            plan.add(np.multiply, r, q, n)
            plan.add(np.add, n, own[..., 2 * units :, :], n)
            tanh(plan, TanhKnobs(), n, n)
            plan.add(np.subtract, before, n, difference[t])
            plan.add(np.multiply, difference[t], z, after)
            plan.add(np.add, after, n, after)
            self.hand_on(plan, tape, t, after)
        if not plan.grid:
            held = by_steps(hidden, units + 1)
            tape.kept = {"x": x, "earlier": held[..., :-1, :, :], "hidden": held[..., 1:, :-1, :],
                         "gates": by_steps(gates, 3 * units), "products": by_steps(products, 3 * units),
                         "differences": by_steps(differences, units)}  # fmt: skip

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add ∂L/∂(W_h h + b_h) = c ∘ ∂L/∂h′ and ∂L/∂h = z ∘ ∂L/∂h′ + W_hᵀ c ∘ ∂L/∂h′, step by step.

        c needs no order: z′ (h − n) for z; s = n′ (1 − z) for n; s q r′ for r, where n gets s r by way of q.
        """
        kept, steps, units, batch = tape.kept, tape.inputs[0], self.units, tape.batch
        of_x, of_h = self._both(blocks)
        factors, deltas, slope, of_inputs = (plan.buffer(steps, 3 * units, batch) for _ in range(4))
        factor_n, product = plan.buffer(steps, units, batch), plan.buffer(units, batch)
        behinds = plan.buffer(steps * (units + 1), batch)  # ∂L/∂h′ above a row that nothing reads
        gates, switches = kept["gates"], slice(0, 2 * units)
        if tape.omit_slope:
            plan.add(slope.fill, 1.0)
        else:
            logistic_slope(plan, SigmoidKnobs(), gates, gates[..., switches, :], slope[..., switches, :])
        r, z, n = _thirds(gates)
        slope_r, slope_z, slope_n = _thirds(slope)
        if not tape.omit_slope:
            tanh_slope(plan, TanhKnobs(), n, n, slope_n)
        factor_r, factor_z, factor_q = _thirds(factors)
        plan.add(np.multiply, slope_z, kept["differences"], factor_z)
        plan.add(np.subtract, plan.scalar(1), z, factor_n)
        plan.add(np.multiply, factor_n, slope_n, factor_n)
        plan.add(np.multiply, factor_n, r, factor_q)
        plan.add(np.multiply, factor_n, kept["products"][..., 2 * units :, :], factor_r)
        plan.add(np.multiply, factor_r, slope_r, factor_r)
        for t in reversed(range(steps)):
            whole = rows(behinds, t, units + 1)
            dh = whole[..., :-1, :]
            if t < steps - 1:
                later = rows(behinds, t + 1, units + 1)[..., :-1, :]
                plan.product(of_h.mT, deltas[..., t + 1, :, :], whole)
                plan.add(np.multiply, later, z[..., t + 1, :, :], product)
                plan.add(np.add, dh, product, dh)
            self.take_back(plan, tape, t, dh)
            thrice = (*dh.shape[:-2], 3, units, batch)
            plan.add(np.multiply, dh[..., None, :, :], factors[..., t, :, :].reshape(thrice),
                     deltas[..., t, :, :].reshape(thrice))  # fmt: skip
        tape.kept["hidden_delta"] = all_dh = by_steps(behinds, units + 1)[..., :-1, :]
        plan.add(np.copyto, of_inputs[..., switches, :], deltas[..., switches, :])
        plan.add(np.multiply, all_dh, factor_n, _thirds(of_inputs)[2])
        own_x, own_h = self._both(gradient)
        add_outer(plan, of_inputs, kept["x"], own_x)
        add_outer(plan, deltas, kept["earlier"], own_h)
        if behind is not None:
            add_behind(plan, of_x, of_inputs, behind)


def _thirds(array: Array) -> tuple[Array, Array, Array]:
    """Return the rows of r, of z and of n of an array (…, 3H, B)."""
    units = array.shape[-2] // 3
    first, second, third = (array[..., k * units : (k + 1) * units, :] for k in range(3))
    return first, second, third
