"""Threads that nobody may destroy: Qt aborts the program if a thread is destroyed while it runs."""

import threading

import shiboken6
from PySide6.QtCore import QThread

_HELD: list[QThread] = []


def hold(thread: QThread) -> None:
    """Keep a thread as long as it runs, whatever becomes of whoever began it; it must have no parent."""
    _HELD[:] = [*filter(_running, _HELD), thread]


def at_work() -> bool:
    """Whether any thread beside this one runs, so that the interpreter cannot be taken down in order."""
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    return any(map(_running, _HELD)) or any(thread.is_alive() for thread in others)


def _running(thread: QThread) -> bool:
    return shiboken6.isValid(thread) and thread.isRunning()
