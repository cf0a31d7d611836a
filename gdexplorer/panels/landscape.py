"""The loss on a plane through parameter space, all lanes' paths in it, and the point, which can be dragged."""

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.lab.commands import MoveTo
from gdexplorer.lab.frame import Frame, Probe, Snapshot
from gdexplorer.lab.history import History
from gdexplorer.lab.sheet import Sheet
from gdexplorer.landscape.surface import Window
from gdexplorer.panels import sheets
from gdexplorer.panels.compass import downhill
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.grip import Grip
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.landmap import LandMap
from gdexplorer.panels.marks import Mark
from gdexplorer.panels.othertracks import Others, parted, with_histories
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.plane_facts import plane_facts
from gdexplorer.panels.planebar import USUAL, PlaneBar
from gdexplorer.panels.profileplot import LinePlot, ProfilePlot
from gdexplorer.panels.relief import Levels
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.tracks import tracks_3d
from gdexplorer.panels.view3d import View3D
from gdexplorer.panels.zoom import Zoom
from gdexplorer.probes.landscape import LandscapeReport
from gdexplorer.probes.line import Line

LINE = Line()
WAITING = "Rehearsing the run to find its plane…"
TALL = 20  # lines of text: a lower panel has no room for the profile


class LandscapePanel(Panel):
    """One command leaves it, `MoveTo`, when the point is dropped."""

    title = "Loss landscape"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._window: Window | None = None  # as asked for; None: what suits the path
        self._report: LandscapeReport | None = None
        self._state: Snapshot | None = None
        self.solid: View3D | None = None  # once it was wanted
        self._whole: LandscapeReport | None = None  # as it came
        self._levels: Levels | None = None  # of the last surface that was evaluated to the end
        self._others = Others()
        self._frame: Frame | None = None
        self.header = PlaneBar()
        self.plane, self.again, self.switches = self.header.plane, self.header.again, self.header.switches
        self.follow = self.switches["follow"]
        self.stage = Stage("Loss landscape", self._read, WAITING)
        self.plot = self.stage.plot
        self.map = LandMap(self.stage)
        self.zoom = Zoom(self.plot)
        self.grip = Grip(self.stage, self.map, self.zoom, self)
        self.profile = ProfilePlot()
        self.line = LinePlot()
        for strip in (self.profile, self.line):
            strip.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget, stretch in ((self.header, 0), (self.stage, 1), (self.profile, 0), (self.line, 0)):
            column.addWidget(widget, stretch)
        self._connect()
        self.show_palette(self.palette_now, True)

    def _connect(self) -> None:
        self.header.plane_changed.connect(self._ask_anew)
        self.header.changed.connect(self._on_changed)
        self.switches["solid"].toggled.connect(self._on_solid_toggled)
        self.switches["field"].toggled.connect(self.map.show_streamlines)
        QShortcut(QKeySequence("3"), self, self.switches["solid"].click, Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.zoom.settled.connect(self._on_zoom_settled)
        self.grip.dropped.connect(self._on_dropped)

    @property
    def _dot(self) -> Mark:
        point: Mark = self.map.tracks.point
        return point

    def needs(self) -> frozenset[Probe]:
        lines = {LINE} if self.switches["line"].isChecked() else set()
        return frozenset({self.header.request(self._window), *lines})

    # what the user asks for

    def _ask_anew(self) -> None:
        """Ask for another plane, in the window that suits it."""
        self.zoom.stop()
        self._window = None
        self.needs_changed.emit()

    def _on_changed(self) -> None:
        if self.zoom.centered != self.follow.isChecked():
            self.zoom.centered = self.follow.isChecked()
            self._window = None  # the plane has another origin now
        self._show_strip()
        self.needs_changed.emit()

    def _on_zoom_settled(self, window: Window | None) -> None:
        if window is None:
            self.stage.reader.unpin()  # by the first click of two
        if window != self._window:
            self._window = window
            self.needs_changed.emit()
        elif self._report is not None:
            self._show_window(self._report)

    def _on_solid_toggled(self, on: bool) -> None:
        if on and self.solid is None:
            self.solid = View3D(self)
            self.solid.show_palette(self.palette_now, self.plot.paused)
        self.stage.show_instead(self.solid if on else None)
        if self._report is not None:
            self._show_surface(self._report, self._report)
            self._show_moving(self._report, self._report)

    def _on_dropped(self, place: QPointF) -> None:
        if (report := self._report) is not None:
            self.commanded.emit(MoveTo(report.surface.plane.moved(report.theta, (place.x(), place.y()))))

    # what is drawn

    def show_frame(self, frame: Frame) -> None:
        self._frame, self._state, state = frame, frame.lane.state, frame.lane.state
        self.header.offer(state.parameters, state.can)
        if (lines := frame.lane.views.get(LINE)) is not None:
            self.line.show_lines(lines)
        report: LandscapeReport | None = frame.lane.views.get(self.header.request(self._window))
        before, whole, self._whole = self._report, self._whole, report
        if report is None:
            if before is None or before.parameters != state.parameters:
                self._forget()
            self.stage.show_note("evaluating…")
            return
        if report is not whole:
            report, self._others = parted(report, frame)
            self._report = report
            if before is None or before.surface is not report.surface:
                self._show_surface(report, before)
            self._show_moving(report, before)
        self.stage.show_note("" if self._evaluated(report) else "evaluating…" + _share(report.progress))

    def _forget(self) -> None:
        self._report = self._whole = self._window = None
        self.map.clear()
        self.zoom.stop()
        self.grip.let_go(forget=True)
        self.stage.reader.unpin()
        self.profile.hide()
        self.line.show_lines(None)
        self.stage.say(WAITING)

    def _show_surface(self, report: LandscapeReport, before: LandscapeReport | None) -> None:
        plane, known = report.surface.plane, self.map.relief
        if before is None or known is None or before.surface.plane.kind != plane.kind:
            levels = self._levels = None
        else:  # a coarse one, which comes first if there is time, leaves no trace in the colors of the whole
            levels = self._levels if report.progress is None else known.levels
        made = self.map.show_surface(report.surface, levels)
        if report.progress is None:
            self._levels = made.levels
        if self.solid is not None and self.switches["solid"].isChecked():
            self.solid.show_surface(report.surface, made)
        if before is None or before.surface.plane.directions is not plane.directions:
            self.stage.reader.unpin()  # the same coordinates are another place now
            self.grip.let_go()
            moved = before is not None and not np.array_equal(before.surface.plane.directions, plane.directions)
            if moved and self._window is not None:
                self.zoom.reset()
        self._show_window(report)
        self.stage.reader.refresh()

    def _show_window(self, report: LandscapeReport) -> None:
        """Show the whole surface, unless the user is just moving the window."""
        (x0, x1), (y0, y1) = (window := report.surface.window).x, window.y
        if not self.zoom.moving and not self.grip.panning:
            self.plot.set_view(x0, x1, y0, y1)
        ratio = (y1 - y0) / (x1 - x0)
        self.stage.show_picture(ratio if 0.5 <= ratio <= 2 else None, report.surface.plane.axes, True)

    def _show_moving(self, report: LandscapeReport, before: LandscapeReport | None) -> None:
        drawn = self.map.drawn
        self.map.show(report, self._others)
        if before is None or before.surface is not report.surface or drawn != self.map.drawn:
            self.map.settle()
        self.grip.follow(report)
        if self.solid is not None and self.switches["solid"].isChecked():
            self._show_solid(self.solid, report)
        self.profile.show_profiles(report.profiles)
        self._show_strip()
        self.stage.show_facts(self._facts(report))

    def _show_solid(self, view: View3D, report: LandscapeReport) -> None:
        assert self.map.relief is not None
        made, (x, y) = self.map.relief, report.path[-1]
        view.show_tracks(self.map.others.joined(tracks_3d(report, made, self.palette_now)))
        arrow = downhill(report.arrows)
        height = float(made.height(np.array(report.point_loss)))
        if math.isfinite(x) and math.isfinite(y):
            view.show_point(float(x), float(y), height if math.isfinite(height) else None, arrow)
        else:
            view.hide_point()

    def _evaluated(self, report: LandscapeReport) -> bool:
        """Whether the surface is that of the window and, if that is fine, of the grid that are asked for."""
        request = self.header.request(self._window)
        seen = request.window in (None, report.surface.window) and not self.zoom.moving
        return request.follow or (seen and (request.most == USUAL or len(report.surface.xs) >= request.most))

    def _show_strip(self) -> None:
        wanted = self._report is not None and bool(self._report.profiles) and self.switches["profile"].isChecked()
        tall = self.height() >= TALL * self.stage.facts.line()
        self.profile.setVisible(wanted and tall)
        self.line.setVisible(self.switches["line"].isChecked() and tall)
        for strip in (self.profile, self.line):
            strip.fit(self.height())

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_strip()

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.header.show_palette(palette)
        self.stage.show_palette(palette, paused)
        self.map.show_palette(palette, paused)
        self.profile.show_palette(palette, paused)
        self.line.show_palette(palette, paused)
        if self.solid is not None:
            self.solid.show_palette(palette, paused)
        if self._report is not None:
            self._show_surface(self._report, self._report)
            self._show_moving(self._report, self._report)

    def _read(self, x: float, y: float) -> str:
        return self.map.read(x, y) if self._report is not None else ""

    def _facts(self, report: LandscapeReport) -> list[Fact]:
        assert self.map.relief is not None
        state = self._state
        examples = state.train_examples if state is not None and "examples" in state.can else None
        facts = plane_facts(report, self.map.relief, examples)
        if self.solid is not None and self.switches["solid"].isChecked():
            facts.append((self.solid.caption, "muted"))
        return facts

    @property
    def report(self) -> LandscapeReport | None:
        """The surface that is drawn, with its paths, also those of runs that were left."""
        if self._report is None or not self._others.ghosts:
            return self._report
        return replace(self._report, tracks=(*self._report.tracks, *self._others.ghosts))

    def taken(self, frame: Frame) -> tuple[LandscapeReport, list[History]]:
        """Return that with the history of each path, to be taken away."""
        assert self.report is not None
        return with_histories(self.report, frame)

    def sheets(self) -> tuple[Sheet, ...]:
        return () if (report := self.report) is None else sheets.landscape(report)

    def summary(self) -> str:
        if self._report is None:
            return WAITING
        words = [text for text, _ in self._facts(self._report)]
        if len(self._report.tracks) > 1:
            words.append("paths of " + ", ".join(track.name for track in self._report.tracks))
        if self.map.others.ghosts:
            words.append("paths of earlier runs: " + ", ".join(track.name for track in self.map.others.ghosts))
        seen = " in 3-D" if self.switches["solid"].isChecked() else ""
        of = f" of {self._frame.head:,}" if self._frame is not None and self._frame.past else ""
        return f"Loss landscape{seen} at update {self._report.step:,}{of}: {'; '.join(words)}."


def _share(done: float | None) -> str:
    return "" if done is None else f" {100 * done:.0f} %"
