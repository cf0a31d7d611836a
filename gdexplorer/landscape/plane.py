"""Planes through parameter space: an origin and two directions in the space of θ.

Coordinates c of a point solve the least squares [u v] c = θ − o, so that they are right for axes that are not
orthogonal too. The part of θ − o that no c reaches is the off-plane distance ρ.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.nn.layout import Layout

Normalization = Literal["filter", "layer", "none"]
PARALLEL = 1e-9  # a sine: axes at a smaller angle span a line


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def orthonormal(self) -> bool:
        """Whether the axes are orthogonal and equally long: only there −g, projected, stands on the contours."""
        gram = self.directions @ self.directions.T
        return bool(gram[0, 0] > 0 and np.allclose(gram, gram[0, 0] * np.eye(2), rtol=0, atol=1e-6 * gram[0, 0]))

    def project(self, thetas: Array) -> tuple[Array, Array]:
        """Return coordinates (n, 2) and off-plane distances (n,) of points (n, P)."""
        with np.errstate(all="ignore"):  # a path may end beyond what float32 holds
            offsets = np.asarray(thetas, np.float64) - self.origin
            coordinates = offsets @ self._solver
            return coordinates, np.linalg.norm(offsets - coordinates @ self.directions, axis=1)

    def components(self, vectors: Array) -> Array:
        """Return the coordinates (…, 2) of directions (…, P), by least squares."""
        with np.errstate(all="ignore"):
            return np.asarray(vectors @ self._solver)

    def moved(self, theta: Array, coordinates: tuple[float, float]) -> Array:
        """Return θ displaced within the plane to these coordinates; its off-plane part stays: (P,)."""
        now, _ = self.project(theta[None])
        return np.asarray(theta + (np.asarray(coordinates) - now[0]) @ self.directions)


def spanned(kind: str, origin: Array, u: Array, v: Array, axes: tuple[str, str]) -> Plane:
    """Return the plane of two given vectors (P,), such as Hessian eigenvectors, as long and as skew as they are."""
    directions = np.stack([u, v]).astype(np.float64)
    if not (np.isfinite(directions).all() and np.isfinite(origin).all()):
        raise ValueError(f"A plane along {axes[0]} and {axes[1]} needs finite vectors; go back to a finite step.")
    return Plane(kind, frozen(origin.astype(np.float64)), frozen(directions), axes)


def through(theta: Array, plane: Plane) -> Plane:
    """Return the same directions with the origin at θ."""
    return Plane(plane.kind, frozen(theta.astype(np.float64)), plane.directions, plane.axes)


def identity() -> Plane:
    """Return the plane that is all of a space of two parameters."""
    return Plane("weights", frozen(np.zeros(2)), frozen(np.eye(2)), ("parameter 1", "parameter 2"))


def pair(theta: Array, first: int, second: int, names: tuple[str, str]) -> Plane:
    """Return the plane in which two of θ's numbers move and the others stay; its coordinates are their values."""
    if first == second:
        raise ValueError(f"A plane needs two different weights; {names[0]} was chosen twice.")
    axes, origin = np.zeros((2, theta.size)), theta.astype(np.float64)
    axes[[0, 1], [first, second]] = 1.0
    origin[[first, second]] = 0.0
    return spanned("pair", origin, axes[0], axes[1], names)


def line(start: Array, end: Array, axis: str = "start to end") -> Plane:
    """Return the line on which `start` lies at (0, 0) and `end` at (1, 0): a plane whose second direction is zero."""
    return spanned("line", start, end.astype(np.float64) - start, np.zeros(start.size), (axis, "nothing"))


def through_points(
    a: Array, b: Array, c: Array, axes: tuple[str, str] = ("to point 2", "to point 3"), at_mean: bool = False
) -> Plane:
    """Return the plane through three points, with u = b − a and v = c − a from a, or from their mean.

    Where they lie on a line, the second direction is some other one across it.
    """
    a, b, c = (point.astype(np.float64) for point in (a, b, c))
    return _across_if_parallel("points", (a + b + c) / 3 if at_mean else a, b - a, c - a, axes)


def descent(theta: Array, gradient: Array, velocity: Array) -> Plane:
    """Return the orthonormal plane at θ of the gradient and of the momentum.

    Where one of them is zero, or both point along one line, the second direction is some other one across it.
    """
    plane = _across_if_parallel("descent", theta, gradient, velocity, ("gradient", "momentum"))
    first, second = (direction / (np.linalg.norm(direction) or 1.0) for direction in plane.directions)
    second = second - (second @ first) * first
    axes = plane.axes if plane.axes[1] != "momentum" else ("gradient", "momentum across it")
    return spanned("descent", theta, first, second / (np.linalg.norm(second) or 1.0), axes)


def _across_if_parallel(kind: str, origin: Array, u: Array, v: Array, axes: tuple[str, str]) -> Plane:
    """Span a plane by u and v; where these span a line only, by it and some direction across of the same length."""
    plane = spanned(kind, origin, u, v, axes)  # in float64
    (u, v), lengths = plane.directions, np.linalg.norm(plane.directions, axis=1)
    if lengths.all():
        unit = u / lengths[0]
        if np.linalg.norm(v - (v @ unit) * unit) > PARALLEL * lengths[1]:
            return plane
    if not lengths.any():
        u, axes = np.eye(1, u.size)[0], ("any", axes[1])
    elif not lengths[0]:
        u, axes = v, (axes[1], axes[1])
    length = np.linalg.norm(u)
    return spanned(kind, origin, u, length * across(u / length), (axes[0], "some other across it"))


def across(direction: Array) -> Array:
    """Return some unit vector orthogonal to a unit vector, or zero if there is none."""
    axis = np.zeros_like(direction)
    smallest = int(np.abs(direction).argmin())
    axis[smallest] = 1.0
    axis -= direction[smallest] * direction
    length = np.linalg.norm(axis)
    return np.asarray(axis / length if length > PARALLEL else 0 * axis)


def random(
    theta: Array,
    layout: Layout,
    rng: np.random.Generator,
    normalization: Normalization = "filter",
    biases: bool = False,
) -> Plane:
    """Return two random directions at θ, their parts scaled to the norms of θ's own.

    d ~ N(0, I); d_f ← d_f ‖w_f‖ / ‖d_f‖, where f is a unit's incoming weights ("filter"), all weights of a layer
    ("layer"), or nothing is scaled ("none"). Biases keep direction zero, or are parts of their own: ± their size, or
    the layer's vector of them. The second direction is made orthogonal to the first after normalizing.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein: "Visualizing the loss landscape of neural nets", 2018.
    """
    directions = np.zeros((2, theta.size))
    for direction in directions:
        for block in layout.blocks:
            for role in ("weight", "bias") if biases else ("weight",):
                own = layout.view(theta, block.id, role)
                drawn = rng.normal(size=own.shape)
                layout.view(direction, block.id, role)[...] = _scaled(drawn, own, normalization)
    first, second = directions
    if (square := first @ first) > 0:
        length = np.linalg.norm(second)
        second -= first * (first @ second / square)
        rest = np.linalg.norm(second)
        second *= length / rest if rest > PARALLEL * length else 0.0  # 0 where there is one weight only
    return Plane("random", frozen(theta.astype(np.float64)), frozen(directions), ("random 1", "random 2"))


def _scaled(drawn: Array, own: Array, normalization: Normalization) -> Array:
    """Scale a layer's weights (n_out, n_in) or biases (n_out,) to the norms of θ's own."""
    if normalization == "none" or not own.size:
        return drawn
    rows = (len(own), -1) if normalization == "filter" else (1, -1)
    scale = np.linalg.norm(own.reshape(rows), axis=1) / np.linalg.norm(drawn.reshape(rows), axis=1)
    return np.asarray(drawn.reshape(rows) * scale[:, None]).reshape(own.shape)
