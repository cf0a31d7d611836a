import os
import signal
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app import signals
from gdexplorer.app.signals import ENDING, Signals


class Closing(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed += 1


@pytest.fixture
def ended() -> list[int]:
    return []


@pytest.fixture(autouse=True)
def loops_of_other_tests(qtbot: QtBot, qapp: QApplication) -> Iterator[None]:
    """A loop that was told to quit while none ran would keep those of other tests from running."""
    yield
    qapp.processEvents()
    QTimer.singleShot(0, qapp.exit)
    qapp.exec()


@pytest.fixture
def listening(qtbot: QtBot, ended: list[int]) -> Iterator[Closing]:
    before = {number: signal.getsignal(number) for number in ENDING}
    window = Closing()
    qtbot.addWidget(window)
    window.show()
    made = Signals(window, ended.append)
    yield window
    made.stop()
    assert {number: signal.getsignal(number) for number in ENDING} == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_closes_the_window_and_leaves_with_its_number(
    listening: Closing, qapp: QApplication, ended: list[int], number: signal.Signals
) -> None:
    os.kill(os.getpid(), number)
    assert qapp.exec() == 128 + number  # ends by itself
    assert listening.closed == 1
    assert not ended


def test_the_second_is_left_to_the_system(listening: Closing, qapp: QApplication) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    qapp.exec()
    assert [signal.getsignal(number) for number in ENDING] == [signal.SIG_DFL] * len(ENDING)


def test_a_window_that_takes_too_long_is_left(
    qtbot: QtBot, qapp: QApplication, ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "PATIENCE", 0.05)

    class Slow(Closing):
        def closeEvent(self, event: QCloseEvent) -> None:
            deadline = time.monotonic() + 60
            while not ended and time.monotonic() < deadline:
                pass

    window = Slow()
    qtbot.addWidget(window)
    made = Signals(window, ended.append)
    window.show()
    os.kill(os.getpid(), signal.SIGTERM)
    qapp.exec()
    made.stop()
    assert ended == [128 + signal.SIGTERM]
