import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QStyleOptionComboBox
from pytestqt.qtbot import QtBot

from gdexplorer.app.choice import SHORT_NAMES, ChipsEditor, Choice, ChoiceEditor, SwitchEditor, TextEditor
from gdexplorer.app.inputs import Combo
from gdexplorer.app.section import SectionBox
from gdexplorer.panels.header import shortened
from tests.app.driver import Driver
from tests.app.form_settings import CHOICES, DESCRIPTIONS, FEATURES
from tests.starts import STARTS


@pytest.fixture
def chips(qtbot: QtBot) -> ChipsEditor:
    editor = ChipsEditor("data.features", DESCRIPTIONS["features"], [Choice(*choice) for choice in FEATURES])
    qtbot.addWidget(editor)
    editor.resize(280, 80)
    editor.show()
    return editor


@pytest.fixture
def choice(qtbot: QtBot) -> ChoiceEditor:
    editor = ChoiceEditor("optimizer.kind", DESCRIPTIONS["optimizer"], [Choice(*choice) for choice in CHOICES])
    qtbot.addWidget(editor)
    editor.show()
    return editor


def test_choosing_sends_the_value(qtbot: QtBot, choice: ChoiceEditor) -> None:
    with qtbot.waitSignal(choice.edited) as caught:
        qtbot.keyClick(choice.combo, Qt.Key.Key_Down)
    assert caught.args == ["optimizer.kind", "adam"]
    assert (
        choice.combo.itemData(1, Qt.ItemDataRole.ToolTipRole) == "<qt>Steps scaled by &lt;i&gt;moments&lt;/i&gt;.</qt>"
    )


def test_showing_a_choice_sends_nothing(qtbot: QtBot, choice: ChoiceEditor) -> None:
    with qtbot.assertNotEmitted(choice.edited):
        choice.show_value("adam")
    assert choice.combo.currentText() == "Adam"


def test_choosing_the_same_again_sends_nothing(qtbot: QtBot, choice: ChoiceEditor) -> None:
    with qtbot.assertNotEmitted(choice.edited):
        choice.combo.activated.emit(0)


def test_an_open_list_is_left_alone(qtbot: QtBot, choice: ChoiceEditor) -> None:
    choice.combo.showPopup()
    choice.show_value("adam")
    assert choice.held
    assert choice.combo.currentText() == "SGD"
    choice.combo.hidePopup()
    qtbot.waitUntil(lambda: not choice.held, timeout=30_000)
    choice.show_value("adam")
    assert choice.combo.currentText() == "Adam"


def test_a_value_that_is_not_offered_is_named(choice: ChoiceEditor) -> None:
    choice.show_value("newton")
    assert choice.combo.currentIndex() == -1
    assert choice.combo.placeholderText() == "newton"
    named = choice.combo.grab().toImage()
    choice.combo.setPlaceholderText("Newton’s")
    assert choice.combo.grab().toImage() != named, "and seen"
    choice.set_choices([Choice("newton", "Newton", "")])
    assert choice.combo.currentText() == "Newton"


@pytest.mark.parametrize("theme", ["light", "projector"])
def test_every_choice_of_the_controls_has_a_name_that_fits(driver: Driver, theme: str) -> None:
    driver.window.set_theme(theme)
    names = set()
    for start in ("network", "function", "gan"):
        driver.open(STARTS[start], playing=False)
        for section in driver.window.controls.findChildren(SectionBox):
            section.set_opened(True)
        QApplication.processEvents()
        for combo in driver.window.controls.findChildren(Combo):
            if combo.isVisible():
                option = QStyleOptionComboBox()
                combo.initStyleOption(option)
                shown = {shortened(combo, k, option, combo.style()) for k in range(combo.count())}
                assert not [name for name in shown if name.endswith("…")], combo.accessibleName()
                assert len(shown) == combo.count(), f"two of one name: {sorted(shown)}"
                names |= {combo.itemText(k) for k in range(combo.count())}
    assert sorted(set(SHORT_NAMES) - names) == [], "no choice has it"


def test_chips_send_what_is_on_in_order(qtbot: QtBot, chips: ChipsEditor) -> None:
    with qtbot.waitSignal(chips.edited) as caught:
        qtbot.mouseClick(chips.chips[2], Qt.MouseButton.LeftButton)
    assert caught.args == ["data.features", ("x", "y", "x2")]
    with qtbot.waitSignal(chips.edited) as caught:
        qtbot.keyClick(chips.chips[0], Qt.Key.Key_Space)
    assert caught.args == ["data.features", ("y", "x2")]


def test_the_last_chip_stays_on(qtbot: QtBot, chips: ChipsEditor) -> None:
    chips.show_value(("x2",))
    with qtbot.assertNotEmitted(chips.edited):
        qtbot.mouseClick(chips.chips[2], Qt.MouseButton.LeftButton)
    assert [chip.isChecked() for chip in chips.chips] == [False, False, True]
    assert chips.problem == "At least one stays on."
    chips.show_value(["x", "y"])
    assert chips.problem == ""


def test_chips_use_the_width_there_is(qtbot: QtBot, chips: ChipsEditor) -> None:
    width = chips.chips[2].sizeHint().width()
    assert len({chip.y() for chip in chips.chips}) == 1
    chips.resize(width + 5, 200)
    qtbot.waitUntil(lambda: len({chip.y() for chip in chips.chips}) == 3, timeout=30_000)
    assert all(chip.width() >= chip.sizeHint().width() for chip in chips.chips)


def test_a_switch_sends_a_bool(qtbot: QtBot) -> None:
    editor = SwitchEditor("optimizer.nesterov", DESCRIPTIONS["nesterov"])
    qtbot.addWidget(editor)
    with qtbot.assertNotEmitted(editor.edited):
        editor.show_value(True)
    assert editor.box.text() == "on"
    with qtbot.waitSignal(editor.edited) as caught:
        editor.box.click()
    assert caught.args == ["optimizer.nesterov", False]
    assert editor.box.text() == "off"


def test_text_is_sent_when_complete(qtbot: QtBot) -> None:
    editor = TextEditor("name", DESCRIPTIONS["name"])
    qtbot.addWidget(editor)
    editor.show()
    editor.activateWindow()
    qtbot.waitUntil(editor.isActiveWindow, timeout=30_000)
    editor.field.setFocus()
    editor.field.selectAll()
    with qtbot.assertNotEmitted(editor.edited):
        qtbot.keyClicks(editor.field, "two")
        editor.show_value("three")
    assert editor.field.text() == "two"
    with qtbot.waitSignal(editor.edited) as caught:
        qtbot.keyClick(editor.field, Qt.Key.Key_Return)
    assert caught.args == ["name", "two"]
    qtbot.keyClicks(editor.field, "!")
    qtbot.keyClick(editor.field, Qt.Key.Key_Escape)
    assert editor.field.text() == "two"
