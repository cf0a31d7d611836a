"""The loss on a plane through parameter space, the path so far in it, and the point, which can be dragged."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.lab.commands import MoveTo
from gdexplorer.lab.frame import Frame, Probe, Snapshot
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.grid import bilinear
from gdexplorer.panels.header import Header
from gdexplorer.panels.heatmap import HeatMap, colors_of
from gdexplorer.panels.marks import Mark, circle
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.plane_facts import plane_facts
from gdexplorer.panels.plot import Curve
from gdexplorer.panels.relief import Relief, relief
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.ticks import log_ticks, number
from gdexplorer.probes.landscape import Landscape, LandscapeReport, PlaneKind

KINDS: tuple[tuple[PlaneKind, str], ...] = (
    ("pca", "PCA of the rehearsed path"),
    ("random", "random, filter-normalized"),
    ("weights", "the two parameters"),
)
WAITING = "Rehearsing the run to find its plane…"
GRAB = 16  # px around the point from where it can be dragged
PATIENCE = 3  # frames for which a dropped point waits for the run to follow


class LandscapePanel(Panel):
    """One command leaves it, `MoveTo`, when the point is dropped."""

    title = "Loss landscape"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen: PlaneKind | None = None  # by the user; None: what suits the number of parameters
        self._parameters = 0
        self._serial, self._follow = 0, False
        self._report: LandscapeReport | None = None
        self._relief: Relief | None = None
        self._state: Snapshot | None = None
        self._held: QPointF | None = None  # where the point is drawn while it is dragged, and just after
        self._dragging, self._patience = False, 0
        self._build_header()
        self.stage = Stage("Loss landscape", self._read, WAITING)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        self._build_items()
        self.show_palette(self.palette_now, True)

    def _build_header(self) -> None:
        self.header = Header()
        tip = "Which two directions of parameter space are drawn; all others are left out."
        self.plane = self.header.add_choice("Plane", [], tip)
        self.again = self.header.add_button("Refit", "refit", "")
        self.follow = self.header.add_switch(
            "follow", "follow", "Follow the point",
            "Move the plane along with the point, so that the point is always in it; the surface is evaluated anew "
            "each time.", False,
        )  # fmt: skip
        self._offer()
        self.plane.activated.connect(self._on_plane_activated)
        self.again.clicked.connect(self._on_again_clicked)
        self.follow.toggled.connect(self._on_follow_toggled)

    def _build_items(self) -> None:
        plot = self.plot = self.stage.plot
        self._heat = plot.add(HeatMap())
        self._contours = plot.add(Curve(connect="finite", antialias=True))
        self._contours.setCacheMode(pg.QtWidgets.QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._casing = plot.add(Curve(antialias=True))
        self._core = plot.add(Curve(antialias=True))
        for z, item in enumerate((self._contours, self._casing, self._core)):
            item.setZValue(z)
        self._start = plot.add(Mark(circle(4), 10))
        self._ghost = plot.add(Mark(circle(5), 11))
        self._dot = plot.add(Mark(circle(6), 12))
        self._ghost.hide()
        plot.hovered.connect(self._on_hovered)
        plot.drag_began.connect(self._on_drag_began)
        plot.dragged.connect(self._on_dragged)
        plot.dropped.connect(self._on_dropped)

    @property
    def kind(self) -> PlaneKind:
        """The plane that is asked for."""
        usual: PlaneKind = "weights" if self._parameters == 2 else "pca"
        return usual if self._chosen is None or (self._chosen == "weights" and self._parameters != 2) else self._chosen

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()})

    def _request(self) -> Landscape:
        return Landscape(self.kind, self._serial, self._follow)

    def _offer(self) -> None:
        """List the planes that there are."""
        labels = [text for kind, text in KINDS if kind != "weights" or self._parameters == 2]
        if [self.plane.itemText(k) for k in range(self.plane.count())] != labels:
            self.plane.clear()
            self.plane.addItems(labels)
        self.plane.setCurrentIndex([kind for kind, _ in KINDS].index(self.kind))
        again = {
            "pca": ("refit", "Rehearse the run from here and fit the plane to its path again."),
            "random": ("redraw", "Draw two other random directions, at the present point."),
            "weights": ("refit", "Choose the window again, around the path so far and the path ahead."),
        }
        self.header.set_button(self.again, *again[self.kind])

    # what the user does

    def _on_plane_activated(self, index: int) -> None:
        if KINDS[index][0] != self.kind:
            self._chosen = KINDS[index][0]
            self._offer()
            self.needs_changed.emit()

    def _on_again_clicked(self) -> None:
        self._serial += 1
        self.needs_changed.emit()

    def _on_follow_toggled(self, on: bool) -> None:
        self._follow = on
        self.needs_changed.emit()

    def _near(self, place: QPointF) -> bool:
        away = self.plot.pixel(place.x(), place.y()) - self.plot.pixel(self._dot.x(), self._dot.y())
        return self._report is not None and away.manhattanLength() <= GRAB * self.palette_now.body / 10

    def _on_hovered(self, place: QPointF) -> None:
        shape = Qt.CursorShape.OpenHandCursor if self._near(place) else Qt.CursorShape.CrossCursor
        self.plot.setCursor(shape)

    def _on_drag_began(self, place: QPointF) -> None:
        if self._near(place) and self._report is not None:
            self._dragging = True
            self._ghost.setPos(*self._report.path[-1])
            self._ghost.show()
            self.plot.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _on_dragged(self, place: QPointF) -> None:
        if self._dragging:
            self._held = self._inside(place)
            self._dot.setPos(self._held)
            self.stage.reader.say(self._read(self._held.x(), self._held.y()), self._held)

    def _on_dropped(self, place: QPointF) -> None:
        report = self._report
        if self._dragging and report is not None:
            self._dragging, self._patience = False, PATIENCE
            self._held = self._inside(place)
            self._ghost.hide()
            self.stage.reader.say("")
            self.plot.setCursor(Qt.CursorShape.OpenHandCursor)
            target = (self._held.x(), self._held.y())
            self.commanded.emit(MoveTo(report.surface.plane.moved(report.theta, target)))

    def _inside(self, place: QPointF) -> QPointF:
        x0, x1, y0, y1 = self.plot.view()
        return QPointF(min(max(place.x(), x0), x1), min(max(place.y(), y0), y1))

    # what is drawn

    def show_frame(self, frame: Frame) -> None:
        self._state = frame.lane.state
        if self._parameters != self._state.parameters:
            self._parameters = self._state.parameters
            self._offer()
        report = frame.lane.views.get(self._request())
        if report is None:
            if self._report is None or self._report.parameters != self._parameters:
                self._forget()
            return
        if report is not self._report:
            before, self._report = self._report, report
            if before is None or before.surface is not report.surface:
                self._show_surface(report, before)
            self._show_path(report, before)
            self.stage.show_facts(self._facts(report))

    def _let_go(self) -> None:
        self._held, self._dragging = None, False
        self._ghost.hide()
        self.stage.reader.say("")

    def _forget(self) -> None:
        self._report = self._relief = None
        self._let_go()
        self.stage.reader.unpin()
        self.stage.say(WAITING)

    def _show_surface(self, report: LandscapeReport, before: LandscapeReport | None) -> None:
        surface = report.surface
        same = before is not None and before.surface.plane.kind == surface.plane.kind
        known = self._relief.levels if same and self._relief is not None else None
        self._relief = made = relief(surface, known)
        colors = colors_of(self.palette_now.colormap)
        self._heat.show_values(made.fine, colors, made.levels)
        self._contours.setData(*made.contours)
        ticks = log_ticks(*made.levels, 4)
        self.stage.bar.show_scale(colors, made.levels, ticks, "loss (log)")
        x0, x1, y0, y1 = made.fine.window
        self.plot.set_view(x0, x1, y0, y1)
        ratio = (y1 - y0) / (x1 - x0)
        self.stage.show_picture(ratio if 0.5 <= ratio <= 2 else None, surface.plane.axes, True)
        if before is None or before.surface.plane.directions is not surface.plane.directions:
            self.stage.reader.unpin()  # the same coordinates are another place now
            self._let_go()
        self.stage.reader.refresh()

    def _show_path(self, report: LandscapeReport, before: LandscapeReport | None) -> None:
        x, y = np.ascontiguousarray(report.path.T)
        self._casing.setData(x, y)
        self._core.setData(x, y)
        self._start.setPos(x[0], y[0])
        if self._held is not None and not self._dragging:
            self._patience -= 1
            arrived = before is None or not np.array_equal(before.theta, report.theta)
            if arrived or not self._patience:
                self._held = None
        if self._held is None:
            self._dot.setPos(x[-1], y[-1])

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.header.show_palette(palette)
        self.stage.show_palette(palette, paused)
        width, scale = palette.line_width(paused), palette.body / 10
        self._contours.setPen(pg.mkPen((255, 255, 255, 80), width=1))
        self._casing.setPen(pg.mkPen(palette.path_casing, width=width + 2))
        self._core.setPen(pg.mkPen(palette.path_core, width=width))
        self._start.dress(palette.path_core, palette.path_casing, palette.path_casing, 1.5, scale)
        self._ghost.dress(palette.path_core, palette.path_casing, "", 1.0, scale)
        self._dot.dress(palette.path_casing, palette.path_core, palette.path_core, 2.0, scale)
        if self._report is not None:
            self._show_surface(self._report, self._report)

    def _read(self, x: float, y: float) -> str:
        if self._report is None:
            return ""
        surface = self._report.surface
        loss = float(bilinear(surface.xs, surface.ys, surface.losses, np.array([x]), np.array([y]))[0])
        outside = not (surface.xs[0] <= x <= surface.xs[-1] and surface.ys[0] <= y <= surface.ys[-1])
        value = "" if outside else f"loss {number(loss)}" if np.isfinite(loss) else "loss not finite"
        return value and f"({number(x)}, {number(y)})  {value}"

    def _facts(self, report: LandscapeReport) -> list[Fact]:
        assert self._relief is not None
        return plane_facts(report, self._relief, 0 if self._state is None else self._state.train_examples)

    def summary(self) -> str:
        if self._report is None:
            return WAITING
        words = "; ".join(text for text, _ in self._facts(self._report))
        return f"Loss landscape at update {self._report.step:,}: {words}."
