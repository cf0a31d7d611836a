"""Losses of many parameter vectors at once: landscape grids, races and sweeps as batched products.

The first layer is affine in a plane's coordinates, X·W(α, β) = X·W₀ + α X·D₁ + β X·D₂, so that on a plane it
is one product of (G, 3) with (3, n·B); the rest is a stacked product over G points and at most 512 examples.
"""

from collections.abc import Iterator

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.losses import Terms
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.learner import Learner

EXAMPLES = 512


class Stacked:
    """The stacked forward pass of one objective over one batch."""

    def __init__(self, objective: Learner, batch: Batch, stack: int) -> None:
        self._objective, self._batch, self._stack = objective, batch, stack
        self._thetas = np.zeros((stack, objective.layout.size), objective.dtype)
        self._compiled: dict[tuple[int, bool], tuple[Plan, Array, Terms]] = {}

    def losses(self, thetas: Array) -> Array:
        """L at each row of thetas (G, P): (G,)."""
        result = np.empty(len(thetas))
        with np.errstate(all="ignore"):
            for rows in self._chunks(len(thetas)):
                self._thetas[: rows.stop - rows.start] = thetas[rows]
                total = sum(self._loss(part, None) * (part.stop - part.start) for part in self._parts())
                result[rows] = self._finish(total, rows)
        return result

    def losses_on(self, origin: Array, directions: Array, coordinates: Array) -> Array:
        """L at origin (P,) + coordinates (G, 2) · directions (2, P): (G,)."""
        objective, dtype = self._objective, self._objective.dtype
        first = objective.network.layers[0].id
        mixing = np.zeros((self._stack, 3), dtype)
        mixing[:, 0] = 1.0
        result = np.empty(len(coordinates))
        with np.errstate(all="ignore"):
            span = np.vstack([origin, directions]).astype(dtype)  # (3, P)
            bases = {
                part.start: (objective.layout.block(span, first) @ self._batch.x[:, part]).reshape(3, -1)
                for part in self._parts()
            }
            for rows in self._chunks(len(coordinates)):
                mixing[: rows.stop - rows.start, 1:] = coordinates[rows]
                np.matmul(mixing, span, out=self._thetas)
                total = sum(
                    self._loss(part, mixing @ bases[part.start]) * (part.stop - part.start) for part in self._parts()
                )
                result[rows] = self._finish(total, rows)
        return result

    def _chunks(self, count: int) -> Iterator[slice]:
        for start in range(0, count, self._stack):
            yield slice(start, min(start + self._stack, count))

    def _parts(self) -> Iterator[slice]:
        for start in range(0, self._batch.size, EXAMPLES):
            yield slice(start, min(start + EXAMPLES, self._batch.size))

    def _finish(self, total: Array | int, rows: slice) -> Array:
        penalty = self._objective.penalty.value(self._thetas, self._objective.penalty_mask)
        return (np.asarray(total) / self._batch.size + penalty)[: rows.stop - rows.start]

    def _loss(self, part: slice, first: Array | None) -> Array:
        size = part.stop - part.start
        key = (size, first is not None)
        plan, products, terms = self._compiled.get(key) or self._compile(*key)
        if first is not None:
            products.reshape(self._stack, -1)[...] = first
        x, y = self._batch.x[:, part], np.ascontiguousarray(self._batch.y[:, part])
        plan.run((x, x.T, y, y.reshape(-1)))
        return np.asarray(sum(factor * values for factor, values in terms))

    def _compile(self, size: int, on_plane: bool) -> tuple[Plan, Array, Terms]:
        objective, network = self._objective, self._objective.network
        plan = Plan(objective.dtype, self._stack)
        groups = network.allocate(plan, size)
        first = plan.buffer(network.layers[0].units, size)
        network.forward(plan, self._thetas, groups, first if on_plane else None)
        terms, _ = objective.loss.compile(plan, objective.loss_knobs, groups[-1].tapes[-1].a)
        self._compiled[size, on_plane] = found = plan, first, terms
        return found
