"""Signals of the system that end the program: the first asks for a tidy end, the second is one at once."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier
from PySide6.QtWidgets import QWidget

from gdexplorer.app.guard import guarded

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
PATIENCE = 3.0  # seconds after which the program ends, closed or not
KILLED = 128  # what a shell adds to the number of the signal that ended a program


class Signals(QObject):
    """Closes the window, and with it the program, when a signal asks for it.

    Python carries out a handler between two of its own instructions, of which Qt's event loop makes none while nothing
    happens. So the system also writes the signal's number into a socket (`signal.set_wakeup_fd`), to which Qt listens.

    Parameters
    ----------
    window
        What is to be closed, as by its own button: everything is kept.
    end
        Ends the program with an exit code if closing takes longer than `PATIENCE`.
    """

    def __init__(self, window: QWidget, end: Callable[[int], object] = os._exit) -> None:
        super().__init__()
        self._window, self._end = window, end
        self._deadline: threading.Timer | None = None
        self._inside, self._outside = socket.socketpair()
        for end_point in (self._inside, self._outside):
            end_point.setblocking(False)
        self._notifier = QSocketNotifier(self._inside.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_readable)
        self._handlers = {number: signal.signal(number, self._on_signal) for number in ENDING}
        self._wakeup = signal.set_wakeup_fd(self._outside.fileno(), warn_on_full_buffer=False)

    def stop(self) -> None:
        """Let signals do again what they did before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._deadline is not None:
            self._deadline.cancel()
        self._inside.close()
        self._outside.close()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        for each in ENDING:  # the next one ends the process, whatever this thread is at
            signal.signal(each, signal.SIG_DFL)
        self._deadline = threading.Timer(PATIENCE, self._end, (KILLED + number,))
        self._deadline.daemon = True
        self._deadline.start()

    @guarded
    def _on_readable(self) -> None:
        number = self._inside.recv(64)[0]
        if number in ENDING:
            self._window.close()
            QCoreApplication.exit(KILLED + number)  # `quit` could be refused
