"""The loss on a plane through parameter space, and where the path runs in it."""

from dataclasses import dataclass
from typing import Literal

from gdexplorer.arrays import Array, IntArray
from gdexplorer.landscape.surface import Surface

PlaneKind = Literal["pca", "random", "weights"]


@dataclass(frozen=True, slots=True)
class Landscape:
    """The request for a `LandscapeReport`.

    Attributes
    ----------
    kind
        "pca": the rehearsed path's principal plane; "random": filter-normalized; "weights": both of two parameters.
    serial
        Counts refits and re-draws: another number makes another plane.
    follow
        Whether the plane's origin moves with the point, the surface evaluated anew each time.
    """

    kind: PlaneKind = "pca"
    serial: int = 0
    follow: bool = False


@dataclass(frozen=True, slots=True)
class LandscapeReport:
    """A surface, and the path so far in its plane.

    Attributes
    ----------
    surface
        25 × 25 first, 51 × 51 once it is held still.
    path, steps
        Coordinates (T, 2) of the points passed, and their steps (T,); the last is the present point.
    off_plane
        ρ_t (T,), distance of each from the plane.
    point_loss, plane_loss
        Loss with penalty over the training examples at the present point, and at its foot in the plane.
    """

    step: int
    surface_step: int
    surface: Surface
    path: Array
    steps: IntArray
    off_plane: Array
    theta: Array  # (P,) float64, the present point
    parameters: int
    point_loss: float
    plane_loss: float
