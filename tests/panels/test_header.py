import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.panels.header import SHORT, Header
from gdexplorer.panels.palette import LIGHT, PROJECTOR


@pytest.fixture
def header(qtbot: QtBot) -> Header:
    made = Header()
    qtbot.addWidget(made)
    made.resize(500, 40)
    made.show()
    return made


def test_switches_are_short_where_there_is_little_room(header: Header) -> None:
    switches = [header.add_switch(f"● number {k}", "●", f"Number {k}", "", True) for k in range(4)]
    header.show_palette(LIGHT)
    assert switches[0].text() == "● number 0"
    header.resize(150, 40)
    assert [switch.text() for switch in switches] == ["●"] * 4
    header.resize(500, 40)
    assert switches[0].text() == "● number 0"
    assert header.minimumSizeHint().width() == 0


def test_every_control_has_a_name_and_takes_the_focus(header: Header) -> None:
    controls = (
        header.add_choice("Plane", ["a", "b"], "tip <b>"),
        header.add_button("Refit", "refit", ""),
        header.add_switch("follow", "follow", "Follow", "", False),
    )
    assert [control.accessibleName() for control in controls] == ["Plane", "Refit", "Follow"]
    assert all(control.focusPolicy() is Qt.FocusPolicy.StrongFocus for control in controls)
    assert controls[0].toolTip() == "<qt>tip &lt;b&gt;</qt>"


def test_icons_follow_the_theme(header: Header) -> None:
    button = header.add_button("Refit", "refit", "")
    header.show_palette(LIGHT)
    small = button.iconSize().width()
    header.show_palette(PROJECTOR)
    assert button.iconSize().width() > small
    before = button.icon().cacheKey()
    header.set_button(button, "redraw", "tip")
    assert button.icon().cacheKey() != before


def test_the_wheel_turns_a_choice_with_the_focus_only(qtbot: QtBot, header: Header) -> None:
    choice = header.add_choice("Plane", ["a", "b"], "")
    middle = QPointF(choice.rect().center())

    def turn() -> None:
        wheel = QWheelEvent(
            middle, choice.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(choice, wheel)

    turn()
    assert choice.currentIndex() == 0
    header.activateWindow()
    qtbot.waitUntil(header.isActiveWindow, timeout=30_000)
    choice.setFocus()
    qtbot.waitUntil(choice.hasFocus, timeout=30_000)
    turn()
    assert choice.currentIndex() == 1


def test_a_long_choice_is_shortened_and_not_cut(header: Header) -> None:
    choice = header.add_choice("Plane", ["PCA of the rehearsed path"], "")
    choice.resize(choice.sizeHint())
    whole = choice.grab().toImage()
    choice.resize(choice.minimumSizeHint())
    assert choice.width() < whole.width()
    choice.setParent(None)  # no layout widens it again
    choice.resize(130, choice.height())
    cut = choice.grab().toImage()
    choice.setItemData(0, "PCA of path", SHORT)
    short = choice.grab().toImage()
    assert short != cut
    choice.setItemText(0, "PCA of path")
    assert choice.grab().toImage() == short, "no ellipsis"
    choice.deleteLater()


def test_switches_without_room_fold_into_a_menu(qtbot: QtBot) -> None:
    room = QWidget()  # a window of its own could not be that narrow
    qtbot.addWidget(room)
    header = Header(room)
    room.show()
    header.add_choice("Plane", ["a long name of a plane that is shown"], "")
    switches = [header.add_switch(f"number {k}", f"number {k}", f"Number {k}", "", folds=k > 0) for k in range(5)]
    header.show_palette(LIGHT)
    header.resize(900, 40)
    assert not header.more.isVisible()
    header.resize(230, 40)
    assert header.more.isVisible()
    assert switches[0].isVisible()
    hidden = [switch for switch in switches if not switch.isVisible()]
    assert hidden == switches[-len(hidden) :]
    assert all(header.rect().contains(w.geometry()) for w in (*switches, header.more) if w.isVisible())
    header.more.menu().aboutToShow.emit()
    actions = header.more.menu().actions()
    assert [action.text() for action in actions] == [switch.accessibleName() for switch in hidden]
    actions[0].trigger()
    assert hidden[0].isChecked()
    header.more.menu().aboutToShow.emit()
    assert [action.isChecked() for action in header.more.menu().actions()][:2] == [True, False]
    header.set_present(hidden[0], False)
    assert not hidden[0].isVisible()
    header.resize(900, 40)
    assert [switch.isVisible() for switch in switches].count(False) == 1
    assert not header.more.isVisible()


def test_pictures_side_by_side_begin_at_the_same_height(qtbot: QtBot) -> None:
    rows = [Header() for _ in range(3)]
    rows[0].add_choice("Plane", ["a", "b"], "")
    rows[1].add_button("Refit", "refit", "")
    rows[2].add_switch("follow", "follow", "Follow", "", False)
    for palette in (LIGHT, PROJECTOR):
        heights = set()
        for row in rows:
            qtbot.addWidget(row)
            row.show_palette(palette)
            row.adjustSize()
            heights.add(row.height())
        assert len(heights) == 1, palette.name
