import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QSettings
from PySide6.QtGui import QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app.guard import Reporter, install_hooks
from gdexplorer.app.main import application
from gdexplorer.app.window import Window
from tests.app.driver import Driver
from tests.builders import CATALOGUE
from tests.leftovers import nothing_left_running, tidy  # noqa: F401 - every test here stops what it starts

HARMLESS = ("propagateSizeHints",)  # what the offscreen platform says of itself


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application as the program makes it."""
    return application()


@pytest.fixture
def reports() -> list[str]:
    """What the reporter of unexpected errors said; a test that expects something clears it."""
    return []


@pytest.fixture
def open_window(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, reports: list[str], caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[[], Window]]:
    """Opens windows that share settings of their own, with the program's hooks; fails on errors and Qt's warnings."""
    reporter = Reporter()
    reporter.reported.connect(reports.append)
    undo = install_hooks(reporter)
    opened: list[Window] = []

    def make() -> Window:
        kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        window = Window(CATALOGUE, reporter, kept)
        window.resize(1280, 720)
        window.restore_layout()
        window.show()
        qtbot.waitExposed(window)
        opened.append(window)
        return window

    with caplog.at_level(logging.WARNING, "gdexplorer"):
        yield make
        for window in opened:
            close(window)
    undo()
    undress(qapp)
    warnings = [record.getMessage() for record in caplog.records if record.name == "gdexplorer"]
    assert not [text for text in warnings if text.startswith("Qt: ") and not any(part in text for part in HARMLESS)]
    assert not reports


def undress(app: QApplication) -> None:
    """Take the theme off again: it is the whole application's."""
    app.setStyleSheet("")
    app.setPalette(QPalette())
    app.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))


def close(window: Window) -> None:
    """Close a window unless that is done, and wait until it is gone."""
    if shiboken6.isValid(window):
        window.close()
    tidy()
    assert not shiboken6.isValid(window)


@pytest.fixture
def window(open_window: Callable[[], Window]) -> Window:
    """The real window, offscreen, with nothing opened in it yet."""
    return open_window()


@pytest.fixture
def driver(window: Window, qtbot: QtBot) -> Driver:
    """Hands for the window."""
    return Driver(window, qtbot)
