"""Runs in the real window: one is left, named, hidden, gone on with and removed from the panel."""

from gdexplorer.lab.commands import Change
from gdexplorer.panels.runs import RunsPanel
from gdexplorer.panels.runtable import NAME
from tests.app.driver import Driver


def test_runs_are_compared_named_and_gone_on_with(driver: Driver) -> None:
    conductor = driver.conductor
    driver.window.host.show_workspace("Runs")
    driver.open(playing=False)
    panel = driver.panel("runs")
    assert isinstance(panel, RunsPanel)
    driver.settle()
    assert panel.waiting.isVisible()
    driver.trainer.make_updates(30)
    driver.made(30)
    conductor.travel(10)
    driver.wait(lambda: driver.frame.past and not driver.frame.arriving)
    conductor.command(Change("optimizer.learning_rate", 0.003))
    driver.wait(lambda: len(driver.frame.runs) == 2)
    driver.settle()
    assert panel.table.isVisible()
    assert [(row["run"], row["state"]) for row in panel.table.listed()] == [("run 1", "ghost"), ("run 2", "active")]

    panel.table.setCurrentCell(0, NAME)
    panel.table.renamed.emit(1, "slow")
    panel.table.shown_changed.emit(1, False)
    driver.wait(lambda: driver.frame.runs[0].name == "slow" and not driver.frame.runs[0].shown)
    assert len(driver.frame.lanes) == 1
    panel.go_on.click()
    driver.wait(lambda: driver.frame.runs[0].active and driver.state.step == 30)
    driver.settle()
    panel.table.setCurrentCell(1, NAME)
    panel.remove.click()
    driver.wait(lambda: [run.name for run in driver.frame.runs] == ["slow"])
    driver.settle()
    assert panel.waiting.isVisible()
