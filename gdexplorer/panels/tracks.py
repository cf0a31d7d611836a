"""The lanes' paths on the map: a curve with its casing each, where they began, and where they are."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsItem

from gdexplorer.arrays import Array
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.legend import Row
from gdexplorer.panels.marks import Mark, circle
from gdexplorer.panels.palette import Palette, contrast
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.relief import Relief
from gdexplorer.panels.scene import Track3D
from gdexplorer.probes.landscape import LandscapeReport, Profile, Track

BEYOND = 20.0  # windows, from which a path is drawn as if it were there: Qt cannot paint what is very far
TOLD_APART = 1.5  # contrast of a path with its casing
APART = 1e-9  # of the window: starts at a smaller distance are one


def lane_look(palette: Palette, lane: int, lanes: int) -> tuple[str, tuple[float, ...]]:
    """Return color and dash of a lane; a single run has the dark core of all paths."""
    if lanes == 1:
        return palette.path_core, ()
    look = palette.lane(lane)
    return look.color, look.dash


def casing_of(color: str, palette: Palette) -> str:
    """Return the color around a path: light, but dark around a light one."""
    return palette.path_casing if contrast(color, palette.path_casing) >= TOLD_APART else palette.path_core


def drawable(path: Array, plot: Plot) -> Array:
    """Return a path (n, 2) with what is not finite left out, and what is very far brought nearer."""
    x0, x1, y0, y1 = plot.view()
    middle, reach = np.array([x0 + x1, y0 + y1]) / 2, BEYOND * np.array([x1 - x0, y1 - y0])
    return np.where(np.isfinite(path), path, np.nan).clip(middle - reach, middle + reach)


def label(track: Track) -> str:
    """Return a lane's name, and in which way it does not run under the first's conditions."""
    return f"{track.name} ({track.note})" if track.note else track.name


class Tracks:
    """Draws them; the first lane lies above the others."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self.curves: list[tuple[Curve, Curve]] = []  # casing and core of each lane
        self.starts: list[Mark] = []
        self._ends: list[Mark] = []  # of the lanes behind the first
        self._palette: Palette | None = None
        self._paused = True
        self.left = plot.add(Mark(circle(5), 31))  # where the point was when it was grabbed
        self.point = plot.add(Mark(circle(6), 32))
        self.left.hide()

    @property
    def core(self) -> Curve:
        """The first lane's curve."""
        return self.curves[0][1]

    def show(self, tracks: tuple[Track, ...]) -> None:
        """Draw paths, all but the first lane's point, which may be held."""
        if len(tracks) != len(self.curves):
            self._build(len(tracks))
        x0, x1, y0, y1 = self._plot.view()
        reach, first = BEYOND * np.array([x1 - x0, y1 - y0]), tracks[0].path[0]
        for k, track in enumerate(tracks):
            path = drawable(track.path, self._plot)
            x, y = np.ascontiguousarray(path.T)
            for curve in self.curves[k]:
                curve.setData(x, y)
            self.starts[k].setVisible(k == 0 or bool((np.abs(path[0] - first) > APART * reach).any()))
            self.starts[k].setPos(x[0], y[0])
            if k:
                self._ends[k - 1].setVisible(bool(np.isfinite(path[-1]).all()))
                self._ends[k - 1].setPos(x[-1], y[-1])

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Take on a theme."""
        self._palette, self._paused = palette, paused
        lanes, scale = len(self.curves), palette.body / 10
        width = palette.line_width(paused) + paused
        around = 1.6 if lanes > 1 else 2.0
        for k, (casing, core) in enumerate(self.curves):
            color, dash = lane_look(palette, k, lanes)
            casing.setPen(pg.mkPen(casing_of(color, palette), width=width + around))
            pen = pg.mkPen(color, width=width)
            if dash:
                pen.setDashPattern([part * (1.0 if width == 1 else 0.7) for part in dash])
            core.setPen(pen)
            self.starts[k].dress(color, palette.path_casing, palette.path_casing, 1.5, scale)
            if k:
                self._ends[k - 1].dress(palette.path_casing, palette.path_core, color, 1.5, scale)
        own = lane_look(palette, 0, lanes)[0]
        self.left.dress(palette.path_core, palette.path_casing, "", 1.0, scale)
        self.point.dress(palette.path_casing, palette.path_core, own, 2.0, scale)

    def rows(self, tracks: tuple[Track, ...], palette: Palette) -> tuple[Row, ...]:
        """Return the legend's rows; a single run needs none."""
        if len(tracks) < 2:
            return ()
        looks = [lane_look(palette, k, len(tracks)) for k in range(len(tracks))]
        return tuple(
            Row(label(track), color, dash, casing=casing_of(color, palette))
            for track, (color, dash) in zip(tracks, looks, strict=True)
        )

    def _build(self, lanes: int) -> None:
        old: list[QGraphicsItem] = [*(curve for pair in self.curves for curve in pair), *self.starts, *self._ends]
        for item in old:
            self._plot.plotItem.removeItem(item)
        self.curves, self.starts, self._ends = [], [], []
        for k in range(lanes):
            height = 10 + 2 * (lanes - 1 - k)
            pair = [self._plot.add(Curve(antialias=True, connect="finite")) for _ in range(2)]
            for up, curve in enumerate(pair):
                curve.setZValue(height + up)
            self.curves.append((pair[0], pair[1]))
            self.starts.append(self._plot.add(Mark(circle(4), 28)))
            if k:
                self._ends.append(self._plot.add(Mark(circle(4.5), 30)))
        if self._palette is not None:
            self.show_palette(self._palette, self._paused)


def tracks_3d(report: LandscapeReport, made: Relief, palette: Palette) -> list[Track3D]:
    """Return the paths for the 3-D view: at their true heights where these are known, else on the surface."""
    lanes, found = len(report.tracks), []
    for k, track in enumerate(report.tracks):
        color, dash = lane_look(palette, k, lanes)
        path, height = track.path, None
        if k < len(report.profiles):
            path, height = _raised(track, report.profiles[k], made)
        x, y = np.ascontiguousarray(path.T)
        found.append(Track3D(x, y, height, color if lanes > 1 else "", dash, label(track), height is not None))
    return found


def _raised(track: Track, profile: Profile, made: Relief) -> tuple[Array, Array]:
    path = np.vstack([profile.path, track.path[-1:]])
    return path, made.height(np.append(profile.true, track.loss))
