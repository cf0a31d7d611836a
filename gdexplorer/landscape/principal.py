"""The plane of largest variance of one or several paths, and what a random walk would show in its place."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.landscape.plane import Plane, across, spanned

POINTS = 256  # of all paths together
COLUMNS = 2**15  # parameters at a time in float64
ALIKE = 0.8  # components whose variances have a larger ratio are ordered as they were


def principal(*paths: Array, like: Plane | None = None) -> Plane:
    """Return the plane of largest variance through the mean of paths (T_i, P).

    The eigenvectors come from the T × T Gram matrix of θ_t − mean, of at most 256 evenly spaced points.

    Parameters
    ----------
    like
        The plane of the frame before: signs, and the order of components of nearly equal variance, agree with it.
        Otherwise the paths' ends lie in the positive quadrant of their starts.
    """
    most = max(POINTS // len(paths), 2)
    paths = tuple(path[np.linspace(0, len(path) - 1, min(len(path), most)).round().astype(int)] for path in paths)
    points = np.concatenate(paths)
    if len(points) < 3:
        paths = (points := np.repeat(points, 3, axis=0),)
    mean = points.mean(axis=0, dtype=np.float64)
    cuts = [slice(start, start + COLUMNS) for start in range(0, mean.size, COLUMNS)]
    gram = sum((rows @ rows.T for rows in (points[:, cut] - mean[cut] for cut in cuts)), np.zeros((len(points),) * 2))
    values, vectors = np.linalg.eigh(gram)
    directions = np.hstack([vectors[:, :-3:-1].T @ (points[:, cut] - mean[cut]) for cut in cuts])
    for k, direction in enumerate(directions):
        if values[-1 - k] <= 1e-12 * values[-1]:  # rounding only: a path along a line, or that stands still
            direction[:] = across(directions[0])
        direction /= np.linalg.norm(direction)
    if like is not None and like.directions.shape == directions.shape:
        overlaps = np.abs(like.directions @ directions.T)
        if np.trace(overlaps) < np.trace(overlaps[::-1]) and values[-2] > ALIKE * values[-1]:
            directions = directions[::-1].copy()
        signs = np.einsum("ij,ij->i", directions, like.directions)
    else:
        signs = directions @ np.sum([path[-1].astype(np.float64) - path[0] for path in paths], axis=0)
    directions[signs < 0] *= -1
    total = float(values.clip(0).sum())
    return replace(
        spanned("pca", mean, directions[0], directions[1], ("PC 1", "PC 2")),
        explained=float(values[-2:].clip(0).sum()) / total if total > 0 else 1.0,
        baseline=walk_baseline(mean.size, *map(len, paths)),
    )


@lru_cache
def walk_baseline(size: int, *steps: int) -> float:
    """Return the share of variance that two components explain of random walks in `size` dimensions.

    `steps` are the walks' numbers of points; all have the first in common. Exact in the limit of many dimensions,
    where the Gram matrix has the covariance of the points, min(s, t) within a walk and 0 between two. Centred, that
    of one walk has eigenvalues 1 / (4 sin²(kπ / 2T)), k = 1 … T − 1; two components explain about .76 of a long
    one. With few dimensions walks of Gaussian steps are drawn instead.
    """
    if size >= 100:
        if len(steps) == 1:
            values = 1 / np.sin(np.arange(1, steps[0]) * np.pi / (2 * steps[0])) ** 2
        else:
            walk = np.repeat(np.arange(len(steps)), steps)
            time = np.concatenate([np.arange(count) for count in steps])
            covariance = np.minimum.outer(time, time) * np.equal.outer(walk, walk)
            rows = covariance - covariance.mean(axis=0)
            values = np.linalg.eigvalsh(rows - rows.mean(axis=1, keepdims=True))[::-1]
        return float(values[:2].sum() / values.sum()) if values.any() else 1.0
    rng = np.random.default_rng(0)
    moves = [rng.normal(size=(16, count, size)) for count in steps]
    for move in moves:
        move[:, 0] = 0.0
    walks = np.concatenate([move.cumsum(axis=1) for move in moves], axis=1)
    variances = np.linalg.svd(walks - walks.mean(axis=1, keepdims=True), compute_uv=False) ** 2
    totals = variances.sum(axis=1)
    return float((variances[:, :2].sum(axis=1) / totals).mean()) if totals.all() else 1.0
