"""Garbage is collected by the window's thread alone."""

import gc
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gdexplorer.app.garbage import Garbage
from gdexplorer.app.window import Window
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.app.conftest import close


def test_no_other_thread_collects_while_a_window_lives(open_window: Callable[[], Window], qtbot: QtBot) -> None:
    collectors: list[threading.Thread] = []

    def note(phase: str, info: dict[str, int]) -> None:
        collectors.append(threading.current_thread())

    assert gc.isenabled()
    thresholds = gc.get_threshold()
    gc.set_threshold(20)  # so that there soon is reason to
    window = open_window()
    assert not gc.isenabled()
    gc.callbacks.append(note)
    try:
        window.conductor.open_path("first")
        window.conductor.set_speed(FLAT_OUT)
        qtbot.waitUntil(lambda: len(collectors) > 4, timeout=60_000)
    finally:
        gc.callbacks.remove(note)
        gc.set_threshold(*thresholds)
    assert set(collectors) == {threading.main_thread()}
    close(window)
    assert gc.isenabled()


def test_of_two_the_last_one_gives_it_back(qtbot: QtBot) -> None:
    parent = QObject()
    first, second = Garbage(parent), Garbage(parent)
    first.stop()
    first.stop()
    assert not gc.isenabled()
    second.stop()
    assert gc.isenabled()
