"""The plane of an autoencoder's codes, with a handle that is dragged through it, or moved by the arrow keys."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from gdexplorer.arrays import Array
from gdexplorer.panels.classes import Names, Symbols, names_of
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.marks import Mark, circle
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.pointing import PointedPlot
from gdexplorer.panels.ticks import linear_ticks, number
from gdexplorer.probes.latent import CodesReport

GRAB = 18  # px around the handle from where it can be dragged
MARGIN = 0.08  # of the span of codes, around them
SLACK = 1.7  # times what is needed, from which on a view shrinks
NOTCHES = 40  # steps of an arrow key from one side to the other
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Down: (0, -1), Qt.Key.Key_Up: (0, 1)}


class Codes(PointedPlot):
    """Codes of one unit lie on a line for each class, of more in a plane."""

    moved = Signal(QPointF)  # where the handle is put, by the user

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Plane of codes", parent)
        self._report: CodesReport | None = None
        self._point = QPointF()
        self._held = False
        self._symbols = self.add(Symbols())
        self._names = Names(self)
        self._line = self.add(pg.InfiniteLine(angle=90))
        self._line.hide()
        self.handle = self.add(Mark(circle(8), 40))
        self.reserve_left(4.5)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.reading = self._read
        self.drag_began.connect(self._on_drag_began)
        self.dragged.connect(self._on_dragged)
        self.dropped.connect(self._on_dropped)
        self.clicked.connect(self._move)
        self.hovered.connect(self._on_hovered)

    # ---- what the user does ---------------------------------------------------------

    def _near(self, place: QPointF) -> bool:
        away = self.pixel(place.x(), place.y()) - self.pixel(self._point.x(), self._point.y())
        return bool(away.manhattanLength() <= GRAB * self.palette_now.body / 10)

    def _on_hovered(self, place: QPointF) -> None:
        self.setCursor(Qt.CursorShape.OpenHandCursor if self._near(place) else Qt.CursorShape.ArrowCursor)

    def _on_drag_began(self, place: QPointF) -> None:
        self._held = self._near(place)

    def _on_dragged(self, place: QPointF) -> None:
        if self._held:
            self._move(place)

    def _on_dropped(self, place: QPointF) -> None:
        self._on_dragged(place)
        self._held = False

    def _move(self, place: QPointF) -> None:
        if self._report is None:
            return
        x0, x1, y0, y1 = self.view()
        up = 0.0 if self._report.width == 1 else min(max(place.y(), y0), y1)
        self.put(QPointF(min(max(place.x(), x0), x1), up))
        self.moved.emit(self._point)

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts from taking the arrows while the plane has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _arrow(event):
            event.accept()
            return True
        return bool(super().event(event))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (arrow := _arrow(event)) is None:
            super().keyPressEvent(event)
            return
        x0, x1, y0, y1 = self.view()
        step = QPointF(arrow[0] * (x1 - x0) / NOTCHES, arrow[1] * (y1 - y0) / NOTCHES)
        self._move(self._point + step)

    # ---- what is drawn --------------------------------------------------------------

    def put(self, place: QPointF) -> None:
        """Put the handle there."""
        self._point = place
        one = self._report is not None and self._report.width == 1
        self.handle.setPos(QPointF(place.x(), (self.view()[2] + self.view()[3]) / 2) if one else place)
        self._line.setPos(place.x())

    def show_codes(self, report: CodesReport, palette: Palette) -> None:
        """Draw the codes of a report."""
        self._report, data, y = report, report.data, report.examples.y
        line = report.width == 1
        places = report.places if not line else np.column_stack([report.places[:, 0], y if data.classes else 0 * y])
        self.set_view(*self._window(places, line, data.classes))
        names = names_of(data)
        ticks = [(float(k), name) for k, name in enumerate(names)]
        self.set_tickers(linear_ticks, (lambda low, high, most: ticks[:: -(-len(ticks) // max(most, 1))])
                         if line and ticks else linear_ticks)  # fmt: skip
        self.set_labels(*axes_of(report))
        x0, x1, y0, y1 = self.view()
        self._symbols.show_points(*places.T, y, data, palette, QRectF(x0, y0, x1 - x0, y1 - y0))
        if line or not names:
            self._names.hide()
        else:
            self._names.show(places, y, data, palette)
        self._line.setVisible(line)
        self._line.setPen(pg.mkPen(palette.accent, width=max(2, palette.line_width(True))))
        self.handle.dress(palette.path_core, palette.path_casing, palette.accent, scale=palette.body / 10)

    def _window(self, places: Array, line: bool, classes: int) -> tuple[float, float, float, float]:
        """Return the view: as before while all codes are in it and fill most of it."""
        ends: list[float] = []
        for axis in (0, 1):
            values = places[:, axis][np.isfinite(places[:, axis])]
            if line and axis == 1:
                ends += [-0.6, max(classes, 1) - 0.4]
                continue
            low, high = (float(values.min()), float(values.max())) if len(values) else (-1.0, 1.0)
            span = (high - low) or 1.0
            shown = self.view()[2 * axis : 2 * axis + 2]
            if shown[0] <= low and high <= shown[1] and shown[1] - shown[0] <= SLACK * (1 + 2 * MARGIN) * span:
                ends += shown
            else:
                ends += [low - MARGIN * span, high + MARGIN * span]
        return ends[0], ends[1], ends[2], ends[3]

    def _read(self, x: float, y: float) -> str:
        """Say where a place is, and the example next to it."""
        report = self._report
        if report is None or report.width == 0:
            return ""
        axes = axes_of(report)
        if report.width == 1:
            return f"{axes[0]}: {number(x)}"
        words = f"{axes[0]}: {number(x)}\n{axes[1]}: {number(y)}"
        x0, x1, y0, y1 = self.view()
        away = np.hypot((report.places[:, 0] - x) / (x1 - x0), (report.places[:, 1] - y) / (y1 - y0))
        names = names_of(report.data)
        if names and np.isfinite(away).any() and (nearest := int(np.nanargmin(away))) >= 0 and away[nearest] < 0.05:
            words += f"\nnearest: example {nearest + 1}, {names[int(report.examples.y[nearest])]}"
        return words


def axes_of(report: CodesReport) -> tuple[str, str]:
    """Return the names of the axes: units of the layer, or principal axes of its codes."""
    if report.width == 1:
        return f"{report.layer}, its one unit", "class" if report.data.classes else ""
    if report.width == 2:
        return f"{report.layer}, unit 1", f"{report.layer}, unit 2"
    return f"{report.layer}, PC 1", f"{report.layer}, PC 2"


def _arrow(event: QKeyEvent) -> tuple[int, int] | None:
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return None if held else ARROWS.get(Qt.Key(event.key()))
