"""Which minimum each start reaches: a map of the basins of attraction, on which a click starts there."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.lab.commands import MoveTo
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.objectives.objective import Landmark
from gdexplorer.panels import sheets
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.header import Header
from gdexplorer.panels.heatmap import Colors, Fine, HeatMap, colors_of
from gdexplorer.panels.landmarks import Landmarks
from gdexplorer.panels.marks import Mark, circle
from gdexplorer.panels.palette import Palette, mix
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.ticks import number
from gdexplorer.probes.basins import DIVERGED, FLAT, MOVING, BasinReport, Basins, End

ELSEWHERE = "Basin maps are for functions of two variables; choose one as the problem."
WAITING = "Descending from every start…"
NUMBERED = 12  # ends that wear a number, and colors before they come again
ENDLESS = {MOVING: "still moving", DIVERGED: "diverged", FLAT: "at rest on flat ground"}


class BasinsPanel(Panel):
    """One command leaves it, `MoveTo`, when the map is clicked."""

    title = "Basins of attraction"
    requires = frozenset({"basins"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: BasinReport | None = None
        self._lanes: tuple[str, ...] = ()
        self.header = Header()
        self.lane = self.header.add_choice("Lane", [], "The lane whose optimizer descends from every start.")
        self.stage = Stage(self.title, self._read, WAITING)
        plot = self.plot = self.stage.plot
        self._map = plot.add(HeatMap())
        self._marks = Landmarks(plot)
        self._numbers = [plot.text("", "text", (0.5, 1.35)) for _ in range(NUMBERED)]
        self._dot = plot.add(Mark(circle(5), 12))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        plot.setCursor(Qt.CursorShape.CrossCursor)
        plot.clicked.connect(self._on_clicked)
        self.lane.activated.connect(self._on_lane_chosen)
        self.show_palette(self.palette_now, True)

    def _request(self) -> Basins:
        return Basins(lane=max(self.lane.currentIndex(), 0))

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()})

    def _on_lane_chosen(self, _: int) -> None:
        self.needs_changed.emit()

    def _on_clicked(self, place: QPointF) -> None:
        self.stage.reader.unpin()
        if self._report is not None:
            (x0, x1), (y0, y1) = self._report.window
            if x0 <= place.x() <= x1 and y0 <= place.y() <= y1:
                self.commanded.emit(MoveTo(np.array([place.x(), place.y()])))

    def show_frame(self, frame: Frame) -> None:
        names = tuple(lane.name for lane in frame.racers)
        if names != self._lanes:
            kept, self._lanes = max(self.lane.currentIndex(), 0), names
            self.lane.clear()
            self.lane.addItems(names)
            self.lane.setCurrentIndex(min(kept, len(names) - 1))
        self.header.setVisible(len(names) > 1)
        report: BasinReport | None = frame.lane.views.get(self._request())
        if report is None:
            self._report = None
            self.stage.say(WAITING if "basins" in frame.lane.state.can else ELSEWHERE)
            return
        if report is not self._report:
            self._report = report
            self._show_map(report)
            self.stage.show_facts(self._facts(report))
        points = frame.racers[self._request().lane].history.path
        if points and np.isfinite(points[-1]).all():
            self._dot.setPos(float(points[-1][0]), float(points[-1][1]))

    def _show_map(self, report: BasinReport) -> None:
        (x0, x1), (y0, y1) = report.window
        times = -(-400 // len(report.xs))  # so that smoothing blurs no more than the edges
        cells = np.kron(np.where(report.labels < 0, report.labels + 256, report.labels % NUMBERED + 1),
                        np.ones((times, times)))  # fmt: skip
        points = [end.kind != "minimum" for end in report.ends]
        for k in (k for k, plain in enumerate(points) if plain):
            cells[np.kron(report.labels == k, np.ones((times, times), bool))] = 0
        self._map.show_values(Fine(report.xs, report.ys, cells, (x0, x1, y0, y1)), self._colors(report), (0, 255))
        self._marks.show(tuple((*end.theta.tolist(), Landmark(end.kind, end.theta)) for end in report.ends))
        for k, text in enumerate(self._numbers):
            shown = k < len(report.ends)
            text.setVisible(shown)
            if shown:
                text.setText(str(k + 1))
                text.setPos(*report.ends[k].theta)
        self.plot.set_view(x0, x1, y0, y1)
        ratio = (y1 - y0) / (x1 - x0)
        self.stage.show_picture(ratio if 0.5 <= ratio <= 2 else None, ("x", "y"), False)
        self.stage.reader.refresh()

    def _colors(self, report: BasinReport) -> Colors:
        """Return a table: 0 for saddles and maxima, 1 … 12 for minima, the last three for starts that end nowhere."""
        palette = self.palette_now
        minima = min(sum(end.kind == "minimum" for end in report.ends), NUMBERED)
        table = colors_of(palette.colormap).copy()
        spread = np.linspace(30, 235, max(minima, 2)).astype(int)
        table[1 : 1 + len(spread)] = table[spread]
        plain = {0: mix(palette.panel, palette.text, 0.55), 256 + MOVING: mix(palette.panel, palette.text, 0.14),
                 256 + FLAT: mix(palette.panel, palette.text, 0.32),
                 256 + DIVERGED: mix(palette.panel, palette.danger, 0.45)}  # fmt: skip
        for k, color in plain.items():
            table[k] = 0xFF000000 | int(color[1:], 16)
        return table

    def _facts(self, report: BasinReport) -> list[Fact]:
        ranked = sorted(enumerate(report.ends[:NUMBERED]), key=lambda pair: -pair[1].count)
        facts = [(f"{k + 1} {_named(end)}: {_percent(report.share(k))}", "text") for k, end in ranked]
        if (others := len(report.ends) - NUMBERED) > 0:
            rest = sum(end.count for end in report.ends[NUMBERED:]) / report.labels.size
            facts += [(f"{others} more: {_percent(rest)}", "text")]
        for label, words in ENDLESS.items():
            if share := report.share(label):
                facts += [(f"{words}: {_percent(share)}", "danger" if label == DIVERGED else "muted")]
        n = len(report.xs)
        facts += [(f"{report.optimizer} from {n} × {n} starts, at most {report.updates:,} updates", "muted"),
                  ("click: start there", "muted")]  # fmt: skip
        if not report.finest:
            facts += [("a finer map follows", "muted")]
        return facts

    def _read(self, x: float, y: float) -> str:
        report = self._report
        if report is None:
            return ""
        (x0, x1), (y0, y1) = report.window
        n = len(report.xs)
        column, row = int((x - x0) / (x1 - x0) * n), int((y - y0) / (y1 - y0) * n)
        if not (x0 <= x < x1 and y0 <= y < y1):
            return ""
        label = int(report.labels[row, column])
        end = (
            ENDLESS[label] if label < 0 else f"to {_named(report.ends[label])}, loss {number(report.ends[label].loss)}"
        )
        return f"({number(x)}, {number(y)})  {end}"

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self.header.show_palette(palette)
        self.stage.show_palette(palette, paused)
        self._marks.show_palette(palette)
        self._dot.dress(palette.path_casing, palette.path_core, palette.path_core, 2.0, palette.body / 10)
        for text in self._numbers:
            paper = QColor(palette.panel)
            paper.setAlpha(210)
            text.fill = pg.mkBrush(paper)
            text.setColor(palette.text)
        if self._report is not None:
            self._show_map(self._report)

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.basins(self._report)

    def summary(self) -> str:
        if self._report is None:
            return f"{self.title}: {self.stage.sentence.text()}"
        return f"{self.title}: {'; '.join(words for words, _ in self._facts(self._report)[:-1])}."


def _named(end: End) -> str:
    return f"{end.kind} ({number(float(end.theta[0]))}, {number(float(end.theta[1]))})"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %" if share >= 0.001 or not share else "under 0.1 %"
