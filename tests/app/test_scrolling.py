from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gdexplorer.app.scrolling import Scrolling

WORDS = "some words that are wrapped into lines " * 6


def made(qtbot: QtBot) -> Scrolling:
    area = Scrolling()
    for _ in range(3):
        text = QLabel(WORDS)
        text.setWordWrap(True)
        area.column.addWidget(text)
    area.fill()
    qtbot.addWidget(area)
    area.show()
    return area


def test_it_scrolls_only_where_the_column_is_too_long(qtbot: QtBot) -> None:
    area = made(qtbot)
    area.resize(300, 600)
    assert not area.verticalScrollBar().isVisible()
    area.resize(300, 160)
    assert area.verticalScrollBar().isVisible()
    assert area.verticalScrollBar().maximum() > 0
    area.column.itemAt(0).widget().hide()
    area.column.itemAt(1).widget().hide()
    qtbot.waitUntil(lambda: not area.verticalScrollBar().isVisible(), timeout=30_000)


def test_whether_there_is_a_bar_does_not_depend_on_what_was_before(qtbot: QtBot) -> None:
    straight, about = made(qtbot), made(qtbot)
    for width in range(200, 400, 13):
        least = straight.column.minimumHeightForWidth(width)
        for height in (least - 1, least, least + 20):  # beside a bar some of these would not fit
            straight.resize(width, height)
            about.resize(width, 50)
            about.resize(width, height)
            bars = [area.verticalScrollBar().isVisible() for area in (straight, about)]
            assert bars == [height < least] * 2
