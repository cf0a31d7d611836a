"""A batch as the plan wants it: contiguous, feature-major, a row of ones under the inputs."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, IntArray, frozen, zeros
from gdexplorer.nn.plan import Hole

NUMBERS = 2**17  # of inputs to lay out at once: what is still near the core when its batch comes


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples of one update or of a whole split."""

    arrays: tuple[Array, ...]  # of a network: in the order of `Hole`; of a function: the noise on its gradient (2,)
    size: int
    movers: tuple[int, ...] = (0,)  # whose turn it is: players of the objective, one unless they move at once
    key: int = 0  # of a network, what it compiles itself for: the size, negative where the last array holds masks

    @property
    def masked(self) -> bool:
        """Whether the last array holds masks."""
        return self.key < 0

    def with_masks(self, masks: Array) -> "Batch":
        """Return the same examples with masks (rows, B) for the layers that drop units."""
        return Batch((*self.arrays[: Hole.MASKS], masks), self.size, key=-self.size)

    def part(self, cut: slice) -> "Batch":
        """Return some of the examples, without masks."""
        y = np.ascontiguousarray(self.y[:, cut])
        return Batch.of(self.x[:, cut], self.xt[cut], y.reshape(-1))

    @classmethod
    def of(cls, x: Array, xt: Array, flat_y: Array) -> "Batch":
        """Join inputs x (F + 1, B), xt (B, F + 1), ones last, and targets (C · B,)."""
        return cls((x, xt, flat_y.reshape(-1, len(xt)), flat_y), len(xt), key=len(xt))

    @property
    def x(self) -> Array:
        """Inputs (F + 1, B), a row of ones last."""
        return self.arrays[Hole.X]

    @property
    def xt(self) -> Array:
        """Inputs (B, F + 1)."""
        return self.arrays[Hole.XT]

    @property
    def y(self) -> Array:
        """Targets (C, B)."""
        return self.arrays[Hole.Y]


class Portion:
    """Buffers for the next batches of an epoch, refilled in place so that batches keep their memory."""

    def __init__(self, xt: Array, yt: Array, size: int) -> None:
        self._sources = (xt, yt)  # (n, F + 1), (n, C)
        self._size = size
        self.examples = max(NUMBERS // (size * xt.shape[1]), 1) * size  # at most, whole batches
        count = min(self.examples, len(xt))
        self._gathered = [zeros((count, source.shape[1]), source.dtype) for source in self._sources]
        self._count = -1
        self._batches: list[Batch] = []
        self._taken: list[tuple[Array, Array]] = []  # (source, what is gathered from it)
        self._transposed: list[tuple[Array, Array]] = []  # (blocks, what is gathered for them)

    def fill(self, rows: IntArray) -> list[Batch]:
        """Return batches of the examples `rows`, no more than `examples`, in this order; the last may be short."""
        if len(rows) != self._count:
            self._cut(len(rows))
        for source, gathered in self._taken:
            source.take(rows, 0, gathered, "clip")
        for blocks, examples in self._transposed:
            np.copyto(blocks, examples)
        return self._batches

    def _cut(self, count: int) -> None:
        """Lay out batches of `count` examples, each contiguous in itself."""
        size, self._count, self._transposed = self._size, count, []
        xt, yt = (gathered[:count] for gathered in self._gathered)
        self._taken = list(zip(self._sources, (xt, yt), strict=True))
        x, flat_y = self._blocks(xt), self._blocks(yt) if yt.shape[1] > 1 else yt.reshape(-1)
        self._batches = []
        for start in range(0, count, size):
            stop = min(start + size, count)
            inputs, outputs = (slice(start * width, stop * width) for width in (xt.shape[1], yt.shape[1]))
            self._batches.append(Batch.of(x[inputs].reshape(-1, stop - start), xt[start:stop], flat_y[outputs]))

    def _blocks(self, gathered: Array) -> Array:
        """Return memory for feature-major blocks of examples (n, width), to be copied at each filling."""
        blocks, width = zeros(gathered.size, gathered.dtype), gathered.shape[1]
        whole = self._count // self._size * self._size
        for start, stop, size in ((0, whole, self._size), (whole, self._count, self._count - whole)):
            if start < stop:
                shape = ((stop - start) // size, size, width)
                target = blocks[start * width : stop * width].reshape(shape[0], width, size)
                self._transposed.append((target, gathered[start:stop].reshape(shape).swapaxes(1, 2)))
        return blocks


def whole(xt: Array, yt: Array) -> Batch:
    """Return one batch of all examples, xt (n, F + 1) and yt (n, C); unlike a mini-batch it cannot be refilled."""
    return Batch.of(frozen(xt.T), xt, frozen(yt.T).reshape(-1))
