"""Many small pictures in sections, as large as there is room; what has no room is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip

from gdexplorer.arrays import Array
from gdexplorer.panels.fonts import small_font, small_metrics
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import LIGHT, Palette, mix
from gdexplorer.panels.stepping import Stepping
from gdexplorer.panels.text import tooltip
from gdexplorer.panels.ticks import number
from gdexplorer.panels.tints import images_of, signed_colors

GAP, APART = 3, 6  # px between pictures, and between sections
SMALLEST, LARGEST = 12, 112  # px, the side of a picture
WHOLE = 0.8  # of its side that a picture has at least for the sake of whole pixels
BAR = 5.0  # letters that a color bar is wide


@dataclass(frozen=True, eq=False, slots=True)
class Section:
    """Pictures (n, height, width) with one scale, from −most, or 0 if there is nothing below, over 0 to most."""

    id: str  # sections of one id: the same numbers of pictures belong together
    title: str
    unit: str  # what one picture is
    values: Array

    @property
    def most(self) -> float:
        """The end of the scale."""
        finite = self.values[np.isfinite(self.values)]
        return float(np.abs(finite).max()) if finite.size else 0.0

    @property
    def signed(self) -> bool:
        """Whether there is anything below 0."""
        return bool((self.values < 0).any())


@dataclass(frozen=True, slots=True)
class Row:
    """Where a section is: its title's top, and how many pictures there are, of what side, in how many columns."""

    top: float
    side: int
    columns: int
    shown: int


Fit = tuple[Row, ...]  # of the last sections there may be none


@lru_cache(maxsize=16)
def fit(counts: tuple[int, ...], fineness: tuple[int, ...], width: float, height: float, line: float) -> Fit:
    """Return the largest side at which so many pictures have room, or else how many of them do.

    What height that leaves goes to the sections of the finest pictures.
    """
    most = max(counts, default=0)
    for side in range(LARGEST, SMALLEST - 1, -1):
        if (found := _laid(counts, [side] * len(counts), width, height, line, most)) is not None:
            sides = [side] * len(counts)
            for k in sorted(range(len(counts)), key=lambda k: -fineness[k]):
                for larger in range(LARGEST, side, -1):
                    tried = [*sides[:k], larger, *sides[k + 1 :]]
                    if (better := _laid(counts, tried, width, height, line, most)) is not None:
                        sides, found = tried, better
                        break
            return found
    for many in range(len(counts), 0, -1):
        for limit in range(most, 0, -1):
            sides = [SMALLEST] * many
            if (found := _laid(counts[:many], sides, width, height, line, limit)) is not None:
                return found
    return ()


def _laid(
    counts: Sequence[int], sides: Sequence[int], width: float, height: float, line: float, limit: int
) -> Fit | None:
    """Return where pictures are, at most `limit` lines of a section; None if that is too high."""
    top, rows = 0.0, []
    for count, side in zip(counts, sides, strict=True):
        columns = int((width + GAP) // (side + GAP))
        if not columns:
            return None
        lines = -(-count // columns)
        if lines <= limit:
            columns = -(-count // lines)  # lines of one length, and not a last one of a picture or two
        lines = min(lines, limit)
        rows.append(Row(top, side, columns, min(count, lines * columns)))
        top += line + lines * (side + GAP) - GAP + APART
    return tuple(rows) if top - APART <= height else None


def pixel(side: float, count: int) -> float:
    """Return how large a pixel is of a picture of so many on a side: whole unless that makes it much smaller."""
    whole = side // count
    return whole if whole * count >= WHOLE * side else side / count


class Tiles(Stepping):
    """Sections one below the other; hovering reads a pixel and frames what belongs together."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._palette: Palette = LIGHT
        self._sections: tuple[Section, ...] = ()
        self._images: list[list[QImage]] = []
        self._rects: list[list[QRectF]] = []
        self._fit: Fit = ()
        self._over: tuple[int, int] | None = None  # section and picture under the mouse
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 40)

    def show_sections(self, sections: tuple[Section, ...]) -> None:
        """Draw these."""
        self._sections = sections
        self._lay()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.setFont(small_font(palette))
        self._lay()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    # ---- where things are -----------------------------------------------------------

    def _lay(self) -> None:
        counts = tuple(len(section.values) for section in self._sections)
        line = small_metrics(self._palette).height() + 2
        pixels = tuple(section.values[0].size for section in self._sections)
        found = fit(counts, pixels, self.width(), self.height(), line)
        if len(found) < len(counts):  # a last line says so
            found = fit(counts, pixels, self.width(), self.height() - line - APART, line)
        self._fit, self._over = found, None
        colors = signed_colors(self._palette)
        self._images = [
            images_of(section.values[: row.shown], section.most, colors, self._palette.danger)
            for section, row in zip(self._sections, found, strict=False)
        ]
        self._rects = [[self._placed(k, picture) for picture in range(row.shown)] for k, row in enumerate(found)]
        self.update()

    @property
    def hidden(self) -> tuple[int, int]:
        """How many pictures of the sections that are drawn, and how many whole sections, have no room."""
        drawn = zip(self._sections, self._fit, strict=False)
        return sum(len(section.values) - row.shown for section, row in drawn), len(self._sections) - len(self._fit)

    def rect_of(self, section: int, picture: int) -> QRectF:
        """Return where a picture is."""
        return self._rects[section][picture]

    def _placed(self, section: int, picture: int) -> QRectF:
        row = self._fit[section]
        side = row.side
        line = small_metrics(self._palette).height() + 2
        height, width = self._sections[section].values.shape[1:]
        unit = pixel(side, max(height, width))
        left = picture % row.columns * (side + GAP)
        top = row.top + line + picture // row.columns * (side + GAP)
        return QRectF(left, top, width * unit, height * unit)

    def picture_at(self, place: QPointF) -> tuple[int, int] | None:
        """Return the section and the number of the picture at a place."""
        for section, row in enumerate(self._fit):
            for picture in range(row.shown):
                if self.rect_of(section, picture).contains(place):
                    return section, picture
        return None

    def reading(self, place: QPointF) -> str:
        """Return what is at a place in words."""
        if (found := self.picture_at(place)) is None:
            return ""
        section, rect = self._sections[found[0]], self.rect_of(*found)
        values = section.values[found[1]]
        row = min(int((place.y() - rect.top()) / rect.height() * values.shape[0]), values.shape[0] - 1)
        column = min(int((place.x() - rect.left()) / rect.width() * values.shape[1]), values.shape[1] - 1)
        return (f"{section.title}\n{section.unit} {found[1] + 1}, row {row + 1}, column {column + 1}: "
                f"{number(float(values[row, column]))}")  # fmt: skip

    # ---- what the user does ---------------------------------------------------------

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if (over := self.picture_at(event.position())) != self._over:
            self._over = over
            self.update()

    @guarded
    def leaveEvent(self, event: QEvent) -> None:
        self._over = None
        self.update()

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Tell the value of a pixel."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tooltip(self.reading(QPointF(event.pos()))), self)
            return True
        return bool(super().event(event))

    # ---- what is drawn --------------------------------------------------------------

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font(self._palette))
        edge = QColor(mix(self._palette.grid, self._palette.text, 0.2))
        for k, (section, row) in enumerate(zip(self._sections, self._fit, strict=False)):
            self._paint_title(painter, section, row)
            images, rects = self._images[k], self._rects[k]
            small = bool(rects) and rects[0].width() < images[0].width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, small)
            painter.setPen(edge)
            for rect, image in zip(rects, images, strict=True):
                painter.drawImage(rect, image)
                painter.drawRect(rect.adjusted(0, 0, -1, -1))
            painter.setPen(QPen(QColor(self._palette.text), 2))
            for picture, rect in enumerate(rects):
                if self._belongs(k, picture):
                    painter.drawRect(rect.adjusted(0, 0, -1, -1))
        if gone := self.hidden[1]:
            painter.setPen(QColor(self._palette.warning))
            words = f"{gone} more row{'s' * (gone > 1)} need{'s' * (gone == 1)} more room"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, words)
        painter.end()

    def _belongs(self, section: int, picture: int) -> bool:
        """Whether a picture is under the mouse, or belongs to the one that is."""
        over = self._over
        return over is not None and picture == over[1] and self._sections[section].id == self._sections[over[0]].id

    def _paint_title(self, painter: QPainter, section: Section, row: Row) -> None:
        """Write the title, how many have room, and the scale."""
        palette, metrics = self._palette, QFontMetricsF(painter.font())
        line, wide = metrics.height(), BAR * metrics.averageCharWidth()
        low = -section.most if section.signed else 0.0
        ends = number(low, 2), number(section.most, 2)
        right = metrics.horizontalAdvance(ends[1])
        scale = metrics.horizontalAdvance(ends[0]) + wide + right + 2 * GAP
        words = section.title
        if row.shown < len(section.values):
            words += f", {row.shown} of {len(section.values)}"
        room = self.width() - scale - 4 * GAP
        if room < 8 * metrics.averageCharWidth():
            room, scale = self.width(), 0.0
        painter.setPen(QColor(palette.text))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(0, row.top, room, line), flags, text)
        if not scale:
            return
        left = min(metrics.horizontalAdvance(text) + 4 * GAP, self.width() - scale)
        painter.setPen(QColor(palette.muted))
        painter.drawText(QRectF(left, row.top, scale, line), flags, ends[0])
        left += metrics.horizontalAdvance(ends[0]) + GAP
        bar = QRectF(left, row.top + 0.3 * line, wide, 0.4 * line)
        colors, gradient = signed_colors(palette), QLinearGradient(bar.topLeft(), bar.topRight())
        for share in (0.0, 0.5, 1.0):
            level = share if section.signed else 0.5 + share / 2
            gradient.setColorAt(share, QColor.fromRgb(int(colors[round(255 * level)])))
        painter.fillRect(bar, gradient)
        painter.drawRect(bar)
        painter.drawText(QRectF(bar.right() + GAP, row.top, right + 1, line), flags, ends[1])
