"""What a start may find: settings that are damaged or of another screen, other scales, no fonts, a run that died."""

import logging
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QMainWindow

from gdexplorer.app.guard import Reporter
from gdexplorer.app.window import Window
from tests.app.conftest import close, undress
from tests.builders import CATALOGUE
from tests.faults.loop import Loop
from tests.faults.program import Program


def ini(path: Path) -> QSettings:
    return QSettings(str(path), QSettings.Format.IniFormat)


def garbage(path: Path) -> QSettings:
    path.write_bytes(b"[window]\ngeometry=@ByteArray(\\x1\xff\ndocks=@Variant(\\0\\0\\x7f)\n[[[\x00\xfe")
    return ini(path)


def no_numbers(path: Path) -> QSettings:
    settings = ini(path)
    for key in ("geometry", "docks", "theme", "scale"):
        settings.setValue(f"window/{key}", ["nan", {"a": 1}])
    return settings


def unwritable(path: Path) -> QSettings:
    path.write_text("a file where a folder should be")
    return ini(path / "window.ini")


def off_screen(path: Path) -> QSettings:
    settings, window = ini(path), QMainWindow()
    window.setGeometry(30_000, 20_000, 1280, 720)
    settings.setValue("window/geometry", window.saveGeometry())
    return settings


SETTINGS = {
    "corrupt": (garbage, ""), "of other types": (no_numbers, ""), "unwritable": (unwritable, "could not be kept"),
    "of a screen that is gone": (off_screen, ""),
}  # fmt: skip


@pytest.mark.parametrize(("make", "words"), SETTINGS.values(), ids=SETTINGS.keys())
def test_settings(qapp: QApplication, reporter: Reporter, reports: list[str], tmp_path: Path,
                  caplog: pytest.LogCaptureFixture, make: Callable[[Path], QSettings], words: str) -> None:  # fmt: skip
    window = Window(CATALOGUE, reporter, make(tmp_path / "window.ini"))
    window.show()
    loop = Loop(qapp)
    window.conductor.open_path("first")
    loop.until(lambda: window.conductor.frame is not None)
    assert window.theme == "light"
    assert qapp.primaryScreen().availableGeometry().contains(window.geometry().center())
    assert {dock.objectName() for dock in window.docks if dock.isVisible()} >= {"landscape", "curves"}
    with caplog.at_level(logging.WARNING, "gdexplorer"):
        caplog.clear()
        close(window)
    assert [record.getMessage() for record in caplog.records if words and words in record.getMessage()] or not words
    assert not [record for record in caplog.records if not words]
    undress(qapp)


@pytest.mark.parametrize("scale", ["1", "2"])
def test_a_window_of_the_other_scale_fits_the_screen(tmp_path: Path, scale: str) -> None:
    first = Program(tmp_path, "close", environment={"QT_SCALE_FACTOR": "2" if scale == "1" else "1"})
    assert first.ended() == (0, "")
    program = Program(tmp_path, "drawn", "close", environment={"QT_SCALE_FACTOR": scale})
    assert program.ended() == (0, "")
    assert float(program.lines["ratio"]) == float(scale)
    assert program.lines["onscreen"] == program.lines["title"] == "True"
    assert int(program.lines["colors"]) > 20


def test_without_fonts(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    program = Program(tmp_path, "drawn", "close", environment={"FONTCONFIG_FILE": str(config)})
    code, errors = program.ended()
    assert code == 0
    assert "Traceback" not in errors
    assert program.lines["fonts"] == "0"
    assert int(program.lines["colors"]) > 20


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_it_starts_after_a_run_that_died(tmp_path: Path, number: int) -> None:
    dead = Program(tmp_path, *(["abort"] if number == signal.SIGABRT else []))
    dead.until("ready")
    if number == signal.SIGKILL:
        dead.send(number)
    assert dead.ended()[0] == -number
    again = Program(tmp_path, "drawn", "close")
    code, errors = again.ended()
    assert code == 0, errors
    assert "Traceback" not in errors
    assert again.lines["offered"] == str(number == signal.SIGABRT)  # the stack is shown; nothing is lost yet otherwise
