import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app.window import Window
from tests.app.conftest import (  # noqa: F401 - fixtures of the real window
    arranged,
    kept_window,
    module_window,
    open_window,
    qapp,
    reporter,
    reports,
    window,
    workspace,
)
from tests.faults.loop import Loop
from tests.faults.scene import Scene
from tests.leftovers import nothing_left_running  # noqa: F401 - every test here stops what it starts


@pytest.fixture
def scene(kept_window: Window, qtbot: QtBot, qapp: QApplication, reports: list[str], tmp_path: Path,  # noqa: F811
          monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Scene]:  # fmt: skip
    """The module's window at work on a small experiment, and everything a fault needs to strike it."""
    made = Scene(kept_window, qtbot, Loop(qapp), reports, tmp_path, monkeypatch, caplog)
    with caplog.at_level(logging.INFO, "gdexplorer"):
        yield made
    made.leave()
    QLocale.setDefault(QLocale.system())
