from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.panels.pointing import PointedPlot
from tests.panels.map_frames import click, move, press, release

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
    middle = QPointF(plot.rect().center())
    wheel = QWheelEvent(
        middle, plot.mapToGlobal(middle), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), wheel)
    assert plot.view() == (-1, 1, -2, 2)
