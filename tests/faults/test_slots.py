"""Slots and overridden methods of Qt each raise once, the first time that they are called; the window lives on.

Not `closeEvent`: it ignores the event before anything can raise (see `test_ends.py`).
"""

import functools
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

import gdexplorer.app
import gdexplorer.panels
from gdexplorer.app.guard import Reporter
from gdexplorer.app.window import Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.faults.loop import Loop
from tests.faults.scene import LENIENT

VIRTUAL = ("Event", "paint")  # what names of Qt's own methods that are overridden end with


class Armed(RuntimeError):
    """What every slot raises, once."""


def classes() -> Iterator[type]:
    """The classes of the window and its panels that are Qt's."""
    for package in (gdexplorer.app, gdexplorer.panels):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            if not module.name.endswith("glview"):
                for _, found in inspect.getmembers(import_module(module.name), inspect.isclass):
                    if found.__module__ == module.name and issubclass(found, QObject):
                        yield found


class Arming:
    """Wraps the methods of classes so that each raises at its first call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: dict[str, Callable[..., Any]] = {}
        self._restore: list[tuple[Any, Callable[..., Any]]] = []
        self.on = False
        for kind in classes():
            for name, method in list(vars(kind).items()):
                wanted = name.startswith("_on_") or name.endswith(VIRTUAL)
                if inspect.isfunction(method) and wanted and name != "closeEvent":
                    monkeypatch.setattr(kind, name, self._armed(f"{kind.__name__}.{name}", method))

    def _armed(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        guard, inner = method, getattr(method, "__wrapped__", None)
        self.left[name] = method
        if inner is None:
            guard = self._raising(name, method)
        else:  # raise inside of the guard, where the method itself would
            cells = dict(zip(method.__code__.co_freevars, method.__closure__ or (), strict=True))
            cells["function"].cell_contents = self._raising(name, inner)
            self._restore.append((cells["function"], inner))
        return guard

    def _raising(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        parameters = inspect.signature(method).parameters.values()
        count = None if inspect.Parameter.VAR_POSITIONAL in [one.kind for one in parameters] else len(parameters)

        @functools.wraps(method)
        def call(*arguments: Any) -> Any:
            if self.on and name in self.left:
                del self.left[name]
                raise Armed(f"{name} raises once")
            return method(*arguments[:count])

        return call

    def disarm(self) -> None:
        for cell, method in self._restore:
            cell.cell_contents = method
        self._restore.clear()


@pytest.fixture
def arming(monkeypatch: pytest.MonkeyPatch) -> Iterator[Arming]:
    made = Arming(monkeypatch)
    yield made
    made.disarm()


def test_slots_that_a_tour_calls_raise_once(arming: Arming, open_window: Callable[[], Window], qapp: QApplication,
                                reporter: Reporter, reports: list[str]) -> None:  # fmt: skip
    window, loop = open_window(), Loop(qapp)
    conductor = window.conductor
    conductor.open_path("first")
    loop.until(lambda: conductor.frame is not None)
    every = len(arming.left)
    arming.on = True

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
        for theme in ("dark", "projector", "light"):
            window.set_theme(theme)
        window.resize(1000, 700)
        loop.go_on(0.1)
        window.resize(1280, 720)
        loop.go_on(0.1)

    tour()
    struck = every - len(arming.left)
    print(f"{struck} of {every} were called, not: {', '.join(sorted(arming.left))}")
    assert struck > 40
    assert len(reports) >= struck / 2  # what PySide6 itself prints is told as well
    assert [text for text in reports if "Armed" not in text] == []
    reports.clear()
    arming.on = False
    for dock in window.docks:  # a panel of which more than two failed in a row was hidden
        dock.show()
    tour()
    assert reports == []
    window.host.show_workspace("Explore")
    conductor.play(True)
    made = conductor.trainer.made if conductor.trainer else 0
    loop.until(lambda: conductor.trainer is not None and conductor.trainer.made > made + 50)
    assert loop.longest < LENIENT
