"""Undo and redo in the real window."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gdexplorer.app.undo import BURST, Undoing, _joined
from gdexplorer.arrays import Array
from gdexplorer.lab.commands import NETWORK, Change, Command, MoveTo, Nudge, Reinitialize, Restart, SetParameter
from gdexplorer.lab.frame import RunEntry
from tests.app.driver import Driver

Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
RATE = "optimizer.learning_rate"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A run at update 10, at rest, and the clock by which bursts are told; it stands still."""
    clock = Clock()
    monkeypatch.setattr(undoing(driver), "clock", clock)
    driver.window.host.show_workspace("Gradients")
    driver.open({"optimizer": {"kind": "sgd", "learning_rate": 0.1}}, playing=False)
    driver.ask(lambda session: session.train(10))
    return clock


def undoing(driver: Driver) -> Undoing:
    return driver.window.actions_now.undoing


def theta(driver: Driver) -> Array:
    return driver.ask(lambda session: session.run.state.theta.copy())


def rate(driver: Driver) -> float:
    return driver.ask(lambda session: float(session.run.state.experiment.optimizer.learning_rate))  # type: ignore[attr-defined]


def do(driver: Driver, command: Command, steps: int | None = None) -> None:
    """Send a command and wait until it is on the stack, which then has so many steps."""
    replies = len(driver.frame.replies)
    driver.conductor.command(command)
    driver.wait(lambda: len(driver.frame.replies) > replies)
    if steps is not None:
        assert undoing(driver).stack.count() == steps


def undo(driver: Driver, modifiers: Qt.KeyboardModifier = CTRL) -> None:
    driver.window.setFocus()
    driver.press(Key.Key_Z, modifiers)
    number = driver.ask(lambda session: session.frame().number)
    driver.conductor.refresh()
    driver.wait(lambda: driver.frame.number > number)


def redo(driver: Driver) -> None:
    undo(driver, CTRL | SHIFT)


def active(driver: Driver) -> RunEntry:
    return next(entry for entry in driver.frame.runs if entry.active)


# ---- the three kinds ----------------------------------------------------------------


def test_a_live_setting_is_set_back_now_with_a_marker_and_keeps_the_weights(driver: Driver, clock: Clock) -> None:
    do(driver, Change(RATE, 0.3), 1)
    assert driver.window.actions_now.undo.text() == "&Undo η 0.1 → 0.3"
    driver.ask(lambda session: session.train(5))
    before = theta(driver)
    undo(driver)
    assert (driver.state.step, rate(driver)) == (15, 0.1)
    np.testing.assert_array_equal(theta(driver), before)
    assert [marker.label for marker in driver.markers] == ["η 0.1 → 0.3", "η 0.3 → 0.1"]
    assert driver.window.actions_now.redo.text() == "&Redo η 0.1 → 0.3"
    redo(driver)
    assert (driver.state.step, rate(driver), len(driver.markers)) == (15, 0.3, 3)
    np.testing.assert_array_equal(theta(driver), before)
    assert (undoing(driver).stack.count(), undoing(driver).own) == (1, set())
    assert len(driver.frame.runs) == 1


KINDS: dict[str, Callable[[Driver], Command]] = {
    "new weights": lambda driver: Reinitialize(NETWORK, 99),
    "weights of a layer": lambda driver: Reinitialize("h1", 99),
    "layers": lambda driver: Change("network.layers", []),
    "data": lambda driver: Change("data.kind", "xor"),
    "noise of the data": lambda driver: Change("seed", 99),
    "drag": lambda driver: MoveTo(theta(driver) + 1.0),
    "nudge": lambda driver: Nudge(0.1, 3),
    "one weight": lambda driver: SetParameter(0, 2.5),
    "problem": lambda driver: Change("problem.kind", "himmelblau"),
    "restart": lambda driver: Restart(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_everything_else_returns_to_the_moment_before_and_redo_to_where_it_was_left(
    driver: Driver, clock: Clock, kind: str
) -> None:
    before, settings = theta(driver), driver.ask(lambda session: session.run.state.experiment)
    do(driver, KINDS[kind](driver), 1)
    driver.ask(lambda session: session.train(3))
    after, changed, step = theta(driver), driver.ask(lambda session: session.run.state.experiment), driver.steps
    for _ in range(2):  # again, and it is the same two runs
        undo(driver)
        np.testing.assert_array_equal(theta(driver), before)
        assert (driver.state.experiment, driver.state.step, driver.frame.past) == (settings, 10, False)
        assert undoing(driver).stack.canRedo()
        redo(driver)
        np.testing.assert_array_equal(theta(driver), after)
        assert (driver.state.experiment, driver.state.step) == (changed, step)
    assert len(driver.frame.runs) == 2
    assert undoing(driver).stack.count() == 1


def test_what_was_undone_goes_on_as_it_would_have_gone(driver: Driver, clock: Clock) -> None:
    driver.conductor.command(Nudge(0.5, 1))
    driver.wait(lambda: undoing(driver).stack.count() == 1)
    undo(driver)
    driver.ask(lambda session: session.train(20))
    gone = theta(driver)
    driver.open({"optimizer": {"kind": "sgd", "learning_rate": 0.1}}, playing=False)
    driver.ask(lambda session: session.train(30))
    np.testing.assert_array_equal(theta(driver), gone)


def test_reset_all_is_undone(driver: Driver, clock: Clock) -> None:
    do(driver, Change(RATE, 0.5), 1)
    before = theta(driver)
    driver.window.setFocus()
    driver.press(Key.Key_Backspace, CTRL | SHIFT)
    driver.wait(lambda: undoing(driver).stack.count() == 2)
    driver.rest()
    assert rate(driver) == 0.1
    undo(driver)
    np.testing.assert_array_equal(theta(driver), before)
    assert (rate(driver), driver.state.step) == (0.5, 10)


def test_several_steps_are_undone_one_by_one_and_done_again(driver: Driver, clock: Clock) -> None:
    thetas = [theta(driver)]
    for command in (Nudge(0.1, 1), Change(RATE, 0.2), Nudge(0.1, 2), Nudge(0.1, 3)):
        do(driver, command)
        thetas.append(theta(driver))
    assert undoing(driver).stack.count() == 4
    for expected, eta in ((3, 0.2), (2, 0.2), (1, 0.1), (0, 0.1)):
        undo(driver)
        np.testing.assert_array_equal(theta(driver), thetas[expected])
        assert rate(driver) == eta
    assert not undoing(driver).stack.canUndo()
    for expected, eta in ((1, 0.1), (2, 0.2), (3, 0.2), (4, 0.2)):
        redo(driver)
        np.testing.assert_array_equal(theta(driver), thetas[expected])
        assert rate(driver) == eta


def test_keys_that_are_held_undo_all_before_a_frame_is_drawn(driver: Driver, clock: Clock) -> None:
    thetas, entries = [theta(driver)], 4
    for command in (Nudge(0.1, 1), Change(RATE, 0.2), Nudge(0.1, 2), Nudge(0.1, 3)):
        do(driver, command)
        thetas.append(theta(driver))
    stack = undoing(driver).stack
    for _ in range(entries):
        stack.undo()
    np.testing.assert_array_equal(theta(driver), thetas[0])
    assert rate(driver) == 0.1
    for _ in range(entries):
        stack.redo()
    np.testing.assert_array_equal(theta(driver), thetas[-1])
    assert rate(driver) == 0.2


def test_a_command_after_undo_forgets_what_was_undone(driver: Driver, clock: Clock) -> None:
    do(driver, Nudge(0.1, 1), 1)
    undo(driver)
    do(driver, Nudge(0.1, 2), 1)
    assert not undoing(driver).stack.canRedo()


def test_a_live_setting_is_set_back_in_the_present_also_from_the_past(driver: Driver, clock: Clock) -> None:
    do(driver, Change(RATE, 0.3), 1)
    driver.ask(lambda session: session.train(5))
    driver.settle()
    driver.conductor.travel(12)
    driver.wait(lambda: driver.frame.past and driver.state.step == 12)
    undo(driver)
    assert (driver.frame.past, driver.state.step, rate(driver), len(driver.frame.runs)) == (False, 15, 0.1, 1)


def test_a_branch_is_undone_by_going_on_with_the_run_before_it(driver: Driver, clock: Clock) -> None:
    first = active(driver).id
    driver.conductor.travel(4)
    driver.wait(lambda: driver.frame.past and driver.state.step == 4)
    before = theta(driver)
    do(driver, Nudge(0.1, 1), 1)
    assert active(driver).id != first
    undo(driver)
    np.testing.assert_array_equal(theta(driver), before)
    assert driver.state.step == 4


def test_opening_something_else_clears_the_stack_and_what_is_refused_is_not_on_it(driver: Driver, clock: Clock) -> None:
    do(driver, Change(RATE, -1.0), 0)
    do(driver, Nudge(0.1, 1), 1)
    driver.open(playing=False)
    assert undoing(driver).stack.count() == 0
    assert not driver.window.actions_now.undo.isEnabled()


def test_without_the_run_it_returns_to_undo_says_so(driver: Driver, clock: Clock) -> None:
    do(driver, Restart(), 1)
    driver.settle()
    driver.conductor.discard(next(entry.id for entry in driver.frame.runs if not entry.active))
    driver.wait(lambda: len(driver.frame.runs) == 1)
    undo(driver)
    driver.wait(lambda: "removed" in driver.status)
    assert driver.state.step == 0


# ---- bursts -------------------------------------------------------------------------


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


# ---- keys ---------------------------------------------------------------------------


def test_a_text_field_keeps_its_own_undo(driver: Driver, clock: Clock) -> None:
    do(driver, Change(RATE, 0.3), 1)
    driver.settle()
    field = driver.number(RATE).field
    driver.focus(field)
    field.selectAll()
    QTest.keyClicks(field, "7")
    driver.press(Key.Key_Z, CTRL)
    assert field.text() == "0.3"
    driver.press(Key.Key_Escape)
    driver.settle()
    assert (rate(driver), undoing(driver).stack.index()) == (0.3, 1)


def test_the_keys_of_undo_and_redo(driver: Driver) -> None:
    actions = driver.window.actions_now
    assert "Ctrl+Z" in [keys.toString() for keys in actions.undo.shortcuts()]
    assert "Ctrl+Shift+Z" in [keys.toString() for keys in actions.redo.shortcuts()]
    listed = {text: shortcut for _, text, shortcut in actions.listed()}
    assert (listed["Undo"], listed["Redo"]) == ("Ctrl+Z", "Ctrl+Shift+Z")
