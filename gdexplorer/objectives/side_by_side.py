"""Loss and gradient of several parameter vectors on one batch: a race's lanes in one pass, buffers (K, n, B).

A member of the stack gets bit for bit what it would get alone: the plan makes the same BLAS call for it, on the same
shapes, and everything else is element by element.
"""

from collections.abc import Callable, Mapping

from gdexplorer.arrays import LINE, Array, zeros
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.learner import Learner
from gdexplorer.objectives.program import Pass


class SideBySide:
    """K parameter vectors and their gradients, and the passes that are compiled for them."""

    def __init__(self, objective: Learner, count: int) -> None:
        self._objective, self._count = objective, count
        size, line = objective.layout.size, LINE // objective.dtype.itemsize
        shape = (count, -(-size // line) * line)  # so that each row begins on a cache line
        self.thetas, self.gradients = (zeros(shape, objective.dtype)[:, :size] for _ in range(2))  # (K, P)
        self._passes: dict[int, Pass] = {}  # by batch size
        self._last: Pass | None = None

    def _plan(self) -> Plan:
        return Plan(self._objective.dtype, self._count, abreast=True)

    def values_and_gradients(self, batch: Batch) -> list[float]:
        """Return L with penalty at each row of `thetas` and write ∂L/∂θ to `gradients`.

        The caller holds ``np.errstate(all="ignore")``.
        """
        compiled = self._passes.get(batch.size)
        if compiled is None:
            compiled = Pass.compiled(self._objective, self._plan(), batch.size, self.thetas, self.gradients)
            self._passes[batch.size] = compiled
        self._last = compiled
        compiled.plan.run(batch.arrays)
        values = [0.0] * self._count
        for factor, term in compiled.loss:
            values = [value + factor * number for value, number in zip(values, term.tolist(), strict=True)]
        return values

    def deltas_of(self, member: int) -> Callable[[], Mapping[str, Array]]:
        """Return what returns δ = ∂L/∂z (n, B) by layer id, of a member's last pass; views, valid until the next."""

        def deltas() -> Mapping[str, Array]:
            groups = self._last.groups if self._last else []
            return {tape.layer.id: tape.delta[member] for group in groups for tape in group.tapes}

        return deltas
