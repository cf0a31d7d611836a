"""Paths that no run is making now: those of runs that were left, and in the past what came after the point shown."""

from dataclasses import dataclass, replace

import numpy as np
import pyqtgraph as pg

from gdexplorer.arrays import Array
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.history import History
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.ghosts import brief, titles
from gdexplorer.panels.legend import Row
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.scene import Track3D
from gdexplorer.panels.tracks import drawable, lane_look
from gdexplorer.probes.landscape import LandscapeReport, Profile, Track

PALE, PALER = 0.85, 0.45  # opacity of a run that was left, and of what came later


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """What of a report is not the lanes' present.

    Attributes
    ----------
    ghosts
        Paths of runs that were left, by the names of their runs.
    colors
        Theirs, indices of lanes' colors.
    later
        Of each lane the path (n, 2) from the point that is shown on.
    own
        Name of the run that goes on.
    """

    ghosts: tuple[Track, ...] = ()
    colors: tuple[int, ...] = ()
    later: tuple[Array, ...] = ()
    own: str = ""


def parted(report: LandscapeReport, frame: Frame) -> tuple[LandscapeReport, Others]:
    """Return the report of the lanes alone, up to the point that is shown, and what else is in it."""
    runs = {entry.id: entry for entry in frame.runs}
    drawn = [(track, runs[track.run]) for track in report.tracks if track.run in runs]
    own = [track for track in report.tracks if track.run is None]
    later = [np.vstack([track.path[-1:], track.path[track.steps > report.step]]) for track in own] if frame.past else []
    others = Others(
        tuple(replace(track, name=entry.name) for track, entry in drawn), tuple(entry.color for _, entry in drawn),
        tuple(later), titles(frame)[0],
    )  # fmt: skip
    if later:
        own = [_until(report.step, track) for track in own]
        report = replace(report, profiles=tuple(_profile_until(report.step, one) for one in report.profiles))
    return replace(report, tracks=tuple(own)), others


def with_histories(report: LandscapeReport, frame: Frame) -> tuple[LandscapeReport, list[History]]:
    """Return a report with the history that each of its paths is of; without those of runs that were removed since."""
    left = {lane.ghost.id: lane.history for lane in frame.lanes if lane.ghost is not None}
    tracks = tuple(track for track in report.tracks if track.run is None or track.run in left)
    racers = iter(frame.racers)
    found = [next(racers).history if track.run is None else left[track.run] for track in tracks]
    return replace(report, tracks=tracks), found


def _until(step: int, track: Track) -> Track:
    kept = track.steps <= step
    return replace(track, path=track.path[kept], steps=track.steps[kept], off_plane=track.off_plane[kept])


def _profile_until(step: int, profile: Profile) -> Profile:
    kept = profile.steps <= step
    return Profile(profile.steps[kept], profile.path[kept], profile.true[kept], profile.plane[kept])


class OtherTracks:
    """Draws them on the map, beneath the paths of the lanes."""

    def __init__(self, plot: Plot) -> None:
        self._plot, self._palette, self._paused = plot, LIGHT, True
        self._curves: list[tuple[Curve, Curve]] = []  # casing and core
        self._others = Others()

    @property
    def ghosts(self) -> tuple[Track, ...]:
        """The paths of runs that were left."""
        return self._others.ghosts

    def show(self, others: Others) -> None:
        """Draw these."""
        self._others = others
        paths = [*(track.path for track in others.ghosts), *others.later]
        while len(self._curves) < len(paths):
            pair = [self._plot.add(Curve(antialias=True, connect="finite")) for _ in range(2)]
            for up, curve in enumerate(pair):
                curve.setZValue(6 + up)
            self._curves.append((pair[0], pair[1]))
        for k, curves in enumerate(self._curves):
            path = drawable(paths[k], self._plot) if k < len(paths) else np.zeros((0, 2))
            x, y = np.ascontiguousarray(path.T)
            for curve in curves:
                curve.setData(x, y)
        self._dress()

    def _looks(self) -> list[tuple[str, tuple[float, ...], float]]:
        """Return color, dash and opacity of each path."""
        palette, lanes = self._palette, len(self._others.later)
        ghosts = [palette.ghost(color) for color in self._others.colors]
        return [(look.color, look.dash, PALE) for look in ghosts] + [
            (*lane_look(palette, k, lanes), PALER) for k in range(lanes)
        ]

    def _dress(self) -> None:
        width = self._palette.line_width(self._paused) + self._paused
        for curves, (color, dash, opacity) in zip(self._curves, self._looks(), strict=False):
            pen = pg.mkPen(color, width=width)
            if dash:
                pen.setDashPattern(list(dash))
            curves[0].setPen(pg.mkPen(self._palette.path_casing, width=width + 1.6))
            curves[1].setPen(pen)
            for curve in curves:
                curve.setOpacity(opacity)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Take on a theme."""
        self._palette, self._paused = palette, paused
        self._dress()

    def rows(self, lanes: int) -> tuple[Row, ...]:
        """Return the legend's rows of the ghosts, and of a single run beside them, which else needs none."""
        others, palette = self._others, self._palette
        if not others.ghosts:
            return ()
        own = (Row(brief(others.own), palette.path_core, casing=palette.path_casing),) if lanes == 1 else ()
        return own + tuple(
            Row(brief(track.name), color, dash, casing=palette.path_casing)
            for track, (color, dash, _) in zip(others.ghosts, self._looks(), strict=False)
        )

    def joined(self, own: list[Track3D]) -> list[Track3D]:
        """Return paths for the 3-D view: the lanes' own, and these on the surface, for their heights are not known."""
        others = self._others
        if others.ghosts and len(own) == 1:
            own = [replace(own[0], label=others.own)]
        named = [(track.path, track.name) for track in others.ghosts] + [(path, "") for path in others.later]
        found = list(own)
        for (path, name), (color, dash, _) in zip(named, self._looks(), strict=True):
            x, y = np.ascontiguousarray(path.T)
            found.append(Track3D(x, y, None, color, dash, name, pale=True))
        return found
