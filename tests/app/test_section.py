from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gdexplorer.app.section import SectionBox


def test_a_section_opens_and_closes_by_keyboard(qtbot: QtBot) -> None:
    box = SectionBox("More", opened=False)
    qtbot.addWidget(box)
    inside = QLabel("inside")
    box.add(inside)
    box.show()
    assert not inside.isVisible()
    with qtbot.waitSignal(box.toggled) as caught:
        qtbot.keyClick(box.header, Qt.Key.Key_Space)
    assert caught.args == [True]
    assert inside.isVisible()
    assert box.header.accessibleName() == "More, open"


def test_setting_it_tells_nobody(qtbot: QtBot) -> None:
    box = SectionBox("Data")
    qtbot.addWidget(box)
    with qtbot.assertNotEmitted(box.toggled):
        box.set_opened(False)
    assert not box.opened


def test_a_section_remembers(qtbot: QtBot, tmp_path: Path) -> None:
    memory = QSettings(str(tmp_path / "memory.ini"), QSettings.Format.IniFormat)
    first = SectionBox("Data", memory=memory)
    qtbot.addWidget(first)
    assert first.opened
    first.header.click()
    memory.sync()
    again = SectionBox("Data", memory=QSettings(str(tmp_path / "memory.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again)
    assert not again.opened


def test_a_cleared_section_is_empty(qtbot: QtBot) -> None:
    box = SectionBox("Data")
    qtbot.addWidget(box)
    inside = QLabel("inside")
    box.add(inside)
    with qtbot.waitSignal(inside.destroyed):
        box.clear()
