"""The simple recurrent layer (Elman, 1990), trained through time: h_t = f(W_ih x_t + W_hh h_{t−1} + b)."""

from dataclasses import dataclass, field

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.nn.activations import LINEAR, Activation, LinearKnobs
from gdexplorer.nn.layers.layer import Blocks, Draw, Shape, Tape
from gdexplorer.nn.layers.recurrent import Recurrent, add_behind, add_outer, by_steps, inputs_of, rows, sequence, states
from gdexplorer.nn.layout import Block
from gdexplorer.nn.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Rnn(Recurrent):
    """A simple recurrent layer; PyTorch's two biases, which only ever act as their sum, are one."""

    inner: Activation = LINEAR  # f
    inner_knobs: Settings = field(default_factory=LinearKnobs)

    @property
    def held(self) -> int:
        """Return room for three states, z and W x + b."""
        return 5

    def blocks(self, inputs: Shape) -> tuple[Block, ...]:
        """Return W_ih with b as its last column, and W_hh."""
        return (Block(self.id, 0, (self.units, inputs[1] + 1)),
                Block(f"{self.id}.h", 0, (self.units, self.units), "weights"))  # fmt: skip

    def fill(self, blocks: Blocks, inputs: Shape, draw: Draw) -> None:
        """Draw W_ih and b, then W_hh."""
        block, gain = blocks[self.id], self.inner.gain(self.inner_knobs)
        block[:, :-1], block[:, -1] = draw(self.units, inputs[1], gain, 1)
        blocks[f"{self.id}.h"][...], _ = self.square(draw, gain)

    def forward(self, plan: Plan, tape: Tape, blocks: Blocks) -> None:
        """Add h_t = f(z_t), z_t = W_ih x_t + b + W_hh h_{t−1}."""
        steps, count, batch = tape.inputs[0], self.units, tape.batch
        x, (hidden, h), own = inputs_of(plan, tape), states(plan, steps, count, batch), plan.buffer(count, batch)
        before, z = sequence(plan, steps, count, batch) if self.inner.keeps_z else (hidden[..., count:, :], h[1:])
        for t in range(steps):
            plan.product(blocks[self.id], x[..., t, :, :], own)
            plan.product(blocks[f"{self.id}.h"], h[t], z[t])
            plan.add(np.add, z[t], own, z[t])
            self.inner.value(plan, self.inner_knobs, z[t], h[t + 1])
            self.hand_on(plan, tape, t, h[t + 1])
        tape.kept = {"x": x, "hidden": hidden[..., count:, :], "earlier": hidden[..., :-count, :], "z": before}

    def backward(self, plan: Plan, tape: Tape, blocks: Blocks, gradient: Blocks, behind: Array | None) -> None:
        """Add δ_t = f′(z_t) ∘ ∂L/∂h_t, ∂L/∂h_{t−1} = W_hhᵀ δ_t and ∂L/∂W_hh = Σ δ_t h_{t−1}ᵀ."""
        kept, steps, count, batch = tape.kept, tape.inputs[0], self.units, tape.batch
        slope, deltas, behinds = (plan.buffer(steps * count, batch) for _ in range(3))
        if tape.omit_slope:
            plan.add(slope.fill, 1.0)
        else:
            self.inner.slope(plan, self.inner_knobs, kept["z"], kept["hidden"], slope)
        for t in reversed(range(steps)):
            delta, dh = rows(deltas, t, count), rows(behinds, t, count)
            if t < steps - 1:
                plan.product(blocks[f"{self.id}.h"].mT, rows(deltas, t + 1, count), dh)
            self.take_back(plan, tape, t, dh)
            plan.add(np.multiply, dh, rows(slope, t, count), delta)
        tape.kept["hidden_delta"], found = behinds, by_steps(deltas, count)
        add_outer(plan, found, kept["x"], gradient[self.id])
        add_outer(plan, found, by_steps(kept["earlier"], count), gradient[f"{self.id}.h"])
        if behind is not None:
            add_behind(plan, blocks[self.id], found, behind)
