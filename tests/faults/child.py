"""The program in a process of its own: ``python -m tests.faults.child NAME`` with the folders that the test gives it.

It says on its output what it has come to, a line each: "ready" when it trains, "closing" before it closes.
"""

import os
import sys
import threading
import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QMessageBox

from gdexplorer.app import main as program
from gdexplorer.app.window import Window


def say(*words: object) -> None:
    print(*words, flush=True)


def drawn(window: Window) -> None:
    """Tell what can be seen of the window."""
    screen = window.screen().availableGeometry()
    say("ratio", window.devicePixelRatioF())
    say("fonts", len(set(QFontDatabase.families()) - {"Sans Serif", "Serif", "Monospace"}))  # which are aliases
    say("onscreen", screen.intersects(window.frameGeometry()) and screen.height() >= window.menuBar().height())
    say("title", screen.contains(window.frameGeometry().topLeft()) or screen.contains(window.geometry().topLeft()))
    say("theme", window.theme)
    picture = window.grab().toImage()
    colors = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
    say("colors", len(colors))


def hold_trainer(window: Window) -> None:
    """The trainer's thread does not come back from what it does."""
    trainer = window.conductor.trainer
    assert trainer is not None
    trainer.perform(lambda session: str(threading.Event().wait()))


def hold_measurement(window: Window) -> None:
    """A measurement takes for ever."""
    trainer = window.conductor.trainer
    assert trainer is not None
    trainer._jobs.submit(threading.Event().wait)


def ask(window: Window) -> None:
    """A dialog of the window is open, and a message in front of it."""
    window.actions_now.show_sheet()
    box = QMessageBox(window)
    box.setText("a question")
    box.exec()


def sleep(window: Window) -> None:
    """The window's own thread hangs."""
    time.sleep(60)


def abort(window: Window) -> None:
    """C code gives up."""
    os.abort()


def close(window: Window) -> None:
    say("closing")
    window.close()


ACTIONS = {
    "drawn": drawn, "trainer": hold_trainer, "measurement": hold_measurement, "dialog": ask, "sleep": sleep,
    "abort": abort, "close": close,
}  # fmt: skip


class Script(QObject):
    """Waits until the window trains, says "ready", and then does one thing after the other."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names, self._ready = names, False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start(20)

    def _on_timeout(self) -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, Window) and window.conductor.frame is not None:
                self._go_on(window)

    def _go_on(self, window: Window) -> None:
        offered = window.recovery is not None and window.recovery.dialog is not None  # and the run rests meanwhile
        if not self._ready and (offered or window.conductor.frame.lane.state.step > 20):
            self._ready = True
            say("offered", offered)
            say("ready")
        elif self._ready and self._names:
            ACTIONS[self._names.pop(0)](window)


def main() -> int:
    """Open the window, and do what the arguments name."""
    program.application()
    script = Script(sys.argv[1:])
    code = program.main(experiment="first")
    say("left", code)
    del script
    return code


if __name__ == "__main__":
    sys.exit(main())
