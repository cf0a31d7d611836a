"""Losses on a grid in a plane, and along a line."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock, Thread

import numpy as np

from gdexplorer.arrays import Array, BoolArray, frozen
from gdexplorer.landscape.plane import Plane, line
from gdexplorer.objectives.objective import Objective

# two threads on one core would only push each other out of its cache
CORES = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
CHUNK = 64  # points that a thread takes at a time: whole stacks (`objectives.stacked`), some milliseconds
MOST_FLOW = 25  # grid points a side of a game's field
MARGIN = 0.25  # of a profile beyond both of its points


class Stopped(Exception):
    """The evaluation was called off before it was complete."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to work on a grid, whom to tell, and when to give up; both are called from any of the threads."""

    threads: int = min(2, CORES)
    progress: Callable[[float], None] = lambda done: None  # the share that is done
    stop: Callable[[], bool] = lambda: False  # asked before each chunk


NORMAL = Effort()


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a plane that is looked at, in the plane's coordinates."""

    x: tuple[float, float]
    y: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Surface:
    """Losses, penalty included, over all training examples."""

    plane: Plane
    xs: Array  # (n,)
    ys: Array  # (n,)
    losses: Array  # (n, n), row = y, column = x; not finite where the loss is not
    flow: Array | None = None  # of a game: −∂L/∂θ, each side's of its own loss, (m, m, 2) over the window

    @property
    def window(self) -> Window:
        """Where it was evaluated."""
        return Window((float(self.xs[0]), float(self.xs[-1])), (float(self.ys[0]), float(self.ys[-1])))

    def at(self, x: float, y: float) -> float:
        """Return the bilinear value between four cells, NaN outside the window."""
        column, row = (
            (value - axis[0]) / (axis[-1] - axis[0]) * (len(axis) - 1) for value, axis in ((x, self.xs), (y, self.ys))
        )
        if not (0 <= column <= len(self.xs) - 1 and 0 <= row <= len(self.ys) - 1):
            return float("nan")
        i, j = min(int(row), len(self.ys) - 2), min(int(column), len(self.xs) - 2)
        a, b = row - i, column - j
        with np.errstate(invalid="ignore"):  # of infinite corners
            return float(np.array([1 - a, a]) @ self.losses[i : i + 2, j : j + 2] @ np.array([1 - b, b]))


@dataclass(frozen=True, slots=True)
class Profile:
    """Losses along a line, at coordinates t that are 0 at one point and 1 at the other."""

    line: Plane
    ts: Array  # (n,)
    losses: Array  # (n,)
    marks: tuple[float, float] = (0.0, 1.0)


def sample(objective: Objective, plane: Plane, window: Window, size: int, effort: Effort = NORMAL) -> Surface:
    """Evaluate a size × size grid in float32."""
    xs, ys = np.linspace(*window.x, size), np.linspace(*window.y, size)
    made = _surface(objective, plane, xs, ys, np.full((size, size), np.nan), np.ones((size, size), bool), effort)
    return replace(made, flow=_flow(objective, made, effort)) if len(objective.players) > 1 else made


def refine(objective: Objective, surface: Surface, effort: Effort = NORMAL) -> Surface:
    """Evaluate the 2n − 1 × 2n − 1 grid of which every second row and column is known: 13² → 25² → 49² → 97²."""
    n = 2 * len(surface.xs) - 1
    xs, ys = (np.linspace(axis[0], axis[-1], n) for axis in (surface.xs, surface.ys))
    losses, missing = np.empty((n, n)), np.ones((n, n), bool)
    xs[::2], ys[::2], losses[::2, ::2], missing[::2, ::2] = surface.xs, surface.ys, surface.losses, False
    return replace(_surface(objective, surface.plane, xs, ys, losses, missing, effort), flow=surface.flow)


def sample_line(objective: Objective, start: Array, end: Array, count: int, effort: Effort = NORMAL) -> Profile:
    """Evaluate `count` points of the line through two points, from a quarter before to a quarter behind them."""
    along, ts = line(start, end), np.linspace(-MARGIN, 1 + MARGIN, count)
    losses = _losses(objective, along, np.column_stack([ts, np.zeros(count)]), effort)
    return Profile(along, frozen(ts), frozen(losses))


def around(coordinates: Array, margin: float = 0.35) -> Window:
    """Return a square window that holds all coordinates (n, 2) with a margin on each side."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    center = (low + high) / 2
    half = max(float((high - low).max()) / 2, 1e-6 * (1 + float(np.abs(center).max()))) * (1 + 2 * margin)
    (left, bottom), (right, top) = center - half, center + half
    return Window((float(left), float(right)), (float(bottom), float(top)))


def _surface(
    objective: Objective, plane: Plane, xs: Array, ys: Array, losses: Array, missing: BoolArray, effort: Effort
) -> Surface:
    """Fill in the cells (n, n) that are missing."""
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    losses[missing] = _losses(objective, plane, grid[missing], effort)
    return Surface(plane, frozen(xs), frozen(ys), frozen(losses))


def _flow(objective: Objective, surface: Surface, effort: Effort) -> Array:
    """Return a game's field in coordinates of the plane, on the grid of a surface or every second point: (m, m, 2)."""
    fast, plane, skip = objective.in_precision(np.float32), surface.plane, 1 + (len(surface.xs) > MOST_FLOW)
    batch, buffers = fast.full(), fast.fresh_buffers()
    program, theta = fast.program(batch), np.empty(objective.layout.size, fast.dtype)
    out = np.empty_like(theta)
    grid = np.stack(np.meshgrid(surface.xs[::skip], surface.ys[::skip]), axis=-1)
    flow = np.empty_like(grid)
    for place in np.ndindex(grid.shape[:2]):
        if effort.stop():
            raise Stopped
        theta[...] = plane.origin + grid[place] @ plane.directions
        with np.errstate(all="ignore"):
            program.value_and_gradient(theta, buffers, batch, out)
        flow[place] = -plane.components(out.astype(np.float64))
    flow[~np.isfinite(flow).all(axis=-1)] = np.nan
    return frozen(flow)


def _losses(objective: Objective, plane: Plane, coordinates: Array, effort: Effort) -> Array:
    """L at coordinates (n, 2), by threads that take chunks from one iterator and have a program each."""
    fast = objective.in_precision(np.float32)
    batch, losses, lock = fast.full(), np.empty(len(coordinates)), Lock()
    starts, done, errors = iter(range(0, len(losses), CHUNK)), 0, list[Exception]()

    def work() -> None:
        nonlocal done
        program = fast.program(batch)
        for start in starts:
            if errors:
                return
            if effort.stop():
                raise Stopped
            rows = slice(start, min(start + CHUNK, len(losses)))
            with np.errstate(all="ignore"):
                losses[rows] = program.losses_on(plane.origin, plane.directions, coordinates[rows], np.zeros(0), batch)
            with lock:
                done += rows.stop - rows.start
                effort.progress(done / len(losses))

    def watched() -> None:
        try:
            work()
        except Exception as error:
            errors.append(error)

    # daemons, unlike the threads of a pool: nobody waits for a surface when the program ends
    helpers = [Thread(target=watched, daemon=True) for _ in range(effort.threads - 1)]
    for helper in helpers:
        helper.start()
    watched()
    for helper in helpers:
        helper.join()
    if errors:
        raise errors[0]
    return losses
