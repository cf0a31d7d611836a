from collections.abc import Callable
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt, QThread
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from gdexplorer.app import theme
from gdexplorer.app.docks import Dock
from gdexplorer.app.transport import SPEEDS, position_of
from gdexplorer.app.window import FAILURES, Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.frame import Frame
from gdexplorer.panels.palette import PALETTES
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.app.conftest import close
from tests.app.driver import Driver
from tests.leftovers import tidy

Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
INVITED = {"show.pause_at": 30, "show.invitation": "Change one thing."}


@pytest.fixture
def driver(kept_driver: Driver) -> Driver:
    return kept_driver


def visible(window: Window) -> set[str]:
    return {dock.objectName() for dock in window.docks if dock.isVisible()}


def steps(driver: Driver) -> int:
    return driver.ask(lambda session: session.run.state.step)


def made(driver: Driver, count: int) -> None:
    """So many updates are made, and no more: the thread is asked twice and rests."""
    driver.wait(lambda: driver.trainer.made >= count)
    assert [steps(driver), steps(driver)] == [count, count]
    assert not driver.trainer.playing


# ---- playing ----------------------------------------------------------------------


def test_an_experiment_opens_playing_and_is_shown(driver: Driver) -> None:
    assert driver.conductor.open_path("first")
    assert driver.trainer.speed == 30
    driver.train(3)
    assert "First look" in driver.window.windowTitle()
    driver.wait(lambda: "updates/s" in driver.window.status._text.text())
    words = driver.window.status._text.text()
    for part in ("seed 7", "Gentle spiral", "η 0.2", "B 8", "parameters", "epoch", "update"):
        assert part in words
    assert driver.window.narrator.text.text()
    assert driver.window.transport.play_button.accessibleName() == "Pause"


def test_space_plays_and_pauses(driver: Driver) -> None:
    driver.open(playing=False)
    driver.press(Key.Key_Space)
    driver.train()
    assert driver.window.transport.play_button.accessibleName() == "Pause"
    driver.press(Key.Key_Space)
    assert driver.window.transport.play_button.accessibleName() == "Play"
    step = steps(driver)
    driver.settle()
    assert driver.state.step == steps(driver) == step
    assert "paused" in driver.window.status._text.text()


def test_the_arrow_makes_exactly_one_update(driver: Driver) -> None:
    driver.open(playing=False)
    for count in (1, 2, 3):
        driver.press(Key.Key_Right)
        made(driver, count)
    driver.settle()
    assert driver.state.step == 3
    assert driver.window.transport.timeline._step == 3


def test_an_epoch_is_as_many_updates_as_see_every_example_once(driver: Driver) -> None:
    driver.open(playing=False)  # 24 training examples in batches of 7
    driver.press(Key.Key_Right, SHIFT)
    made(driver, 4)
    driver.click(driver.window.transport.epoch_button)
    made(driver, 8)
    driver.click(driver.window.transport.update_button)
    made(driver, 9)
    driver.settle()
    assert driver.state.epoch == 3


def test_an_update_asked_for_while_it_plays_ends_the_playing(driver: Driver) -> None:
    driver.open()
    driver.train()
    driver.press(Key.Key_Right)
    assert not driver.trainer.playing
    assert driver.window.transport.play_button.accessibleName() == "Play"
    driver.settle()
    assert driver.state.step == steps(driver)


@pytest.mark.parametrize("way", ["key", "button"])
def test_restart_goes_back_to_the_first_update_with_the_settings_as_they_are(driver: Driver, way: str) -> None:
    driver.window.show_workspace("Gradients")
    driver.open(speed=500)
    driver.conductor.command(Change("optimizer.learning_rate", 0.3))
    driver.train()
    driver.rest()
    if way == "key":
        driver.press(Key.Key_Home)
    else:
        driver.click(driver.window.transport.restart_button)
    driver.wait(lambda: driver.state.step == 0)
    assert driver.state.experiment.optimizer.learning_rate == 0.3  # type: ignore[attr-defined]
    assert not driver.markers
    driver.conductor.play(True)
    driver.train()


def test_reset_all_is_the_experiment_as_it_was_opened(driver: Driver) -> None:
    driver.window.show_workspace("Gradients")
    opened = driver.open()
    driver.conductor.command(Change("optimizer.learning_rate", 0.3))
    driver.train()
    driver.press(Key.Key_Backspace, CTRL | SHIFT)
    driver.wait(lambda: driver.conductor.frame is not None and driver.state.experiment == opened)
    assert not driver.markers


def test_the_speed_goes_from_one_update_a_second_to_flat_out(driver: Driver) -> None:
    driver.window.show_workspace("Gradients")
    driver.open(speed=30)
    slider = driver.window.transport.speed_slider
    driver.focus(slider)
    QTest.keyClick(slider, Key.Key_End)
    assert driver.trainer.speed == FLAT_OUT
    driver.train(1000)
    QTest.keyClick(slider, Key.Key_Home)
    assert driver.trainer.speed == 1
    count = driver.trainer.made
    driver.wait(lambda: driver.trainer.made > count)
    assert driver.trainer.made == count + 1
    driver.window.setFocus()
    driver.press(Key.Key_Plus)
    assert driver.trainer.speed == SPEEDS[1]
    assert slider.value() == 1
    driver.press(Key.Key_Minus)
    assert driver.trainer.speed == SPEEDS[0]


def test_the_measured_speed_is_on_the_status_line(driver: Driver) -> None:
    driver.window.show_workspace("Gradients")
    driver.open(speed=100)
    driver.wait(lambda: driver.conductor.rate is not None)
    assert driver.conductor.rate is not None
    assert 20 < driver.conductor.rate < 200
    driver.wait(lambda: "(of 100 updates/s)" in driver.window.status._text.text())
    assert driver.window.transport.speed_slider.value() == position_of(100)


# ---- the invitation ---------------------------------------------------------------


def offered(window: Window) -> list[QPushButton]:
    return [button for button in window.invitation.findChildren(QPushButton) if button.isVisible()]


@pytest.mark.parametrize("speed", [60.0, FLAT_OUT])
def test_the_run_pauses_by_itself_and_invites(driver: Driver, speed: float) -> None:
    driver.window.show_workspace("Gradients")
    driver.open(INVITED, speed=speed)
    driver.wait(driver.window.invitation.isVisible)
    assert not driver.trainer.playing
    assert steps(driver) == driver.state.step == 30
    assert driver.window.invitation._text.text() == "Change one thing."
    assert [button.text() for button in offered(driver.window)] == ["tanh → ReLU", "Draw new weights", "Go on as it is"]


@pytest.mark.parametrize(("caption", "kind", "label"), [
    ("tanh → ReLU", Change, "activation → ReLU"), ("Draw new weights", Reinitialize, "new weights"),
    ("Go on as it is", None, ""),
])  # fmt: skip
def test_an_invitation_that_is_accepted_changes_that_and_goes_on(
    driver: Driver, caption: str, kind: type[Any] | None, label: str
) -> None:
    driver.window.show_workspace("Gradients")
    driver.open(INVITED)
    driver.wait(driver.window.invitation.isVisible)
    driver.click(next(button for button in offered(driver.window) if button.text() == caption))
    assert not driver.window.invitation.isVisible()
    driver.train(50)
    log = driver.ask(lambda session: list(session.log))
    assert [(at, type(command)) for at, command in log] == ([(30, kind)] if kind else [])
    assert [(marker.step, marker.label) for marker in driver.markers] == ([(30, label)] if kind else [])


def test_an_invitation_can_be_ignored(driver: Driver) -> None:
    driver.window.show_workspace("Gradients")
    driver.open(INVITED)
    driver.wait(driver.window.invitation.isVisible)
    driver.press(Key.Key_Space)
    assert not driver.window.invitation.isVisible()
    driver.train()
    driver.rest()
    assert not driver.window.invitation.isVisible()


# ---- keys -------------------------------------------------------------------------


def test_keys_belong_to_the_control_that_wants_them(driver: Driver) -> None:
    driver.window.show_workspace("Gradients")
    driver.open(playing=False)
    driver.settle()
    window = driver.window
    slider = driver.number("optimizer.learning_rate").slider
    combo = driver.row("h1").combo
    assert slider is not None
    for widget in (driver.number("optimizer.learning_rate").field, driver.row("h1").spin, slider, combo):
        driver.focus(widget)
        for key in (Key.Key_Right, Key.Key_F, Key.Key_R, Key.Key_Minus):
            QTest.keyClick(widget, key)
            QTest.keyClick(widget, Key.Key_Escape)
    window.setFocus()
    assert driver.trainer.made == 0
    assert driver.trainer.speed == FLAT_OUT
    assert window._maximized is None
    log = driver.ask(lambda session: [command for _, command in session.log])
    assert not any(isinstance(command, Reinitialize) for command in log)
    driver.press(Key.Key_Right)
    made(driver, 1)


def test_space_belongs_to_a_button_that_was_reached_by_the_keyboard(driver: Driver) -> None:
    driver.window.show_workspace("Gradients")
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


def test_r_draws_new_weights(driver: Driver) -> None:
    driver.window.show_workspace("Gradients")
    driver.open()
    driver.press(Key.Key_R)
    driver.marked("new weights")


def test_f_maximizes_a_panel_and_esc_brings_the_others_back(driver: Driver) -> None:
    driver.open()
    before = visible(driver.window)
    assert before == {"landscape", "boundary", "curves", "gradients"}
    driver.press(Key.Key_F)
    assert visible(driver.window) == {"landscape"}
    assert not driver.window.side.isVisible()
    driver.train()
    driver.press(Key.Key_Escape)
    assert visible(driver.window) == before
    assert driver.window.side.isVisible()
    curves = next(dock for dock in driver.window.docks if dock.objectName() == "curves")
    driver.click(curves.bar.maximize)
    assert visible(driver.window) == {"curves"}
    driver.press(Key.Key_F)
    assert visible(driver.window) == before


def test_workspaces_have_their_keys(driver: Driver) -> None:
    driver.open()
    keys = (Key.Key_2, Key.Key_3, Key.Key_1)
    for key, name in zip(keys, ("Landscape", "Gradients", "Explore"), strict=True):
        driver.press(key, CTRL)
        assert driver.window.workspace == name
        assert visible(driver.window) == {panel for row in WORKSPACES[name].rows for panel in row}
        driver.train(5)
    assert len(WORKSPACES) == 3


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
    for top in window.menuBar().actions():
        menu = top.menu()
        assert isinstance(menu, QMenu)
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


# ---- the layout -------------------------------------------------------------------


def test_the_layout_is_kept_and_reset(open_window: Callable[[], Window]) -> None:
    first = open_window()
    first.show_workspace("Gradients")
    first.set_theme("dark", 1.2)
    first.docks[2].hide()
    shown = visible(first)
    assert shown == {"gradients", "boundary"}
    close(first)
    second = open_window()
    assert second.theme == "dark"
    assert second.scale == 1.2
    assert visible(second) == shown
    second.actions_now.themes["light"].trigger()
    reset = next(action for action in second.actions() if action.text() == "&Reset layout")
    reset.trigger()
    assert visible(second) == {"landscape", "boundary", "curves", "gradients"}


def test_settings_that_make_no_sense_are_passed_over(open_window: Callable[[], Window]) -> None:
    window = open_window()
    for key, value in {"theme": "pink", "geometry": "x", "docks": "y"}.items():
        window.settings.setValue(f"window/{key}", value)
    for scale in ("huge", "nan"):
        window.settings.setValue("window/scale", scale)
        window.restore_layout()
        assert window.theme == "light"
        assert theme.SCALES[0] <= window.scale <= theme.SCALES[1]
    assert visible(window) == {"landscape", "boundary", "curves", "gradients"}


def test_a_hidden_panel_comes_back_by_its_menu(driver: Driver) -> None:
    driver.open()
    dock = driver.window.docks[2]
    driver.click(dock.bar.close_button)
    assert not dock.isVisible()
    driver.train(5)
    dock.toggleViewAction().trigger()
    assert dock.isVisible()


def test_a_panel_that_a_workspace_leaves_out_can_be_shown_beside_the_others(driver: Driver) -> None:
    window = driver.window
    driver.open()
    window.show_workspace("Landscape")
    dock = next(dock for dock in window.docks if dock.objectName() == "gradients")
    dock.toggleViewAction().trigger()
    assert visible(window) == {"landscape", "curves", "gradients"}
    driver.train(5)
    shown = [dock for dock in window.docks if dock.isVisible()]
    for one in shown:
        assert window.host.dockWidgetArea(one) == Qt.DockWidgetArea.RightDockWidgetArea
        assert not any(one.geometry().intersects(other.geometry()) for other in shown if other is not one)


# ---- trouble ----------------------------------------------------------------------


class Clumsy:
    """Makes a panel fail from here on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dock: Dock) -> None:
        self.times = 0
        monkeypatch.setattr(dock.panel, "show_frame", self)

    def __call__(self, frame: Frame) -> None:
        self.times += 1
        raise ValueError("cannot draw this")


def noting(dock: Dock, seen: set[str]) -> Callable[[Frame], None]:
    show, name = dock.panel.show_frame, dock.objectName()

    def noted(frame: Frame) -> None:
        seen.add(name)
        show(frame)

    return noted


def test_a_panel_that_fails_three_times_is_hidden_and_the_others_stay_live(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, reports: list[str]
) -> None:
    driver.open()
    driver.train()
    broken, *others = driver.window.docks
    clumsy = Clumsy(monkeypatch, broken)
    said: list[str] = []
    driver.window.status.messageChanged.connect(said.append)
    driver.wait(lambda: not broken.isVisible())
    assert clumsy.times == FAILURES == 3
    assert any(broken.panel.title in text and "hidden" in text for text in said)
    assert len(reports) == 3
    assert all("cannot draw this" in text for text in reports)
    reports.clear()
    seen: set[str] = set()
    for dock in others:
        monkeypatch.setattr(dock.panel, "show_frame", noting(dock, seen))
    driver.wait(lambda: seen == {"boundary", "curves", "gradients"})
    assert driver.trainer.playing
    assert not reports


def test_an_error_in_the_trainer_pauses_and_is_told(driver: Driver, reports: list[str]) -> None:
    driver.window.show_workspace("Gradients")
    driver.open()
    driver.train()

    def stumble(count: int) -> int:
        del driver.trainer.session.advance  # type: ignore[union-attr]
        raise RuntimeError("stumbled")

    driver.ask(lambda session: setattr(session, "advance", stumble))
    driver.wait(lambda: reports)
    assert "stumbled" in reports.pop()
    assert "stumbled" in driver.status
    driver.wait(lambda: driver.window.transport.play_button.accessibleName() == "Play")
    driver.press(Key.Key_Space)
    driver.train()


def test_closing_while_it_trains_flat_out_leaves_no_thread(open_window: Callable[[], Window], qtbot: QtBot) -> None:
    for _ in range(20):
        window = open_window()
        window.conductor.open_path("first")
        window.conductor.set_speed(FLAT_OUT)
        trainer = window.conductor.trainer
        assert trainer is not None
        worker: QThread = trainer
        qtbot.waitUntil(lambda: trainer.made > 0)  # noqa: B023 - called in this round only
        jobs = trainer._jobs._thread
        close(window)
        assert not shiboken6.isValid(worker)
        qtbot.waitUntil(lambda: not jobs.is_alive())  # noqa: B023
