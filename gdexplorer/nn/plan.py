"""The plan: the list of calls into preallocated buffers that a network compiles itself to.

A layer, an activation or a loss contributes its calls once, when a program is compiled for a batch
size; a training step then runs ``for function, arguments in calls: function(*arguments)``. The same
contributions serve one parameter vector, buffers (n, B), and a stack of G of them, buffers (G, n, B).
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np

from gdexplorer.arrays import Array


class Hole(Enum):
    """What a plan reads from a batch and therefore does not know when it is compiled."""

    X = "inputs, (F + 1, B), a row of ones last"
    XT = "inputs, (B, F + 1), contiguous"
    Y = "targets, (C, B)"
    FLAT_Y = "targets, (C · B,)"


class Plan:
    """Calls in the order in which they run, and the buffers they write to."""

    __slots__ = ("calls", "dtype", "holes", "stack")

    def __init__(self, dtype: np.dtype[Any], stack: int = 0) -> None:
        self.calls: list[tuple[Callable[..., Any], Sequence[Any]]] = []
        self.holes: dict[Hole, list[tuple[list[Any], int]]] = {hole: [] for hole in Hole}
        self.dtype = dtype
        self.stack = stack

    def add(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Append a call; arguments that are a `Hole` are filled before each run."""
        if any(isinstance(argument, Hole) for argument in arguments):
            filled = list(arguments)
            for position, argument in enumerate(arguments):
                if isinstance(argument, Hole):
                    self.holes[argument].append((filled, position))
            self.calls.append((function, filled))
        else:
            self.calls.append((function, arguments))

    def fill(self, hole: Hole, array: Array) -> None:
        """Put the array of the coming batch into every call that waits for it."""
        for arguments, position in self.holes[hole]:
            arguments[position] = array

    def run(self) -> None:
        """Run all calls."""
        for function, arguments in self.calls:
            function(*arguments)

    def buffer(self, *shape: int) -> Array:
        """Allocate zeros of this shape, with the stack's axis in front if there is one."""
        return np.zeros((self.stack, *shape) if self.stack else shape, self.dtype)

    def scalar(self, value: float) -> Array:
        """Return a 0-d array: an operand that costs a ufunc nothing extra."""
        return np.array(value, self.dtype)

    def product(self, weight: Array, x: Array | Hole, out: Array) -> None:
        """Add ``out = weight · x`` per member of the stack."""
        if not self.stack:
            self.add(weight.dot, x, out)
        else:
            self.add(np.matmul, weight, x, out)

    def inner(self, a: Array, b: Array | Hole, out: Array) -> None:
        """Add ``out = Σ a·b`` over the last two axes; ``out`` is () or (G,), b an array like a or the targets."""
        if self.stack:
            self.add(_inner, a, Hole.FLAT_Y if b is Hole.Y else b, out)
            return
        flat = a.reshape(-1)
        assert np.may_share_memory(flat, a), "the plan needs a view, not a copy"
        self.add(flat.dot, Hole.FLAT_Y if isinstance(b, Hole) else b.reshape(-1), out)

    def total(self, a: Array, out: Array) -> None:
        """Add ``out = Σ a`` over the last two axes; ``out`` is () or (G,)."""
        self.add(np.add.reduce, a, (-2, -1), None, out)

    def column_sums(self, a: Array, out: Array) -> None:
        """Add ``out = Σ_rows a``: (…, n, B) to (…, 1, B)."""
        self.product(np.ones((1, a.shape[-2]), self.dtype), a, out)


def _inner(a: Array, b: Array, out: Array) -> None:
    flat = a.reshape(a.shape[0], -1)
    np.vecdot(flat, b if b.ndim == 1 else b.reshape(flat.shape), out=out)


def evaluate(contribute: Callable[[Plan, Array, Array], None], z: Array) -> Array:
    """Apply what an element-wise contribution would compute to an array of any shape.

    Parameters
    ----------
    contribute
        Adds calls that read ``z`` and write ``out``.
    z
        Any shape, floating.

    Returns
    -------
    Array
        ``out``, of the shape of ``z``.
    """
    plan = Plan(z.dtype)
    out = np.empty_like(z)
    contribute(plan, z.copy(), out)
    with np.errstate(all="ignore"):
        plan.run()
    return out
