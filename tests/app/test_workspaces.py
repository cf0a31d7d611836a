"""What the arrangements are made of: which panels stand where, and how much room they get."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHoverEvent
from PySide6.QtWidgets import QApplication

from gdexplorer.app.panels import PANELS
from gdexplorer.app.workspaces import BEYOND, INSTEAD, WORKSPACES
from tests.app.driver import Driver

NAMES = {kind.name for kind in PANELS}
NONE = frozenset[str]()


@pytest.mark.parametrize("name", WORKSPACES)
def test_every_panel_that_is_named_is_there(name: str) -> None:
    chosen = WORKSPACES[name]
    for rows in (chosen.rows, chosen.few, (chosen.narrow, chosen.tabs)):
        assert {panel for row in rows for panel in row} <= NAMES
    assert len(chosen.heights) == len(chosen.rows)
    assert {*INSTEAD, *BEYOND} <= NAMES


def test_a_panel_that_has_nothing_to_show_gives_way_to_one_that_has() -> None:
    explore, data = WORKSPACES["Explore"], WORKSPACES["Data"]
    unfit = NAMES - {"landscape", "curves", "gradients", "confusion", "learning"}
    assert explore.fitting(False, 1080, unfit)[0] == ("landscape", "confusion")
    assert explore.fitting(False, 1080, NAMES - {"landscape", "curves"}) == (("landscape",), ("curves",))
    assert data.fitting(False, 1080, unfit)[1] == ("curves",), "the confusion matrix stands above already"


@pytest.mark.parametrize("name", WORKSPACES)
@pytest.mark.parametrize("height", [560, 1080])
@pytest.mark.parametrize("large", [False, True])
def test_no_workspace_is_empty_whatever_has_nothing_to_show(large: bool, height: int, name: str) -> None:
    for fit in ({"curves"}, {"landscape", "curves"}):
        rows = WORKSPACES[name].fitting(large, height, NAMES - fit)
        assert rows
        assert {panel for row in rows for panel in row} <= fit


def test_images_have_no_boundary_in_the_plane(driver: Driver) -> None:
    assert driver.window.conductor.open_path("digits", playing=False)
    driver.settle()
    driver.window.host.show_workspace("Explore")
    assert not driver.window.dock("boundary").isVisible()
    assert driver.window.dock("confusion").isVisible()


def test_the_landscape_is_wider_than_what_stands_beside_it(driver: Driver) -> None:
    driver.open(playing=False)
    driver.settle()
    driver.window.host.show_workspace("Landscape")
    wide, narrow = (driver.window.dock(name).width() for name in ("landscape", "curves"))
    assert wide == pytest.approx(0.64 * (wide + narrow), rel=0.05)


def hover(driver: Driver, x: float, y: float) -> None:
    place = QPointF(x, y)
    QApplication.sendEvent(driver.window.host, QHoverEvent(QEvent.Type.HoverMove, place, place, QPointF()))
    QApplication.processEvents()


def test_a_workspace_may_change_under_a_mouse_between_two_docks(driver: Driver) -> None:
    """Without a word to Qt, the next key or move is a segmentation fault."""
    driver.open(playing=False)
    driver.settle()
    host, left = driver.window.host, driver.window.dock("landscape").geometry()
    hover(driver, left.right() + 3, left.center().y())
    assert host.cursor().shape() == Qt.CursorShape.SplitHCursor
    host.show_workspace("Noise")
    hover(driver, 0, 0)
    assert host.cursor().shape() == Qt.CursorShape.ArrowCursor
