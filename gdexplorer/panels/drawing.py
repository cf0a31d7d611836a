"""Points that somebody draws: the table they become, and the picture that has them before the network does."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal

from gdexplorer.arrays import Array, BoolArray, frozen
from gdexplorer.data import OWN, Data, Dataset, Table
from gdexplorer.data.source import SMALLEST
from gdexplorer.lab.groups import DataSettings
from gdexplorer.panels.pointing import PointedPlot
from gdexplorer.probes.boundary import BoundaryReport

SPACING = 14.0  # px between the points of one stroke
PACE_MS = 200  # between two tables of one stroke, each of which makes a new data set
TITLE = "drawn points"
LABELS = ("blue", "orange")
SIDE = 8  # places of a picture without a network


class Drawing(QObject):
    """Draws upon the present examples, if they have one or two inputs and no more than two classes, or upon nothing.

    It keeps the newest table and adds to that: what is learned follows.
    """

    changed = Signal()  # there is another table, or another class is chosen
    drawn = Signal(object)  # a Table with enough points to learn from

    def __init__(self, plot: PointedPlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self.table: Table | None = None  # None: nobody draws
        self.chosen = 0  # the class, or which end of the scale of values, of the next point
        self.refusal = ""  # why the last point was not added
        self._data: Data | None = None  # what was shown when the drawing began
        self._from: tuple[object, ...] = ()
        self._mine: set[str] = set()  # digests of the tables that were sent since
        self._touched = False
        self._last = QPointF()  # of this stroke
        self._merged: tuple[Data, Table, Data] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PACE_MS)
        self._timer.timeout.connect(self._send)
        plot.sketched.connect(self._on_sketched)
        plot.stroked.connect(self._on_stroked)
        plot.lifted.connect(self._send)

    # ---- the sheet ----------------------------------------------------------------------

    def begin(self, settings: DataSettings, data: Data) -> None:
        """Go on from these examples."""
        self.table, self._data = sheet_of(data), data
        self._from, self._mine, self._touched, self.refusal = (settings.kind, settings.table), set(), False, ""
        self._plot.sketching = True
        self._plot.viewport().setCursor(Qt.CursorShape.CrossCursor)
        self._plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.changed.emit()

    def end(self) -> None:
        """Put the pencil away; what was learned stays."""
        self._send()
        self.table = self._data = self._merged = None
        self._plot.sketching = False
        self._plot.viewport().unsetCursor()
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.changed.emit()

    def follow(self, settings: DataSettings, data: Data) -> None:
        """Begin again if somebody else chose other data meanwhile."""
        ours = settings.kind == OWN and settings.table is not None and settings.table.digest in self._mine
        waiting = self._touched and (settings.kind, settings.table) == self._from
        if not (ours or waiting or data is self._data):
            self.begin(settings, data)

    def clear(self) -> None:
        """Take an empty sheet; the network goes on with what it has until there are enough points."""
        if (table := self.table) is not None:
            self._take(replaced(table, table.x[:0], table.y[:0]))

    def choose(self, index: int) -> None:
        """Choose the class of the next points."""
        self.chosen = index
        self.changed.emit()

    @property
    def by_height(self) -> bool:
        """Whether a point's value is its height in the picture."""
        return self.table is not None and self.table.task == "regression" and len(self.table.inputs) == 1

    @property
    def kinds(self) -> tuple[str, str]:
        """What the two kinds of points are called: classes, or a low and a high value."""
        if self.table is None or self.table.task != "regression":
            labels = self.table.labels if self.table is not None else LABELS
            return labels[0], labels[1]
        most = self._most()
        return f"{-most:.2g}", f"{most:.2g}"

    @property
    def missing(self) -> int:
        """How many points there must be more before the network learns them."""
        return 0 if self.table is None else max(0, SMALLEST - len(self.table))

    # ---- points ---------------------------------------------------------------------------

    def add(self, place: QPointF) -> None:
        """Add a point of the chosen kind, if that is in the picture."""
        table = self.table
        x0, x1, y0, y1 = self._plot.view()
        if table is None or not (x0 <= place.x() <= x1 and y0 <= place.y() <= y1):
            return
        at = (place.x(), place.y())[: len(table.inputs)]
        value = place.y() if self.by_height else float(self.chosen)
        if table.task == "regression" and not self.by_height:
            value = (-1, 1)[self.chosen] * self._most()
        try:
            self._take(table.with_point(at, value))
        except ValueError as error:
            self.refusal = str(error)
            self.changed.emit()

    def remove(self, place: QPointF) -> None:
        """Take the nearest point away."""
        if self.table is not None and len(self.table):
            here = self._plot.pixel(place.x(), place.y())
            x, y = self._pixels(self.table)
            self._take(self.table.without_point(int(np.hypot(x - here.x(), y - here.y()).argmin())))

    def _pixels(self, table: Table) -> tuple[Array, Array]:
        """Return where the points are, in pixels of the plot."""
        height = table.x[:, 1] if len(table.inputs) == 2 else table.y if self.by_height else 2 * table.y - 1
        x0, x1, y0, y1 = self._plot.view()
        first, last = self._plot.pixel(x0, y0), self._plot.pixel(x1, y1)
        across = first.x() + (table.x[:, 0] - x0) / (x1 - x0) * (last.x() - first.x())
        return across, first.y() + (height - y0) / (y1 - y0) * (last.y() - first.y())

    def _most(self) -> float:
        assert self.table is not None
        return float(np.abs(self.table.y).max(initial=0.0)) or 1.0

    def _take(self, table: Table) -> None:
        self.table, self._touched, self.refusal = table, True, ""
        self.changed.emit()

    def _send(self) -> None:
        self._timer.stop()
        if self.table is not None and self._touched and not self.missing and self.table.digest not in self._mine:
            self._mine.add(self.table.digest)
            self.drawn.emit(self.table)

    def _on_sketched(self, place: QPointF, away: bool) -> None:
        if away:
            self.remove(place)
            self._send()
        else:
            self._last = self._plot.pixel(place.x(), place.y())
            self.add(place)

    def _on_stroked(self, place: QPointF) -> None:
        here = self._plot.pixel(place.x(), place.y())
        if np.hypot(here.x() - self._last.x(), here.y() - self._last.y()) >= SPACING:
            self._last = here
            self.add(place)
            if not self._timer.isActive():
                self._timer.start()

    # ---- the picture ---------------------------------------------------------------------

    def shown(self, report: BoundaryReport | None) -> BoundaryReport:
        """Return a report with the points of the sheet, those that the network does not have yet among its own."""
        table = self.table
        assert table is not None
        if report is None or report.kind == "none":
            axes = tuple(frozen(np.linspace(low, high, SIDE)) for low, high in table.domain or ())
            values = frozen(np.full((SIDE,) * len(axes), np.nan))
            data = Data(Dataset(table.x, table.y), Dataset(table.x[:0], table.y[:0]), table.task, len(table.labels),
                        table.inputs, table.domain or (), (), table.labels)  # fmt: skip
            return BoundaryReport(0, "map" if len(axes) == 2 else "curve", data, axes, values, frozen(np.zeros(0)))
        if self._merged is None or self._merged[0] is not report.data or self._merged[1] is not table:
            self._merged = report.data, table, merged(report.data, table)
        return replace(report, data=self._merged[2])


def sheet_of(data: Data) -> Table:
    """Return the examples as points to go on from, or an empty sheet of two classes if they cannot be drawn."""
    if len(data.inputs) > 2 or data.task == "classes":
        return Table.of_points(np.zeros((0, 2)), np.zeros(0), labels=LABELS, title=TITLE)
    x, y = (np.concatenate([getattr(split, axis) for split in (data.train, data.test)]) for axis in "xy")
    values = data.task == "regression"
    labels = () if values else data.labels or LABELS
    return Table(TITLE, x, y, data.inputs, "value" if values else "class", data.task, labels, data.domain)


def replaced(table: Table, x: Array, y: Array) -> Table:
    """Return a table of other examples."""
    return Table(table.title, x, y, table.inputs, table.target, table.task, table.labels, table.domain)


def merged(data: Data, table: Table) -> Data:
    """Return the examples that are on the sheet, in their splits, and with the training ones what else is there."""
    there, known = _rows(table.x, table.y), set[tuple[float, ...]]()
    parts = []
    for split in (data.train, data.test):
        rows = _rows(split.x, split.y)
        known.update(rows)
        on_sheet = set(there)
        kept: BoolArray = np.array([row in on_sheet for row in rows], bool)
        parts.append((split.x[kept], split.y[kept]))
    fresh: BoolArray = np.array([row not in known for row in there], bool)
    (x, y), test = parts
    train = Dataset(np.concatenate([x, table.x[fresh]]), np.concatenate([y, table.y[fresh]]))
    return replace(data, train=train, test=Dataset(*test), labels=table.labels)


def _rows(x: Array, y: Array) -> list[tuple[float, ...]]:
    return list(map(tuple, np.column_stack([x, y]).tolist()))
