import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from gdexplorer.landscape.surface import Window
from gdexplorer.panels.pointing import PointedPlot
from gdexplorer.panels.zoom import NOTCH, Zoom
from tests.panels.map_frames import turn


@pytest.fixture
def plot(qtbot: QtBot) -> PointedPlot:
    made = PointedPlot("plot")
    qtbot.addWidget(made)
    made.resize(400, 400)
    made.show()
    made.set_view(-1, 1, -2, 2)
    return made


@pytest.fixture
def zoom(plot: PointedPlot) -> Zoom:
    return Zoom(plot)


def test_the_wheel_keeps_what_is_under_the_mouse(qtbot: QtBot, plot: PointedPlot, zoom: Zoom) -> None:
    before = plot.pixel(0.5, 1)
    with qtbot.waitSignal(zoom.settled) as settled:
        turn(plot, 0.5, 1, 2)
        assert zoom.moving
    assert (plot.pixel(0.5, 1) - before).manhattanLength() < 3
    x0, x1, y0, y1 = plot.view()
    assert x1 - x0 == pytest.approx(2 / NOTCH**2)
    assert settled.args == [Window((x0, x1), (y0, y1))]
    assert not zoom.moving


@pytest.mark.parametrize(
    ("key", "factor"), [(Qt.Key.Key_Plus, 1 / NOTCH), (Qt.Key.Key_Equal, 1 / NOTCH), (Qt.Key.Key_Minus, NOTCH)]
)
def test_keys_zoom_about_the_middle(qtbot: QtBot, plot: PointedPlot, zoom: Zoom, key: Qt.Key, factor: float) -> None:
    with qtbot.waitSignal(zoom.settled):
        qtbot.keyClick(plot, key)
    assert plot.view() == pytest.approx((-factor, factor, -2 * factor, 2 * factor))


def test_several_moves_are_told_once(qtbot: QtBot, plot: PointedPlot, zoom: Zoom) -> None:
    told: list[object] = []
    zoom.settled.connect(told.append)
    with qtbot.waitSignal(zoom.settled):
        for _ in range(4):
            zoom.pan(QPointF(0.1, 0.2))
    assert plot.view() == pytest.approx((-0.6, 1.4, -1.2, 2.8))
    assert len(told) == 1


def test_home_and_double_click_ask_for_what_suits(qtbot: QtBot, plot: PointedPlot, zoom: Zoom) -> None:
    with qtbot.waitSignal(zoom.settled) as settled:
        zoom.scale(0.5)
        qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert settled.args == [None]
    with qtbot.waitSignal(zoom.settled) as settled:
        plot.double_clicked.emit(QPointF(0, 0))
    assert settled.args == [None]


def test_what_is_centered_stays_so(qtbot: QtBot, plot: PointedPlot, zoom: Zoom) -> None:
    zoom.centered = True
    zoom.pan(QPointF(1, 1))
    assert not zoom.moving
    zoom.scale(0.5, QPointF(1, 2))
    assert plot.view() == (-0.5, 0.5, -1, 1)
    zoom.stop()
    assert not zoom.moving


def test_it_ends_where_numbers_do(plot: PointedPlot, zoom: Zoom) -> None:
    plot.set_view(1000, 1001, 1000, 1001)
    for _ in range(200):
        zoom.scale(0.5)
    x0, x1, _, _ = plot.view()
    assert 1e-4 < x1 - x0 < 4e-4
    for _ in range(200):
        zoom.scale(2)
    x0, x1, _, _ = plot.view()
    assert x1 - x0 < 1e6
