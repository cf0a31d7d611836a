"""What tests of undo do and ask."""

import pytest
from PySide6.QtCore import Qt

from gdexplorer.app.undo import Undoing
from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Command
from gdexplorer.lab.frame import RunEntry
from tests.app.driver import Driver

Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
RATE = "optimizer.learning_rate"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def begun(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A run at update 10, at rest, and the clock by which bursts are told; it stands still."""
    clock = Clock()
    monkeypatch.setattr(undoing(driver), "clock", clock)
    driver.window.host.show_workspace("Gradients")
    driver.open({"optimizer": {"kind": "sgd", "learning_rate": 0.1}}, playing=False)
    driver.ask(lambda session: session.train(10))
    return clock


def undoing(driver: Driver) -> Undoing:
    return driver.window.actions_now.undoing


def theta(driver: Driver) -> Array:
    return driver.ask(lambda session: session.run.state.theta.copy())


def rate(driver: Driver) -> float:
    return driver.ask(lambda session: float(session.run.state.experiment.optimizer.learning_rate))  # type: ignore[attr-defined]


def do(driver: Driver, command: Command, steps: int | None = None) -> None:
    """Send a command and wait until it is on the stack, which then has so many steps."""
    replies = len(driver.frame.replies)
    driver.conductor.command(command)
    driver.wait(lambda: len(driver.frame.replies) > replies)
    if steps is not None:
        assert undoing(driver).stack.count() == steps


def undo(driver: Driver, modifiers: Qt.KeyboardModifier = CTRL) -> None:
    driver.window.setFocus()
    driver.press(Key.Key_Z, modifiers)
    number = driver.ask(lambda session: session.frame().number)
    driver.conductor.refresh()
    driver.wait(lambda: driver.frame.number > number)


def redo(driver: Driver) -> None:
    undo(driver, CTRL | SHIFT)


def active(driver: Driver) -> RunEntry:
    return next(entry for entry in driver.frame.runs if entry.active)
