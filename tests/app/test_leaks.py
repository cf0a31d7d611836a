"""Windows that were opened and closed leave nothing behind: no object of Qt, no thread, no timer, no file."""

import gc
import os
import threading
from collections import Counter
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app.guard import Reporter
from gdexplorer.lab.commands import Change, Nudge, Restart
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.app.conftest import close, made, undress
from tests.app.driver import Driver
from tests.living import living

DESCRIPTORS, TASKS = Path("/proc/self/fd"), Path("/proc/self/task")
WARM_UP = 3  # cycles: what is made once for all windows


def alive() -> Counter[str]:
    """How many there are of each kind."""
    gc.collect()
    known = living(QObject)
    found = Counter(f"object {type(thing).__name__}" for thing in known)
    timers = [thing for thing in known if isinstance(thing, QTimer) and shiboken6.isValid(thing)]
    found["active timer"] = sum(timer.isActive() for timer in timers)
    found["widget"] = len(QApplication.allWidgets())
    found["window"] = len(QApplication.topLevelWindows())
    found["Python thread"] = len(threading.enumerate())
    found["thread"] = len(os.listdir(TASKS))
    found["file descriptor"] = len(os.listdir(DESCRIPTORS))
    return found


def cycle(qtbot: QtBot, reporter: Reporter, folder: Path) -> None:
    """Open a window, let it train and be used for a moment, and close it."""
    window = made(qtbot, reporter, folder)
    driver = Driver(window, qtbot)
    driver.open(speed=FLAT_OUT)
    driver.train(5)
    for command in (Change("optimizer.learning_rate", 0.02), Nudge(0.1, 3), Restart()):
        driver.conductor.command(command)
    driver.wait(lambda: not driver.conductor._sent)
    driver.conductor.travel(1)
    driver.wait(lambda: not driver.frame.arriving)
    window.actions_now.show_sheet()
    assert driver.trainer.session is not None
    jobs = driver.trainer._jobs._thread
    driver.leave()
    close(window)
    qtbot.waitUntil(lambda: not jobs.is_alive(), timeout=30_000)


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="only Linux lists a process's files and threads")
@pytest.mark.parametrize("cycles", [2, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(6000)])])
def test_windows_leave_nothing_behind(
    qapp: QApplication, qtbot: QtBot, reporter: Reporter, reports: list[str], tmp_path: Path, cycles: int
) -> None:
    for _ in range(WARM_UP):
        cycle(qtbot, reporter, tmp_path)
    baseline = alive()
    for _ in range(cycles):
        cycle(qtbot, reporter, tmp_path)
    assert alive() - baseline == Counter()
    undress(qapp)
