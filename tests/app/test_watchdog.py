import logging
import threading
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from gdexplorer.app.watchdog import BUSY, LONGEST_LOOK, STUCK, Watchdog, stacks
from gdexplorer.runtime.trainer import Trainer


class Patient:
    """Stands for a trainer: its heart beats when the test says so."""

    def __init__(self) -> None:
        self.beats, self.running = 0, True

    def isRunning(self) -> bool:
        return self.running


class Bedside:
    """A watchdog whose clock the test moves."""

    def __init__(self, qtbot: QtBot) -> None:
        self.patient: Patient | None = Patient()
        self.now = 100.0
        self.owner = QObject()
        self.dog = Watchdog(lambda: cast(Trainer | None, self.patient), self.owner, lambda: self.now)
        self.dog.stop()  # it looks when the test says so
        self.busy, self.stuck = QSignalSpy(self.dog.busy), QSignalSpy(self.dog.stuck)

    def pass_time(self, seconds: float, step: float = 0.5, beating: bool = False) -> None:
        for _ in range(round(seconds / step)):
            self.now += step
            if beating and self.patient is not None:
                self.patient.beats += 1
            self.dog.look()

    @property
    def told(self) -> list[Any]:
        return [self.busy.at(k)[0] for k in range(self.busy.count())]


@pytest.fixture
def bedside(qtbot: QtBot) -> Bedside:
    return Bedside(qtbot)


def test_a_heart_that_beats_is_no_alarm(bedside: Bedside) -> None:
    bedside.pass_time(60, beating=True)
    assert bedside.told == []


def test_silence_is_counted_from_two_seconds_on_and_ends_with_the_next_beat(bedside: Bedside) -> None:
    assert BUSY == 2
    bedside.pass_time(0.5, beating=True)
    bedside.pass_time(1.5)
    assert bedside.told == []
    bedside.pass_time(3)
    assert bedside.told == [2, 3, 4]
    bedside.pass_time(0.5, beating=True)
    assert bedside.told == [2, 3, 4, 0]
    assert bedside.stuck.count() == 0


def test_after_ten_seconds_every_stack_is_in_the_log_once(bedside: Bedside, caplog: pytest.LogCaptureFixture) -> None:
    assert STUCK == 10
    go_on, began = threading.Event(), threading.Event()

    def in_here() -> None:
        began.set()
        go_on.wait(10)

    worker = threading.Thread(target=in_here, name="somebody")
    worker.start()
    began.wait(10)
    with caplog.at_level(logging.ERROR, "gdexplorer"):
        bedside.pass_time(10)
        assert not caplog.records
        bedside.pass_time(20)
    go_on.set()
    worker.join()
    assert bedside.stuck.count() == 1
    (record,) = caplog.records
    assert "has not answered for 10 s" in record.getMessage()
    assert "Thread somebody" in record.getMessage()
    assert "in in_here" in record.getMessage()


def test_it_alarms_anew_when_it_was_well_in_between(bedside: Bedside) -> None:
    for _ in range(2):
        bedside.pass_time(11)
        bedside.pass_time(1, beating=True)
    assert bedside.stuck.count() == 2
    assert bedside.told.count(0) == 2


@pytest.mark.parametrize("gap", [60.0, 86_400.0])
def test_a_suspend_is_no_alarm(bedside: Bedside, gap: float) -> None:
    """Also where the clock runs on while the computer sleeps."""
    bedside.pass_time(1, beating=True)
    bedside.now += gap
    bedside.dog.look()
    assert bedside.told == []
    bedside.pass_time(0.5, beating=True)
    bedside.pass_time(30, beating=True)
    assert bedside.told == []


def test_a_window_held_up_counts_no_silence_it_did_not_see(bedside: Bedside) -> None:
    bedside.pass_time(9 * LONGEST_LOOK, step=5 * LONGEST_LOOK)
    assert all(seconds <= 2 for seconds in bedside.told)


@pytest.mark.parametrize("gone", ["none", "ended", "another"])
def test_who_is_not_there_cannot_be_stuck(bedside: Bedside, gone: str) -> None:
    bedside.pass_time(5)
    assert bedside.told[-1] == 4  # the first look only began to count
    if gone == "none":
        bedside.patient = None
    elif gone == "ended":
        assert bedside.patient is not None
        bedside.patient.running = False
    else:
        bedside.patient = Patient()
    bedside.pass_time(1)
    assert bedside.told[-1] == 0


def test_stacks_name_this_very_line() -> None:
    assert "test_stacks_name_this_very_line" in stacks()
    assert "Thread MainThread" in stacks()
