"""The one contract of all panels."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels.palette import LIGHT, Palette


class Panel(QWidget):
    """A view of frames. It asks for what it needs, draws what it is given, and emits commands."""

    title = ""
    requires: frozenset[str] = frozenset()  # of the objective (see `Objective.can`), for a place in a workspace
    commanded = Signal(object)  # a Command, on the user's action only
    needs_changed = Signal()  # the user chose to see something else: `needs` differs now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.title)
        self.palette_now: Palette = LIGHT
        self._left: list[Callable[[], object]] | None = None  # of the steps of drawing, for `parts`

    def needs(self) -> frozenset[Probe]:
        """Return what must be measured for this panel, asked while it is visible only."""
        return frozenset()

    def show_frame(self, frame: Frame) -> None:
        """Draw a frame; never emits."""
        raise NotImplementedError

    def parts(self, frame: Frame) -> Iterator[None]:
        """Draw a frame in parts, so that other things can happen between two of them."""
        self._left = []
        try:
            self.show_frame(frame)
        finally:
            left, self._left = self._left, None
        for step in left:
            yield
            step()

    def in_turn(self, *steps: Callable[[], object]) -> None:
        """Take these steps at the end of `show_frame`, each a part of its own."""
        if self._left is not None:
            self._left += steps
        else:
            for step in steps:
                step()

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Take on a theme; lines are wider while paused in projector mode."""
        self.palette_now = palette

    def sheets(self) -> tuple[Sheet, ...]:
        """Return the numbers that are drawn, as tables, the main one first; nothing where no numbers are."""
        return ()

    def summary(self) -> str:
        """Say in a sentence or two what the panel shows, for those who do not see it."""
        raise NotImplementedError
