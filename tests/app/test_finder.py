from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gdexplorer.app.finder import Finder
from tests.app.driver import Driver

Key, CTRL = Qt.Key, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def finder(driver: Driver) -> Iterator[Finder]:
    """The dialog over an experiment at rest, opened by its keys."""
    driver.open(playing=False)
    driver.settle()
    driver.press(Key.Key_K, CTRL)
    found = QApplication.activeModalWidget()
    assert isinstance(found, Finder)
    yield found
    if shiboken6.isValid(found):
        found.reject()


def shown(finder: Finder) -> list[str]:
    items = [finder.list.topLevelItem(row) for row in range(finder.list.topLevelItemCount())]
    return [f"{item.text(1)} › {item.text(0)}" for item in items if not item.isHidden()]


def test_a_few_letters_and_enter_open_an_experiment(driver: Driver, finder: Finder) -> None:
    QTest.keyClicks(finder.field, "in a ring cl")
    assert shown(finder) == ["File › Open example › Classes and images › Ring in a ring"]
    QTest.keyClick(finder.field, Key.Key_Return)
    driver.wait(lambda: driver.conductor.frame is not None and driver.state.experiment.title == "Ring in a ring")
    assert QApplication.activeModalWidget() is None
    driver.conductor.pause()
    driver.settle()


def test_the_arrows_choose_among_what_was_found(driver: Driver, finder: Finder) -> None:
    QTest.keyClicks(finder.field, "THEME")
    names = shown(finder)
    assert names == [f"View › {name} theme" for name in ("Light", "Dark", "Projector")] + [
        "View › Projector theme on or off"
    ]
    QTest.keyClick(finder.field, Key.Key_Down)
    QTest.keyClick(finder.field, Key.Key_Return)
    assert driver.window.theme == "dark"


def test_what_begins_with_the_word_is_chosen_first(finder: Finder) -> None:
    QTest.keyClicks(finder.field, "save")
    assert len(shown(finder)) == 3
    assert finder.list.currentItem().text(0) == "Save"
    assert finder.list.currentItem().text(2) == "Ctrl+S"


def test_a_setting_under_more_gets_the_focus(driver: Driver, finder: Finder) -> None:
    controls = driver.window.controls
    assert not controls.more.opened
    QTest.keyClicks(finder.field, "l2 penal")
    QTest.keyClick(finder.field, Key.Key_Return)
    assert controls.more.opened
    field = driver.number("penalty.l2").field
    driver.wait(field.hasFocus)
    assert field.visibleRegion().boundingRect().height() == field.height()


def test_only_what_can_be_chosen_now_is_offered(driver: Driver, finder: Finder) -> None:
    names = shown(finder)
    assert "Edit › Undo" not in names  # nothing was done
    assert "Setting › Learning rate η" in names
    assert not any("Start x" in name for name in names)  # a network has none
    assert len(set(names)) == len(names)


def test_words_that_nothing_has_are_said_to_be_so(finder: Finder) -> None:
    QTest.keyClicks(finder.field, "no such thing")
    assert shown(finder) == []
    assert finder.nothing.isVisible()
    QTest.keyClick(finder.field, Key.Key_Return)
    assert finder.isVisible()
    QTest.keyClick(finder.field, Key.Key_Escape)
    assert not finder.isVisible()
