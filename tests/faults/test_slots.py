"""Slots and overridden methods of Qt each raise once; it is told, and the window lives on.

A tour calls what it comes by. The others are called as Qt calls a slot, on an object of theirs in the window. Not
`closeEvent`: it ignores the event before anything can raise (see `test_ends.py`).
"""

import functools
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, NoneType
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog, QGraphicsItem
from shiboken6 import isValid

import gdexplorer.app
import gdexplorer.panels
from gdexplorer.app.filmdialog import FilmDialog, Subject
from gdexplorer.app.recoverydialog import RecoveryDialog
from gdexplorer.app.window import Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab.commands import Change
from gdexplorer.panels import guard
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.faults.loop import Loop
from tests.faults.scene import LENIENT
from tests.living import living

VIRTUAL = ("Event", "paint")  # what names of Qt's own methods that are overridden end with
NOT_QT = ("Autosave._on_done", "Autosave._on_kept", "Signals._on_signal")  # called by parcels, and by Python
# of no object in the window: what is there for a moment, what belongs to the program around it, and a base class
ELSEWHERE = ("Autosave", "Beat", "FilmProgress", "Filming", "Opening", "Recovery", "Signals", "TextEditor", "Vacancy")


class Armed(RuntimeError):
    """What every slot raises, once."""


class Caller(QObject):
    """Calls slots as Qt does."""

    now = Signal()


def classes() -> Iterator[type]:
    """The classes of the window and its panels that are Qt's."""
    for package in (gdexplorer.app, gdexplorer.panels):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            if not module.name.endswith("glview"):
                for _, found in inspect.getmembers(import_module(module.name), inspect.isclass):
                    if found.__module__ == module.name and issubclass(found, QObject | QGraphicsItem):
                        yield found


def cells(method: FunctionType) -> dict[str, Any]:
    """The cells in which a guard keeps what it guards and what it returns instead; none if it is no guard."""
    if method.__code__.co_filename != guard.__file__:
        return {}
    return dict(zip(method.__code__.co_freevars, method.__closure__ or (), strict=True))


def called_by_qt() -> Iterator[tuple[type, str, FunctionType]]:
    for kind in classes():
        for name, method in list(vars(kind).items()):
            label = f"{kind.__name__}.{name}"
            if not isinstance(method, FunctionType) or name == "closeEvent" or label in NOT_QT:
                continue
            if name.startswith("_on_") or name.endswith(VIRTUAL) or cells(method):
                yield kind, name, method


def test_what_a_guard_returns_instead_suits_qt() -> None:
    guards = [cells(method) for _, _, method in called_by_qt() if cells(method)]
    assert len(guards) > 250
    for kept in guards:
        promised = inspect.signature(kept["function"].cell_contents).return_annotation
        assert isinstance(kept["default"].cell_contents, promised or NoneType), kept["function"].cell_contents


class Arming:
    """Wraps the methods of classes so that each raises at its first call while this is on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: dict[str, tuple[type, str]] = {}
        self._restore: list[tuple[Any, Callable[..., Any]]] = []
        self.on = False
        for kind, name, method in called_by_qt():
            label, kept = f"{kind.__name__}.{name}", cells(method)
            self.left[label] = kind, name
            if kept:  # raise inside of the guard, where the method itself would
                cell = kept["function"]
                self._restore.append((cell, cell.cell_contents))
                cell.cell_contents = self._raising(label, cell.cell_contents)
            else:
                monkeypatch.setattr(kind, name, self._raising(label, method))

    def _raising(self, label: str, method: Callable[..., Any]) -> Callable[..., Any]:
        parameters = inspect.signature(method).parameters.values()
        count = None if inspect.Parameter.VAR_POSITIONAL in [one.kind for one in parameters] else len(parameters)

        @functools.wraps(method)
        def call(*arguments: Any) -> Any:
            if self.on and label in self.left:
                del self.left[label]
                raise Armed(f"{label} raises once")
            return method(*arguments[:count])

        return call

    def disarm(self) -> None:
        for cell, method in self._restore:
            cell.cell_contents = method
        self._restore.clear()

    def call_what_is_left(self, reports: list[str]) -> None:
        """Call each slot that was not called yet on an object that has it, as Qt would."""
        those: dict[type, list[Any]] = defaultdict(list)
        for one in living(QObject, QGraphicsItem):
            those[type(one)].append(one)
        for label, (kind, name) in list(self.left.items()):
            own = [own for own in those if issubclass(own, kind) and getattr(own, name) is vars(kind)[name]]
            found = next((one for each in own for one in those[each] if isValid(one)), None)
            if found is None or label not in self.left:
                continue
            told, caller = len(reports), Caller()
            if isinstance(found, QObject):
                caller.now.connect(getattr(found, name))
                caller.now.emit()
            else:
                getattr(found, name)()
            assert label not in self.left, f"{label} was not called"
            assert len(reports) > told, f"nobody was told of {label}"


@pytest.fixture
def arming(monkeypatch: pytest.MonkeyPatch) -> Iterator[Arming]:
    made = Arming(monkeypatch)
    yield made
    made.disarm()


def formula(window: Window, folder: Path) -> None:
    window.conductor.command(Change("problem.kind", "formula"))


def solid(window: Window, folder: Path) -> None:
    window.conductor.command(Change("problem.kind", "network"))
    panel = window.dock("landscape").panel
    assert isinstance(panel, LandscapePanel)
    panel.switches["solid"].setChecked(True)


def dialogs(window: Window, folder: Path) -> None:
    RecoveryDialog([], "where it stopped", window).open()
    FilmDialog([Subject("The window", lambda: window.grab().toImage())], 10, window).open()
    table = folder / "own.csv"
    table.write_text("x,y\n1,2\n2,1\n3,4\n4,3\n")
    window.own_data.open(table)
    window.actions_now.find()


STAGES = (formula, solid, dialogs)  # what there is only sometimes


def test_every_slot_raises_once(arming: Arming, open_window: Callable[[], Window], qapp: QApplication,
                                reports: list[str], tmp_path: Path) -> None:  # fmt: skip
    window, loop = open_window(), Loop(qapp)
    conductor = window.conductor
    conductor.open_path("first")
    loop.until(lambda: conductor.frame is not None)
    assert all(dock.panel for dock in window.docks)
    every = len(arming.left)

    def tour() -> None:
        conductor.set_speed(FLAT_OUT)
        for name in WORKSPACES:
            window.host.show_workspace(name)
            conductor.play(True)
            loop.go_on(0.15)
            conductor.play(False)
            conductor.one_update()
            conductor.nudge()
            loop.go_on(0.1)
        assert loop.longest < LENIENT
        for theme in ("dark", "projector", "light"):
            window.set_theme(theme)
            loop.go_on(0.1)
        window.resize(1000, 700)
        loop.go_on(0.1)
        window.resize(1280, 720)
        loop.go_on(0.1)

    arming.on = True
    loop.measure_anew()
    tour()
    met = every - len(arming.left)
    arming.call_what_is_left(reports)
    for stage in STAGES:
        arming.on = False
        stage(window, tmp_path)
        loop.go_on(0.3)
        arming.on = True
        arming.call_what_is_left(reports)
    arming.on = False
    print(f"{met} by the tour, {every - len(arming.left)} in all, of {every}; not: {', '.join(sorted(arming.left))}")
    assert met > 40
    assert {label.partition(".")[0] for label in arming.left} <= set(ELSEWHERE)
    assert [text for text in reports if "Armed" not in text] == []
    reports.clear()
    for dialog in window.findChildren(QDialog):
        dialog.reject()
    for dock in window.docks:  # a panel of which more than two failed in a row was hidden
        dock.show()
    loop.measure_anew()
    tour()
    assert reports == []
    window.host.show_workspace("Explore")
    conductor.play(True)
    made = conductor.trainer.made if conductor.trainer else 0
    loop.until(lambda: conductor.trainer is not None and conductor.trainer.made > made + 50)
