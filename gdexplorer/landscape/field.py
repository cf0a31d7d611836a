"""Where descent within a plane would run: streamlines of the downhill field of a surface."""

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.landscape.surface import Surface

ACROSS = 14  # lines beside each other fit into a window
STRIDE = 0.4  # of the distance between lines: from one point of a line to the next
LONGEST = 40  # points of a line up and down from its seed
SHORTEST = 4  # points of a line that is worth drawing
FINE = 4  # cells to the distance between lines, of the grid that knows which places are taken
FLAT = 1e-7  # times the loss: smaller differences from cell to cell may be rounding
HEAD = 0.012  # of the window: length of an arrow head's sides


def downhill(surface: Surface) -> Array:
    """Return −G⁻¹ ∇L (n, n, 2) at each cell, ∇ in coordinates by central differences, G the axes' Gram matrix.

    It is the projection of −∂L/∂θ on the plane where its points are points of the surface, so that descent within
    the plane runs along it, also if axes are not orthonormal. NaN beside cells that are not finite. Of a game it is
    the field of both sides, each down its own loss, which is no gradient of one function.
    """
    if surface.flow is not None:
        return surface.flow
    directions = surface.plane.directions
    with np.errstate(all="ignore"):
        rows, columns = np.gradient(surface.losses, surface.ys, surface.xs)
        slope = np.stack([columns, rows], axis=-1)
        step = np.array([surface.xs[1] - surface.xs[0], surface.ys[1] - surface.ys[0]])
        slope[np.abs(slope * step).max(axis=-1) <= FLAT * np.abs(surface.losses)] = 0.0
        slope[~np.isfinite(slope).all(axis=-1)] = np.nan
        return np.asarray(-slope @ np.linalg.pinv(directions @ directions.T))


def streamlines(surface: Surface, across: int = ACROSS) -> list[Array]:
    """Return lines (m, 2) in coordinates that run downhill, about 1 / `across` of the window apart.

    All seeds of a regular grid are traced both ways at once; then lines are taken, the longest first, as far as they
    keep away from those taken before.

    References
    ----------
    Jobard, Lefer: "Creating evenly-spaced streamlines of arbitrary density", 1997 (the two distances).
    """
    corner = np.array([surface.xs[0], surface.ys[0]])
    size = np.array([surface.xs[-1], surface.ys[-1]]) - corner
    field = downhill(surface) / size
    centers = (np.arange(across) + 0.5) / across
    seeds = np.stack(np.meshgrid(centers, centers), axis=-1).reshape(-1, 2)
    ways = _traced(field, np.vstack([seeds, seeds]), np.repeat([1.0, -1.0], len(seeds))[:, None], STRIDE / across)
    down, up = ways[:, : len(seeds)], ways[:, len(seeds) :]
    traced = np.concatenate([up[:0:-1], down])  # (points, seeds, 2), NaN beyond the ends
    seed = len(up) - 1
    order = np.argsort(-np.isfinite(traced[..., 0]).sum(axis=0), kind="stable")
    taken, there = _Taken(across), np.isfinite(traced[..., 0])
    cells = taken.cells(traced)
    lines = []
    for k in order:
        points, at = traced[:, k], cells[:, k]
        if taken.near[at[seed, 0], at[seed, 1]]:
            continue
        free = there[:, k] & ~taken.close[at[:, 0], at[:, 1]]
        first = seed - int(np.argmin(np.append(free[seed::-1], False))) + 1
        last = seed + int(np.argmin(np.append(free[seed:], False)))
        if last - first >= SHORTEST:
            taken.take(at[first:last])
            lines.append(corner + points[first:last] * size)
    return lines


def joined(lines: list[Array], window: tuple[Array, Array], head: float = HEAD) -> tuple[Array, Array]:
    """Return x and y of lines with a head in the middle of each, joined by NaN; `window` is its corner and size."""
    gap = np.full((1, 2), np.nan)
    pieces = []
    for line in lines:
        middle = len(line) // 2
        ahead = (line[middle] - line[middle - 1]) / window[1]
        length = np.hypot(*ahead)
        pieces += [line, gap]
        if length > 0:
            ahead, aside = ahead / length, np.array([-ahead[1], ahead[0]]) / length
            wings = head * np.stack([aside - ahead, 0 * ahead, -aside - ahead])
            pieces += [line[middle] + wings * window[1], gap]
    points = np.concatenate(pieces) if pieces else gap
    return np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])


def _traced(field: Array, starts: Array, signs: Array, stride: float) -> Array:
    """Follow a field (n, n, 2) by midpoint steps of one length from starts (m, 2): (LONGEST, m, 2).

    Lines end, in NaN, at the window's edge, where there is no slope, and where they would turn back.
    """
    points, here = [starts], signs * _bilinear(field, starts)
    with np.errstate(all="ignore"):
        for _ in range(LONGEST - 1):
            half = points[-1] + 0.5 * stride * _unit(here)
            ahead = signs * _unit(_bilinear(field, half))
            there = points[-1] + stride * ahead
            here = signs * _bilinear(field, there)
            there[~((ahead * here).sum(axis=1) > 0)] = np.nan  # also where one of them is NaN
            points.append(there)
    return np.stack(points)


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.sqrt((vectors * vectors).sum(axis=1, keepdims=True)))


def _bilinear(field: Array, points: Array) -> Array:
    """Return the field at points (m, 2) of the unit square, NaN outside."""
    n = len(field) - 1
    flat, places = field.reshape(-1, 2), points * n
    inside = np.all((places >= 0) & (places <= n), axis=1, keepdims=True)
    cell = np.where(inside, places, 0.0).astype(int).clip(0, n - 1)
    share = places - cell
    a, b = share[:, :1], share[:, 1:]
    corner = cell[:, 1] * (n + 1) + cell[:, 0]
    below = (1 - a) * flat[corner] + a * flat[corner + 1]
    above = (1 - a) * flat[corner + n + 1] + a * flat[corner + n + 2]
    return np.where(inside, (1 - b) * below + b * above, np.nan)


class _Taken:
    """The unit square in cells: which are as near to a line as lines are to each other, and which half as near."""

    def __init__(self, across: int) -> None:
        self._side = across * FINE
        padded = self._side + 2 * FINE
        self.near, self.close = np.zeros((padded, padded), bool), np.zeros((padded, padded), bool)
        reach = np.stack(np.meshgrid(*2 * [np.arange(-FINE, FINE + 1)]), axis=-1).reshape(-1, 2)
        away = np.hypot(*reach.T)
        self._disc, self._core = reach[away <= FINE], reach[away <= FINE / 2]

    def cells(self, points: Array) -> IntArray:
        """Return the cells of points (…, 2), of NaN any."""
        return np.asarray((np.nan_to_num(points).clip(0, 1 - 1e-9) * self._side).astype(np.int64) + FINE)

    def take(self, cells: IntArray) -> None:
        """Take the places around a line's cells (m, 2)."""
        for mask, reach in ((self.near, self._disc), (self.close, self._core)):
            around = (cells[:, None] + reach).reshape(-1, 2)
            mask[around[:, 0], around[:, 1]] = True
