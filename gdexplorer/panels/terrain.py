"""A relief as a lit surface in the world of the 3-D view, and what it hides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdexplorer.arrays import Array
from gdexplorer.panels.heatmap import Colors
from gdexplorer.panels.relief import Relief
from gdexplorer.panels.scene import TOP, Box

LIGHT = np.array([-0.45, -0.35, 0.82])  # where it comes from
AMBIENT, DIFFUSE = 0.5, 0.6
SIDE = 100  # cells
RAY = 48  # samples between a point and the eye


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """A matte surface; light from far away does not move with the eye, so it is mixed into the colors.

    Row is y, column x; NaN where there is none.
    """

    box: Box
    x: Array  # (columns,) in the world
    y: Array  # (rows,)
    z: Array  # (rows, columns) float32
    rgb: NDArray[np.uint8]  # (rows, columns, 3)

    def height(self, x: Array, y: Array) -> Array:
        """Return z at places of the world, between the samples by bilinear interpolation; NaN outside."""
        rows, columns = self.z.shape
        u = (x - self.x[0]) / (self.x[-1] - self.x[0]) * (columns - 1)
        v = (y - self.y[0]) / (self.y[-1] - self.y[0]) * (rows - 1)
        with np.errstate(invalid="ignore"):
            inside = (u > -1) & (u < columns) & (v > -1) & (v < rows)  # samples are centers of cells
        u, v = np.where(inside, u, 0).clip(0, columns - 1), np.where(inside, v, 0).clip(0, rows - 1)
        j, i = np.minimum(u.astype(int), columns - 2), np.minimum(v.astype(int), rows - 2)
        a, b = v - i, u - j
        z = self.z
        mixed = (1 - a) * ((1 - b) * z[i, j] + b * z[i, j + 1]) + a * ((1 - b) * z[i + 1, j] + b * z[i + 1, j + 1])
        return np.where(inside, mixed, np.nan)

    def hides(self, points: Array, eye: Array) -> NDArray[np.bool_]:
        """Return whether the surface stands between points (n, 3) and the eye: they are on other sides of it."""
        if not len(points):
            return np.zeros(0, np.bool_)
        toward = eye - points
        with np.errstate(divide="ignore", invalid="ignore"):
            sides = (np.sign(toward[:, :2]) * self.box.half - points[:, :2]) / toward[:, :2]
            above = (TOP + 0.1 - points[:, 2]) / toward[:, 2]
        leaves = np.fmin(np.fmin(sides[:, 0], sides[:, 1]), np.where(above > 0, above, np.inf)).clip(0, 1)
        share = np.linspace(0, 1, RAY + 1)[1:] ** 1.5  # closer together near the point
        ray = points[:, None] + (leaves[:, None] * share)[..., None] * toward[:, None]
        rows, columns = self.z.shape
        scale = (columns - 1) / (self.x[-1] - self.x[0]), (rows - 1) / (self.y[-1] - self.y[0])
        with np.errstate(invalid="ignore"):
            j = np.nan_to_num((ray[..., 0] - self.x[0]) * scale[0] + 0.5).astype(int).clip(0, columns - 1)
            i = np.nan_to_num((ray[..., 1] - self.y[0]) * scale[1] + 0.5).astype(int).clip(0, rows - 1)
            over = ray[..., 2] - self.z[i, j]
            start = points[:, 2] - self.height(points[:, 0], points[:, 1])
            crossed = np.where(start[:, None] < 0, over > 0.004, over < -0.004)
        return np.asarray(crossed.any(axis=1))


def terrain(relief: Relief, colors: Colors, box: Box) -> Terrain:
    """Light a relief."""
    fine = relief.fine
    rows, columns = (_between(n) for n in fine.values.shape)
    heights = _mixed(_mixed(fine.values, *rows).T, *columns).T
    x, y = box.across(_mixed(fine.x, *columns)), box.along(_mixed(fine.y, *rows))
    z = box.up(heights)
    dy, dx = (np.nan_to_num(slope) for slope in np.gradient(z, y, x))
    light = LIGHT / np.linalg.norm(LIGHT)
    facing = (light[2] - dx * light[0] - dy * light[1]) / np.sqrt(1 + dx**2 + dy**2)
    shade = AMBIENT + DIFFUSE * (0.5 + 0.5 * facing)  # half Lambert: soft, and no side is black
    low, high = box.levels
    packed = colors[np.nan_to_num((heights - low) * (255 / (high - low))).clip(0, 255).astype(np.uint8)]
    rgb = np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=-1) * shade[..., None]
    return Terrain(box, x, y, z.astype(np.float32), rgb.clip(0, 255).astype(np.uint8))


def _between(count: int) -> tuple[NDArray[np.intp], Array]:
    """Return where `SIDE` + 1 equidistant places lie among samples: the one before, and the share of the next."""
    at = np.linspace(0, count - 1, SIDE + 1)
    before = np.minimum(at.astype(np.intp), count - 2)
    return before, at - before


def _mixed(values: Array, before: NDArray[np.intp], share: Array) -> Array:
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values[before] * (1 - share) + values[before + 1] * share)
