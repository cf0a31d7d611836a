import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu, QScrollArea

from gdexplorer.app.window import Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab import experiments
from gdexplorer.lab.commands import Reinitialize
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.panels.palette import PALETTES
from tests.app.driver import PACE, Driver
from tests.leftovers import tidy

Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def visible(window: Window) -> set[str]:
    return {dock.objectName() for dock in window.docks if dock.isVisible()}


def test_keys_belong_to_the_control_that_wants_them(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(playing=False)
    driver.settle()
    window = driver.window
    slider = driver.number("optimizer.learning_rate").slider
    combo = driver.row("h1").combo
    assert slider is not None
    for widget in (driver.number("optimizer.learning_rate").field, driver.row("h1").spins["units"], slider, combo):
        driver.focus(widget)
        for key in (Key.Key_Right, Key.Key_F, Key.Key_R, Key.Key_Minus):
            QTest.keyClick(widget, key)
            QTest.keyClick(widget, Key.Key_Escape)
    window.setFocus()
    assert driver.trainer.made == 0
    assert driver.trainer.speed == PACE
    assert window.host._maximized is None
    log = driver.ask(lambda session: [command for _, command in session.log])
    assert not any(isinstance(command, Reinitialize) for command in log)
    driver.press(Key.Key_Right)
    driver.made(1)


def test_the_map_that_has_the_focus_takes_the_keys_of_zooming_and_leaves_the_others(driver: Driver) -> None:
    driver.open(playing=False, speed=60)
    driver.settle()
    panel = driver.panel("landscape")
    assert isinstance(panel, LandscapePanel)
    driver.focus(panel.plot)
    driver.press(Key.Key_Plus)
    driver.wait(lambda: next(iter(panel.needs())).window is not None)  # type: ignore[union-attr]
    assert driver.trainer.speed == 60
    driver.press(Key.Key_Right)
    driver.made(1)


def test_space_belongs_to_a_button_that_was_reached_by_the_keyboard(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(playing=False)
    button = driver.window.controls.redraw_button
    driver.click(button)
    driver.marked("new weights")
    assert button.hasFocus()
    driver.press(Key.Key_Space)  # clicked, it leaves Space to the run
    assert driver.trainer.playing
    driver.press(Key.Key_Space)
    driver.press(Key.Key_Tab)
    driver.press(Key.Key_Backtab, SHIFT)
    assert button.hasFocus()
    driver.press(Key.Key_Space)
    driver.wait(lambda: len(driver.markers) == 2)
    assert not driver.trainer.playing


def test_n_nudges_a_point_off_a_ridge(driver: Driver) -> None:
    driver.open({"problem": {"kind": "saddle"}, "optimizer": {"kind": "sgd", "learning_rate": 0.1}}, playing=False)
    driver.settle()
    driver.press(Key.Key_N)
    driver.marked("nudge σ 0.01")
    theta = driver.ask(lambda session: session.run.state.theta.copy())
    assert 0 < abs(theta[1]) < 0.06
    assert theta[0] != 1.5


def test_r_draws_new_weights(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open()
    driver.press(Key.Key_R)
    driver.marked("new weights")


def test_f_maximizes_a_panel_and_esc_brings_the_others_back(driver: Driver) -> None:
    driver.open()
    before = visible(driver.window)
    assert before == {"landscape", "boundary", "curves", "gradients"}
    driver.press(Key.Key_F)
    assert visible(driver.window) == {"landscape"}
    assert not driver.window.host.side.isVisible()
    driver.train()
    driver.press(Key.Key_Escape)
    assert visible(driver.window) == before
    assert driver.window.host.side.isVisible()
    curves = next(dock for dock in driver.window.docks if dock.objectName() == "curves")
    driver.click(curves.bar.maximize)
    assert visible(driver.window) == {"curves"}
    driver.press(Key.Key_F)
    assert visible(driver.window) == before


def test_workspaces_have_their_keys(driver: Driver) -> None:
    driver.open()
    assert next(iter(WORKSPACES)) == "Explore"
    names = [*list(WORKSPACES)[1:9], "Explore"]  # there are nine keys
    keys = [*(Key(Key.Key_1 + k) for k in range(1, len(names))), Key.Key_1]
    assert set(names) <= set(WORKSPACES)
    for key, name in zip(keys, names, strict=True):
        driver.press(key, CTRL)
        assert driver.window.host.workspace == name
        can = driver.window.conductor.frame.lane.state.can
        unfit = {dock.objectName() for dock in driver.window.docks if not dock.panel.requires <= can}
        assert {"basins", "modes"} <= unfit  # of functions, and of a game
        placed = {panel for row in WORKSPACES[name].rows for panel in row} | {*WORKSPACES[name].tabs}
        assert visible(driver.window) == placed - unfit
        driver.train(5)


def test_f5_is_the_projector_and_at_most_three_panels(driver: Driver) -> None:
    driver.open()
    driver.press(Key.Key_F5)
    assert driver.window.theme == "projector"
    assert QApplication.font().pointSizeF() >= 18
    assert len(visible(driver.window)) <= 3
    driver.train(5)
    driver.press(Key.Key_F5)
    assert driver.window.theme == "light"
    assert len(visible(driver.window)) == 4


def test_text_grows_and_shrinks(driver: Driver) -> None:
    size = QApplication.font().pointSizeF()
    driver.press(Key.Key_Plus, CTRL)
    assert QApplication.font().pointSizeF() > size
    driver.press(Key.Key_Minus, CTRL)
    driver.press(Key.Key_Minus, CTRL)
    assert QApplication.font().pointSizeF() < size
    driver.press(Key.Key_0, CTRL)
    assert QApplication.font().pointSizeF() == size


def test_every_theme_dresses_every_panel(driver: Driver) -> None:
    driver.open(playing=False)
    driver.settle()
    for name, palette in PALETTES.items():
        driver.window.actions_now.themes[name].trigger()
        assert driver.window.theme == name
        assert driver.window.actions_now.themes[name].isChecked()
        for dock in driver.window.docks:
            assert dock.panel.palette_now.text == palette.text
        driver.settle()


def shortcuts(window: Window) -> set[str]:
    """Every shortcut that some menu of the window shows."""
    found = set()
    for menu in window.menuBar().findChildren(QMenu):
        for action in menu.actions():
            _, _, plain = action.text().partition("\t")
            found.add(plain or action.shortcut().toString(action.shortcut().SequenceFormat.NativeText))
    return found - {""}


def test_f1_lists_every_shortcut(driver: Driver) -> None:
    driver.press(Key.Key_F1)
    (sheet,) = driver.window.findChildren(QDialog)
    words = {label.text() for label in sheet.findChildren(QLabel)}
    wanted = shortcuts(driver.window)
    assert {"Space", "Right", "Shift+Right", "F", "F1", "F5", "F11", "Ctrl+1", "Ctrl+2", "Ctrl+3"} <= wanted
    assert wanted <= words
    assert {action for _, action, _ in driver.window.actions_now.listed()} <= words
    QTest.keyClick(sheet, Key.Key_Escape)
    tidy()
    assert not shiboken6.isValid(sheet)


@pytest.mark.parametrize("theme", ["light", "projector"])
def test_the_sheet_of_shortcuts_fits_the_screen(driver: Driver, theme: str) -> None:
    driver.window.set_theme(theme)
    driver.press(Key.Key_F1)
    (sheet,) = driver.window.findChildren(QDialog)
    screen = driver.window.screen().availableSize()
    assert sheet.width() <= screen.width()
    assert sheet.height() <= screen.height()
    (area,) = sheet.findChildren(QScrollArea)
    if theme == "light":
        assert area.widget().width() <= area.viewport().width()
    else:
        assert area.widget().height() > area.viewport().height()  # one scrolls to the rest
    sheet.reject()


def test_menus_fit_a_projectors_screen(driver: Driver) -> None:
    driver.window.set_theme("projector")
    for menu in driver.window.menuBar().findChildren(QMenu):
        size = menu.sizeHint()
        assert size.height() <= driver.window.screen().size().height(), menu.title()
        assert size.width() <= 1000, menu.title()


def test_every_example_stands_once_among_those_of_its_kind(driver: Driver) -> None:
    groups = [
        menu for menu in driver.window.menuBar().findChildren(QMenu) if menu.title() in experiments.KINDS.values()
    ]
    assert [menu.title() for menu in groups] == list(experiments.KINDS.values())
    listed = [action.data() for menu in groups for action in menu.actions()]
    assert listed == experiments.names()


def test_the_workspace_that_shows_is_ticked(driver: Driver) -> None:
    menus = {menu.title(): menu for menu in driver.window.menuBar().findChildren(QMenu)}
    for name in ("Gradients", "Runs"):
        driver.window.host.show_workspace(name)
        menus["&Workspaces"].aboutToShow.emit()
        assert [each for each, action in driver.window.actions_now.workspaces.items() if action.isChecked()] == [name]


def test_no_button_has_the_focus_when_the_window_opens(driver: Driver) -> None:
    window = driver.window
    window.hide()
    focus = window.focusWidget()
    assert focus is not None
    focus.clearFocus()
    window.show()
    assert window.focusWidget() is window.host
