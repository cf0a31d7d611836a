"""Losses on a grid in a plane."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.landscape.plane import Plane
from gdexplorer.objectives.supervised import SupervisedObjective


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


def sample(objective: SupervisedObjective, plane: Plane, window: Window, size: int) -> Surface:
    """Evaluate a size × size grid in float32."""
    fast = objective.in_precision(np.float32)
    batch = fast.full()
    xs, ys = np.linspace(*window.x, size), np.linspace(*window.y, size)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    program = fast.program(batch)
    losses = program.losses_on(plane.origin, plane.directions, grid, np.zeros(0), batch)
    return Surface(plane, frozen(xs), frozen(ys), frozen(losses.reshape(size, size)))


def around(coordinates: Array, margin: float = 0.35) -> Window:
    """Return a square window that holds all coordinates (n, 2) with a margin on each side."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    center = (low + high) / 2
    half = max(float((high - low).max()) / 2, 1e-6 * (1 + float(np.abs(center).max()))) * (1 + 2 * margin)
    (left, bottom), (right, top) = center - half, center + half
    return Window((float(left), float(right)), (float(bottom), float(top)))
