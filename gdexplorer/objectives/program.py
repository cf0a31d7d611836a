"""The compiled form of a supervised objective: one plan a batch size, bound to the arrays it works on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.losses import Terms
from gdexplorer.nn.network import Group, Memory, Network
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives import per_sample
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.hessian import Differences, Hessian
from gdexplorer.objectives.learner import Learner
from gdexplorer.objectives.objective import Product, Score
from gdexplorer.objectives.stacked import Stacked, cuts

NUMBERS = 2**18  # in the buffers of a pass forward: what stays near a core


@dataclass(slots=True)
class Pass:
    """One compiled plan and what it leaves behind."""

    plan: Plan
    groups: list[Group]
    loss: Terms  # with penalty after a backward pass, without it after a forward pass alone

    @classmethod
    def compiled(cls, objective: Learner, plan: Plan, size: int, theta: Array, out: Array | None,
                 memory: Memory | None = None, masked: bool = False, apart: bool = False) -> "Pass":  # fmt: skip
        """Compile the pass forward of θ (P,) or (G, P) for batches of a size, with `out` the one backward too."""
        network = objective.network
        groups = network.allocate(plan, size, apart)
        network.forward(plan, theta, groups, memory=memory, masked=masked)
        last = groups[-1].tapes[-1]
        loss, add_delta = objective.loss.compile(plan, objective.loss_knobs, last.a)
        if out is not None:
            add_delta(last.delta)
            network.backward(plan, theta, groups, out)
            loss += objective.penalty.compile(plan, theta, out, objective.penalty_mask)
        return cls(plan, groups, loss)


class SupervisedProgram:
    """See `gdexplorer.objectives.objective.Program`."""

    def __init__(self, objective: Learner, stack: int = 0) -> None:
        self._objective = objective
        self._stack = stack
        self._stacked: Stacked | None = None  # for the last batch size
        self._theta: Array | None = None
        self._out: Array | None = None
        self._remembers = objective.buffers.size > 0
        self._buffers: Array = np.zeros(0)
        self._next: Array = self._buffers
        self._forwards: dict[int, Pass] = {}  # by batch size
        self._passes: dict[int, Pass] = {}  # forward and backward, by batch size, negative with masks
        self._last: Pass | None = None
        self._hessian: tuple[int, Hessian | Differences] | None = None  # of the last batch size

    def value_and_gradient(self, theta: Array, buffers: Array, batch: Batch, out: Array) -> float:
        """Return L(θ) with penalty and write ∂L/∂θ (P,); the caller holds ``np.errstate(all="ignore")``."""
        if theta is not self._theta or out is not self._out or (self._remembers and buffers is not self._buffers):
            self._bind(theta, out, buffers)
        self._last = compiled = self._passes.get(batch.key) or self._compile_pass(batch.key)
        compiled.plan.run(batch.arrays)
        value = 0.0
        for factor, term in compiled.loss:
            value += factor * term.item()
        return value

    def next_buffers(self, out: Array) -> None:
        """Write what running statistics become after the last `value_and_gradient`; nothing if there was none."""
        if self._next.size:
            np.copyto(out, self._next)

    def _bind(self, theta: Array, out: Array | None, buffers: Array) -> None:
        self._theta, self._out = theta, out
        if self._remembers:
            self._buffers, self._next = buffers, np.empty_like(buffers)
        self._forwards.clear()
        self._passes.clear()

    def _compile_pass(self, key: int) -> Pass:
        assert self._theta is not None
        memory = Memory(self._buffers, self._next) if self._buffers.size else None
        plan = Plan(self._objective.dtype)
        compiled = Pass.compiled(self._objective, plan, abs(key), self._theta, self._out, memory, key < 0)
        self._passes[key] = compiled
        return compiled

    def _compile_forward(self, size: int) -> Pass:
        assert self._theta is not None
        memory = Memory(self._buffers, None) if self._remembers else None
        plan = Plan(self._objective.dtype)
        compiled = self._forwards[size] = Pass.compiled(self._objective, plan, size, self._theta, None, memory)
        return compiled

    def _forward(self, theta: Array, buffers: Array, batch: Batch) -> Pass:
        if theta is not self._theta or (self._remembers and buffers is not self._buffers):
            self._bind(theta, None, buffers)
        compiled = self._forwards.get(batch.size) or self._compile_forward(batch.size)
        with np.errstate(all="ignore"):
            compiled.plan.run(batch.arrays)
        return compiled

    def hvp(self, theta: Array, v: Array, buffers: Array, batch: Batch, out: Array) -> None:
        """Write ∂²L/∂θ² v (P,), penalty included; exactly for dense layers, by central differences for others."""
        if self._hessian is None or self._hessian[0] != batch.size:
            self._hessian = batch.size, self._hessian_for(batch)
        hessian = self._hessian[1]
        hessian.move(theta, batch)
        hessian.times(v, out)

    def _hessian_for(self, batch: Batch) -> Hessian | Differences:
        if self._objective.network.plain:
            return Hessian(self._objective, batch.size)
        exact = self._objective.in_precision(np.float64)
        return Differences(SupervisedProgram(exact).value_and_gradient, exact.fresh_buffers())

    def linearize(self, theta: Array, buffers: Array, batch: Batch) -> Product:
        """Return v ↦ ∂²L/∂θ² v at this θ, whatever becomes of `theta`; valid as long as the batch is."""
        hessian = self._hessian_for(batch)
        hessian.move(theta, batch)

        def product(v: Array) -> Array:
            out = np.empty_like(theta)
            hessian.times(v, out)
            return out

        return product

    def sample_gradients(self, theta: Array, buffers: Array, batch: Batch) -> Array:
        """Return ∂L/∂θ (B, P) for each example alone, with penalty, no unit dropped; see `per_sample`."""

        def compile(size: int, theta: Array, out: Array) -> tuple[Plan, list[Group]]:
            compiled = Pass.compiled(self._objective, Plan(self._objective.dtype), size, theta, out)
            return compiled.plan, compiled.groups

        return per_sample.gradients(self._objective, compile, theta, batch)

    def score(self, theta: Array, buffers: Array, batch: Batch) -> Score:
        """Data loss and accuracy of a full split."""
        loss, right, decide = 0.0, 0, self._objective.loss.decide
        for part in self._parts(batch):
            compiled = self._forward(theta, buffers, part)
            loss += part.size / batch.size * sum(factor * term.item() for factor, term in compiled.loss)
            if self._objective.task != "regression":
                right += int(np.count_nonzero(decide(compiled.groups[-1].tapes[-1].a) == decide(part.y)))
        return Score(loss, None if self._objective.task == "regression" else right / batch.size)

    def _parts(self, batch: Batch) -> list[Batch]:
        """Cut a split where a pass of other than dense layers would take a gigabyte and be slow for it."""
        network = self._objective.network
        if network.plain or batch.size <= (most := max(NUMBERS // network.numbers, 16)):
            return [batch]
        return [batch.part(cut) for cut in cuts(batch.size, most)]

    def losses(self, thetas: Array, buffers: Array, batch: Batch) -> Array:
        """L at each row of thetas (G, P), with penalty: (G,)."""
        return self._stacked_for(batch).losses(thetas, batch)

    def losses_on(self, origin: Array, directions: Array, coordinates: Array, buffers: Array, batch: Batch) -> Array:
        """L at origin (P,) + coordinates (G, 2) · directions (2, P), with penalty: (G,)."""
        return self._stacked_for(batch).losses_on(origin, directions, coordinates, batch)

    def _stacked_for(self, batch: Batch) -> Stacked:
        if self._stacked is None or self._stacked.size != batch.size:
            self._stacked = Stacked(self._objective, batch.size, self._stack)
        return self._stacked

    def predict(self, theta: Array, buffers: Array, x: Array, start: int = 0, stop: int | None = None) -> Array:
        """Outputs (n, C), after the activation, of the layers from `start` to `stop` for x (n, …), in evaluation."""
        objective, whole = self._objective, self._objective.network
        part = whole if (start, stop) == (0, None) else Network(whole.shapes[start], whole.layers[start:stop])
        inputs = objective.encode(x) if start == 0 else np.column_stack([x, np.ones(len(x))]).astype(objective.dtype)
        before = Network(whole.shape, whole.layers[:start])
        own, memory = theta[before.layout.size :][: part.layout.size], None
        if part.buffers.size:
            memory = Memory(buffers[before.buffers.size :][: part.buffers.size], None)
        plan = Plan(objective.dtype)
        groups = part.allocate(plan, len(x))
        part.forward(plan, own, groups, memory=memory)
        with np.errstate(all="ignore"):
            plan.run((np.ascontiguousarray(inputs.T),))
        return groups[-1].tapes[-1].a.T.copy()

    def deltas(self) -> Mapping[str, Array]:
        """δ = ∂L/∂z (n, B) by layer id, of the last `value_and_gradient`; views, valid until the next."""
        if self._last is None:
            return {}
        return {tape.layer.id: tape.delta for group in self._last.groups for tape in group.tapes}

    def masks(self) -> Mapping[str, Array]:
        """Masks (n, B) by layer id, of the last `value_and_gradient`; views, valid until the next."""
        tapes = [tape for group in self._last.groups for tape in group.tapes] if self._last else []
        return {tape.layer.id: tape.mask for tape in tapes if tape.mask is not None}

    def trace(self, theta: Array, buffers: Array, batch: Batch) -> Mapping[str, Array]:
        """Copies of z, a and δ, each (n, B), by ``f"{layer}.z"`` and so on, and what else a layer has to show."""
        memory = Memory(buffers, np.empty_like(buffers)) if buffers.size else None
        compiled = Pass.compiled(self._objective, Plan(self._objective.dtype), batch.size, theta, np.empty_like(theta),
                                 memory, batch.masked, apart=True)  # fmt: skip
        with np.errstate(all="ignore"):
            compiled.plan.run(batch.arrays)
        found: dict[str, Array] = {}
        for tape in (tape for group in compiled.groups for tape in group.tapes):
            shown = {"z": tape.z, "a": tape.a, "delta": tape.delta, **tape.layer.shown(tape)}
            found |= {f"{tape.layer.id}.{name}": array.copy() for name, array in shown.items()}
        return found
