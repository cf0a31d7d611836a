"""What panels share that choose by their size what they show."""

from typing import Protocol

from PySide6.QtGui import QResizeEvent

from gdexplorer.panels.guard import guarded
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel


class Part(Protocol):
    """Something that takes on a theme."""

    def show_palette(self, palette: Palette) -> None: ...


class Drawing(Protocol):
    """Something whose lines are wider while paused."""

    def show_palette(self, palette: Palette, paused: bool) -> None: ...


class FittingPanel(Panel):
    """A panel that is fitted anew, by `_fit`, when its room or the size of the text is another."""

    dressed: tuple[Part, ...] = ()
    plots_dressed: tuple[Drawing, ...] = ()

    def _fit(self) -> None:
        raise NotImplementedError

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        for part in self.dressed:
            part.show_palette(palette)
        for plot in self.plots_dressed:
            plot.show_palette(palette, paused)
        self._fit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
