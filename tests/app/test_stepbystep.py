"""The four buttons in the real window: by mouse, by key, on the run that trains."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab.commands import UpdateOn
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.panels.stepbystep import StepByStepPanel
from gdexplorer.probes.stepwise import Phase, Stage
from tests.app.driver import Driver
from tests.builders import CATALOGUE

Key = Qt.Key
KEYS = (Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_4)


def steps_of(driver: Driver) -> StepByStepPanel:
    panel = driver.panel("stepbystep")
    assert isinstance(panel, StepByStepPanel)
    return panel


def stage_of(driver: Driver, phase: Phase) -> Stage:
    """Wait until the panel shows a step that has come so far."""
    panel = steps_of(driver)
    driver.wait(lambda: panel._stage is not None and panel._stage.phase is phase)
    assert panel._stage is not None
    return panel._stage


def theta(driver: Driver) -> bytes:
    return driver.ask(lambda session: session.run.state.theta.tobytes())


def press(driver: Driver, number: int) -> Stage:
    panel = steps_of(driver)
    driver.wait(panel.buttons[number - 1].isEnabled)
    driver.click(panel.buttons[number - 1])
    return stage_of(driver, Phase(number))


def test_lesson_two_by_mouse(driver: Driver) -> None:
    driver.conductor.open_path("four-buttons", playing=False)
    assert driver.window.host.workspace == "Step by step"
    stage_of(driver, Phase.READY)
    panel = steps_of(driver)
    panel.exact.click()
    before = theta(driver)
    forward = press(driver, 1)
    outputs = forward.layers[-1].a
    assert outputs is not None
    assert outputs.item() == pytest.approx(0.751365, abs=5e-7)
    loss = press(driver, 2).loss
    assert loss is not None
    assert loss.total == pytest.approx(0.274811, abs=5e-7)
    assert "L = 0.274811" in panel.derivation.texts()
    backward = press(driver, 3)
    assert theta(driver) == before
    assert backward.unmoved
    assert backward.backward is not None
    weights = backward.layout.view(backward.backward.gradient, "output", "weight")[0]
    assert weights == pytest.approx((0.082167, 0.082668), abs=5e-7)
    assert "∂L/∂w = 0.082167" in panel.derivation.texts()
    done = press(driver, 4)
    assert theta(driver) != before
    assert driver.steps == 1
    assert done.update is not None
    assert done.update.loss == pytest.approx(0.258015, abs=5e-7)
    assert done.first_order == pytest.approx(0.016588, abs=5e-7)
    assert done.first_order == pytest.approx(loss.total - done.update.loss, rel=0.03)
    assert "L of this example: 0.274811 → 0.258015" in panel.derivation.texts()
    assert "Update done, parameters changed" in panel.accessibleDescription()


def test_keys_pause_the_run_and_press_the_buttons(driver: Driver) -> None:
    driver.window.host.show_workspace("Step by step")
    driver.open(speed=200)
    driver.train(5)
    driver.press(KEYS[0])
    forward = stage_of(driver, Phase.FORWARD)
    assert not driver.trainer.playing
    before = theta(driver)
    for key, phase in zip(KEYS[1:3], (Phase.LOSS, Phase.BACKWARD), strict=True):
        driver.press(key)
        stage_of(driver, phase)
    assert theta(driver) == before
    made = driver.steps
    driver.press(KEYS[3])
    done = stage_of(driver, Phase.UPDATE)
    assert driver.steps == made + 1 == forward.step + 1
    assert done.update is not None
    assert done.update.theta.tobytes() == theta(driver)
    driver.press(KEYS[3])  # nothing more to update
    assert driver.steps == made + 1


def test_keys_do_nothing_where_the_panel_is_not_seen(driver: Driver) -> None:
    driver.open(speed=200)
    driver.train(5)
    driver.press(KEYS[0])
    assert driver.trainer.playing
    assert driver.trainer.playing
    assert steps_of(driver)._request.phase is Phase.READY


def test_playing_leaves_the_step_behind(driver: Driver) -> None:
    driver.window.host.show_workspace("Step by step")
    driver.open(playing=False)
    stage_of(driver, Phase.READY)
    press(driver, 1)
    press(driver, 2)
    driver.conductor.play(True)
    stage = stage_of(driver, Phase.READY)
    driver.rest()
    assert stage_of(driver, Phase.READY).step >= stage.step > 0
    assert steps_of(driver).buttons[0].isEnabled()
    assert not steps_of(driver).buttons[2].isEnabled()


def test_steps_on_batches_and_on_examples_are_replayed(driver: Driver) -> None:
    driver.window.host.show_workspace("Step by step")
    driver.open({"optimizer": {"kind": "adam", "learning_rate": 0.01}}, playing=False)
    stage_of(driver, Phase.READY)
    panel = steps_of(driver)
    for number in (1, 2, 3, 4):
        press(driver, number)
    driver.choose(panel.choice, "one training example")  # type: ignore[arg-type]
    panel.spin.setValue(5)
    stage_of(driver, Phase.READY)
    for number in (1, 2, 3, 4):
        press(driver, number)
    driver.conductor.one_update()
    driver.wait(lambda: driver.steps == 3)
    assert driver.ask(lambda session: list(session.log)) == [(1, UpdateOn(4))]

    def again(session: Session) -> bool:
        return bool(np.array_equal(replay(session, CATALOGUE).run.state.theta, session.run.state.theta))

    assert driver.ask(again)


def test_it_has_a_workspace_with_the_panel_large() -> None:
    assert WORKSPACES["Step by step"].rows[0] == ("stepbystep",)
    assert WORKSPACES["Step by step"].narrow == ("stepbystep",)


def test_another_experiment_begins_anew(driver: Driver) -> None:
    driver.window.host.show_workspace("Step by step")
    driver.open(playing=False)
    stage_of(driver, Phase.READY)
    press(driver, 1)
    driver.open({"seed": 3}, playing=False)
    assert stage_of(driver, Phase.READY).step == 0
    driver.settle()
    assert stage_of(driver, Phase.READY).batch is None
