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
    """Runs the application until something is so, and measures the longest time in which it answered nobody.

    What a test does to the window between two runs of the loop is counted too: there it is what a slot would do.
    """

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self.measure_anew()

    def measure_anew(self) -> None:
        """Forget what was measured."""
        self.longest = 0.0  # seconds between two looks
        self.busiest = 0.0  # seconds of them that this thread used the processor, however busy others keep that
        self._looked, self._used = time.perf_counter(), time.thread_time()

    def _look(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        self.longest, self.busiest = max(self.longest, now - self._looked), max(self.busiest, used - self._used)
        self._looked, self._used = now, used

    def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> None:
        """Let the program live until the condition holds."""
        timer, begun, failure = QTimer(), time.perf_counter(), list[Exception]()

        def look() -> None:
            self._look()
            try:
                over = condition() or time.perf_counter() - begun > patience
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
