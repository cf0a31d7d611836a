"""Early stopping and the range test as a person meets them in the window."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gdexplorer.app.inputs import IconButton
from gdexplorer.lab.commands import Change, KeepBest
from gdexplorer.panels.rates import RatesPanel
from tests.app.driver import Driver

STOPS = {"optimizer": {"kind": "adam", "learning_rate": 0.05}, "training.stop_after": 25,
         "training.stop_threshold": 0.05}  # fmt: skip


def test_it_pauses_says_why_and_takes_the_best_weights_or_goes_on(driver: Driver) -> None:
    driver.open(STOPS)
    driver.wait(lambda: not driver.conductor.playing)
    driver.settle()
    narrator, stopped = driver.window.narrator, driver.state.step
    driver.wait(lambda: narrator.text.text().startswith("Paused: the test loss has not fallen below its best, "))
    best, theta = driver.ask(lambda session: (session.run.state.stopping.at, session.run.state.stopping.theta))
    assert best < stopped
    driver.click(narrator.mend)
    driver.marked(f"best weights, of update {best:,}")
    np.testing.assert_array_equal(driver.ask(lambda session: session.run.state.theta.copy()), theta)
    driver.settle()
    driver.wait(lambda: not narrator.text.text().startswith("Paused"))
    driver.conductor.play(True)
    driver.wait(lambda: driver.steps > stopped)


def test_the_best_weights_are_in_the_menu_and_refused_where_there_are_none(driver: Driver) -> None:
    driver.open(playing=False)
    applied = driver.watch()
    action = next(a for a in driver.window.actions() if a.text().replace("&", "") == "Keep the best weights")
    action.trigger()
    driver.wait(lambda: applied)
    assert applied[0].command == KeepBest()
    driver.wait(lambda: driver.status.startswith("No best weights are kept"))


def test_the_controls_have_schedule_and_stop(driver: Driver) -> None:
    driver.open(playing=False)
    driver.show_more()
    applied = driver.watch()
    driver.pick("training.schedule.kind", "reduce on plateau")
    driver.wait(lambda: "training.schedule.patience" in driver.window.controls._editors)
    driver.type("training.schedule.patience", "40")
    driver.type("training.stop_after", "300")
    driver.wait(lambda: len(applied) == 3)
    assert all(one.reply.accepted for one in applied)
    driver.settle()
    training = driver.state.experiment.training
    assert (training.schedule.patience, training.stop_after) == (40, 300)  # type: ignore[attr-defined]
    assert driver.window.controls.schedule.waiting.isVisible()


@pytest.mark.parametrize("way", ["button", "menu"])
def test_rates_are_tested_from_the_button_and_the_menu_and_one_is_used(driver: Driver, way: str) -> None:
    driver.open({"optimizer": {"kind": "sgd", "learning_rate": 0.1}, "training.batch_size": 20}, playing=False)
    panel = driver.panel("rates")
    assert isinstance(panel, RatesPanel)
    assert not panel.isVisible()
    before = driver.ask(lambda session: session.run.state.theta.copy())
    if way == "menu":
        QTest.keyClick(driver.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    else:
        driver.click(driver.number("optimizer.learning_rate").findChildren(IconButton)[0])
    driver.wait(lambda: panel._report is not None)
    assert panel.isVisible()
    np.testing.assert_array_equal(driver.ask(lambda session: session.run.state.theta.copy()), before)
    applied = driver.watch()
    driver.click(panel.steepest)
    driver.wait(lambda: applied)
    assert isinstance(command := applied[0].command, Change)
    assert panel._report is not None
    assert command.value == pytest.approx(panel._report.steepest, rel=0.05)
    driver.settle()
    assert driver.number("optimizer.learning_rate").field.text() == f"{command.value:g}"
