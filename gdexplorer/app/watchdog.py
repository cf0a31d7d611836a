"""Notices when the trainer's thread does not come back from what it does, and says so."""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from gdexplorer.app.guard import guarded
from gdexplorer.runtime.trainer import Trainer

LOOK_MS = 500
LONGEST_LOOK = 2 * LOOK_MS / 1000  # seconds between two looks that count, at most
BUSY, STUCK = 2.0, 10.0  # seconds without a heartbeat
_LOG = logging.getLogger("gdexplorer")


class Watchdog(QObject):
    """Looks at the trainer's heartbeat.

    It counts the time that passes between its own looks, and of a long gap only as much as they are apart as a rule:
    when the computer slept, or the window itself was held up, nobody knows what the trainer did meanwhile.
    """

    busy = Signal(int)  # whole seconds since the last heartbeat, from `BUSY` on; 0 once it beats again
    stuck = Signal()  # once, when there was none for `STUCK` seconds

    def __init__(self, trainer: Callable[[], Trainer | None], parent: QObject,
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        super().__init__(parent)
        self._trainer, self._clock = trainer, clock
        self._watched: tuple[Trainer | None, int] = None, 0  # with the number of its heartbeats
        self._silent, self._told, self._looked = 0.0, 0, clock()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    @guarded
    def look(self) -> None:
        """Look whether the heart has beaten since the last look."""
        now, trainer = self._clock(), self._trainer()
        passed, self._looked = min(now - self._looked, LONGEST_LOOK), now
        watched = trainer, 0 if trainer is None else trainer.beats
        if watched != self._watched or trainer is None or not trainer.isRunning():
            self._watched, self._silent = watched, 0.0
        else:
            self._silent += passed
        silent, before = int(self._silent) if self._silent >= BUSY else 0, self._told
        self._told = silent
        if silent != before:
            self.busy.emit(silent)
        if before < STUCK <= silent:
            _LOG.error("The trainer has not answered for %d s.\n%s", silent, stacks())
            self.stuck.emit()


def stacks() -> str:
    """Return where every thread is."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = [
        f"Thread {names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in sys._current_frames().items()
    ]
    return "\n".join(parts)
