"""The plan: the list of calls into preallocated buffers that a network compiles itself to.

A layer, an activation or a loss contributes its calls once, when a program is compiled for a batch
size; a training step then runs ``for function, arguments in calls: function(*arguments)``. The same
contributions serve one parameter vector, buffers (n, B), and a stack of G of them, buffers (G, n, B).
A stack is a grid, whose losses are all that is wanted, or it trains: `abreast`. Each member of the latter gets bit
for bit what it would get alone, for NumPy makes the same BLAS call for it, on operands of the same shape and strides.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, zeros


class Hole(IntEnum):
    """What a plan reads from a batch and therefore does not know when it is compiled: an index into its arrays."""

    X = 0  # inputs, (F + 1, B), a row of ones last
    XT = 1  # inputs, (B, F + 1), contiguous
    Y = 2  # targets, (C, B)
    FLAT_Y = 3  # targets, (C · B,)
    MASKS = 4  # of layers that drop units, (rows, B), where the batch has any


class Plan:
    """Calls in the order in which they run, and the buffers they write to."""

    __slots__ = ("abreast", "calls", "dtype", "grid", "holes", "stack")

    def __init__(self, dtype: np.dtype[Any], stack: int = 0, abreast: bool = False) -> None:
        self.calls: list[tuple[Callable[..., Any], Sequence[Any]]] = []
        self.holes: list[tuple[list[Any], int, int]] = []  # (arguments, position in them, Hole)
        self.dtype = dtype
        self.stack = stack
        self.abreast = abreast
        self.grid = stack > 0 and not abreast

    def add(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Append a call; arguments that are a `Hole` are filled before each run."""
        if self.abreast and isinstance(function, np.ufunc) and function.signature is None:
            arguments = tuple(map(_flat_member, arguments))
        if any(isinstance(argument, Hole) for argument in arguments):
            filled = list(arguments)
            for position, argument in enumerate(arguments):
                if isinstance(argument, Hole):
                    self.holes.append((filled, position, int(argument)))
            self.calls.append((function, filled))
        else:
            self.calls.append((function, arguments))

    def run(self, arrays: Sequence[Array] = ()) -> None:
        """Put the arrays of a batch, in the order of `Hole`, where they are waited for, and run all calls."""
        for filled, position, hole in self.holes:
            filled[position] = arrays[hole]
        for function, arguments in self.calls:
            function(*arguments)

    def buffer(self, *shape: int) -> Array:
        """Allocate zeros of this shape, with the stack's axis in front if there is one."""
        return zeros((self.stack, *shape) if self.stack else shape, self.dtype)

    def sum(self) -> "Sum":
        """Allocate room for a sum over a batch: one number, or one for each member of the stack."""
        return Sum(np.zeros(self.stack or 1, self.dtype))

    def scalar(self, value: float) -> Array:
        """Return a 0-d array: an operand that costs a ufunc nothing extra."""
        return np.array(value, self.dtype)

    def product(self, weight: Array, x: Array | Hole, out: Array) -> None:
        """Add ``out = weight · x`` per member of the stack."""
        if not self.stack:
            self.add(weight.dot, x, out)
        else:
            self.add(np.matmul, weight, x, out)

    def inner(self, a: Array, b: Array | Hole, out: "Sum") -> None:
        """Add ``out = Σ a·b`` over the last two axes, b an array like a or the targets."""
        if self.stack:
            self.add(np.vecdot, _flat(a), _flat(b), out.values)
        else:
            self.add(_flat(a).dot, _flat(b), out.scalar)

    def total(self, a: Array, out: "Sum") -> None:
        """Add ``out = Σ a`` over the last two axes."""
        self.inner(a, np.ones(a.shape[-2:], self.dtype), out)  # a third of the price of a reduction


class Sum:
    """Sums over a batch, (1,) or (G,). Ufuncs write 0-d arrays at three times the price, products need them."""

    __slots__ = ("scalar", "values")

    def __init__(self, values: Array) -> None:
        self.values = values
        self.scalar = values[:1].reshape(())


def _flat_member(a: Any) -> Any:
    """Return an operand as rows, which NumPy iterates over in half the time: those of a stack, or the targets."""
    return _flat(a) if a is Hole.Y or (isinstance(a, np.ndarray) and a.ndim == 3) else a


def _flat(a: Array | Hole) -> Any:
    """Return a view of an array whose last two axes are one."""
    if isinstance(a, Hole):
        return Hole.FLAT_Y
    flat = a.reshape(*a.shape[:-2], -1)
    assert np.may_share_memory(flat, a), "the plan needs a view, not a copy"
    return flat


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
