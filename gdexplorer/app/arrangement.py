"""The part of the window that holds the docks: workspaces, and one panel that takes all the room for a while."""

from collections.abc import Sequence, Set

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from gdexplorer.app.docks import Dock
from gdexplorer.app.guard import guarded
from gdexplorer.app.workspaces import BEYOND, WORKSPACES, arrange, leave_separator
from gdexplorer.panels.palette import LIGHT, Palette


class Arrangement(QMainWindow):
    """Docks between the strips of the window."""

    changed = Signal()  # something else is seen

    def __init__(self, docks: Sequence[Dock], side: QDockWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Widget)
        self.docks, self.side, self.workspace = docks, side, "Explore"
        every = frozenset[str]().union(*(dock.requires for dock in docks))
        self._can = every.difference(*BEYOND.values())  # of the objective, if known
        self._palette: Palette = LIGHT
        self._maximized: tuple[Dock, QByteArray] | None = None
        self.setDockNestingEnabled(True)
        self.setAnimated(False)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, side)
        for dock in docks:
            dock.maximize_requested.connect(self.maximize)

    def show_workspace(self, name: str) -> None:
        """Arrange the docks as one of the workspaces has them."""
        self.restore_maximized()
        self.workspace, chosen = name, WORKSPACES[name]
        rows = chosen.fitting(self._palette.name == "projector", self.window().height(), self._unfit())
        tabs = tuple(name for name in chosen.tabs if name not in self._unfit())
        arrange(
            self, self.side, {dock.objectName(): dock for dock in self.docks}, rows, chosen.heights, tabs, chosen.first
        )
        self.changed.emit()

    def reset(self) -> None:
        """Return to the arrangement that the program came with."""
        self.show_workspace("Explore")

    def suit(self, can: frozenset[str]) -> None:
        """Leave out the panels that the present objective has nothing for."""
        before, self._can = self._unfit(), can
        if before != self._unfit():
            self.show_workspace(self.workspace)

    def _unfit(self) -> Set[str]:
        return {
            dock.objectName() for dock in self.docks
            if not dock.requires <= self._can or BEYOND.get(dock.objectName(), frozenset()) & self._can
        }  # fmt: skip

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme; in projector, workspaces show fewer panels."""
        before, self._palette = self._palette.name, palette
        for dock in self.docks:
            dock.show_palette(palette, self.maximized is dock)
        if before != palette.name and "projector" in (before, palette.name):
            self.show_workspace(self.workspace)

    @property
    def maximized(self) -> Dock | None:
        """The panel that has all the room."""
        return None if self._maximized is None else self._maximized[0]

    @guarded
    def maximize(self, dock: Dock | None = None) -> None:
        """Give one panel all the room; again gives it back. Without one, the panel under focus or the first."""
        if self._maximized is not None:
            self.restore_maximized()
            return
        focus = QApplication.focusWidget()
        chosen = dock or next((d for d in self.docks if focus is not None and d.isAncestorOf(focus)), self.docks[0])
        self._maximized = (chosen, self.saveState())
        for other in (*self.docks, self.side):
            other.setVisible(other is chosen)
        chosen.bar.show_palette(self._palette, True)
        self.changed.emit()

    def restore_maximized(self) -> None:
        """Bring back the arrangement before a panel was maximized."""
        if self._maximized is not None:
            (dock, state), self._maximized = self._maximized, None
            leave_separator(self)
            self.restoreState(state)
            dock.bar.show_palette(self._palette, False)
            self.changed.emit()

    def show_panel(self, name: str, tabbed: bool = False) -> None:
        """Bring a panel to the front; `tabbed`, if it was hidden, upon one with room, not the first."""
        seen = [dock for dock in self.docks[1:] if dock.seen and not dock.isFloating()]
        for dock in self.docks:
            if dock.objectName() == name:
                if tabbed and seen and dock.isHidden():
                    leave_separator(self)
                    self.tabifyDockWidget(max(seen, key=lambda other: min(other.width(), other.height())), dock)
                dock.show()
                dock.raise_()
