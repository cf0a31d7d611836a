import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtGui import QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app.guard import Reporter, install_hooks
from gdexplorer.app.main import application
from gdexplorer.app.window import Window
from tests.app.driver import Driver
from tests.builders import CATALOGUE
from tests.leftovers import nothing_left_running, tidy  # noqa: F401 - every test here stops what it starts

HARMLESS = ("This plugin does not support",)  # what the offscreen platform says of itself


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application as the program makes it."""
    return application()


@pytest.fixture(scope="session")
def reporter(qapp: QApplication) -> Reporter:
    """Where unexpected errors arrive."""
    return Reporter()


@pytest.fixture
def reports(reporter: Reporter, caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What the reporter says, with the program's hooks in place; a test that expects something clears it.

    Fails on unexpected errors and on Qt's warnings.
    """
    told: list[str] = []
    listening = reporter.reported.connect(told.append)
    undo = install_hooks(reporter)
    with caplog.at_level(logging.WARNING, "gdexplorer"):
        yield told
    undo()
    reporter.reported.disconnect(listening)
    assert not told
    warnings = [record.getMessage() for record in caplog.records if record.name == "gdexplorer"]
    assert not [text for text in warnings if text.startswith("Qt: ") and not any(part in text for part in HARMLESS)]


def made(qtbot: QtBot | None, reporter: Reporter, folder: Path) -> Window:
    window = Window(CATALOGUE, reporter, QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat))
    window.show()
    if qtbot is not None:
        qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
    return window


def close(window: Window) -> None:
    """Close a window unless that is done, and see that it is gone."""
    if shiboken6.isValid(window):
        window.close()
    tidy()
    assert not shiboken6.isValid(window)


def undress(app: QApplication) -> None:
    """Take the theme off again: it is the whole application's."""
    app.setStyleSheet("")
    app.setPalette(QPalette())
    app.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))


@pytest.fixture
def open_window(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, reporter: Reporter, reports: list[str]
) -> Iterator[Callable[[], Window]]:
    """Opens windows that share settings of their own."""
    opened: list[Window] = []

    def make() -> Window:
        opened.append(made(qtbot, reporter, tmp_path))
        return opened[-1]

    yield make
    for window in opened:
        close(window)
    undress(qapp)


@pytest.fixture
def window(open_window: Callable[[], Window]) -> Window:
    """The real window, offscreen, with nothing opened in it yet."""
    return open_window()


@pytest.fixture
def driver_of(qtbot: QtBot) -> Callable[[Window], Driver]:
    """Hands for a window of one's own."""
    return lambda window: Driver(window, qtbot)


@pytest.fixture(scope="module")
def module_window(qapp: QApplication, reporter: Reporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """One window for the many tests of a module: making one takes longer than most of them."""
    window = made(None, reporter, tmp_path_factory.mktemp("settings"))
    yield window
    close(window)
    undress(qapp)


@pytest.fixture
def workspace() -> str:
    """What the module's window shows when a test begins; a module may have another."""
    return "Explore"


@pytest.fixture(scope="module")
def arranged() -> dict[str, QByteArray]:
    """The module's window just after a workspace was shown; to show one takes longer than to see that it is."""
    return {}


@pytest.fixture
def kept_window(
    module_window: Window, workspace: str, arranged: dict[str, QByteArray], qtbot: QtBot, reports: list[str]
) -> Iterator[Window]:
    """The module's window, as it was when it was new, with nothing opened in it."""
    window = module_window
    window.host.restore_maximized()
    if (window.theme, window.scale) != ("light", 1.0):
        window.set_theme("light", 1.0)
    if window.host.workspace != workspace or window.host.saveState() != arranged.get(workspace):
        window.host.show_workspace(workspace)
        arranged[workspace] = window.host.saveState()
    window.controls.more.set_opened(False)
    window.invitation.hide()
    window.status.clearMessage()
    window.activateWindow()
    window.setFocus()
    for editor in window.controls._editors.values():
        editor._redraw()
    qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
    yield window
    window.conductor.close()
    window.conductor.frame = None


@pytest.fixture
def driver(kept_window: Window, qtbot: QtBot) -> Iterator[Driver]:
    """Hands for the module's window."""
    driver = Driver(kept_window, qtbot)
    yield driver
    driver.leave()
