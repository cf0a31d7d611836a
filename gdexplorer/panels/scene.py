"""What the 3-D view shows and from where: the box that data stand in, tracks, the camera, and the projection."""

import math
from dataclasses import dataclass, replace

import numpy as np

from gdexplorer.arrays import Array

DISTANCE = 6.0  # from the eye to what it looks at; the box is about 2 wide
FLOOR, BASE, TOP = -0.65, -0.15, 0.6  # of the box, and of the surface between the levels
SOFT = 0.06  # of the levels' range: how far heights beyond the levels may reach
NEAR, FAR = DISTANCE - 4, DISTANCE + 4
LOWEST, HIGHEST = 6.0, 89.9  # degrees above the floor
ZOOMS = (0.5, 10.0)
REACH = 1.2  # how far the target may be moved from the middle

Margins = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True, eq=False)
class Track3D:
    """A path over the surface.

    Parameters
    ----------
    x, y
        Coordinates in the plane (n,).
    height
        The loss at each point (n,) as the relief has it: log10 where that is logarithmic. None where the path lies
        on the surface by definition.
    color, dash
        Of its lane; an empty color is the single run's dark core.
    label
        In the legend, which there is for two tracks and more.
    stems
        Whether thin lines join points that are not on the surface with it.
    pale
        Whether no run makes it now: it is drawn fainter, and has no ball at its end.
    """

    x: Array
    y: Array
    height: Array | None = None
    color: str = ""
    dash: tuple[float, ...] = ()
    label: str = ""
    stems: bool = False
    pale: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """Places data in the world: x and y within ±1, heights from `BASE` to `TOP` between the levels."""

    window: tuple[float, float, float, float]  # x0, x1, y0, y1
    levels: tuple[float, float]

    @property
    def half(self) -> tuple[float, float]:
        """Half the width and half the depth; the data's own shape unless that is very long."""
        x0, x1, y0, y1 = self.window
        ratio = (y1 - y0) / (x1 - x0)
        if not 0.5 <= ratio <= 2:
            ratio = 1.0
        return min(1.0, 1 / ratio), min(1.0, ratio)

    def across(self, x: Array) -> Array:
        """Return world x of data x."""
        x0, x1 = self.window[:2]
        return np.asarray((2 * (np.asarray(x) - x0) / (x1 - x0) - 1) * self.half[0])

    def along(self, y: Array) -> Array:
        """Return world y of data y."""
        y0, y1 = self.window[2:]
        return np.asarray((2 * (np.asarray(y) - y0) / (y1 - y0) - 1) * self.half[1])

    def up(self, height: Array) -> Array:
        """Return world z of a relief's heights: linear between the levels, and hardly beyond them."""
        low, high = self.levels
        share = (np.asarray(height, np.float64) - low) / (high - low)
        inside = share.clip(0, 1)
        with np.errstate(invalid="ignore"):
            return np.asarray(BASE + (TOP - BASE) * (inside + SOFT * np.tanh((share - inside) / SOFT)))


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the eye is, in degrees around and above the target, and how near it seems."""

    azimuth: float = -60.0
    elevation: float = 43.0
    zoom: float = 1.0
    target: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def orbited(self, around: float, above: float) -> "Camera":
        """Return the camera moved by degrees; it stays above the floor."""
        azimuth = (self.azimuth + around + 180) % 360 - 180
        return replace(self, azimuth=azimuth, elevation=min(max(self.elevation + above, LOWEST), HIGHEST))

    def zoomed(self, factor: float) -> "Camera":
        """Return the camera nearer by a factor."""
        return replace(self, zoom=min(max(self.zoom * factor, ZOOMS[0]), ZOOMS[1]))

    def panned(self, right: float, up: float) -> "Camera":
        """Return the camera moved in its own plane, by world units; the box stays in sight."""
        moved = np.asarray(self.target) + np.array([right, up, 0.0]) @ self.axes()
        low, high = (-REACH, -REACH, FLOOR), (REACH, REACH, TOP)
        x, y, z = (float(v) for v in moved.clip(low, high))
        return replace(self, target=(x, y, z))

    def axes(self) -> Array:
        """Return the directions right, up and toward the eye as rows (3, 3)."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        return np.array([
            [-math.sin(a), math.cos(a), 0.0],
            [-math.cos(a) * math.sin(e), -math.sin(a) * math.sin(e), math.cos(e)],
            [math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e)],
        ])  # fmt: skip

    def eye(self) -> Array:
        """Return the place of the eye (3,)."""
        return np.asarray(np.asarray(self.target) + DISTANCE * self.axes()[2])


@dataclass(frozen=True, slots=True)
class Lens:
    """A camera before a picture of some size.

    With q = axes (p − target) and the depth d = DISTANCE − q₃, a point p of the world is seen at
    x = cx + f q₁ / d and y = cy − f q₂ / d, in pixels, y downward.
    """

    camera: Camera
    width: float
    height: float
    focal: float
    center: tuple[float, float]

    def project(self, x: Array, y: Array, z: Array) -> tuple[Array, Array, Array]:
        """Return x and y in pixels and depths of points of the world, broadcast together."""
        axes = self.camera.axes()
        a, b, c = axes @ np.asarray(self.camera.target)
        depth = (DISTANCE + c) - (axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z)
        scale = self.focal / depth
        across = self.center[0] + (axes[0, 0] * x + axes[0, 1] * y - a) * scale
        down = self.center[1] - (axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z - b) * scale
        return across, down, depth

    def clip(self) -> Array:
        """Return the same projection for OpenGL (4, 4): clip coordinates of (x, y, z, 1)."""
        axes = self.camera.axes()
        moved = np.hstack([axes, -axes @ np.asarray(self.camera.target)[:, None]])
        depth = np.array([0, 0, 0, DISTANCE]) - moved[2]
        far = (FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR)
        (cx, cy), f = self.center, self.focal
        return np.array([
            2 * f / self.width * moved[0] + (2 * cx / self.width - 1) * depth,
            2 * f / self.height * moved[1] + (1 - 2 * cy / self.height) * depth,
            far[0] * depth + far[1] * np.array([0, 0, 0, 1]),
            depth,
        ])  # fmt: skip


def lens(camera: Camera, half: tuple[float, float], width: float, height: float, margins: Margins) -> Lens:
    """Return the lens with which the box, turned as one likes, just fits within the margins at zoom 1."""
    left, top, right, bottom = margins
    angles = np.arange(24) * (math.pi / 12)
    x, y = math.hypot(*half) * np.cos(angles), math.hypot(*half) * np.sin(angles)
    rims = [np.stack([x, y, np.full(24, z)]) for z in (FLOOR, TOP)]
    q = camera.axes() @ np.hstack(rims)
    u, v = q[:2] / (DISTANCE - q[2])
    room = max(width - left - right, 8.0) / float(np.ptp(u)), max(height - top - bottom, 8.0) / float(np.ptp(v))
    focal = min(room) * camera.zoom
    middle = (left + width - right) / 2, (top + height - bottom) / 2
    return Lens(camera, width, height, focal, (middle[0], middle[1] + focal * float(v.max() + v.min()) / 2))
