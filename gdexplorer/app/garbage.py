"""Garbage collected in the window's thread alone.

Cyclic garbage may hold Qt's objects and connections. A collection that happens in the trainer's thread takes Qt's locks
there and then waits for the interpreter, while the window's thread may hold the interpreter and wait for those locks:
neither goes on. So automatic collection, which strikes wherever something is allocated, is off while a window lives.
"""

import gc
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer

from gdexplorer.app.guard import guarded

INTERVAL_MS = 500


class Garbage(QObject):
    """Collects in the thread it belongs to, by the thresholds that the interpreter would go by."""

    _alive: ClassVar[int] = 0

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()
        self._stopped = False
        Garbage._alive += 1
        gc.disable()

    def stop(self) -> None:
        """Let the interpreter collect where it likes again, once no window is left; again changes nothing."""
        if self._stopped:
            return
        self._stopped = True
        self._timer.stop()
        Garbage._alive -= 1
        if not Garbage._alive:
            gc.enable()

    @guarded
    def _on_timeout(self) -> None:
        for generation, (count, threshold) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)):
            if count > threshold:
                gc.collect(generation)
