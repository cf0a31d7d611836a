"""Menus, shortcuts and the sheet that lists them, all made from one table of actions."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Protocol, cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from gdexplorer.app.about import show_about
from gdexplorer.app.arrangement import Arrangement
from gdexplorer.app.conductor import Conductor
from gdexplorer.app.controls import Controls
from gdexplorer.app.export import COPY, CSV, PNG, SURFACE, SVG, Export
from gdexplorer.app.finder import Entry, Finder, entries
from gdexplorer.app.guard import guarded
from gdexplorer.app.jumps import Jumps
from gdexplorer.app.keys import Keys
from gdexplorer.app.owndata import OwnData
from gdexplorer.app.recentmenu import RecentMenu
from gdexplorer.app.recovery import Recovery
from gdexplorer.app.saving import Saving
from gdexplorer.app.shortcuts import show_shortcuts
from gdexplorer.app.undo import Undoing
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab import experiments
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.state import Health
from gdexplorer.panels.palette import PALETTES

_KEY = QKeySequence.StandardKey


class Owner(Protocol):
    """What the menus ask of the window."""

    controls: Controls
    host: Arrangement
    own_data: OwnData
    export: Export
    saving: Saving
    recovery: Recovery | None

    def set_theme(self, name: str, scale: float | None = None) -> None: ...
    def test_rates(self) -> None: ...
    def step(self, number: int) -> None: ...
    def toggle_projector(self) -> None: ...
    def toggle_full_screen(self) -> None: ...
    def larger(self) -> None: ...
    def smaller(self) -> None: ...
    def normal_size(self) -> None: ...


class Actions(QObject):
    """The window's actions."""

    def __init__(self, window: QMainWindow, conductor: Conductor) -> None:
        super().__init__(window)
        self._window = window
        self._owner = cast(Owner, window)
        self._conductor = conductor
        self.jumps, self.undoing = Jumps(conductor, window), Undoing(conductor, self)
        self.keys = Keys(window, self.undoing.press)
        bar = window.menuBar()
        self._fill_file(bar.addMenu("&File"))
        self._fill_edit(bar.addMenu("&Edit"))
        self._fill_run(bar.addMenu("&Run"))
        self._fill_view(bar.addMenu("&View"))
        self._fill_help(bar.addMenu("&Help"))
        conductor.framed.connect(self._on_framed)

    def _fill_file(self, menu: QMenu) -> None:
        self._fill_examples(menu.addMenu("Open &example"))
        saving = self._owner.saving
        self._add(menu, "&Open…", saving.open, QKeySequence.StandardKey.Open)
        self.recent = RecentMenu(menu, saving, self._owner.recovery)
        self._add(menu, "Open &data…", self._owner.own_data.choose_file, "Ctrl+Shift+O")
        menu.addSeparator()
        self._add(menu, "&Save", saving.save, QKeySequence.StandardKey.Save)
        self._add(menu, "Save &as…", saving.save_as, "Ctrl+Shift+S")
        self._add(menu, "Save as &TOML experiment…", saving.save_experiment)
        self._add(menu, "Copy settings as te&xt", saving.copy_settings)
        self._add(menu, "Open &copied settings", saving.open_copied)
        self._fill_export(menu.addMenu("&Export"))
        menu.addSeparator()
        self._add(menu, "&Quit", self._window.close, "Ctrl+Q")

    def _fill_examples(self, menu: QMenu) -> None:
        """List them by kind: all in one menu would not fit on a projector's screen."""
        for name in experiments.names():
            experiment = experiments.load(name, self._conductor.catalogue)
            kind = experiments.kind(experiment)
            if not menu.actions() or menu.actions()[-1].text() != kind:
                menu.addMenu(kind)
            group = menu.actions()[-1].menu()
            assert isinstance(group, QMenu)
            action = self._add(group, experiment.title, self._on_example)
            action.setData(name)
            action.setStatusTip(experiment.commentary)

    def _fill_export(self, menu: QMenu) -> None:
        export = self._owner.export
        for text, kind, shortcut in (("Panel as &PNG…", PNG, "Ctrl+Shift+E"), ("Panel as S&VG…", SVG, "Ctrl+Shift+G"),
                                     ("Panel's numbers as &CSV…", CSV, None),
                                     ("&Surface as .npz…", SURFACE, None)):  # fmt: skip
            self._add(menu, text, self._on_export, shortcut).setData(kind)
        menu.addSeparator()
        self._add(menu, "&Curves as CSV…", export.curves)
        self._add(menu, "&Weights as safetensors…", export.weights)
        self._add(menu, "P&yTorch script…", export.script)
        self._add(menu, "&ONNX model…", export.onnx)
        menu.addSeparator()
        self._add(menu, "Run as a &film…", export.films.begin)

    def _fill_edit(self, menu: QMenu) -> None:
        stack = self.undoing.stack
        self.undo = self._add_made(menu, "Undo", stack.createUndoAction(self, "&Undo"), "Ctrl+Z", _KEY.Undo)
        self.redo = self._add_made(menu, "Redo", stack.createRedoAction(self, "&Redo"), "Ctrl+Shift+Z", _KEY.Redo)
        menu.addSeparator()
        self._add(menu, "Draw &new weights", self._owner.controls.redraw_button.click, key=Qt.Key.Key_R)
        self._add(menu, "Nu&dge the point, σ = 0.01", self._conductor.nudge, key=Qt.Key.Key_N)
        self._add(menu, "Keep the &best weights", self._conductor.keep_best)
        self._add(menu, "&Copy a panel's picture", self._on_export, "Ctrl+Shift+C").setData(COPY)
        self._add(menu, "Reset &all settings and weights", self._conductor.reset_all, "Ctrl+Shift+Backspace")

    def _fill_run(self, menu: QMenu) -> None:
        conductor = self._conductor
        self._add(menu, "&Play or pause", conductor.toggle, key=Qt.Key.Key_Space)
        self._add(menu, "One &update", conductor.one_update, key=Qt.Key.Key_Right)
        self._add(menu, "One &epoch", conductor.one_epoch, key=Qt.Key.Key_Right, shift=True)
        self._add(menu, "One update &back", conductor.step_back, key=Qt.Key.Key_Left)
        self._add(menu, "One epoch bac&k", self.jumps.epoch_back, key=Qt.Key.Key_Left, shift=True)
        self._add(menu, "Start &again with these settings", conductor.restart)
        menu.addSeparator()
        self._fill_jumps(menu.addMenu("&Go to"))
        steps = menu.addMenu("Step &by step")
        for number, name in enumerate(("Forward", "Loss", "Backward", "Update"), 1):
            key = Qt.Key(Qt.Key.Key_0.value + number)
            self._add(steps, f"Step by step: &{name}", self._on_step, key=key).setData(number)
        menu.addSeparator()
        self._add(menu, "&Slower", conductor.slower, key=Qt.Key.Key_Minus)
        self._add(menu, "&Faster", conductor.faster, key=Qt.Key.Key_Plus)
        menu.addSeparator()
        self._add(menu, "Test &learning rates", self._owner.test_rates, "Ctrl+L")

    def _fill_jumps(self, menu: QMenu) -> None:
        conductor = self._conductor
        self._add(menu, "&Go to the start", self.jumps.to_start, key=Qt.Key.Key_Home)
        self._add(menu, "Back to the p&resent", conductor.live, key=Qt.Key.Key_End)
        self._add(menu, "Go to upda&te…", self.jumps.ask, "Ctrl+G")
        self._add(menu, "&Next change", self.jumps.to_next_change, "Ctrl+Right")
        self._add(menu, "Pre&vious change", self.jumps.to_previous_change, "Ctrl+Left")
        self.spike = self._add(menu, "Ne&xt spike of the loss", self.jumps.to_next_spike)
        self.lowest = self._add(menu, "Lowest test l&oss", self.jumps.to_lowest)
        self.rewind = self._add(menu, "Rew&ind to the last finite update", conductor.rewind)
        self.rewind.setEnabled(False)

    def _fill_view(self, menu: QMenu) -> None:
        window = self._owner
        self._fill_workspaces(menu.addMenu("&Workspaces"))
        panels = menu.addMenu("P&anels")
        for dock in window.host.docks:
            panels.addAction(dock.toggleViewAction())
        menu.addSeparator()
        self._add(menu, "&Maximize a panel, or back", window.host.maximize, key=Qt.Key.Key_F)
        self._add(menu, "F&ull screen", window.toggle_full_screen, "F11")
        self._add(menu, "&Reset layout", window.host.reset)
        menu.addSeparator()
        group = QActionGroup(self)
        self.themes: dict[str, QAction] = {}
        for name, palette in PALETTES.items():
            action = self._add(menu, f"{palette.label} theme", self._on_theme)
            action.setCheckable(True)
            action.setData(name)
            group.addAction(action)
            self.themes[name] = action
        self._add(menu, "&Projector theme on or off", window.toggle_projector, "F5")
        menu.addSeparator()
        self._add(menu, "Larger text", window.larger, QKeySequence.StandardKey.ZoomIn)
        self._add(menu, "Smaller text", window.smaller, QKeySequence.StandardKey.ZoomOut)
        self._add(menu, "Normal text size", window.normal_size, "Ctrl+0")

    def _fill_workspaces(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        self.workspaces: dict[str, QAction] = {}
        for number, name in enumerate(WORKSPACES, 1):
            action = self._add(menu, name, self._on_workspace, f"Ctrl+{number}" if number < 10 else None)
            action.setCheckable(True)
            action.setData(name)
            group.addAction(action)
            self.workspaces[name] = action
        menu.aboutToShow.connect(self._on_workspaces_shown)

    def _fill_help(self, menu: QMenu) -> None:
        self._add(menu, "&Find an action, experiment or setting…", self.find, "Ctrl+K")
        self._add(menu, "&Keyboard shortcuts", self.show_sheet, "F1")
        self._add(menu, "&About gdexplorer", self.show_about)

    def _add(
        self,
        menu: QMenu,
        text: str,
        slot: Callable[..., Any],
        shortcut: Any = None,
        *,
        key: Qt.Key | None = None,
        shift: bool = False,
    ) -> QAction:
        action = QAction(text, self._window)
        action.triggered.connect(slot)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        if key is not None:
            self.keys.assign(action, key, shift)
        menu.addAction(action)
        self._window.addAction(action)
        return action

    def _add_made(
        self, menu: QMenu, name: str, action: QAction, shortcut: str, standard: QKeySequence.StandardKey
    ) -> QAction:
        action.setObjectName(name)  # its text also names what it would undo
        keys = [QKeySequence(shortcut), *QKeySequence.keyBindings(standard)]
        action.setShortcuts(list(dict.fromkeys(keys)))
        menu.addAction(action)
        self._window.addAction(action)
        return action

    @guarded
    def _on_framed(self, frame: Frame) -> None:
        diverged = frame.lane.state.status.health is Health.DIVERGED
        if diverged != self.rewind.isEnabled():
            self.rewind.setEnabled(diverged)

    def listed(self) -> Iterable[tuple[str, str, str]]:
        """Yield (menu, action, shortcut) of every action that has a shortcut."""
        for top in self._window.menuBar().actions():
            for action in _within(top):
                text, _, plain = (action.objectName() or action.text()).partition("\t")
                shortcut = plain or action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                if shortcut:
                    yield top.text().replace("&", ""), text.replace("&", ""), shortcut

    def show_sheet(self) -> None:
        """Show the shortcuts, made from the actions themselves."""
        show_shortcuts(self._window, self.listed())

    @guarded
    def show_about(self) -> None:
        """Say what the program is."""
        show_about(self._window)

    @guarded
    def find(self) -> None:
        """Look for anything in the menus and the side panel by its name."""
        reach = self._owner.controls.reach
        settings = (Entry(name, "Setting", "", partial(reach.bring, path)) for path, name in reach.listed())
        Finder([*settings, *entries(self._window.menuBar().actions())], self._window).open()

    def _data(self) -> str:
        action = self.sender()
        assert isinstance(action, QAction)
        return str(action.data())

    @guarded
    def _on_export(self) -> None:
        kind = self._data()
        docks = self._owner.host.docks
        surface = next(dock for dock in docks if dock.objectName() == "landscape")
        self._owner.export.take(surface, kind) if kind == SURFACE else self._owner.export.panel(kind)

    @guarded
    def _on_step(self) -> None:
        self._owner.step(int(self._data()))

    @guarded
    def _on_example(self) -> None:
        self._conductor.open_path(self._data())

    @guarded
    def _on_workspace(self) -> None:
        self._owner.host.show_workspace(self._data())

    @guarded
    def _on_workspaces_shown(self) -> None:
        self.workspaces[self._owner.host.workspace].setChecked(True)

    @guarded
    def _on_theme(self) -> None:
        self._owner.set_theme(self._data())


def _within(action: QAction) -> Iterator[QAction]:
    """Yield an action, or those of its menu and of the menus in it."""
    if not isinstance(menu := action.menu(), QMenu):
        yield action
        return
    for each in menu.actions():
        yield from _within(each)
