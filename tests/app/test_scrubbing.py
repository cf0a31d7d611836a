"""Through a run's record in the real window: by the mouse, by keys, by the Run menu."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change
from gdexplorer.lab.jumps import lowest, next_spike
from gdexplorer.lab.session import Session
from tests.app.driver import Driver

Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
EPOCH = 4  # updates
DIVERGES = {"loss": {"kind": "half_mse"}, "network.layers": [],
            "optimizer": {"kind": "sgd", "learning_rate": 0.1}}  # fmt: skip


def trained(driver: Driver, updates: int = 60) -> list[Array]:
    """Open a run and make updates, with a change of η at 20; return θ of every update."""
    driver.window.host.show_workspace("Gradients")
    driver.open(playing=False)
    thetas = driver.ask(lambda session: [session.run.state.theta.copy(), *passed(session, 20)])
    driver.conductor.command(Change("optimizer.learning_rate", 0.3))
    driver.wait(lambda: driver.markers)
    thetas += driver.ask(lambda session: passed(session, updates - 20))
    driver.settle()
    assert (driver.frame.head, driver.frame.past) == (updates, False)
    return thetas


def passed(session: Session, updates: int) -> list[Array]:
    thetas = []
    for _ in range(updates):
        session.train(1)
        thetas.append(session.run.state.theta.copy())
    return thetas


def theta(driver: Driver) -> Array:
    return driver.ask(lambda session: session.run.state.theta.copy())


def arrived(driver: Driver, step: int, *, past: bool = True) -> None:
    """Wait until the window shows an update, and says so."""
    window = driver.window
    driver.wait(lambda: driver.state.step == step and driver.frame.past == past and not driver.frame.arriving)
    assert window.past.isVisible() == past
    assert window.transport.timeline.value() == step
    assert not driver.trainer.playing
    if past:
        assert f"Update {step:,} of {driver.frame.head:,}" in window.past.text.text()


def column(driver: Driver, step: int) -> QPoint:
    line = driver.window.transport.timeline
    return QPoint(round(line._x(step)), round(line._axis().center().y()))


def test_dragging_the_handle_shows_every_update_bit_for_bit(driver: Driver) -> None:
    thetas = trained(driver)
    line = driver.window.transport.timeline
    QTest.mousePress(line, LEFT, pos=column(driver, 60))
    for step in (45, 10, 33):
        QTest.mouseMove(line, column(driver, step))
        arrived(driver, step)
        np.testing.assert_array_equal(theta(driver), thetas[step])
    QTest.mouseRelease(line, LEFT, pos=column(driver, 33))
    assert driver.frame.head == 60
    QTest.mouseClick(driver.window.past.back, LEFT)
    arrived(driver, 60, past=False)
    np.testing.assert_array_equal(theta(driver), thetas[60])


def test_a_click_on_a_marker_goes_to_the_change(driver: Driver) -> None:
    thetas = trained(driver)
    QTest.mouseClick(driver.window.transport.timeline, LEFT, pos=column(driver, 20) + QPoint(3, -6))
    arrived(driver, 20)
    np.testing.assert_array_equal(theta(driver), thetas[20])
    assert driver.state.experiment.optimizer.learning_rate == 0.3  # type: ignore[attr-defined]


def test_keys_go_back_and_forth(driver: Driver) -> None:
    thetas = trained(driver)
    driver.window.setFocus()
    for key, modifier, step in (
        (Key.Key_Left, Qt.KeyboardModifier.NoModifier, 59), (Key.Key_Left, SHIFT, 59 - EPOCH),
        (Key.Key_Right, Qt.KeyboardModifier.NoModifier, 60 - EPOCH), (Key.Key_Left, CTRL, 20),
        (Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0), (Key.Key_Right, CTRL, 20),
        (Key.Key_Right, SHIFT, 20 + EPOCH),
    ):  # fmt: skip
        driver.press(key, modifier)
        arrived(driver, step)
        np.testing.assert_array_equal(theta(driver), thetas[step])
    driver.press(Key.Key_End)
    arrived(driver, 60, past=False)


def test_buttons_of_the_transport_go_back(driver: Driver) -> None:
    trained(driver)
    driver.click(driver.window.transport.back_button)
    arrived(driver, 59)
    driver.click(driver.window.transport.start_button)
    arrived(driver, 0)
    driver.click(driver.window.transport.update_button)
    arrived(driver, 1)


def test_the_timeline_with_the_focus_takes_the_keys_of_a_slider_and_leaves_the_others(driver: Driver) -> None:
    trained(driver)
    driver.focus(driver.window.transport.timeline)
    for key, step in ((Key.Key_PageDown, 54), (Key.Key_Left, 53), (Key.Key_Home, 0), (Key.Key_PageUp, 6)):
        driver.press(key)
        arrived(driver, step)
    driver.press(Key.Key_Space)
    driver.wait(lambda: driver.state.step > 60)
    assert not driver.window.past.isVisible()


def test_page_keys_do_nothing_to_the_run_without_the_focus(driver: Driver) -> None:
    trained(driver)
    driver.window.setFocus()
    driver.press(Key.Key_PageUp)
    driver.press(Key.Key_PageDown)
    driver.settle()
    assert (driver.state.step, driver.frame.past) == (60, False)


def test_arrows_stay_with_the_control_that_wants_them(driver: Driver) -> None:
    trained(driver)
    for widget in (driver.number("optimizer.learning_rate").field, driver.window.transport.speed_slider):
        driver.focus(widget)
        for key in (Key.Key_Left, Key.Key_Home, Key.Key_End):
            driver.press(key)
    driver.settle()
    assert (driver.state.step, driver.frame.past) == (60, False)


def test_playing_in_the_past_replays_the_record_and_goes_on_live(driver: Driver) -> None:
    thetas = trained(driver)
    driver.conductor.travel(10)
    arrived(driver, 10)
    for step in (11, 12):
        driver.conductor.one_update()
        arrived(driver, step)
    np.testing.assert_array_equal(driver.ask(lambda session: passed(session, 47)), thetas[13:60])
    driver.conductor.play(True)
    driver.wait(lambda: driver.state.step > 60)
    assert not driver.frame.past
    assert len(driver.frame.runs) == 1


def test_a_change_in_the_past_branches(driver: Driver) -> None:
    trained(driver)
    driver.conductor.travel(10)
    arrived(driver, 10)
    driver.conductor.command(Change("optimizer.learning_rate", 0.5))
    driver.wait(lambda: len(driver.frame.runs) == 2)
    arrived(driver, 10, past=False)
    assert driver.frame.head == 10


def test_the_menu_jumps_to_the_spike_and_to_the_lowest_loss(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open({"optimizer": {"kind": "sgd", "learning_rate": 0.3}}, playing=False)
    driver.ask(lambda session: session.train(200))
    driver.conductor.command(Change("optimizer.learning_rate", 30.0))
    driver.settle()
    driver.ask(lambda session: session.train(5))
    driver.settle()
    record = driver.frame.lane.history
    spike, low = next_spike(record, 0), lowest(record, 205)
    assert spike is not None
    assert low is not None
    assert low <= 200 < spike
    driver.window.actions_now.lowest.trigger()
    arrived(driver, low)
    driver.window.actions_now.spike.trigger()
    arrived(driver, spike, past=spike < 205)
    driver.conductor.live()
    driver.settle()
    driver.window.actions_now.spike.trigger()
    assert "no spike" in driver.status


def test_go_to_update_asks_for_its_number(driver: Driver) -> None:
    trained(driver)
    driver.press(Key.Key_G, CTRL)
    (dialog,) = driver.window.findChildren(QInputDialog)
    assert (dialog.intMinimum(), dialog.intValue(), dialog.intMaximum()) == (0, 60, 60)
    dialog.setIntValue(7)
    dialog.accept()
    arrived(driver, 7)


@pytest.mark.parametrize("way", ["narrator", "menu"])
def test_after_divergence_it_rewinds_to_the_last_finite_update(driver: Driver, way: str) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(DIVERGES, playing=False, speed=300)
    rewind = driver.window.actions_now.rewind
    driver.settle()
    assert not rewind.isEnabled()
    driver.conductor.command(Change("optimizer.learning_rate", 1e6))
    driver.conductor.play(True)
    driver.wait(rewind.isEnabled)
    driver.wait(lambda: not driver.trainer.playing)
    driver.settle()
    driver.wait(driver.window.narrator.rewind.isVisible)
    head = driver.frame.head
    driver.click(driver.window.narrator.rewind) if way == "narrator" else rewind.trigger()
    arrived(driver, head)
    assert np.isfinite(theta(driver)).all()
    assert not rewind.isEnabled()


def test_the_invitation_gives_way_to_the_past(driver: Driver) -> None:
    trained(driver)
    driver.window.invitation.invite("Change one thing", [("Go on", None)])
    driver.conductor.travel(5)
    arrived(driver, 5)
    assert not driver.window.invitation.isVisible()
