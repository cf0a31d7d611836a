"""The program's own event loop, for what a loop inside a test would hide.

PySide6 keeps an exception that an overridden method raises until the Python function returns that let Qt call it. In
`QApplication.exec` it goes to `sys.excepthook` at once, as in the program.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

PATIENCE = 30.0  # seconds, for a machine that others keep busy
LOOK_MS = 10


class Loop:
    """Runs the application until something is so, and measures the longest time in which it answered nobody."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self.longest = 0.0  # seconds between two looks

    def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> None:
        """Let the program live until the condition holds."""
        timer, begun, failure = QTimer(), time.perf_counter(), list[Exception]()
        looked = begun

        def look() -> None:
            nonlocal looked
            now = time.perf_counter()
            self.longest, looked = max(self.longest, now - looked), now
            try:
                over = condition() or now - begun > patience
            except Exception as error:
                failure.append(error)
                over = True
            if over:
                timer.stop()
                self._app.exit()

        timer.setInterval(LOOK_MS)
        timer.timeout.connect(look)
        timer.start()
        self._app.exec()
        if failure:
            raise failure[0]
        assert condition(), "it did not come to be so"

    def go_on(self, seconds: float) -> None:
        """Let the program live for a while."""
        end = time.perf_counter() + seconds
        self.until(lambda: time.perf_counter() >= end)
