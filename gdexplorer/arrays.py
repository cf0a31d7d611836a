"""The array types that every layer of the house speaks of."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
IntArray: TypeAlias = NDArray[np.integer[Any]]
BoolArray: TypeAlias = NDArray[np.bool_]


def frozen(array: Array) -> Array:
    """Return a read-only copy, for what crosses a boundary between threads."""
    copy = array.copy()
    copy.setflags(write=False)
    return copy
