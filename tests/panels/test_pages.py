from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.panels.facts import Facts
from gdexplorer.panels.pages import Pages


def test_a_sentence_gives_way_to_the_content_and_comes_back(qtbot: QtBot) -> None:
    panel, content, head, seen = QWidget(), QHBoxLayout(), QLabel("head"), QLabel("seen")
    qtbot.addWidget(panel)
    content.addWidget(seen)
    row = QHBoxLayout()
    row.addWidget(QLabel("row"))
    caption = Facts()
    pages = Pages(panel, "Wait.", content, caption, row, head)
    panel.resize(300, 200)
    panel.show()
    assert pages.waiting.isVisible()
    assert not seen.isVisible()
    pages.show_content()
    assert (pages.waiting.isVisible(), seen.isVisible(), caption.isVisible()) == (False, True, True)
    assert row.geometry().bottom() < head.y() < seen.mapTo(panel, seen.rect().topLeft()).y()
    pages.say("There is none.")
    assert (pages.waiting.isVisible(), seen.isVisible()) == (True, False)
    assert pages.waiting.text() == "There is none."
    assert head.isVisible()
