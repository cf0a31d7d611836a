from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QPaintEvent
from pytestqt.qtbot import QtBot

from gdexplorer.panels.canvas import Canvas


class Counting(Canvas):
    def __init__(self) -> None:
        super().__init__()
        self.painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1


def test_while_it_is_held_changes_are_painted_once_when_it_is_let_go(qtbot: QtBot) -> None:
    canvas = Counting()
    qtbot.addWidget(canvas)
    with qtbot.waitExposed(canvas):
        canvas.show()
    QCoreApplication.processEvents()
    before = canvas.painted
    canvas.hold()
    canvas.update()
    canvas.update(0, 0, 5, 5)
    QCoreApplication.processEvents()
    assert canvas.painted == before
    canvas.let_go()
    assert canvas.painted == before + 1
    canvas.hold()
    canvas.let_go()  # nothing changed
    QCoreApplication.processEvents()
    assert canvas.painted == before + 1
    canvas.update()
    QCoreApplication.processEvents()
    assert canvas.painted == before + 2


def test_what_is_held_is_painted_all_the_same_when_it_comes_into_view(qtbot: QtBot) -> None:
    canvas = Counting()
    qtbot.addWidget(canvas)
    canvas.hold()
    canvas.update()
    with qtbot.waitExposed(canvas):
        canvas.show()
    QCoreApplication.processEvents()
    assert canvas.painted >= 1
