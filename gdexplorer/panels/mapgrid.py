"""Maps over the picture that they are of, each with its numbers: side by side, or one below the other."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip

from gdexplorer.arrays import Array, BoolArray
from gdexplorer.panels.answer import gray
from gdexplorer.panels.fonts import small_font, text_width
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.marks import outline
from gdexplorer.panels.palette import LIGHT, Palette, mix
from gdexplorer.panels.plot import ink
from gdexplorer.panels.stepping import Stepping
from gdexplorer.panels.text import tooltip
from gdexplorer.panels.ticks import number
from gdexplorer.panels.tiles import pixel
from gdexplorer.panels.tints import image_of, signed_colors

GAP, APART = 6.0, 10.0  # px between pictures of one map, and between maps
SMALLEST, LARGEST = 40.0, 320.0  # px, the side of a picture
SAMPLE = 18.0  # px, of the line before a title
TABLE_GAP = 6.0  # px between columns of numbers

Size = tuple[float, float, float]  # width of the names and of the numbers, and the height
Table = tuple[tuple[str, ...], ...]  # rows of words; the first row and the first column are names


@dataclass(frozen=True, eq=False, slots=True)
class Cell:
    """One map: its pictures (height, width) with a name each, the line that stands for it, and its numbers.

    `short` is the first name where there is little room, and shorter ones.
    """

    short: tuple[str, ...]
    names: tuple[str, ...]
    pictures: tuple[Array, ...]
    look: tuple[str, tuple[float, ...]]
    table: Table


@dataclass(frozen=True, slots=True)
class Fit:
    """How large a picture is, whether maps and the pictures of one map stand side by side, and columns of numbers."""

    side: float
    across: bool
    beside: bool
    columns: int


def fit(cells: int, pictures: int, tables: tuple[Size, ...], line: float, room: tuple[float, float]) -> Fit:
    """Return the arrangement with the largest pictures that leaves room for as many columns of numbers as there can be.

    Parameters
    ----------
    tables
        Sizes without numbers, with one column of them, and so on; where maps stand side by side, names stand once.
    """
    for columns in range(len(tables) - 1, -1, -1):
        side, across, beside = _largest(cells, pictures, tables[columns], line, room)
        if side >= SMALLEST or not columns:
            return Fit(max(side, 1.0), across, beside, columns)
    raise AssertionError("there is a table without numbers")


def _largest(cells: int, pictures: int, table: Size, line: float,
             room: tuple[float, float]) -> tuple[float, bool, bool]:  # fmt: skip
    """Return the largest side, and whether maps, and pictures of one map, stand side by side."""
    found, (names, numbers, tall) = [], table
    for across in (True, False):
        wide = (room[0] - names - cells * APART + (APART - TABLE_GAP)) / cells if across else room[0]
        high = room[1] if across else (room[1] - (cells - 1) * APART / 2) / cells
        if (across and numbers > wide) or (not across and tall + line > high):
            continue
        for beside in (True, False):
            across_room = wide if across else wide - names - TABLE_GAP - numbers - APART
            width, height = across_room, high - tall - GAP if across else high
            columns, rows = (pictures, 1) if beside else (1, pictures)
            side = min((width - (columns - 1) * GAP) / columns, (height - (rows - 1) * GAP) / rows - line, LARGEST)
            found.append((side, across, beside))
    return max(found, default=(0.0, True, True))


class MapGrid(Stepping):
    """Each map has its own scale, paper being 0; hovering reads a pixel."""

    def __init__(self) -> None:
        super().__init__("Maps of the picture")
        self._palette: Palette = LIGHT
        self._cells: tuple[Cell, ...] = ()
        self._under: Array = np.zeros((1, 1))
        self._mask, self._path = np.zeros((1, 1), bool), QPainterPath()
        self._images: list[list[QImage]] = []
        self._inside = ""
        self._sizes: dict[int, Size] = {}  # of tables by columns, and arrangements by room, as far as found
        self._fits: dict[tuple[float, float], Fit] = {}
        self.opacity = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 40)

    def show_cells(self, cells: tuple[Cell, ...], under: Array, mask: BoolArray, inside: str) -> None:
        """Show maps over a picture (height, width) from 0 to 1, and the outline of a part of it, and what that is."""
        self._cells, self._under, self._inside = cells, under, inside
        if mask.shape != self._mask.shape or (mask != self._mask).any():
            self._mask, self._path = mask, outline(mask)
        self._draw()

    def set_opacity(self, opacity: float) -> None:
        """Let the picture below shine through: 0 is that picture alone."""
        self.opacity = opacity
        self.update()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._draw()

    def _draw(self) -> None:
        self._sizes, self._fits = {}, {}
        colors, unknown = signed_colors(self._palette), self._palette.danger
        self._images = [[image_of(values, _most(values), colors, unknown) for values in cell.pictures]
                        for cell in self._cells]  # fmt: skip
        self.update()

    # ---- where things are ---------------------------------------------------------------

    def _line(self) -> float:
        return QFontMetricsF(small_font(self._palette)).height()

    def _widths(self, cell: Cell) -> list[float]:
        return [max(text_width(word, self._palette) for word in column) for column in zip(*cell.table, strict=True)]

    def table_size(self, columns: int | None = None) -> Size:
        """Return how large the largest table is with so many columns of numbers, or as many as are shown."""
        if (columns := self.fitted().columns if columns is None else columns) == 0:
            return 0.0, 0.0, 0.0
        if columns not in self._sizes:
            self._sizes[columns] = self._measured(columns)
        return self._sizes[columns]

    def _measured(self, columns: int) -> Size:
        widths = [self._widths(cell)[: columns + 1] for cell in self._cells]
        numbers = max((sum(own[1:]) + TABLE_GAP * (len(own) - 2) for own in widths), default=0.0)
        lines = max((len(cell.table) for cell in self._cells), default=0)
        return max((own[0] for own in widths), default=0.0), numbers, lines * self._line()

    def fitted(self, height: float | None = None) -> Fit:
        """Return the arrangement, in another height than the present one if one is given."""
        room = float(self.width()), float(self.height() if height is None else height)
        if room not in self._fits:
            self._fits[room] = self._fit(room)
        return self._fits[room]

    def _fit(self, room: tuple[float, float]) -> Fit:
        pictures = max((len(cell.pictures) for cell in self._cells), default=1)
        tables = tuple(map(self.table_size, range(max((len(cell.table[0]) for cell in self._cells), default=1))))
        return fit(max(len(self._cells), 1), pictures, tables, self._line() + 2, room)

    def height_at(self, side: float, pictures: int) -> float:
        """Return the height that maps side by side need, with pictures of this side, one above the other."""
        return pictures * (side + self._line() + 2 + GAP) + self.table_size()[2] + 2

    def rect_of(self, cell: int, picture: int) -> QRectF:
        """Return where a picture is."""
        found, line = self.fitted(), self._line() + 2
        rows, columns = self._under.shape
        unit = pixel(found.side, max(rows, columns))
        count, step = len(self._cells[cell].pictures), found.side + GAP
        high = line + found.side if found.beside else count * (line + step) - GAP
        left, top = (self._left(cell), 0.0) if found.across else (0.0, cell * (high + APART / 2))
        left, top = (left + picture * step, top) if found.beside else (left, top + picture * (line + step))
        return QRectF(left, top + line, columns * unit, rows * unit)

    def _left(self, cell: int) -> float:
        """Return where a map begins among maps side by side, right of the names."""
        first = self.table_size()[0] + TABLE_GAP if self.fitted().columns else 0.0
        return first + cell * (self.width() - first + APART) / len(self._cells)

    def _table_at(self, cell: int) -> QPointF:
        """Return the upper left corner of a map's numbers, or of their names if those stand there too."""
        found, count = self.fitted(), len(self._cells[cell].pictures)
        first, last = self.rect_of(cell, 0), self.rect_of(cell, count - 1)
        if found.across:
            return QPointF(first.left(), last.bottom() + GAP)
        return QPointF(last.right() + APART, first.top())

    def reading(self, place: QPointF) -> str:
        """Return what is at a place in words."""
        for k, cell in enumerate(self._cells):
            for name, values, at in zip(cell.names, cell.pictures, range(len(cell.pictures)), strict=True):
                rect = self.rect_of(k, at)
                if rect.contains(place):
                    row = min(int((place.y() - rect.top()) / rect.height() * len(values)), len(values) - 1)
                    column = int((place.x() - rect.left()) / rect.width() * values.shape[1])
                    column = min(column, values.shape[1] - 1)
                    inside = "inside" if self._mask[row, column] else "outside"
                    value = f"{number(float(values[row, column]))} of {number(_most(values))}"
                    which = f"{cell.names[0]}, {name}" if at else name
                    return f"{which}\nrow {row + 1}, column {column + 1}, {inside} the outline: {value}"
        return ""

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Tell the value of a pixel."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tooltip(self.reading(QPointF(event.pos()))), self)
            return True
        return bool(super().event(event))

    # ---- what is drawn ------------------------------------------------------------------

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, under = QPainter(self), gray(self._under, self._palette)
        painter.setFont(small_font(self._palette))
        for k, (cell, images) in enumerate(zip(self._cells, self._images, strict=True)):
            for at, image in enumerate(images):
                rect = self.rect_of(k, at)
                painter.drawImage(rect, under)
                painter.setOpacity(self.opacity)
                painter.drawImage(rect, image)
                painter.setOpacity(1.0)
                self._paint_outline(painter, rect)
                self._paint_name(painter, cell, k, at)
            if self.fitted().columns:
                self._paint_table(painter, cell, k)
        if self._cells and self.fitted().across and self.fitted().columns:
            painter.setPen(QColor(self._palette.muted))
            room = QRectF(0, self._line() + 2, self.table_size()[0], self.fitted().side)
            painter.drawText(room, Qt.TextFlag.TextWordWrap, f"outline:\n{self._inside}")
        painter.end()

    def _paint_outline(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(QColor(mix(self._palette.grid, self._palette.text, 0.2)))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.save()
        painter.translate(rect.topLeft())
        painter.scale(rect.width() / self._mask.shape[1], rect.height() / self._mask.shape[0])
        pen = QPen(QColor(self._palette.text), 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPath(self._path)
        painter.restore()

    def _paint_name(self, painter: QPainter, cell: Cell, k: int, at: int) -> None:
        """Write a picture's name above it; before the first stands the line of the deletion curve."""
        rect, line = self.rect_of(k, at), self._line()
        left, middle = rect.left(), rect.top() - 2 - line / 2
        room = self._room_of(k)
        name, metrics = cell.names[at], painter.fontMetrics()
        if not at:
            sample = SAMPLE if metrics.horizontalAdvance(name) <= room - SAMPLE - 4 else SAMPLE / 2
            if sample < SAMPLE:
                fits = (short for short in cell.short if metrics.horizontalAdvance(short) <= room - sample - 4)
                name = next(fits, cell.short[-1])
            pen = QPen(QColor(ink(self._palette, cell.look[0])), 2, c=Qt.PenCapStyle.FlatCap)
            if cell.look[1]:
                pen.setDashPattern([length / 1.6 for length in cell.look[1]])
            painter.setPen(pen)
            painter.drawLine(QPointF(left, middle), QPointF(left + sample, middle))
            left, room = left + sample + 4, room - sample - 4
        painter.setPen(QColor(self._palette.muted if at else self._palette.text))
        words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QPointF(left, middle + metrics.ascent() / 2 - 1), words)

    def _room_of(self, k: int) -> float:
        """Return the width that a map's first name has, if no other picture stands right of it."""
        found = self.fitted()
        if found.beside and len(self._cells[k].pictures) > 1:
            return found.side
        return self._left(1) - self._left(0) - APART if found.across else float(self.width())

    def _paint_table(self, painter: QPainter, cell: Cell, k: int) -> None:
        """Write the numbers, right-aligned in columns; their names before them, of maps side by side once."""
        corner, line, across = self._table_at(k), self._line(), self.fitted().across
        names, *widths = self._widths(cell)[: self.fitted().columns + 1]
        left = corner.x() if across else corner.x() + names + TABLE_GAP
        muted, plain = QColor(self._palette.muted), QColor(self._palette.text)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for j, (name, *row) in enumerate(cell.table):
            top, at = corner.y() + j * line, left
            painter.setPen(muted)
            if not (across and k):
                painter.drawText(QRectF(0 if across else corner.x(), top, names + 1, line), name)
            painter.setPen(plain if j else muted)
            for word, width in zip(row, widths, strict=False):
                painter.drawText(QRectF(at, top, width + 1, line), flags, word)
                at += width + TABLE_GAP


def _most(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0
