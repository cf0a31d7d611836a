"""The loss on a plane through parameter space, and where the paths run in it."""

from dataclasses import dataclass
from typing import Literal

from gdexplorer.arrays import Array, IntArray
from gdexplorer.landscape.surface import Surface, Window
from gdexplorer.objectives.objective import Landmark

PlaneKind = Literal["weights", "pca", "random", "layer", "plain", "hessian", "gradient", "points", "pair"]


@dataclass(frozen=True, slots=True)
class Landscape:
    """The request for a `LandscapeReport`.

    Attributes
    ----------
    kind
        "weights": both of two parameters; "pca": the rehearsed paths' principal plane; "random", "layer", "plain":
        random directions with filter, layer or no normalization; "hessian": its top two eigenvectors; "gradient":
        gradient and the optimizer's velocity; "points": through three points of the path, or the ends of three
        lanes; "pair": two chosen parameters.
    serial
        Counts refits and re-draws: another number makes another plane.
    follow
        Whether the plane's origin moves with the point, the surface evaluated anew each time.
    pair
        Indices into θ, for "pair".
    window
        What of the plane is to be seen; None for what suits the path.
    most
        Grid points a side at which the surface ends: 49, or 97.
    profile
        Whether the true losses along the paths are wanted beside the plane's.
    arrows
        Whether gradient, update and velocity at the point are wanted.
    model
        Whether the quadratic model at the point is wanted.
    """

    kind: PlaneKind = "pca"
    serial: int = 0
    follow: bool = False
    pair: tuple[int, int] = (0, 1)
    window: Window | None = None
    most: int = 49
    profile: bool = False
    arrows: bool = False
    model: bool = False

    @property
    def plane(self) -> tuple[object, ...]:
        """What makes it another plane."""
        return (self.kind, self.serial, self.follow, self.pair if self.kind == "pair" else None)


@dataclass(frozen=True, eq=False, slots=True)
class Track:
    """One lane's path in the plane.

    Attributes
    ----------
    path, steps
        Coordinates (T, 2) of the points passed, and their steps (T,); the last is the point that is shown, in the past
        with what came after it before it.
    off_plane
        ρ_t (T,), distance of each from the plane.
    loss
        Loss with penalty over the training examples at the last point.
    run
        Of a run that was left, its id.
    """

    name: str
    note: str
    path: Array
    steps: IntArray
    off_plane: Array
    loss: float
    run: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Profile:
    """Losses along one lane's path: where it ran, and at its foot in the plane; they agree only where ρ = 0."""

    steps: IntArray | Array  # (T,)
    path: Array  # (T, 2)
    true: Array  # (T,)
    plane: Array  # (T,)


@dataclass(frozen=True, eq=False, slots=True)
class Arrows:
    """Directions at the present point, in the plane's coordinates (2,), by least squares.

    Attributes
    ----------
    gradient
        Of `examples` training examples, with penalty; it points uphill.
    update
        What the optimizer would do next with that gradient; None for those that search along lines.
    velocity
        Minus its buffer of past gradients; None for those without.
    rates
        Of two parameters: the effective learning rate of each, |update| over |velocity or gradient|.
    norm
        ‖∇L‖ in all dimensions.
    share
        Part of ‖∇L‖² that lies in the plane.
    """

    gradient: Array
    update: Array | None
    velocity: Array | None
    rates: tuple[float, float] | None
    norm: float
    share: float
    examples: int


@dataclass(frozen=True, eq=False, slots=True)
class LandscapeReport:
    """A surface, and the paths so far in its plane.

    Attributes
    ----------
    surface
        25 × 25 first, 49 × 49 or finer once it is held still.
    tracks
        One a lane, the experiment's own first.
    plane_loss
        Loss at the foot of the present point in the plane.
    model
        The quadratic model of the loss about the present point, on the surface's grid: L + gᵀd + ½ dᵀHd.
    """

    step: int
    surface_step: int
    surface: Surface
    tracks: tuple[Track, ...]
    theta: Array  # (P,) float64, the present point
    parameters: int
    plane_loss: float
    landmarks: tuple[tuple[float, float, Landmark], ...] = ()  # in coordinates, those that lie in the plane
    profiles: tuple[Profile, ...] = ()
    arrows: Arrows | None = None
    model: Array | None = None
    progress: float | None = None  # of a finer or a newer surface under way
    players: tuple[str, ...] = ()  # of a game; the surface is the first one's loss

    @property
    def path(self) -> Array:
        """The first lane's path (T, 2)."""
        return self.tracks[0].path

    @property
    def steps(self) -> IntArray:
        """Its steps (T,)."""
        return self.tracks[0].steps

    @property
    def off_plane(self) -> Array:
        """Its distances from the plane (T,)."""
        return self.tracks[0].off_plane

    @property
    def point_loss(self) -> float:
        """Loss with penalty over the training examples at the present point."""
        return self.tracks[0].loss
