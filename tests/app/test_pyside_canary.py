"""The installed PySide6 keeps its references; some versions drop those to None and True, and abort after a while."""

import gc
import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

EMITS, REPAINTS = 5_000, 500
FEW = 200  # references that anything else in the process may take or drop meanwhile


class Sender(QObject):
    told = Signal(object)
    asked = Signal(bool)


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard = 0

    def on_told(self, value: object) -> None:
        self.heard += value is None

    def on_asked(self, value: bool) -> None:
        self.heard += value is True


class Painted(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.times += 1


def references() -> tuple[int, int]:
    gc.collect()
    return sys.getrefcount(None), sys.getrefcount(True)


def test_signals_keep_references(qtbot: QtBot) -> None:
    sender, listener = Sender(), Listener()
    sender.told.connect(listener.on_told)
    sender.asked.connect(listener.on_asked)
    before = references()
    for _ in range(EMITS):
        sender.told.emit(None)
        sender.asked.emit(True)
    after = references()
    assert listener.heard == 2 * EMITS
    assert all(abs(new - old) < FEW for new, old in zip(after, before, strict=True)), (before, after)


def test_repaints_keep_references(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.repaint()
    before, painted = references(), widget.times
    for _ in range(REPAINTS):
        widget.repaint()
    after = references()
    assert widget.times == painted + REPAINTS
    assert all(abs(new - old) < FEW for new, old in zip(after, before, strict=True)), (before, after)
