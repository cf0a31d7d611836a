"""Planes through parameter space: an origin and two directions in the space of θ.

Coordinates c of a point solve the least squares [u v] c = θ − o, so that they are right for axes that are not
orthogonal too. The part of θ − o that no c reaches is the off-plane distance ρ.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.nn.layout import Layout


@dataclass(frozen=True)
class Plane:
    """o + c₁ u + c₂ v, and what it leaves out."""

    kind: str
    origin: Array  # (P,) float64
    directions: Array  # (2, P) float64
    axes: tuple[str, str]
    explained: float | None = None  # share of the path's variance in the plane
    baseline: float | None = None  # the same for a random walk of this length and dimension

    @cached_property
    def _solver(self) -> Array:
        return np.asarray(np.linalg.pinv(self.directions))  # (P, 2)

    def project(self, thetas: Array) -> tuple[Array, Array]:
        """Return coordinates (n, 2) and off-plane distances (n,) of points (n, P)."""
        with np.errstate(all="ignore"):  # a path may end beyond what float32 holds
            offsets = np.asarray(thetas, np.float64) - self.origin
            coordinates = offsets @ self._solver
            return coordinates, np.linalg.norm(offsets - coordinates @ self.directions, axis=1)

    def moved(self, theta: Array, coordinates: tuple[float, float]) -> Array:
        """Return θ displaced within the plane to these coordinates; its off-plane part stays: (P,)."""
        now, _ = self.project(theta[None])
        return np.asarray(theta + (np.asarray(coordinates) - now[0]) @ self.directions)


def through(theta: Array, plane: Plane) -> Plane:
    """Return the same directions with the origin at θ."""
    return Plane(plane.kind, frozen(theta.astype(np.float64)), plane.directions, plane.axes)


def identity() -> Plane:
    """Return the plane that is all of a space of two parameters."""
    return Plane("weights", frozen(np.zeros(2)), frozen(np.eye(2)), ("parameter 1", "parameter 2"))


def filter_normalized(theta: Array, layout: Layout, rng: np.random.Generator) -> Plane:
    """Return two random directions at θ, each unit's weights scaled to the norm of the unit's own.

    d ~ N(0, I); d_f ← d_f ‖w_f‖ / ‖d_f‖ for each row of a weight view; biases keep direction zero. The second
    direction is made orthogonal to the first after normalizing.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein: "Visualizing the loss landscape of neural nets", 2018.
    """
    directions = np.zeros((2, theta.size))
    for direction in directions:
        for block in layout.blocks:
            own = layout.view(theta, block.id, "weight")
            drawn = rng.normal(size=own.shape)
            scale = np.linalg.norm(own, axis=1) / np.linalg.norm(drawn, axis=1)
            layout.view(direction, block.id, "weight")[...] = drawn * scale[:, None]
    first, second = directions
    if (square := first @ first) > 0:
        length = np.linalg.norm(second)
        second -= first * (first @ second / square)
        rest = np.linalg.norm(second)
        second *= length / rest if rest > 1e-9 * length else 0.0  # 0 where there is one weight only
    return Plane("random", frozen(theta.astype(np.float64)), frozen(directions), ("random 1", "random 2"))


def principal(path: Array) -> Plane:
    """Return the plane of largest variance through the mean of a path (T, P), T ≥ 3.

    The eigenvectors come from the T × T Gram matrix of θ_t − mean. Signs are fixed so that the path's end lies in
    the positive quadrant of its start, and so do not flip between refits.
    """
    mean = path.mean(axis=0)
    rows = path - mean
    values, vectors = np.linalg.eigh(rows @ rows.T)
    directions = np.zeros((2, rows.shape[1]))
    for k, direction in enumerate(directions):
        direction[:] = vectors[:, -1 - k] @ rows
        if values[-1 - k] <= 1e-12 * values[-1]:  # rounding only: a path along a line, or that stands still
            direction[:] = _across(directions[0])
        direction /= np.linalg.norm(direction)
        if direction @ (path[-1] - path[0]) < 0:
            direction *= -1
    total = float(values.clip(0).sum())
    explained = float(values[-2:].clip(0).sum()) / total if total > 0 else 1.0
    return Plane("pca", frozen(mean), frozen(directions), ("PC 1", "PC 2"), explained, walk_baseline(*path.shape))


def _across(direction: Array) -> Array:
    """Return some vector orthogonal to a unit vector, or an axis if there is none."""
    axis = np.zeros_like(direction)
    smallest = int(np.abs(direction).argmin())
    axis[smallest] = 1.0
    return np.asarray(axis - direction[smallest] * direction)


def walk_baseline(steps: int, size: int) -> float:
    """Return the share of variance that two components explain of a random walk of `steps` points in `size` dimensions.

    Exact in the limit of many dimensions, where the centred Gram matrix of a walk has eigenvalues
    1 / (4 sin²(kπ / 2T)), k = 1 … T − 1; about .76 for long walks. With few dimensions a walk of Gaussian steps is
    drawn instead.
    """
    if size >= 100:
        k = np.arange(1, steps)
        values = 1 / np.sin(k * np.pi / (2 * steps)) ** 2
        return float(values[:2].sum() / values.sum())
    walk = np.random.default_rng(0).normal(size=(16, steps, size)).cumsum(axis=1)
    walk -= walk.mean(axis=1, keepdims=True)
    values = np.linalg.svd(walk, compute_uv=False) ** 2
    return float((values[:, :2].sum(axis=1) / values.sum(axis=1)).mean())
