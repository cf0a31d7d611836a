from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from gdexplorer.app.transport import SPEEDS, position_of
from gdexplorer.app.window import Window
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.app.driver import Driver

Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
INVITED = {"show.pause_at": 30, "show.invitation": "Change one thing.",
           "show.offers": ["network.activation=relu", "new weights"]}  # fmt: skip


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
    step = driver.steps
    driver.settle()
    assert driver.state.step == driver.steps == step
    assert "paused" in driver.window.status._text.text()


def test_the_arrow_makes_exactly_one_update(driver: Driver) -> None:
    driver.open(playing=False)
    for count in (1, 2, 3):
        driver.press(Key.Key_Right)
        driver.made(count)
    driver.settle()
    assert driver.state.step == 3
    assert driver.window.transport.timeline.value() == 3


def test_an_epoch_is_as_many_updates_as_see_every_example_once(driver: Driver) -> None:
    driver.open(playing=False)  # 24 training examples in batches of 7
    driver.press(Key.Key_Right, SHIFT)
    driver.made(4)
    driver.click(driver.window.transport.epoch_button)
    driver.made(8)
    driver.click(driver.window.transport.update_button)
    driver.made(9)
    driver.settle()
    assert driver.state.epoch == 3


def test_an_update_asked_for_while_it_plays_ends_the_playing(driver: Driver) -> None:
    driver.open()
    driver.train()
    driver.press(Key.Key_Right)
    assert not driver.trainer.playing
    assert driver.window.transport.play_button.accessibleName() == "Play"
    driver.settle()
    assert driver.state.step == driver.steps


def test_restart_goes_back_to_the_first_update_with_the_settings_as_they_are(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(speed=500)
    driver.conductor.command(Change("optimizer.learning_rate", 0.3))
    driver.train()
    driver.rest()
    driver.click(driver.window.transport.restart_button)
    driver.wait(lambda: driver.state.step == 0)
    assert driver.state.experiment.optimizer.learning_rate == 0.3  # type: ignore[attr-defined]
    assert not driver.markers
    driver.conductor.play(True)
    driver.train()


def test_reset_all_is_the_experiment_as_it_was_opened(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    opened = driver.open()
    driver.conductor.command(Change("optimizer.learning_rate", 0.3))
    driver.train()
    driver.press(Key.Key_Backspace, CTRL | SHIFT)
    driver.wait(lambda: driver.conductor.frame is not None and driver.state.experiment == opened)
    assert not driver.markers


def test_the_speed_goes_from_one_update_a_second_to_flat_out(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(speed=30)
    slider = driver.window.transport.speed_slider
    driver.focus(slider)
    QTest.keyClick(slider, Key.Key_End)
    assert driver.trainer.speed == FLAT_OUT
    driver.train(1000)
    QTest.keyClick(slider, Key.Key_Home)
    assert driver.trainer.speed == 1
    driver.ask(lambda session: None)  # what it was at when it was told is over
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
    driver.window.host.show_workspace("Gradients")
    driver.open(speed=100)
    driver.wait(lambda: driver.conductor.rate is not None)
    assert driver.conductor.rate is not None
    assert 20 < driver.conductor.rate < 200
    driver.wait(lambda: "(of 100 updates/s)" in driver.window.status._text.text())
    assert driver.window.transport.speed_slider.value() == position_of(100)


# ---- the invitation ----


def offered(window: Window) -> list[QPushButton]:
    return [button for button in window.invitation.findChildren(QPushButton) if button.isVisible()]


@pytest.mark.parametrize("speed", [60.0, FLAT_OUT])
def test_the_run_pauses_by_itself_and_invites(driver: Driver, speed: float) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(INVITED, speed=speed)
    driver.wait(driver.window.invitation.isVisible)
    assert not driver.trainer.playing
    assert driver.steps == driver.state.step == 30
    assert driver.window.invitation._text.text() == "Change one thing."
    found = [button.text() for button in offered(driver.window)]
    assert found == ["activation → ReLU", "Draw new weights", "Go on as it is"]


@pytest.mark.parametrize(("caption", "kind", "label"), [
    ("activation → ReLU", Change, "activation → ReLU"), ("Draw new weights", Reinitialize, "new weights"),
    ("Go on as it is", None, ""),
])  # fmt: skip
def test_an_invitation_that_is_accepted_changes_that_and_goes_on(
    driver: Driver, caption: str, kind: type[Any] | None, label: str
) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(INVITED)
    driver.wait(driver.window.invitation.isVisible)
    driver.click(next(button for button in offered(driver.window) if button.text() == caption))
    assert not driver.window.invitation.isVisible()
    driver.train(50)
    log = driver.ask(lambda session: list(session.log))
    assert [(at, type(command)) for at, command in log] == ([(30, kind)] if kind else [])
    assert [(marker.step, marker.label) for marker in driver.markers] == ([(30, label)] if kind else [])


def test_an_invitation_can_be_ignored(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(INVITED)
    driver.wait(driver.window.invitation.isVisible)
    driver.press(Key.Key_Space)
    assert not driver.window.invitation.isVisible()
    driver.train()
    driver.rest()
    assert not driver.window.invitation.isVisible()
