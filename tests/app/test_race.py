"""A race in the real window: lanes come and go, start elsewhere, and are seen in every panel."""

import numpy as np
from PySide6.QtCore import QEvent

from gdexplorer.panels.basins import BasinsPanel
from gdexplorer.panels.curves import CurvesPanel
from gdexplorer.panels.race import RacePanel
from tests.app.driver import Driver
from tests.panels.map_frames import mouse, press


def panels(driver: Driver) -> tuple[RacePanel, CurvesPanel, BasinsPanel]:
    race, curves, basins = (driver.panel(name) for name in ("race", "curves", "basins"))
    assert isinstance(race, RacePanel)
    assert isinstance(curves, CurvesPanel)
    assert isinstance(basins, BasinsPanel)
    return race, curves, basins


def test_a_race_from_the_table_to_the_map(driver: Driver) -> None:
    window, conductor = driver.window, driver.conductor
    window.resize(1600, 900)
    window.host.show_workspace("Race")
    assert conductor.open_path("himmelblau", playing=False)
    driver.wait(lambda: conductor.frame is not None)
    race, curves, basins = panels(driver)
    driver.settle()
    assert race.table.rowCount() == 3

    race.add.activated.emit(race.add.findText("conjugate gradient"))
    driver.wait(lambda: len(driver.frame.lanes) == 4)
    conductor.one_update()
    driver.wait(lambda: driver.state.step == 1)
    driver.settle()
    assert race.table.rowCount() == 4
    assert all(len(line.xData) == 2 for line in curves.loss._lines)
    driver.wait(lambda: basins._report is not None and basins._report.finest)

    press(basins.plot, 2.0, -1.0)
    mouse(basins.plot, QEvent.Type.MouseButtonRelease, 2.0, -1.0)
    driver.wait(lambda: driver.markers and driver.markers[-1].label == "moved")
    for point in driver.ask(lambda session: [run.state.theta.copy() for run in session.runs]):
        np.testing.assert_allclose(point, [2, -1], atol=0.1)

    race.table.setCurrentCell(3, 0)
    race.strip.remove.click()
    driver.wait(lambda: len(driver.frame.lanes) == 3)


def test_a_refusal_is_told_and_a_network_has_no_basins(driver: Driver) -> None:
    driver.window.host.show_workspace("Race")
    driver.open(playing=False)
    race, _, basins = panels(driver)
    driver.wait(lambda: basins.isHidden() or not basins.isVisible())
    race.add.activated.emit(race.add.findText("L-BFGS"))
    driver.wait(lambda: "searches along lines" in driver.status)
    assert len(driver.frame.lanes) == 1
