import gc
import threading
import weakref

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from gdexplorer.runtime.held import at_work, hold


class Waiting(QThread):
    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def run(self) -> None:
        self.go_on.wait(30)


def begin() -> tuple[threading.Event, "weakref.ref[Waiting]"]:
    thread = Waiting()
    hold(thread)
    thread.start()
    return thread.go_on, weakref.ref(thread)


def test_a_thread_that_everybody_forgot_is_not_destroyed_while_it_runs(qtbot: QtBot) -> None:
    """Qt would abort the process here."""
    go_on, forgotten = begin()
    gc.collect()
    thread = forgotten()
    assert thread is not None
    assert at_work()
    go_on.set()
    qtbot.waitUntil(thread.isFinished, timeout=30_000)


def test_plain_threads_count_too() -> None:
    go_on = threading.Event()
    thread = threading.Thread(target=go_on.wait)
    thread.start()
    assert at_work()
    go_on.set()
    thread.join()
