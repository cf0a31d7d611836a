"""What a network may be given instead of the two raw inputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array


@dataclass(frozen=True, slots=True)
class Feature:
    """One number computed from the inputs x and y (in radians for the sines)."""

    name: str
    label: str
    of: Callable[[Array, Array], Array]


FEATURES = (
    Feature("x", "x", lambda x, y: x),
    Feature("y", "y", lambda x, y: y),
    Feature("x2", "x²", lambda x, y: x * x),
    Feature("y2", "y²", lambda x, y: y * y),
    Feature("xy", "x·y", lambda x, y: x * y),
    Feature("sin_x", "sin x", lambda x, y: np.sin(x)),
    Feature("sin_y", "sin y", lambda x, y: np.sin(y)),
)
_BY_NAME = {feature.name: feature for feature in FEATURES}


def expand(x: Array, names: Sequence[str]) -> Array:
    """Return the named features of points in the plane, in the order of the names.

    Parameters
    ----------
    x : Array, shape (n, 2)
    names : sequence of str
        Names from `FEATURES`.

    Returns
    -------
    Array, shape (n, len(names))

    Raises
    ------
    ValueError
        If the points do not have two coordinates, or a name is unknown, or none is given.
    """
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"Features need two inputs x and y for each example, not an array of shape {x.shape}.")
    if not names:
        raise ValueError(f"No input feature is chosen; choose at least one of {', '.join(_BY_NAME)}.")
    for name in names:
        if name not in _BY_NAME:
            raise ValueError(f"There is no input feature '{name}'; choose from {', '.join(_BY_NAME)}.")
    return np.column_stack([_BY_NAME[name].of(x[:, 0], x[:, 1]) for name in names])
