"""Docks around panels: a flat title bar with maximize and close, and a panel made when it is first to be seen."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMenu, QToolButton, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.text import label, set_tooltip

LEAST = (200, 110)  # px of a panel


class TitleBar(QWidget):
    """Title at the left; save, maximize and close at the right."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("titlebar", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 6, 2)
        row.setSpacing(2)
        self.label = label(title, "title")
        row.addWidget(self.label, 1)
        self.maximize = self._button("Maximize this panel (F), back with Esc")
        self.close_button = self._button("Hide this panel; View shows it again")
        self.save = self._button("Save or copy what this panel shows")
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.save)
        self.save.setMenu(self.menu)
        row.addWidget(self.save)
        row.addWidget(self.maximize)
        row.addWidget(self.close_button)

    def _button(self, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAccessibleName(tip)
        set_tooltip(button, tip)
        return button

    def show_palette(self, palette: Palette, maximized: bool) -> None:
        """Draw the icons in the theme's color."""
        side = max(14, round(palette.icon_size * 0.75))
        self.maximize.setIcon(icon("restore" if maximized else "maximize", palette.muted, side))
        self.close_button.setIcon(icon("close", palette.muted, side))
        self.save.setIcon(icon("save", palette.muted, side))
        for button in (self.save, self.maximize, self.close_button):
            button.setIconSize(QSize(side, side))


class Vacancy(QWidget):
    """Stands where a panel will be, and tells when it can be seen."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint nothing, and tell it."""
        self.painted.emit()


class Dock(QDockWidget):
    """A panel that can be moved, tabbed, floated, maximized and hidden."""

    maximize_requested = Signal(object)  # this dock
    made = Signal(object)  # this dock, whose panel is there now
    uncovered = Signal(object)  # this dock, whose panel was hidden or behind another

    def __init__(
        self, name: str, title: str, make: Callable[[], Panel], requires: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(title)
        self.requires = requires  # see `Panel.requires`
        self._make = make
        self._panel: Panel | None = None
        self._least = LEAST[1]
        self.setObjectName(name)
        self._soon = QTimer(self)  # the window is painted first
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._on_soon)
        vacancy = Vacancy()
        vacancy.painted.connect(self._soon.start)
        self._hold(vacancy)
        self.bar = TitleBar(title, self)
        self.setTitleBarWidget(self.bar)
        self.visibilityChanged.connect(self._on_visibility_changed)
        self.bar.maximize.clicked.connect(self._on_maximize_clicked)
        self.bar.close_button.clicked.connect(self.close)

    @property
    def has_panel(self) -> bool:
        """Whether the panel is made."""
        return self._panel is not None

    @property
    def panel(self) -> Panel:
        """The panel; it is made now if it was not before."""
        return self._panel or self._fill()

    def _fill(self) -> Panel:
        vacancy, panel = self.widget(), self._make()
        self._panel = panel
        self._hold(panel)
        vacancy.deleteLater()
        self.made.emit(self)
        return panel

    def _hold(self, content: QWidget) -> None:
        content.setMinimumSize(LEAST[0], self._least)
        self.setWidget(content)

    def show_palette(self, palette: Palette, maximized: bool) -> None:
        """Dress the title bar, and keep room for large type."""
        self.bar.show_palette(palette, maximized)
        self._least = round(LEAST[1] * min(max(palette.body / 10, 1.0), 1.8))
        self.widget().setMinimumHeight(self._least)

    @property
    def seen(self) -> bool:
        """Whether any of the panel can be seen, so that it is worth measuring and drawing."""
        return self.isVisible() and not self.widget().visibleRegion().isEmpty()  # the region alone is slow to find

    @guarded
    def _on_visibility_changed(self, visible: bool) -> None:
        if visible and self.has_panel:
            self.uncovered.emit(self)

    @guarded
    def _on_soon(self) -> None:
        if self.seen and not self.has_panel:
            self._fill()

    @guarded
    def _on_maximize_clicked(self) -> None:
        self.maximize_requested.emit(self)


def side_dock(content: QWidget) -> QDockWidget:
    """Return the dock of the experiment's controls, at the left, without a title bar."""
    dock = QDockWidget("Experiment")
    dock.setObjectName("experiment")
    dock.setTitleBarWidget(QWidget())
    dock.setWidget(content)
    dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    return dock
