from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from pytestqt.qtbot import QtBot

from gdexplorer.panels.pointing import PointedPlot
from tests.panels.map_frames import click, mouse, move, press, release, turn

SIGNALS = ("hovered", "clicked", "drag_began", "dragged", "dropped")


@pytest.fixture
def plot(qtbot: QtBot) -> PointedPlot:
    made = PointedPlot("plot")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    made.set_view(-1, 1, -2, 2)
    return made


@pytest.fixture
def events(plot: PointedPlot) -> Iterator[list[tuple[str, float, float]]]:
    seen: list[tuple[str, float, float]] = []
    for name in SIGNALS:
        getattr(plot, name).connect(lambda place, name=name: seen.append((name, place.x(), place.y())))
    yield seen
    for name in SIGNALS:
        getattr(plot, name).disconnect()


def test_moving_hovers_in_data_coordinates(plot: PointedPlot, events: list[tuple[str, float, float]]) -> None:
    move(plot, 0.5, -1)
    ((name, x, y),) = events
    assert name == "hovered"
    assert (x, y) == pytest.approx((0.5, -1), abs=0.02)


def test_a_press_and_release_is_a_click(plot: PointedPlot, events: list[tuple[str, float, float]]) -> None:
    click(plot, 0, 0)
    assert [name for name, *_ in events] == ["clicked"]


def test_a_drag_begins_where_the_button_went_down(plot: PointedPlot, events: list[tuple[str, float, float]]) -> None:
    press(plot, 0, 0)
    move(plot, 0.005, 0)
    assert not events
    move(plot, 0.5, 1)
    release(plot, 0.6, 1)
    assert [name for name, *_ in events] == ["drag_began", "dragged", "dropped"]
    assert events[0][1:] == pytest.approx((0, 0), abs=0.02)
    assert events[2][1:] == pytest.approx((0.6, 1), abs=0.02)


def test_neither_drag_nor_wheel_moves_the_window(plot: PointedPlot) -> None:
    press(plot, 0, 0)
    move(plot, 0.5, 1)
    release(plot, 0.5, 1)
    turn(plot, 0, 0, 1)
    assert plot.view() == (-1, 1, -2, 2)


def test_navigation_is_told_where_it_is_wanted(qtbot: QtBot, plot: PointedPlot) -> None:
    with qtbot.assertNotEmitted(plot.wheeled), qtbot.assertNotEmitted(plot.keyed):
        turn(plot, 0.5, 1, 1)
        qtbot.keyClick(plot, Qt.Key.Key_Plus)
    plot.navigable = True
    with qtbot.waitSignal(plot.wheeled) as wheeled:
        turn(plot, 0.5, 1, -2)
    assert (wheeled.args[0].x(), wheeled.args[0].y()) == pytest.approx((0.5, 1), abs=0.02)
    assert wheeled.args[1] == -2
    with qtbot.waitSignal(plot.keyed) as keyed:
        qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert keyed.args == [Qt.Key.Key_Plus]
    with qtbot.assertNotEmitted(plot.keyed):
        qtbot.keyClick(plot, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(plot, Qt.Key.Key_A)
    with qtbot.waitSignal(plot.double_clicked), qtbot.assertNotEmitted(plot.clicked):
        mouse(plot, QEvent.Type.MouseButtonDblClick, 0, 0)
        release(plot, 0, 0)
