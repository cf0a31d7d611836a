"""Measurements on demand: light ones at once, heavy ones through an executor, newest wins.

A heavy measurement is a function of inputs captured when it is submitted. There is at most one under way per
request; when it is done, the next frame carries it, with the step it belongs to.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.lab.run import Run
from gdexplorer.landscape import plane as planes
from gdexplorer.landscape.plane import Plane
from gdexplorer.landscape.surface import Surface, Window, around, sample
from gdexplorer.probes import boundary, gradients
from gdexplorer.probes.boundary import Boundary, BoundaryReport
from gdexplorer.probes.context import Context
from gdexplorer.probes.gradients import GradientReport, Gradients
from gdexplorer.probes.landscape import Landscape, LandscapeReport

COARSE, FINE = 25, 51
REHEARSAL = 1200  # updates, unless the experiment says where it pauses
LEAST_REHEARSAL = 100
PLANE_POINTS = 256
NEAR = 100  # times 1 + ‖θ‖: farther points do not choose the plane


class Inline(Executor):
    """Runs what is submitted at once: for the command line and tests."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run and return a finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(slots=True)
class _Job:
    """One request's measurement under way, and the newest that is done."""

    key: object = None  # of what was submitted last
    future: Future[Any] | None = None
    result: Any = None


@dataclass(frozen=True, slots=True)
class _Relief:
    """A surface with its window, the step it was evaluated at, and what it is a surface of."""

    of: tuple[int, int]  # versions of the plane and of the loss
    window: Window
    surface: Surface
    step: int


class Measurer:
    """Answers the panels' requests for one run."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._jobs: dict[object, _Job] = {}
        # of the path: its plane, its newest point, coordinates and distances
        self._projected: tuple[Plane | None, Array | None, Array, Array] = (None, None, np.zeros((0, 2)), np.zeros(0))

    def measure(self, run: Run, needs: frozenset[Any]) -> Mapping[Any, Any]:
        """Return what is known now of each request; heavy ones appear in a later frame."""
        views: dict[Any, Any] = {}
        for request in needs:
            match request:
                case Gradients():
                    views[request] = self._gradients(run, request)
                case Boundary():
                    views[request] = self._boundary(run, request)
                case Landscape():
                    views[request] = self._landscape(run, request)
        return {request: view for request, view in views.items() if view is not None}

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return any(job.future is not None for job in self._jobs.values())

    def forget(self, needs: frozenset[Any]) -> None:
        """Drop the measurements that nobody asks for any more."""
        for request in [request for request in self._jobs if request not in needs]:
            del self._jobs[request]

    def _run_job(self, request: object, key: object, prepare: Callable[[], Callable[[], Any]]) -> Any:
        """Return the newest result; if `key` is news and nothing is under way, capture inputs and submit."""
        job = self._jobs.setdefault(request, _Job())
        if job.future is None and key != job.key:
            job.key, job.future = key, self._executor.submit(prepare())
        if job.future is not None and job.future.done():
            done, job.future = job.future, None  # before it can raise: a failure is told once, not in every frame
            job.result = done.result()
        return job.result

    def _gradients(self, run: Run, request: Gradients) -> GradientReport:
        run.look()
        slots = run.state.slots[0]
        context = Context(run.state.step, run.objective, run.state.theta, slots.gradient, run.program.deltas(),
                          run.examples)  # fmt: skip
        return gradients.measure(request, context)

    def _boundary(self, run: Run, request: Boundary) -> BoundaryReport | None:
        def prepare() -> Callable[[], BoundaryReport]:
            theta = frozen(run.state.theta)
            context = Context(run.state.step, run.objective, theta, theta, {}, 0)
            return lambda: boundary.measure(request, context)

        result: BoundaryReport | None = self._run_job(request, (run.version, run.state.step), prepare)
        return result

    def _landscape(self, run: Run, request: Landscape) -> LandscapeReport | None:
        known: _Relief | None = self._jobs[request].result if request in self._jobs else None
        of = (run.path_version, run.loss_version)
        if known is not None and known.of[0] != of[0]:
            known = None  # another path began: its plane is to be found anew
        size = FINE if known is not None and known.of == of and not request.follow else COARSE
        moving = (run.version, run.state.step) if request.follow else None

        def prepare() -> Callable[[], _Relief]:
            objective, step = run.objective, run.state.step
            theta = frozen(run.state.theta.astype(np.float64))
            state, catalogue, path = run.state.copy(), run.catalogue, run.recorder.path.points

            def work() -> _Relief:
                if known is None:
                    plane, window = _plane(request, Run.of(state, catalogue), path, theta)
                else:
                    plane, window = known.surface.plane, known.window
                if request.follow:
                    plane, half = planes.through(theta, plane), (window.x[1] - window.x[0]) / 2
                    window = Window((-half, half), (-half, half))
                return _Relief(of, window, sample(objective, plane, window, size), step)

            return work

        relief: _Relief | None = self._run_job(request, (of, size, moving), prepare)
        return None if relief is None or relief.of[0] != of[0] else self._report(run, relief)

    def _report(self, run: Run, relief: _Relief) -> LandscapeReport:
        plane, path, state = relief.surface.plane, run.recorder.path, run.state
        theta = frozen(state.theta.astype(np.float64))
        coordinates, off = self._projection(plane, path.points)
        here, here_off = plane.project(theta[None])
        steps = np.array([*path.steps, state.step])
        return LandscapeReport(
            state.step, relief.step, relief.surface, frozen(np.vstack([coordinates, here])), steps,
            frozen(np.concatenate([off, here_off])), theta, theta.size, run.total_loss(),
            _interpolated(relief.surface, here[0]),
        )  # fmt: skip

    def _projection(self, plane: Plane, points: tuple[Array, ...]) -> tuple[Array, Array]:
        """Project the path, only what is new of it since the last frame."""
        known, newest, coordinates, off = self._projected
        count = len(off)
        # thinned, or its end was moved
        if known is not plane or len(points) < count or (count and points[count - 1] is not newest):
            count, coordinates, off = 0, np.zeros((0, 2)), np.zeros(0)
        if fresh := points[count:]:
            more, away = plane.project(np.stack(fresh))
            coordinates, off = np.vstack([coordinates, more]), np.concatenate([off, away])
        self._projected = (plane, points[-1] if points else None, coordinates, off)
        return coordinates, off


def _plane(request: Landscape, capture: Run, path: tuple[Array, ...], theta: Array) -> tuple[Plane, Window]:
    """Choose the plane and the window on it, from the path so far and the path ahead if nothing is changed."""
    layout = capture.objective.layout
    if request.kind == "random":
        rng = np.random.default_rng([capture.state.experiment.seed, request.serial])
        return planes.filter_normalized(theta, layout, rng), Window((-1.0, 1.0), (-1.0, 1.0))
    pause = capture.state.experiment.show.pause_at
    ahead_of_pause = pause - capture.state.step
    capture.advance(ahead_of_pause if ahead_of_pause >= LEAST_REHEARSAL else REHEARSAL)
    ahead = capture.recorder.path.points
    rows = np.stack([*path[-PLANE_POINTS:], *ahead, capture.state.theta]).astype(np.float64)
    # a run that diverges would leave nothing else to see
    with np.errstate(all="ignore"):
        rows = rows[np.linalg.norm(rows - theta, axis=1) <= NEAR * (1 + np.linalg.norm(theta))]
    rows = np.asarray(rows if len(rows) else theta[None])
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), PLANE_POINTS)).round().astype(int)]
    if request.kind == "weights" and theta.size == 2:
        plane = replace(planes.identity(), axes=_names(layout))
    else:
        plane = planes.principal(rows if len(rows) > 2 else np.vstack([rows, rows]))
    return plane, around(plane.project(rows)[0])


def _names(layout: Any) -> tuple[str, str]:
    block = layout.blocks[0]
    return ("weight", "bias") if block.shape == (1, 2) else ("parameter 1", "parameter 2")


def _interpolated(surface: Surface, at: Array) -> float:
    """Bilinear value of a surface, NaN outside its window."""
    xs, ys, losses = surface.xs, surface.ys, surface.losses
    column, row = ((value - axis[0]) / (axis[1] - axis[0]) for value, axis in ((at[0], xs), (at[1], ys)))
    if not (0 <= column <= len(xs) - 1 and 0 <= row <= len(ys) - 1):
        return float("nan")
    i, j = min(int(row), len(ys) - 2), min(int(column), len(xs) - 2)
    a, b = row - i, column - j
    corner = losses[i : i + 2, j : j + 2]
    with np.errstate(invalid="ignore"):  # of infinite corners
        return float(np.array([1 - a, a]) @ corner @ np.array([1 - b, b]))
