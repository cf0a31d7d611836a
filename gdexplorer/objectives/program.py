"""The compiled form of a supervised objective: one plan a batch size, bound to the arrays it works on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.losses import Terms
from gdexplorer.nn.network import Group
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.hessian import Hessian
from gdexplorer.objectives.learner import Learner
from gdexplorer.objectives.objective import Product, Score
from gdexplorer.objectives.stacked import Stacked


@dataclass(slots=True)
class Pass:
    """One compiled plan and what it leaves behind."""

    plan: Plan
    groups: list[Group]
    loss: Terms  # with penalty after a backward pass, without it after a forward pass alone

    @classmethod
    def compiled(cls, objective: Learner, plan: Plan, size: int, theta: Array, out: Array | None) -> "Pass":
        """Compile the pass forward of θ (P,) or (G, P) for batches of a size, with `out` the one backward too."""
        network = objective.network
        groups = network.allocate(plan, size)
        network.forward(plan, theta, groups)
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
        self._forwards: dict[int, Pass] = {}  # by batch size
        self._passes: dict[int, Pass] = {}  # forward and backward
        self._last: Pass | None = None
        self._hessian: tuple[int, Hessian] | None = None  # of the last batch size

    def value_and_gradient(self, theta: Array, buffers: Array, batch: Batch, out: Array) -> float:
        """Return L(θ) with penalty and write ∂L/∂θ (P,); the caller holds ``np.errstate(all="ignore")``."""
        if theta is not self._theta or out is not self._out:
            self._bind(theta, out)
        self._last = compiled = self._passes.get(batch.size) or self._compile(batch.size, self._passes)
        compiled.plan.run(batch.arrays)
        value = 0.0
        for factor, term in compiled.loss:
            value += factor * term.item()
        return value

    def _bind(self, theta: Array, out: Array | None) -> None:
        self._theta, self._out = theta, out
        self._forwards.clear()
        self._passes.clear()

    def _compile(self, size: int, kept: dict[int, Pass]) -> Pass:
        assert self._theta is not None
        plan = Plan(self._objective.dtype)
        out = self._out if kept is self._passes else None
        compiled = kept[size] = Pass.compiled(self._objective, plan, size, self._theta, out)
        return compiled

    def _forward(self, theta: Array, batch: Batch) -> Pass:
        if theta is not self._theta:
            self._bind(theta, None)
        compiled = self._forwards.get(batch.size) or self._compile(batch.size, self._forwards)
        with np.errstate(all="ignore"):
            compiled.plan.run(batch.arrays)
        return compiled

    def hvp(self, theta: Array, v: Array, buffers: Array, batch: Batch, out: Array) -> None:
        """Write ∂²L/∂θ² v (P,), penalty included, exactly."""
        if self._hessian is None or self._hessian[0] != batch.size:
            self._hessian = batch.size, Hessian(self._objective, batch.size)
        hessian = self._hessian[1]
        hessian.move(theta, batch)
        hessian.times(v, out)

    def linearize(self, theta: Array, buffers: Array, batch: Batch) -> Product:
        """Return v ↦ ∂²L/∂θ² v at this θ, whatever becomes of `theta`; valid as long as the batch is."""
        hessian = Hessian(self._objective, batch.size)
        hessian.move(theta, batch)

        def product(v: Array) -> Array:
            out = np.empty_like(theta)
            hessian.times(v, out)
            return out

        return product

    def score(self, theta: Array, buffers: Array, batch: Batch) -> Score:
        """Data loss and accuracy of a full split."""
        compiled = self._forward(theta, batch)
        loss = sum(factor * term.item() for factor, term in compiled.loss)
        if self._objective.task == "regression":
            return Score(loss, None)
        decide = self._objective.loss.decide
        right = decide(compiled.groups[-1].tapes[-1].a) == decide(batch.y)
        return Score(loss, np.count_nonzero(right) / batch.size)

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

    def predict(self, theta: Array, buffers: Array, x: Array) -> Array:
        """Outputs (n, C), after the output layer's activation, for raw inputs x (n, d)."""
        objective = self._objective
        inputs = objective.encode(x)
        plan = Plan(objective.dtype)
        groups = objective.network.allocate(plan, len(x))
        objective.network.forward(plan, theta, groups)
        with np.errstate(all="ignore"):
            plan.run((np.ascontiguousarray(inputs.T),))
        return groups[-1].tapes[-1].a.T.copy()

    def deltas(self) -> Mapping[str, Array]:
        """δ = ∂L/∂z (n, B) by layer id, of the last `value_and_gradient`; views, valid until the next."""
        if self._last is None:
            return {}
        return {tape.layer.id: tape.delta for group in self._last.groups for tape in group.tapes}

    def trace(self, theta: Array, buffers: Array, batch: Batch) -> Mapping[str, Array]:
        """Copies of z, a and δ, each (n, B), by ``f"{layer}.z"`` and so on."""
        program = SupervisedProgram(self._objective)
        with np.errstate(all="ignore"):
            program.value_and_gradient(theta, buffers, batch, np.empty_like(theta))
        assert program._last is not None
        found: dict[str, Array] = {}
        x = batch.x
        for tape in (tape for group in program._last.groups for tape in group.tapes):
            found[f"{tape.layer.id}.z"] = self._objective.layout.block(theta, tape.layer.id) @ x
            found[f"{tape.layer.id}.a"] = tape.a.copy()
            found[f"{tape.layer.id}.delta"] = tape.delta.copy()
            x = tape.output
        return found
