"""Where a picture of fixed shape stands in whatever room there is: plot, color bar, and the caption beside or below."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from gdexplorer.panels.colorbar import ColorBar
from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.pointing import PointedPlot
from gdexplorer.panels.reader import Read, Reader
from gdexplorer.panels.text import label

MARGIN = 8  # px
COLUMN = 11  # lines of text that a column of facts is at least wide
WIDEST = 22


class _Floor(QWidget):
    """Gives its resizing to the stage."""

    def __init__(self, stage: "Stage") -> None:
        super().__init__(stage)
        self._stage = stage

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stage.arrange()


class Stage(QWidget):
    """One plot with what belongs to it, or a sentence while there is nothing to draw."""

    def __init__(self, name: str, read: Read, sentence: str) -> None:
        super().__init__()
        self._floor = _Floor(self)
        self.plot = PointedPlot(name, self._floor)
        self.bar = ColorBar(self._floor)
        self.facts = Facts(self._floor)
        self.plot.reserve_left(4.5)
        self.reader = Reader(self.plot, read)
        self.sentence = label(sentence, "muted")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setWordWrap(True)
        self.sentence.setMargin(2 * MARGIN)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.sentence)
        self._stack.addWidget(self._floor)
        self._ratio: float | None = 1.0
        self._has_bar = True
        self._axes = ("", "")
        self._instead: QWidget | None = None
        self.note = label("", "small")
        self.note.setParent(self.plot)
        self.note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.note.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the picture."""
        self.sentence.setText(sentence)
        self._stack.setCurrentWidget(self.sentence)

    def show_picture(self, ratio: float | None, axes: tuple[str, str], bar: bool) -> None:
        """Show the plot, its data `ratio` times as high as wide, None to fill the room."""
        before = self._ratio, self._axes, self._has_bar
        self._ratio, self._axes, self._has_bar = ratio, axes, bar
        self._stack.setCurrentWidget(self._floor)
        if (ratio, axes, bar) != before:
            self.arrange()

    def show_instead(self, widget: QWidget | None) -> None:
        """Let another view stand where plot and bar are; None brings these back."""
        if self._instead is not None and self._instead is not widget:
            self._instead.hide()
        if widget is not None and widget.parent() is not self._floor:
            widget.setParent(self._floor)
        self._instead = widget
        self.plot.setVisible(widget is None)
        if widget is not None:
            widget.show()
        self.arrange()

    def show_note(self, words: str) -> None:
        """Say something in passing, in the lower right corner of the plot."""
        if words != self.note.text():
            self.note.setText(words)
            self.note.setVisible(bool(words))
            self._place_note()

    def show_facts(self, facts: list[Fact]) -> None:
        """Fill the caption."""
        self.facts.show_facts(tuple(facts))

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Take on a theme."""
        self.plot.show_palette(palette, paused)
        self.bar.show_palette(palette)
        self.facts.show_palette(palette)
        self.reader.show_palette(palette)
        self.note.setStyleSheet(
            f"QLabel {{ background: {palette.panel}; color: {palette.muted}; font-size: {palette.small:g}pt;"
            " border-radius: 4px; padding: 1px 5px; }"
        )
        self.arrange()

    def arrange(self) -> None:
        """Place everything."""
        width, height = self._floor.width(), self._floor.height()
        if self._instead is not None:
            self._arrange_instead(self._instead, width, height)
            return
        line, over = self.facts.line(), self.bar.overhang()
        plot, ratio = self.plot, self._ratio
        ticks = height >= (8 if ratio is None else 11) * line and width >= 14 * line
        plot.show_axes(ticks)
        plot.set_labels(*(self._axes if height >= (11 if ratio is None else 14) * line else ("", "")))
        bar = self._has_bar and width >= 14 * line and height >= 6 * line
        bar_width = self.bar.sizeHint().width() + MARGIN if bar else 0
        left = round(plot.left.maximumWidth()) if ticks else 0  # fixed, and known before the next layout
        bottom = round(plot.bottom.maximumHeight()) if ticks else 0
        beyond = round(1.2 * line) if ticks else 0  # half a tick label reaches beyond the data
        inner_width = width - 2 * MARGIN - left - max(bar_width, beyond)
        below = max(bottom, over if bar else 0)
        inner_height = height - over - below - MARGIN
        column = 0
        if ratio is not None:
            column = int(inner_width - 2 * MARGIN - inner_height / ratio)
        column = min(column, WIDEST * line) if column >= COLUMN * line else 0
        if column:
            data_height = inner_height
            data_width = round(data_height / ratio) if ratio else inner_width
        else:
            caption = line * (1 + (height >= 24 * line)) + MARGIN // 2 if height >= 7 * line else 0
            data_height, data_width = inner_height - caption, inner_width
            if ratio is not None:
                data_height = min(data_height, round(data_width * ratio))
                data_width = min(data_width, round(data_height / ratio))
        data_height, data_width = max(data_height, 8), max(data_width, 8)
        used = left + data_width + max(bar_width, beyond) + (2 * MARGIN + column if column else 0)
        start = max((width - used) // 2, MARGIN)
        plot.set_margins(top=over, right=beyond)
        plot.setGeometry(start, 0, left + data_width + beyond, over + data_height + bottom)
        self.bar.setVisible(bar)
        self.bar.setGeometry(start + left + data_width + MARGIN, 0, bar_width - MARGIN, data_height + 2 * over)
        self.facts.set_column(bool(column))
        if column:
            self.facts.setGeometry(QRect(start + used - column, over, column, height - over - MARGIN))
        else:
            top = over + data_height + below + MARGIN // 2
            self.facts.setGeometry(QRect(MARGIN, top, width - 2 * MARGIN, height - top - MARGIN // 2))
        self.reader.place()
        self._place_note()

    def _arrange_instead(self, widget: QWidget, width: int, height: int) -> None:
        line = self.facts.line()
        column = min(width // 4, WIDEST * line)
        column = column if column >= COLUMN * line and width - column >= height else 0
        caption = line * (1 + (height >= 24 * line)) + MARGIN if height >= 7 * line and not column else 0
        self.bar.hide()
        widget.setGeometry(MARGIN, 0, width - 2 * MARGIN - (column + MARGIN if column else 0), height - caption)
        self.facts.set_column(bool(column))
        if column:
            self.facts.setGeometry(QRect(width - MARGIN - column, MARGIN, column, height - 2 * MARGIN))
        else:
            self.facts.setGeometry(QRect(MARGIN, height - caption, width - 2 * MARGIN, caption))

    def _place_note(self) -> None:
        self.note.adjustSize()
        area = self.plot.area()
        self.note.move(
            round(area.right() - self.note.width() - MARGIN), round(area.bottom() - self.note.height() - MARGIN)
        )
