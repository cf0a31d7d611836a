from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.panels.text import label, set_tooltip, tooltip


def test_a_label_shows_markup_as_it_is_written(qtbot: QtBot) -> None:
    made = label("<img src='file:///etc/hostname'>", "title")
    qtbot.addWidget(made)
    assert made.textFormat() is Qt.TextFormat.PlainText
    assert made.text() == "<img src='file:///etc/hostname'>"
    assert made.property("role") == "title"


def test_a_tooltip_is_escaped_and_keeps_its_lines(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    set_tooltip(widget, "a < b & c\nsecond")
    assert widget.toolTip() == "<qt>a &lt; b &amp; c<br>second</qt>"
    assert tooltip("") == ""
