"""Where a fault strikes: the real window at work, and what must hold afterwards whatever struck it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from gdexplorer.app.datadialog import DataDialog
from gdexplorer.app.docks import Dock
from gdexplorer.app.window import Window
from gdexplorer.arrays import Array
from gdexplorer.lab import archive
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.session import Session
from tests.app.driver import Driver
from tests.faults.loop import Loop

LENIENT = 5.0  # seconds in which the window answers in the suite, on a machine that others keep busy


class Scene(Driver):
    """Hands for the window, in the program's own event loop."""

    def __init__(self, window: Window, qtbot: QtBot, loop: Loop, reports: list[str], folder: Path,
                 monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
        super().__init__(window, qtbot)
        self.loop, self.reports, self.folder, self.monkeypatch = loop, reports, folder, monkeypatch
        self._caplog = caplog

    def wait(self, condition: Callable[[], object]) -> None:
        self.loop.until(condition)

    def dock(self, name: str) -> Dock:
        return self.window.dock(name)

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def theta(self) -> Array:
        return self.ask(lambda session: session.run.state.theta.copy())

    def saved(self) -> bytes:
        """The session as a file would hold it."""
        return self.ask(archive.packed)

    @property
    def dialog(self) -> DataDialog:
        dialog = self.window.own_data.dialog
        assert dialog is not None
        return dialog

    def import_file(self, path: Path) -> DataDialog:
        """Open a file of data, and wait until the dialog knows what it can offer."""
        self.window.own_data.open(path)
        dialog = self.dialog
        self.wait(lambda: dialog._reading is None and dialog._planning is None)
        return dialog

    def logged(self, words: str) -> list[str]:
        """The lines of the log with these words."""
        lines = [record.getMessage() for record in self._caplog.records if record.name.startswith("gdexplorer")]
        return [line for line in lines if words in line]

    def forget_log(self) -> None:
        self._caplog.clear()

    def told(self, words: str) -> None:
        """Wait until the log has these words, and see that it has them once, in one line."""
        self.wait(lambda: self.logged(words))
        (line,) = self.logged(words)
        assert "\n" not in line

    def intact(self, experiment: Experiment) -> None:
        """See that the window lives and the experiment goes on as it is: nothing hangs, nothing shouts."""
        self.wait(lambda: self.state.experiment == experiment)
        before = self.steps
        self.conductor.one_update()
        self.wait(lambda: self.state.step == before + 1)
        assert np.isfinite(self.theta()).all()
        self.settle()
        shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
        assert not [widget for widget in shown if isinstance(widget, QMessageBox)]
        labels = [label.text() for widget in shown for label in widget.findChildren(QLabel)]
        assert not [text for text in [*labels, self.status] if "Traceback" in text]
        assert self.loop.longest < LENIENT


def replayed(session: Session) -> Array:
    """θ of the record, done again from its start by nobody else's hands."""
    again = Session(session.start, session.catalogue)
    for updates, command in [*session.log, (session.updates, None)]:
        if updates > again.updates:
            again.advance(updates - again.updates)
        if command is not None:
            again.send(command)
    return again.run.state.theta
