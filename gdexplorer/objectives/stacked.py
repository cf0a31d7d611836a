"""Losses of many parameter vectors at once: landscape grids as batched products.

The first layer is affine in a plane's coordinates, X·W(α, β) = X·W₀ + α X·D₁ + β X·D₂, so that on a plane it
is one product of (G, 3) with (3, n·B); the rest is a stacked product over G points and at most 512 examples.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.losses import Terms
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.learner import Learner

EXAMPLES = 512
NUMBERS = 2**19  # in the buffers of all layers: about what a core's own cache holds
MOST = 64  # points; a power of two, as every stack, so that 64 points are whole stacks of any


@dataclass(frozen=True, slots=True)
class Pass:
    """The compiled forward pass of G points."""

    plan: Plan
    first: Array  # (G, n · B), where the products of the first layer stand
    terms: Terms


class Stacked:
    """The stacked forward pass for batches of one size: `stack` points at once, or as many as fit the cache."""

    def __init__(self, objective: Learner, size: int, stack: int = 0) -> None:
        self._objective, self.size = objective, size
        # by whole batches where they have statistics
        self._cuts = [slice(0, size)] if objective.buffers.size else cuts(size, EXAMPLES)
        self._affine = isinstance(objective.network.layers[0], Dense)
        fitting = NUMBERS // (objective.network.numbers * self._cuts[0].stop)
        self._stack = stack or min(1 << max(fitting.bit_length() - 1, 1), MOST)
        self._thetas = np.zeros((self._stack, objective.layout.size), objective.dtype)
        self._compiled: dict[tuple[int, bool], Pass] = {}
        self._batch: Batch | None = None
        self._parts: list[tuple[Array, ...]] = []  # its arrays, cut
        self._span = np.zeros((3, 0), objective.dtype)  # of the last plane: origin and directions (3, P)
        self._bases: list[Array] = []  # its X·W₀, X·D₁ and X·D₂ (3, n · B), for each part

    def losses(self, thetas: Array, batch: Batch) -> Array:
        """L at each row of thetas (G, P): (G,)."""
        result = np.empty(len(thetas))
        self._look_at(batch)
        with np.errstate(all="ignore"):
            for rows in self._chunks(len(thetas)):
                self._thetas[: rows.stop - rows.start] = thetas[rows]
                result[rows] = self._losses(None)[: rows.stop - rows.start]
        return result

    def losses_on(self, origin: Array, directions: Array, coordinates: Array, batch: Batch) -> Array:
        """L at origin (P,) + coordinates (G, 2) · directions (2, P): (G,)."""
        mixing = np.zeros((self._stack, 3), self._objective.dtype)
        mixing[:, 0] = 1.0
        result = np.empty(len(coordinates))
        self._look_at(batch)
        with np.errstate(all="ignore"):
            self._look_along(np.vstack([origin, directions]).astype(self._objective.dtype))
            for rows in self._chunks(len(coordinates)):
                mixing[: rows.stop - rows.start, 1:] = coordinates[rows]
                np.matmul(mixing, self._span, out=self._thetas)
                result[rows] = self._losses(mixing if self._affine else None)[: rows.stop - rows.start]
        return result

    def _look_at(self, batch: Batch) -> None:
        if batch is not self._batch or batch.x.flags.writeable:  # a mini-batch is refilled in place
            targets = [(cut, np.ascontiguousarray(batch.y[:, cut])) for cut in self._cuts]
            self._parts = [(batch.x[:, cut], batch.xt[cut], y, y.reshape(-1)) for cut, y in targets]
            self._batch, self._span = batch, self._span[:, :0]

    def _look_along(self, span: Array) -> None:
        if not np.array_equal(span, self._span):
            if not self._affine:
                self._span = span
                return
            block = self._objective.layout.block(span, self._objective.network.layers[0].id)
            self._span, self._bases = span, [(block @ x).reshape(3, -1) for x, *_ in self._parts]

    def _chunks(self, count: int) -> Iterator[slice]:
        for start in range(0, count, self._stack):
            yield slice(start, min(start + self._stack, count))

    def _losses(self, mixing: Array | None) -> Array:
        """L at `self._thetas`; the first layer's products are those of a plane if there is a mixing (G, 3)."""
        total = np.zeros(self._stack)
        for k, arrays in enumerate(self._parts):
            size, on_plane = len(arrays[1]), mixing is not None
            compiled = self._compiled.get((size, on_plane)) or self._compile(size, on_plane)
            if mixing is not None:
                np.matmul(mixing, self._bases[k], out=compiled.first)
            compiled.plan.run(arrays)
            for factor, values in compiled.terms:
                total += size * factor * values
        return total / self.size + self._objective.penalty.value(self._thetas, self._objective.penalty_mask)

    def _compile(self, size: int, on_plane: bool) -> Pass:
        objective = self._objective
        plan = Plan(objective.dtype, self._stack)
        groups = objective.network.allocate(plan, size)
        first = groups[0].tapes[0].z
        objective.network.forward(plan, self._thetas, groups, first if on_plane else None)
        terms, _ = objective.loss.compile(plan, objective.loss_knobs, groups[-1].tapes[-1].a)
        self._compiled[size, on_plane] = found = Pass(plan, first.reshape(self._stack, -1), terms)
        assert np.may_share_memory(found.first, first)
        return found


def cuts(size: int, most: int) -> list[slice]:
    """Cut a batch into equal parts of about `most` at most, all but the last a multiple of 16: of a cache line."""
    count = -(-size // most)
    step = 16 * -(-size // (16 * count))
    return [slice(start, min(start + step, size)) for start in range(0, size, step)]
