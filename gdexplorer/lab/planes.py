"""Choosing a plane: the paths so far, the paths ahead if nothing is changed, and where they are to be looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.lab.run import Run
from gdexplorer.lab.tangents import gradient_of, velocity_of
from gdexplorer.landscape import plane as planes
from gdexplorer.landscape.curvature import lanczos
from gdexplorer.landscape.plane import Normalization, Plane
from gdexplorer.landscape.principal import principal
from gdexplorer.landscape.surface import Window, around
from gdexplorer.probes.landscape import Landscape

REHEARSAL = 1200  # updates, unless the experiment says where it pauses
LEAST_REHEARSAL = 100
PLANE_POINTS = 256
NEAR = 100  # times 1 + ‖θ‖: farther points do not choose the plane
LANCZOS_STEPS = 30
_NORMALIZATIONS: dict[str, Normalization] = {"random": "filter", "layer": "layer", "plain": "none"}
UNIT = Window((-1.0, 1.0), (-1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a plane is chosen from, captured between two updates."""

    request: Landscape
    captures: tuple[Run, ...]  # of the lanes, to be trained ahead
    paths: tuple[tuple[Array, ...], ...]  # so far
    theta: Array  # (P,) float64
    velocity: Array | None
    like: Plane | None = None  # the principal plane before, whose signs are kept

    @classmethod
    def of(cls, request: Landscape, runs: Sequence[Run], like: Plane | None = None) -> "Choice":
        """Capture lanes."""
        theta = frozen(runs[0].state.theta.astype(np.float64))
        captures = tuple(Run.of(run.state.copy(), run.catalogue) for run in runs)
        paths, velocity = tuple(run.trail.points for run in runs), velocity_of(*runs[0].state.slots)
        return cls(request, captures, paths, theta, velocity, like)


def choose(choice: Choice) -> tuple[Plane, Window]:
    """Return a plane and the window on it that suits the paths."""
    request, theta, main = choice.request, choice.theta, choice.captures[0]
    objective = main.objective
    rng = np.random.default_rng([main.state.experiment.seed, request.serial])
    match request.kind:
        case "random" | "layer" | "plain":
            return planes.random(theta, objective.layout, rng, _NORMALIZATIONS[request.kind]), UNIT
        case "hessian":
            return _eigenvectors(choice, rng)
        case "gradient":
            velocity = np.zeros_like(theta) if choice.velocity is None else choice.velocity
            return _about(planes.descent(theta, gradient_of(objective, main.state), velocity), choice)
        case "pair":
            if max(request.pair) >= theta.size:
                raise ValueError(f"There is no parameter {max(request.pair) + 1:,} among {theta.size:,}; pick two "
                                 "weights of the present network.")  # fmt: skip
            first, second = objective.layout.name(request.pair[0]), objective.layout.name(request.pair[1])
            return _about(planes.pair(theta, *request.pair, (first, second)), choice)
        case "points":
            return _through_points(choice)
    if request.kind == "weights" and theta.size == 2:
        plane = replace(planes.identity(), axes=objective.axes)
        if (box := objective.domain) is not None:
            return plane, Window(*box)
        return plane, around(plane.project(np.vstack(_ahead(choice)))[0])
    rows = _ahead(choice)
    plane = principal(*rows, like=choice.like)
    return plane, around(plane.project(np.vstack(rows))[0])


def _ahead(choice: Choice) -> list[Array]:
    """Return each lane's path (T, P), past and ahead, without what lies too far off to be seen with the rest."""
    found = []
    each = max(PLANE_POINTS // len(choice.captures), 8)
    for capture, past in zip(choice.captures, choice.paths, strict=True):
        pause = capture.state.experiment.show.pause_at
        left = pause - capture.state.step
        capture.advance(left if left >= LEAST_REHEARSAL else REHEARSAL)
        rows = np.stack([*past[-each:], *capture.recorder.path.points, capture.state.theta]).astype(np.float64)
        # a run that diverges would leave nothing else to see
        with np.errstate(all="ignore"):
            rows = rows[np.linalg.norm(rows - choice.theta, axis=1) <= NEAR * (1 + np.linalg.norm(choice.theta))]
        rows = np.asarray(rows if len(rows) else choice.theta[None])
        found.append(rows[np.linspace(0, len(rows) - 1, min(len(rows), each)).round().astype(int)])
    return found


def _about(plane: Plane, choice: Choice) -> tuple[Plane, Window]:
    """Return a window about the present point, as wide as the paths ahead reach in it."""
    places, here = plane.project(np.vstack(_ahead(choice)))[0], plane.project(choice.theta[None])[0][0]
    half = 1.3 * max(float(np.abs(places - here).max()), 1e-3)
    (left, bottom), (right, top) = here - half, here + half
    return plane, Window((float(left), float(right)), (float(bottom), float(top)))


def _eigenvectors(choice: Choice, rng: np.random.Generator) -> tuple[Plane, Window]:
    main = choice.captures[0]
    objective, theta = main.objective, main.state.theta
    batch = objective.full()
    product = objective.program(batch).linearize(theta, main.state.buffers, batch)
    found = lanczos(product, theta.size, LANCZOS_STEPS, rng)
    second, first = found.vectors[-2:]
    names = (f"λ₁ = {found.values[-1]:.3g}", f"λ₂ = {found.values[-2]:.3g}")
    return _about(planes.spanned("hessian", choice.theta, first, second, names), choice)


def _through_points(choice: Choice) -> tuple[Plane, Window]:
    """Through the ends of three lanes, or the start, the middle and the end of the path."""
    rows = _ahead(choice)
    three = [one[-1] for one in rows[:3]] if len(rows) >= 3 else [rows[0][k] for k in (0, len(rows[0]) // 2, -1)]
    plane = planes.through_points(*three)
    return plane, around(plane.project(np.vstack(rows))[0])
