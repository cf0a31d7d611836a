"""The landscape panel's measurements: a plane, its surface in finer and finer grids, and all lanes' paths in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.lab import race
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.planes import Choice, choose
from gdexplorer.lab.run import Run
from gdexplorer.lab.tangents import Quadratic, arrows, on_grid, quadratic
from gdexplorer.landscape import plane as planes
from gdexplorer.landscape.plane import Plane
from gdexplorer.landscape.surface import NORMAL, Effort, Surface, Window, refine, sample
from gdexplorer.objectives.objective import Landmark, Objective
from gdexplorer.probes.landscape import Arrows, Landscape, LandscapeReport, Profile, Track

# grid points a side at first, where the plane follows the point and where it is held; finer ones hold those before
MOVING, COARSE = 13, 25
IN_PLANE = 1e-6  # times 1 + ‖θ‖: how near a landmark must be to lie in the plane


@dataclass(frozen=True, slots=True)
class _Relief:
    """A surface, the step it was evaluated at, and what it is a surface of."""

    of: tuple[object, ...]  # versions of the paths and of the loss
    usual: Window  # what suits the paths
    surface: Surface
    step: int
    at: tuple[int, int] | None  # version and step of the run, where the plane follows it


class _Projection:
    """One lane's path in a plane, projected as it grows."""

    def __init__(self) -> None:
        self.plane: Plane | None = None
        self.newest: Array | None = None
        self.coordinates, self.off = np.zeros((0, 2)), np.zeros(0)

    def follow(self, plane: Plane, points: tuple[Array, ...]) -> tuple[Array, Array]:
        """Project only what is new of the path."""
        count = len(self.off)
        # thinned, or its end was moved
        if self.plane is not plane or len(points) < count or (count and points[count - 1] is not self.newest):
            count, self.coordinates, self.off = 0, np.zeros((0, 2)), np.zeros(0)
        if fresh := points[count:]:
            more, away = plane.project(np.stack(fresh))
            self.coordinates, self.off = np.vstack([self.coordinates, more]), np.concatenate([self.off, away])
        self.plane, self.newest = plane, points[-1] if points else None
        return self.coordinates, self.off


class Landscapes:
    """Answers requests for landscapes."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._projections: dict[int, _Projection] = {}  # by lane, of ghosts by -id
        self._principal: Plane | None = None  # the last, for the signs of the next
        self.latest: object = None  # the name of the surface that was asked for last

    @staticmethod
    def names(request: Landscape) -> tuple[object, ...]:
        """Return the names of the errands that answer a request."""
        return tuple((what, request.plane) for what in ("surface", "profile", "model", "arrows"))

    def measure(
        self, runs: Sequence[Run], request: Landscape, ghosts: Sequence[tuple[int, Run]] = ()
    ) -> LandscapeReport | None:
        """Return what is known now, and see to it that more will be."""
        main, name = runs[0], ("surface", request.plane)
        if not there_is(request, main.objective):
            return None
        self.latest = name
        known: _Relief | None = self._errands.known(name)
        paths = tuple(run.path_version for run in runs)
        of = (paths, main.loss_version)
        if known is not None and known.of[0] != paths:
            known = None  # another path began: its plane is to be found anew
        window = request.window
        same = known is not None and known.of == of and known.surface.window == (window or known.usual)
        moving = (main.version, main.state.step) if request.follow else None
        finer = known is not None and same and known.at == moving
        size = MOVING if request.follow else COARSE
        if known is not None and finer:
            size = max(min(2 * len(known.surface.xs) - 1, request.most), len(known.surface.xs))

        def prepare() -> Callable[[], _Relief]:
            leash = self._errands.leash(name)
            # a surface that is evaluated all the time leaves the trainer its core
            effort = Effort(1 if request.follow else NORMAL.threads, leash.tell, leash.stop)
            objective, step = main.objective, main.state.step
            theta = frozen(main.state.theta.astype(np.float64))
            choice = Choice.of(request, runs, self._principal) if known is None else None

            def work() -> _Relief:
                if finer and known is not None:
                    done = len(known.surface.xs) == size  # one of another window was under way, and was not awaited
                    surface = known.surface if done else refine(objective, known.surface, effort)
                    return _Relief(of, known.usual, surface, known.step, moving)
                if choice is not None:
                    plane, usual = choose(choice)
                else:
                    assert known is not None
                    plane, usual = known.surface.plane, known.usual
                seen = window or usual
                if request.follow:
                    plane, seen, usual = planes.through(theta, plane), _centered(seen), _centered(usual)
                return _Relief(of, usual, sample(objective, plane, seen, size, effort), step, moving)

            return work

        relief: _Relief | None = self._errands.run(
            name, (of, window, size, moving), prepare, (of, window, request.most)
        )
        if relief is None or relief.of[0] != paths:
            return None
        return self._report(runs, relief, request, ghosts)

    def _report(
        self, runs: Sequence[Run], relief: _Relief, request: Landscape, ghosts: Sequence[tuple[int, Run]]
    ) -> LandscapeReport:
        main, plane = runs[0], relief.surface.plane
        self._principal = plane if plane.kind == "pca" else self._principal
        theta = frozen(main.state.theta.astype(np.float64))
        foot, _ = plane.project(theta[None])
        model = self._model(main, relief, request) if request.model and "hvp" in main.objective.can else None
        return LandscapeReport(
            main.state.step, relief.step, relief.surface,
            (*self._tracks(runs, plane), *self._past(ghosts, main, plane)), theta, theta.size,
            relief.surface.at(*foot[0]), _landmarks(main.objective, plane),
            self._profiles(runs, relief, request) if request.profile else (),
            self._arrows(main, plane, request) if request.arrows else None,
            None if model is None else on_grid(model, relief.surface),
            self._errands.progress(("surface", request.plane)),
            tuple(player.name for player in main.objective.players) if main.game is not None else (),
        )  # fmt: skip

    def _tracks(self, runs: Sequence[Run], plane: Plane) -> tuple[Track, ...]:
        tracks = []
        for lane, (name, run) in enumerate(zip(race.names(runs), runs, strict=True)):
            tracks.append(self._track(lane, name, run, plane, race.note(run, runs[0])))
        return tuple(tracks)

    def _past(self, ghosts: Sequence[tuple[int, Run]], main: Run, plane: Plane) -> tuple[Track, ...]:
        """Return the paths of runs that were left, where they are of the same parameters."""
        return tuple(
            replace(self._track(-id, "", run, plane, ""), run=id)
            for id, run in ghosts if run.objective.layout == main.objective.layout
        )  # fmt: skip

    def _track(self, number: int, name: str, run: Run, plane: Plane, note: str) -> Track:
        trail = run.trail
        coordinates, off = self._projections.setdefault(number, _Projection()).follow(plane, trail.points)
        here, here_off = plane.project(run.state.theta[None])
        return Track(
            name, note, frozen(np.vstack([coordinates, here])), np.array([*trail.steps, run.state.step]),
            frozen(np.concatenate([off, here_off])), run.total_loss(),
        )  # fmt: skip

    def _profiles(self, runs: Sequence[Run], relief: _Relief, request: Landscape) -> tuple[Profile, ...]:
        """Evaluate the losses of all points passed, where they are and at their feet in the plane."""
        plane, paths = relief.surface.plane, relief.of[0]

        def prepare() -> Callable[[], tuple[object, tuple[Profile, ...]]]:
            kept = [(run.objective, run.trail.points, run.trail.steps) for run in runs]
            return lambda: (paths, tuple(_profile(plane, *one) for one in kept))

        key = (plane, tuple((run.version, run.trail.steps[-1]) for run in runs))
        found: tuple[object, tuple[Profile, ...]] | None
        found = self._errands.run(("profile", request.plane), key, prepare)
        return found[1] if found is not None and found[0] == paths else ()

    def _arrows(self, run: Run, plane: Plane, request: Landscape) -> Arrows | None:
        found: Arrows | None = self._errands.run(
            ("arrows", request.plane), (run.version, run.state.step, plane), lambda: arrows(run, plane)
        )
        return found

    def _model(self, run: Run, relief: _Relief, request: Landscape) -> Quadratic | None:
        plane, paths = relief.surface.plane, relief.of[0]

        def prepare() -> Callable[[], tuple[object, Quadratic]]:
            objective, theta = run.objective, frozen(run.state.theta)
            return lambda: (paths, quadratic(objective, theta, plane))

        key = (run.version, run.state.step)
        found: tuple[object, Quadratic] | None = self._errands.run(("model", request.plane), key, prepare)
        return found[1] if found is not None and found[0] == paths else None


def there_is(request: Landscape, objective: Objective) -> bool:
    """Whether an objective has the plane that is asked for, which may have been chosen for the one before."""
    if request.kind == "pair":
        return min(request.pair) >= 0 and max(request.pair) < objective.layout.size
    return request.kind != "hessian" or "hvp" in objective.can


def _centered(window: Window) -> Window:
    half = (window.x[1] - window.x[0]) / 2
    return Window((-half, half), (-half, half))


def _profile(plane: Plane, objective: Objective, points: tuple[Array, ...], steps: tuple[int, ...]) -> Profile:
    thetas = np.stack(points).astype(np.float64)
    path, _ = plane.project(thetas)
    batch, buffers = objective.full(), np.zeros(0)
    program = objective.program(batch)
    with np.errstate(all="ignore"):  # a path may end beyond what float32 holds
        true = program.losses(thetas, buffers, batch)
        on_plane = program.losses_on(plane.origin, plane.directions, path, buffers, batch)
    return Profile(np.array(steps), frozen(path), frozen(true), frozen(on_plane))


def _landmarks(objective: Objective, plane: Plane) -> tuple[tuple[float, float, Landmark], ...]:
    marks = objective.landmarks
    if not marks:
        return ()
    thetas = np.stack([mark.theta for mark in marks])
    places, off = plane.project(thetas)
    near = off <= IN_PLANE * (1 + np.linalg.norm(thetas, axis=1))
    return tuple((float(x), float(y), mark) for (x, y), mark, here in zip(places, marks, near, strict=True) if here)
