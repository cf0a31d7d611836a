"""Points drawn with the mouse in the real window, until the network has learned them."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gdexplorer.panels.boundary import BoundaryPanel
from tests.app.driver import Driver
from tests.panels.map_frames import click, move, press, release


def boundary(driver: Driver) -> BoundaryPanel:
    panel = driver.panel("boundary")
    assert isinstance(panel, BoundaryPanel)
    driver.wait(lambda: panel._report is not None)
    return panel


def stroke(panel: BoundaryPanel, y: float) -> None:
    press(panel.plot, -1.0, y)
    for x in np.linspace(-1.0, 1.5, 60):
        move(panel.plot, float(x), y)
    release(panel.plot, 1.5, y)


def test_two_strokes_of_two_classes_are_learned_while_it_trains(driver: Driver) -> None:
    driver.open({"optimizer.learning_rate": 0.5})
    panel = boundary(driver)
    driver.click(panel.draw)
    driver.click(panel.clear)
    click(panel.plot, 0.0, -0.5)
    driver.train()
    assert driver.state.experiment.data.kind == "moons"
    stroke(panel, -0.5)
    driver.press(Qt.Key.Key_2)
    assert panel.drawing.chosen == 1
    stroke(panel, 1.0)
    drawn = panel.drawing.table
    driver.wait(lambda: driver.state.experiment.data.table == drawn)
    assert driver.trainer.playing
    driver.show_more()
    assert drawn is not None
    assert driver.editor("data.kind").combo.currentText() == f"Own: {len(drawn)} points"  # type: ignore[attr-defined]
    driver.wait(lambda: driver.frame.lane.history.curves[-1][-1, 3] == 1.0)  # training accuracy
    driver.rest()
    assert np.sign(panel._decision._at(np.array([0.0, 0.0]), np.array([-0.5, 1.0]))) == pytest.approx([-1, 1])
    assert f"{len(drawn)} points" in panel.summary()
    driver.click(panel.draw)
    assert "drawn points" in driver.window.status._text.text()


def test_single_keys_of_the_window_still_act_while_points_are_drawn(driver: Driver) -> None:
    driver.open(playing=False)
    panel = boundary(driver)
    driver.click(panel.draw)
    panel.plot.setFocus()
    driver.press(Qt.Key.Key_Right)
    driver.made(1)
    before = panel.drawing.chosen
    driver.press(Qt.Key.Key_X)
    assert panel.drawing.chosen == 1 - before
    for key, chosen in ((Qt.Key.Key_2, 1), (Qt.Key.Key_1, 0)):  # which are the window's elsewhere
        driver.press(key)
        assert panel.drawing.chosen == chosen
    driver.click(panel.kinds[1])
    assert panel.plot.hasFocus()
    driver.click(panel.draw)
