"""A confusion matrix as a picture: counts in cells, classes at the edges, recall and precision at the margins."""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gdexplorer.panels.canvas import Canvas
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette, contrast, mix
from gdexplorer.panels.text import tooltip
from gdexplorer.probes.confusion import ConfusionReport

Cell = tuple[int, int]  # true class, predicted class

GAP = 6  # px
LARGEST = 7.0  # lines of text, the side of a cell at most
ROOMY = 4.0  # lines of text, the side of a cell from which its number is larger
LEVELS = 64  # of a cell's color
MARGINS = 0.6  # lines of text, the side of a cell from which on there is room for recall and precision
NOTHING = 0.04  # share of text color in an empty cell
EDGE = 0.3  # of the side, what names of classes take at most
ROWS, COLUMNS = ("true class", "true"), ("taken for", "taken")  # shorter where there is little room
STEPS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where things stand, in pixels."""

    left: float
    top: float
    cell: float
    names: float  # width of the names of rows
    upright: bool  # whether names of columns are turned
    head: float  # their height
    every: int  # which names have room: each, every second …
    margins: bool  # whether recall and precision have room


def percent(share: float) -> str:
    """Return a share as whole percents, a dash where there is none."""
    return "–" if share != share else f"{100 * share:.0f}"


class Matrix(Canvas):
    """Rows are true classes, columns predicted ones; a click or the arrow keys choose a cell."""

    chosen = Signal(object)  # a Cell

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: ConfusionReport | None = None
        self._cell: Cell | None = None
        self._palette: Palette = LIGHT
        self.setAccessibleName("Matrix of true and predicted classes")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 60)

    def show_report(self, report: ConfusionReport, cell: Cell | None) -> None:
        """Draw this, with a frame around a cell."""
        self._report, self._cell = report, cell
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.setFont(small_font(palette))
        self.update()

    # ---- where things are -----------------------------------------------------------

    def _places(self) -> _Places:
        assert self._report is not None
        metrics, classes = QFontMetricsF(small_font(self._palette)), len(self._report.labels)
        line, digits = metrics.height(), metrics.horizontalAdvance("100") + GAP
        longest = max(metrics.horizontalAdvance(name) for name in self._report.labels)
        names = min(longest, EDGE * self.width())
        margins = (self.height() - 3 * line - 3 * GAP) / classes >= MARGINS * line
        digits, below = (digits, line) if margins else (0.0, 0.0)
        width, height = self.width() - line - names - digits - 3 * GAP, self.height() - line - below - 3 * GAP
        cell = min(width, height - line) / classes
        upright = longest > cell and longest > 2 * line
        head = min(longest, EDGE * self.height()) if upright else line
        cell = max(min(width / classes, (height - head) / classes, LARGEST * line), 1.0)
        every = max(1, round(line / cell + 0.49))
        used = line + names + 2 * GAP + cell * classes + digits
        left = max((self.width() - used) / 2, 0) + line + names + 2 * GAP
        rest = self.height() - line - below - head - 3 * GAP - cell * classes
        top = max(rest / 2, 0) + line + head + 2 * GAP
        return _Places(left, top, cell, names, upright, head, every, margins)

    def rect_of(self, cell: Cell) -> QRectF:
        """Return where a cell is."""
        at = self._places()
        return QRectF(at.left + cell[1] * at.cell, at.top + cell[0] * at.cell, at.cell, at.cell)

    def cell_at(self, place: QPointF) -> Cell | None:
        """Return the cell at a place; None beside the matrix."""
        if self._report is None:
            return None
        at = self._places()
        row, column = ((place.y() - at.top) // at.cell, (place.x() - at.left) // at.cell)
        classes = len(self._report.labels)
        return (int(row), int(column)) if 0 <= row < classes and 0 <= column < classes else None

    # ---- what the user does ---------------------------------------------------------

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and (cell := self.cell_at(event.position())) is not None:
            self.chosen.emit(cell)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        if step is None or self._report is None:
            event.ignore()
            return
        row, column = self._cell or (0, -1 if step[1] > 0 else 0)
        last = len(self._report.labels) - 1
        self.chosen.emit((min(max(row + step[0], 0), last), min(max(column + step[1], 0), last)))

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Tell what a cell holds; keep the window's shortcuts from taking the arrows while the matrix has the focus."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tooltip(self.reading(event.pos())), self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in STEPS:
            event.accept()
            return True
        return bool(super().event(event))

    def reading(self, place: QPoint) -> str:
        """Return what is at a place in words."""
        cell = self.cell_at(QPointF(place))
        if self._report is None or cell is None:
            return ""
        report, (row, column) = self._report, cell
        return (f"{described(report, cell)}\nrecall of {report.labels[row]}: {percent(report.recall[row])} %\n"
                f"precision of {report.labels[column]}: {percent(report.precision[column])} %")  # fmt: skip

    # ---- what is drawn --------------------------------------------------------------

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._report is None:
            return
        painter = QPainter(self)
        painter.setFont(small_font(self._palette))
        at = self._places()
        self._paint_cells(painter, self._report, at)
        self._paint_names(painter, self._report, at)
        if at.margins:
            self._paint_margins(painter, self._report, at)
        if self._cell is not None:
            painter.setPen(QPen(QColor(self._palette.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect_of(self._cell))
        painter.end()

    def _paint_cells(self, painter: QPainter, report: ConfusionReport, at: _Places) -> None:
        palette, classes = self._palette, len(report.labels)
        if at.cell >= ROOMY * painter.fontMetrics().height():
            large = QFont(small_font(palette))
            large.setPointSizeF(palette.title)
            painter.setFont(large)
        metrics = painter.fontMetrics()
        border = 1.0 if at.cell >= 8 else 0.0
        side, nothing = at.cell * classes, QColor(mix(palette.panel, palette.text, NOTHING))
        painter.fillRect(QRectF(at.left, at.top, side - border, side - border), nothing)
        sums = report.counts.sum(axis=1).clip(1).tolist()
        for row, column in np.argwhere(report.counts).tolist():
            count = int(report.counts[row, column])
            rect = QRectF(at.left + column * at.cell, at.top + row * at.cell, at.cell, at.cell)
            fill, ink = _colors(palette, row == column, round(LEVELS * count / sums[row]))
            painter.fillRect(rect.adjusted(0, 0, -border, -border), QColor(fill))
            text = f"{count:,}"
            if metrics.height() <= at.cell and metrics.horizontalAdvance(text) + 2 <= at.cell:
                painter.setPen(QColor(ink))
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(small_font(palette))
        painter.setPen(QColor(palette.panel))
        edges = (np.arange(1, classes) * at.cell - 0.5).tolist() if border else []
        painter.drawLines([QLineF(at.left, at.top + edge, at.left + side, at.top + edge) for edge in edges])
        painter.drawLines([QLineF(at.left + edge, at.top, at.left + edge, at.top + side) for edge in edges])

    def _paint_names(self, painter: QPainter, report: ConfusionReport, at: _Places) -> None:
        line, side = painter.fontMetrics().height(), at.cell * len(report.labels)
        painter.setPen(QColor(self._palette.text))
        middle = Qt.AlignmentFlag.AlignVCenter
        for k in range(0, len(report.labels), at.every):
            extra = at.cell * (at.every - 1) / 2 if at.every > 1 else 0  # names of thinned ones reach beyond the cell
            y = at.top + k * at.cell
            row = QRectF(at.left - GAP - at.names, y - extra, at.names, at.cell + 2 * extra)
            self._write(painter, row, Qt.AlignmentFlag.AlignRight | middle, report.labels[k])
            column = QRectF(at.left + k * at.cell - extra, at.top - GAP - at.head, at.cell + 2 * extra, at.head)
            if at.upright:
                self._turned(painter, column, Qt.AlignmentFlag.AlignLeft | middle, report.labels[k])
            else:
                self._write(painter, column, Qt.AlignmentFlag.AlignCenter, report.labels[k])
        painter.setPen(QColor(self._palette.muted))
        above = QRectF(at.left, at.top - 2 * GAP - at.head - line, side, line)
        self._write(painter, above, Qt.AlignmentFlag.AlignCenter, self._title(COLUMNS, side))
        beside = QRectF(at.left - 2 * GAP - at.names - line, at.top, line, side)
        self._turned(painter, beside, Qt.AlignmentFlag.AlignCenter, self._title(ROWS, side))

    def _title(self, names: tuple[str, str], room: float) -> str:
        width = QFontMetricsF(small_font(self._palette)).horizontalAdvance(names[0])
        return names[0] if width <= room else names[1]

    def _paint_margins(self, painter: QPainter, report: ConfusionReport, at: _Places) -> None:
        metrics, side = painter.fontMetrics(), at.cell * len(report.labels)
        line, width = metrics.height(), metrics.horizontalAdvance("100")
        painter.setPen(QColor(self._palette.muted))
        step = max(at.every, round((width + 2) / at.cell + 0.49))
        for k in range(len(report.labels)):
            if k % at.every == 0:
                y = at.top + (k + 0.5) * at.cell - line / 2
                self._write(painter, QRectF(at.left + side + GAP, y, width, line), Qt.AlignmentFlag.AlignRight,
                            percent(report.recall[k]))  # fmt: skip
            if k % step == 0:
                x = at.left + (k + 0.5) * at.cell - width
                self._write(painter, QRectF(x, at.top + side + GAP / 2, 2 * width, line),
                            Qt.AlignmentFlag.AlignCenter, percent(report.precision[k]))  # fmt: skip
        room = at.left - GAP
        if metrics.horizontalAdvance("precision %") <= room:
            self._write(painter, QRectF(0, at.top + side + GAP / 2, room, line), Qt.AlignmentFlag.AlignRight,
                        "precision %")  # fmt: skip
        right = at.left + side + GAP + width
        beside = metrics.horizontalAdvance("recall %")
        if right - beside > at.left + (side + metrics.horizontalAdvance(COLUMNS[0])) / 2 + GAP:
            above = QRectF(0, at.top - 2 * GAP - at.head - line, right, line)
            self._write(painter, above, Qt.AlignmentFlag.AlignRight, "recall %")

    def _write(self, painter: QPainter, rect: QRectF, align: Qt.AlignmentFlag, text: str) -> None:
        fits = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()) + 1)
        painter.drawText(rect, align, fits)

    def _turned(self, painter: QPainter, rect: QRectF, align: Qt.AlignmentFlag, text: str) -> None:
        painter.save()
        painter.translate(rect.left(), rect.bottom())
        painter.rotate(-90)
        self._write(painter, QRectF(0, 0, rect.height(), rect.width()), align, text)
        painter.restore()


def described(report: ConfusionReport, cell: Cell) -> str:
    """Return what a cell counts: 4 taken for 9: 5 of 36."""
    row, column = cell
    names, of = report.labels, int(report.counts[row].sum())
    what = f"{names[row]} recognized" if row == column else f"{names[row]} taken for {names[column]}"
    return f"{what}: {int(report.counts[row, column]):,} of {of:,}"


@lru_cache(maxsize=1024)
def _colors(palette: Palette, right: bool, level: int) -> tuple[str, str]:
    """Return a cell's color and its count's: gray where it is right, red where wrong, the stronger the larger."""
    share = level / LEVELS
    strength = 0.1 + 0.32 * share if right else 0.12 + 0.88 * sqrt(share)
    fill = mix(palette.panel, palette.text if right else palette.danger, strength)
    return fill, max((palette.text, palette.panel), key=lambda color: contrast(color, fill))
