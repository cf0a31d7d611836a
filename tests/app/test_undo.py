"""Undo and redo in the real window."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtTest import QTest

from gdexplorer.lab.commands import NETWORK, Change, Command, MoveTo, Nudge, Reinitialize, Restart, SetParameter
from tests.app.driver import Driver
from tests.app.undone import (
    CTRL,
    RATE,
    SHIFT,
    Clock,
    Key,
    active,
    begun,
    do,
    rate,
    redo,
    theta,
    undo,
    undoing,
)


@pytest.fixture
def clock(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return begun(driver, monkeypatch)


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
