"""The landscape seen from above: colors, contours, streamlines, quadratic model, paths, landmarks and arrows."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from gdexplorer.arrays import Array
from gdexplorer.landscape.field import joined, streamlines
from gdexplorer.landscape.surface import Surface
from gdexplorer.panels.compass import Compass
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.grid import bilinear
from gdexplorer.panels.heatmap import HeatMap, colors_of
from gdexplorer.panels.landmarks import Landmarks, called
from gdexplorer.panels.legend import Legend, Row
from gdexplorer.panels.othertracks import Others, OtherTracks
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.relief import Levels, Relief, relief
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.ticks import number
from gdexplorer.panels.tracks import Tracks, label
from gdexplorer.probes.landscape import LandscapeReport

MODEL, MODEL_DASH = "#FF7AC6", (5.0, 3.0)
NEAR = 10.0  # px, within which a place is a path's end


class LandMap:
    """Draws reports on a stage; nothing is drawn anew that did not change."""

    def __init__(self, stage: Stage) -> None:
        plot = self.plot = stage.plot
        self._stage = stage
        self.heat = plot.add(HeatMap())
        self._contours, self.field, self._model = (plot.add(Curve(connect="finite", antialias=True)) for _ in range(3))
        for z, item in enumerate((self._contours, self.field, self._model)):
            item.setZValue(z)
            item.setCacheMode(pg.QtWidgets.QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.tracks, self.others = Tracks(plot), OtherTracks(plot)
        self.landmarks = Landmarks(plot)
        self._compass = Compass(plot)
        plot.add(self._compass)
        self.legend = Legend(plot)
        self._palette = LIGHT
        self._report: LandscapeReport | None = None
        self.relief: Relief | None = None
        self._flows = False  # whether streamlines are wanted
        self._drawn: tuple[Surface | None, Array | None] = (None, None)  # of streamlines, and of model

    def clear(self) -> None:
        """Forget what was shown."""
        self._report = self.relief = None
        self._drawn = (None, None)

    def show_surface(self, surface: Surface, levels: Levels | None) -> Relief:
        """Draw a surface, on these levels if they suit."""
        self.relief = made = relief(surface, levels)
        colors = colors_of(self._palette.colormap)
        self.heat.show_values(made.fine, colors, made.levels)
        self._contours.setData(*made.contours)
        self._contours.setVisible(surface.flow is None)  # a game runs along none of one side's contours
        self._stage.bar.show_scale(colors, made.levels, made.ticks(4), made.title)
        return made

    def show(self, report: LandscapeReport, others: Others) -> None:
        """Draw everything else of a report whose surface is drawn."""
        self._report = report
        self.tracks.show(report.tracks)
        self.others.show(others)
        self.landmarks.show(report.landmarks)
        self._compass.show_arrows(report.arrows, report.path[-1], report.surface.plane.kind == "weights")
        self._show_field(report.surface)
        self._show_model(report)
        rows = self.tracks.rows(report.tracks, self._palette) + self.others.rows(len(report.tracks))
        rows += self._compass.rows
        if report.model is not None:
            rows += (Row("quadratic model", MODEL, MODEL_DASH),)
        self.legend.show_rows(rows, self._palette)

    @property
    def drawn(self) -> tuple[int, int]:
        """How many paths there are, of lanes and of earlier runs."""
        return len(self.tracks.curves), len(self.others.ghosts)

    def settle(self) -> None:
        """Find the legend's corner again; not with every frame, or it would wander."""
        if self._report is not None:
            marks = np.array([mark[:2] for mark in self._report.landmarks]).reshape(-1, 2)
            ends = np.repeat([track.path[-1] for track in self._report.tracks], 20, axis=0)
            paths = [track.path for track in (*self._report.tracks, *self.others.ghosts)]
            self.legend.avoid(np.vstack([*paths, marks, ends]))

    def show_streamlines(self, wanted: bool) -> None:
        """Draw streamlines, or no longer."""
        self._flows = wanted
        if self._report is not None:
            self._show_field(self._report.surface)

    def _show_field(self, surface: Surface) -> None:
        self.field.setVisible(self._flows)
        if self._flows and self._drawn[0] is not surface:
            corner = np.array([surface.xs[0], surface.ys[0]])
            size = np.array([surface.xs[-1], surface.ys[-1]]) - corner
            self.field.setData(*joined(streamlines(surface), (corner, size)))
            self._drawn = (surface, self._drawn[1])

    def _show_model(self, report: LandscapeReport) -> None:
        self._model.setVisible(report.model is not None)
        if report.model is not None and self.relief is not None:
            before = self._drawn[1]
            if before is None or not np.array_equal(before, report.model):
                self._model.setData(*self.relief.contours_of(report.model))
                self._drawn = (self._drawn[0], report.model)

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Take on a theme."""
        self._palette = palette
        strong = palette.name == "projector"
        self._contours.setPen(pg.mkPen((255, 255, 255, 120 if strong else 80), width=1))
        self.field.setPen(pg.mkPen((255, 255, 255, 190 if strong else 135), width=2 if strong and paused else 1))
        pen = pg.mkPen(MODEL, width=palette.line_width(paused))
        pen.setDashPattern(list(MODEL_DASH))
        self._model.setPen(pen)
        self.tracks.show_palette(palette, paused)
        self.others.show_palette(palette, paused)
        self.landmarks.show_palette(palette)
        self._compass.show_palette(palette)

    def read(self, x: float, y: float) -> str:
        """Say what is at a place."""
        if self._report is None:
            return ""
        surface = self._report.surface
        loss = float(bilinear(surface.xs, surface.ys, surface.losses, np.array([x]), np.array([y]))[0])
        outside = not (surface.xs[0] <= x <= surface.xs[-1] and surface.ys[0] <= y <= surface.ys[-1])
        value = "" if outside else f"loss {number(loss)}" if np.isfinite(loss) else "loss not finite"
        name = self._named(x, y)
        return value and (f"{name}  " if name else "") + f"({number(x)}, {number(y)})  {value}"

    def _named(self, x: float, y: float) -> str:
        """Name the lane that is there now, or the landmark."""
        assert self._report is not None
        here, tracks = self.plot.pixel(x, y), (*self._report.tracks, *self.others.ghosts)
        if len(tracks) > 1:
            away = [(self.plot.pixel(*track.path[-1]) - here).manhattanLength() for track in tracks]
            nearest = int(np.argmin(np.nan_to_num(away, nan=np.inf)))
            if away[nearest] <= NEAR * self._palette.body / 10:
                return f"{label(tracks[nearest])}: loss {number(tracks[nearest].loss)}"
        placed = self.landmarks.near(x, y)
        if placed is None:
            return ""
        a, b, landmark = placed
        value = self._report.surface.at(a, b)
        about = f", loss about {number(value)}" if np.isfinite(value) else ""
        return f"{called(landmark)} at ({number(a)}, {number(b)}){about}"

    def cursor(self, near: bool) -> None:
        """Show whether the point can be taken hold of."""
        self.plot.setCursor(Qt.CursorShape.OpenHandCursor if near else Qt.CursorShape.CrossCursor)
