"""A batch as the plan wants it: contiguous, feature-major, a row of ones under the inputs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, IntArray


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples of one update or of a whole split."""

    x: Array  # (F + 1, B), ones last
    xt: Array  # (B, F + 1)
    y: Array  # (C, B)
    flat_y: Array  # (C · B,), the same memory as y
    size: int


class Epoch:
    """Buffers for one pass over the examples, refilled in place so that batches keep their memory."""

    def __init__(self, xt: Array, yt: Array, size: int) -> None:
        self._sources = (xt, yt)  # (n, F + 1), (n, C)
        self._size = size
        self._xt = np.empty_like(xt)
        self._x, self._y, self._yt = np.empty(xt.size, xt.dtype), np.empty(yt.size, yt.dtype), np.empty_like(yt)
        self._made = -1
        self._batches: list[Batch] = []

    def fill(self, rows: IntArray) -> list[Batch]:
        """Return batches of the examples `rows`, in this order; the last may be short."""
        count = len(rows)
        if count != self._made:
            self._batches, self._made = list(self._cut(count)), count
        for source, gathered, blocks in zip(self._sources, (self._xt, self._yt), (self._x, self._y), strict=True):
            source.take(rows, 0, gathered[:count], "clip")
            whole, width = count // self._size * self._size, source.shape[1]
            if whole:
                shape = (whole // self._size, width, self._size)
                by_batch = gathered[:whole].reshape(shape[0], self._size, width)
                blocks[: whole * width].reshape(shape)[...] = by_batch.swapaxes(1, 2)
            if whole < count:
                tail = blocks[whole * width : count * width].reshape(width, count - whole)
                tail[...] = gathered[whole:count].T
        return self._batches

    def _cut(self, count: int) -> Iterator[Batch]:
        inputs, outputs = self._xt.shape[1], self._yt.shape[1]
        for start in range(0, count, self._size):
            stop = min(start + self._size, count)
            flat = self._y[start * outputs : stop * outputs]
            yield Batch(
                self._x[start * inputs : stop * inputs].reshape(inputs, stop - start),
                self._xt[start:stop],
                flat.reshape(outputs, stop - start),
                flat,
                stop - start,
            )


def whole(xt: Array, yt: Array) -> Batch:
    """Return one batch of all examples, xt (n, F + 1) and yt (n, C)."""
    y = np.ascontiguousarray(yt.T)
    return Batch(np.ascontiguousarray(xt.T), xt, y, y.reshape(-1), len(xt))
