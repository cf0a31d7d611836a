"""Reads values off a plot: under the mouse, and at a place pinned by a click."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtWidgets import QLabel

from gdexplorer.panels.marks import Mark, cross
from gdexplorer.panels.palette import LIGHT, Palette, mix
from gdexplorer.panels.pointing import PointedPlot
from gdexplorer.panels.text import label

Read = Callable[[float, float], str]
MARGIN = 8  # px


class Reader(QObject):
    """A small box in a corner of the plot; a click pins a reading, another click releases it.

    Parameters
    ----------
    read
        Words for a place in data coordinates; empty where there is nothing to read.
    """

    def __init__(self, plot: PointedPlot, read: Read) -> None:
        super().__init__(plot)
        self._plot, self._read = plot, read
        self._hover: QPointF | None = None
        self._pinned: QPointF | None = None
        self._said = ""  # what somebody else has to say, instead
        self.label: QLabel = label("", "small")
        self.label.setParent(plot)
        self.label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label.setAccessibleName("Reading")
        self.label.hide()
        self._cross = Mark(cross(7), 30)
        self._cross.hide()
        plot.add(self._cross)
        plot.hovered.connect(self._on_hovered)
        plot.left_alone.connect(self._on_left_alone)
        plot.clicked.connect(self._on_clicked)
        self.show_palette(LIGHT)

    @property
    def pinned(self) -> QPointF | None:
        """The place that a click pinned."""
        return self._pinned

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        edge = mix(palette.grid, palette.text, 0.12)
        self.label.setStyleSheet(
            f"QLabel {{ background: {palette.panel}; color: {palette.text}; font-size: {palette.small:g}pt;"
            f" border: 1px solid {edge}; border-radius: 4px; padding: 2px 6px; }}"
        )
        self._cross.dress(palette.path_core, palette.path_casing, scale=palette.body / 10)

    def say(self, text: str, at: QPointF | None = None) -> None:
        """Show these words instead of readings, until they are empty."""
        self._said = text
        self._hover = at if text else self._hover
        self.refresh()

    def unpin(self) -> None:
        """Release the pinned place, because what it was read from is gone."""
        self._pinned = None
        self._cross.hide()
        self.refresh()

    def refresh(self) -> None:
        """Read again."""
        lines = [self._said] if self._said else []
        if not self._said:
            for prefix, place in (("pinned  ", self._pinned), ("", self._hover)):
                words = self._read(place.x(), place.y()) if place is not None else ""
                if words:
                    lines.append((prefix if self._pinned is not None else "") + words)
        text = "\n".join(lines)
        self.label.setText(text)
        self.label.setVisible(bool(text))
        if text:
            self.place()

    def place(self) -> None:
        """Stand in the upper corner that the mouse is not in."""
        self.label.ensurePolished()
        self.label.adjustSize()
        if self.label.width() > self._plot.area().right():
            self.label.setText(self.label.text().replace("  ", "\n"))
            self.label.adjustSize()
        area = self._plot.area()
        x0, x1, y0, y1 = self._plot.view()
        hover = self._hover
        left = hover is not None and hover.x() > (x0 + x1) / 2 and hover.y() > (y0 + y1) / 2
        x = area.left() + MARGIN if left else area.right() - self.label.width() - MARGIN
        self.label.move(max(round(x), 0), round(area.top() + MARGIN))

    def _on_hovered(self, place: QPointF) -> None:
        self._hover = place
        self.refresh()

    def _on_left_alone(self) -> None:
        self._hover = None
        self.refresh()

    def _on_clicked(self, place: QPointF) -> None:
        self._hover = place
        if self._pinned is None and self._read(place.x(), place.y()):
            self._pinned = place
            self._cross.setPos(place)
            self._cross.show()
        else:
            self.unpin()
        self.refresh()
