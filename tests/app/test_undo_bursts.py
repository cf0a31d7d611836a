"""Commands that follow each other closely are one step of undo."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gdexplorer.app.undo import BURST, _joined
from gdexplorer.lab.commands import Change, Nudge, SetParameter
from tests.app.driver import Driver
from tests.app.undone import RATE, Clock, begun, do, rate, redo, theta, undo, undoing


@pytest.fixture
def clock(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return begun(driver, monkeypatch)


def test_a_burst_is_one_step_whose_old_value_is_the_first(driver: Driver, clock: Clock) -> None:
    for value in (0.2, 0.25, 0.3):
        do(driver, Change(RATE, value), 1)
        clock.now += 0.9 * BURST
    assert driver.window.actions_now.undo.text() == "&Undo η 0.1 → 0.3"
    undo(driver)
    assert rate(driver) == 0.1
    redo(driver)
    assert rate(driver) == 0.3


def test_other_settings_later_changes_and_commands_of_their_own_are_steps_of_their_own(
    driver: Driver, clock: Clock
) -> None:
    do(driver, Change(RATE, 0.2), 1)
    clock.now += BURST
    do(driver, Change(RATE, 0.3), 2)
    do(driver, Change("training.batch_size", 5), 3)
    do(driver, Change(RATE, 0.4), 4)
    do(driver, Nudge(0.1, 1), 5)
    do(driver, Nudge(0.1, 2), 6)
    do(driver, SetParameter(0, 1.0), 7)
    do(driver, SetParameter(0, 2.0), 7)
    do(driver, SetParameter(1, 2.0), 8)


def test_a_burst_of_what_is_no_live_setting_returns_to_before_its_first(driver: Driver, clock: Clock) -> None:
    before = theta(driver)
    for value in (1.0, 2.0, 3.0):
        do(driver, SetParameter(0, value), 1)
    undo(driver)
    np.testing.assert_array_equal(theta(driver), before)
    redo(driver)
    assert theta(driver)[0] == 3


def test_a_burst_that_ends_where_it_began_is_no_step(driver: Driver, clock: Clock) -> None:
    do(driver, Change(RATE, 0.2), 1)
    do(driver, Change(RATE, 0.1), 0)


def test_a_slow_drag_of_a_slider_is_one_step_and_the_next_drag_another(driver: Driver, clock: Clock) -> None:
    slider = driver.number(RATE).slider
    assert slider is not None
    handle, window = driver.window.windowHandle(), driver.window

    def at(share: float) -> QPoint:
        return slider.mapTo(window, QPoint(round(share * slider.width()), slider.height() // 2))

    def drag(shares: tuple[float, ...], steps: int) -> None:
        QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=at(shares[0]))
        for share in shares[1:]:
            value = rate(driver)
            QTest.mouseMove(handle, at(share))
            driver.wait(lambda: undoing(driver).stack.count() == steps and rate(driver) != value)  # noqa: B023
            driver.settle()
            clock.now += 10 * BURST
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=at(shares[-1]))

    here = slider.sliderPosition() / slider.maximum()
    drag((here, 0.5, 0.3, 0.7), 1)
    held = slider.sliderPosition() / slider.maximum()
    drag((held, 0.4, 0.2), 2)
    undo(driver)
    undo(driver)
    assert rate(driver) == 0.1


def test_the_window_presses_tell_gestures_apart(driver: Driver) -> None:
    before = undoing(driver).gesture
    QTest.mouseClick(driver.window.windowHandle(), Qt.MouseButton.LeftButton, pos=QPoint(3, 300))
    assert undoing(driver).gesture == before + 1


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [("η 0.1 → 0.2", "η 0.2 → 0.3", "η 0.1 → 0.3"), ("data → moons", "data → XOR", "data → XOR"),
     ("clipping on", "clipping off", "clipping off"), ("a", "η 0.2 → 0.3", "η 0.2 → 0.3")],
)  # fmt: skip
def test_labels_of_a_burst(first: str, last: str, both: str) -> None:
    assert _joined(first, last) == both
