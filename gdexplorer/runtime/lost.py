"""Threads that did not end when they were asked to. Qt aborts the program if one of them is destroyed while it runs."""

import threading

from PySide6.QtCore import QThread

_LOST: list[QThread] = []


def lose(thread: QThread) -> None:
    """Leave a thread to itself: nobody owns it any more, nobody hears it, and it is kept as long as it runs."""
    thread.blockSignals(True)
    thread.setParent(None)
    _LOST[:] = [*(other for other in _LOST if other.isRunning()), thread]


def at_work() -> bool:
    """Whether any thread beside this one runs, so that the interpreter cannot be taken down in order."""
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    return any(thread.isRunning() for thread in _LOST) or any(thread.is_alive() for thread in others)
