from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.panels import PANELS, Kind, Links
from gdexplorer.app.window import Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab.frame import Frame
from gdexplorer.panels.curves import CurvesPanel
from gdexplorer.panels.panel import Panel
from gdexplorer.probes.oneweight import Weight
from tests.app.driver import Driver
from tests.builders import CATALOGUE

EXPLORE = {"landscape", "boundary", "curves", "gradients"}


def made(window: Window) -> set[str]:
    return {dock.objectName() for dock in window.docks if dock.has_panel}


@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.name)
def test_the_table_says_what_the_class_says(kind: Kind) -> None:
    panel = kind.load()
    assert panel.__module__ == f"gdexplorer.panels.{kind.name}"
    assert (panel.title, panel.requires) == (kind.title, kind.requires)


def test_only_the_panels_that_are_seen_are_made(window: Window, driver_of: Callable[[Window], Driver]) -> None:
    driver = driver_of(window)
    driver.wait(lambda: made(window) == EXPLORE)
    driver.open(playing=False)
    driver.settle()
    window.set_theme("dark")
    window.host.show_workspace("Gradients")  # with two more behind the first
    driver.settle()
    assert made(window) == EXPLORE
    window.host.show_panel("activations")
    driver.settle()
    assert made(window) == EXPLORE | {"activations"}


def test_each_panel_is_made_when_view_shows_it_and_receives_frames(
    window: Window, driver_of: Callable[[Window], Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = driver_of(window)
    driver.open(playing=False)
    window.set_theme("dark")
    window.host.show_workspace("Landscape")
    driver.settle()
    shown: set[str] = set()
    for dock in window.docks:
        if not dock.isVisible():
            dock.toggleViewAction().trigger()
        driver.wait(lambda dock=dock: dock.has_panel)
        show = dock.panel.show_frame

        def noted(frame: Frame, show: Callable[[Frame], None] = show, name: str = dock.objectName()) -> None:
            shown.add(name)
            show(frame)

        monkeypatch.setattr(dock.panel, "show_frame", noted)
        driver.conductor.refresh()
        driver.wait(lambda dock=dock: dock.objectName() in shown)
        assert dock.panel.palette_now.name == "dark"
        assert dock.panel.title == dock.windowTitle()
        dock.toggleViewAction().trigger()


class Linked:
    """Docks without a window, and what was asked to be shown."""

    def __init__(self, *names: str) -> None:
        self.docks = {kind.name: kind.dock() for kind in PANELS if kind.name in names}
        self.shown: list[str] = []
        docks = tuple(self.docks.values())
        self.owner = QObject()
        self.conductor = Conductor(CATALOGUE, lambda: docks, self.owner)
        self.links = Links(docks, self.conductor, self.shown.append, self.owner)

    def __getitem__(self, name: str) -> Any:
        return self.docks[name].panel


@pytest.mark.parametrize("behind", [False, True])
def test_a_panel_that_could_not_be_seen_is_dressed_when_it_comes_back(driver: Driver, behind: bool) -> None:
    host, dock, other = driver.window.host, driver.window.dock("curves"), driver.window.dock("gradients")
    driver.open(playing=False)
    driver.settle()
    panel = dock.panel
    assert isinstance(panel, CurvesPanel)
    assert panel.loss.paused
    if behind:
        host.tabifyDockWidget(dock, other)
        other.raise_()
    else:
        dock.hide()
    driver.wait(lambda: not dock.seen)
    driver.conductor.play(True)
    assert panel.loss.paused
    dock.show()
    dock.raise_()
    driver.wait(lambda: dock.seen)
    assert not panel.loss.paused


def test_a_panel_is_made_once_and_takes_the_whole_dock(qapp: QApplication) -> None:
    linked = Linked("race")
    dock = linked.docks["race"]
    spy = QSignalSpy(dock.made)
    assert not dock.has_panel
    panel = dock.panel
    assert dock.panel is dock.widget() is panel
    assert [spy.at(k)[0] for k in range(spy.count())] == [dock]
    offered = {panel.add.itemText(k) for k in range(panel.add.count())}  # type: ignore[attr-defined]
    assert offered >= {record.label for record in CATALOGUE.optimizers.values()}


@pytest.mark.parametrize("pair", [("network", "oneweight"), ("oneweight", "network")], ids=lambda pair: pair[0])
def test_a_weight_chosen_before_a_panel_is_made_is_chosen_in_it(qapp: QApplication, pair: tuple[str, str]) -> None:
    linked, chosen, later = Linked(*pair), Weight("h1", 2, 1), Weight("h1", 1, 0)
    first, second = pair
    linked[first].weight_chosen.emit(chosen)
    assert not linked.docks[second].has_panel
    assert linked[second]._weight == chosen
    linked[second].weight_chosen.emit(later)
    assert linked[first]._weight == later
    linked["network"].weight_opened.emit(chosen)
    assert linked.shown == ["oneweight"]
    assert linked["oneweight"]._weight == chosen


def test_the_panels_of_a_layout_that_was_kept_are_those_that_are_made(
    open_window: Callable[[], Window], driver_of: Callable[[Window], Driver]
) -> None:
    first = open_window()
    first.host.show_workspace("Network")
    first.close()
    second = open_window()
    driver_of(second).wait(lambda: made(second))
    shown = {dock.objectName() for dock in second.docks if dock.seen}
    assert shown == {name for row in WORKSPACES["Network"].rows for name in row}
    driver_of(second).wait(lambda: made(second) == shown)


def test_a_panel_that_cannot_be_made_leaves_the_others_alone(
    window: Window, driver_of: Callable[[Window], Driver], monkeypatch: pytest.MonkeyPatch, reports: list[str]
) -> None:
    def fail() -> Panel:
        raise ValueError("cannot be made")

    monkeypatch.setattr(dock := window.dock("oneweight"), "_make", fail)
    driver = driver_of(window)
    driver.open(playing=False)
    window.host.show_workspace("Network")
    driver.wait(lambda: not dock.isVisible())
    assert reports
    assert all("cannot be made" in text for text in reports)
    reports.clear()
    driver.settle()
    assert window.dock("network").has_panel
