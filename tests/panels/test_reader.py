import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from gdexplorer.panels.palette import LIGHT, PROJECTOR
from gdexplorer.panels.pointing import PointedPlot
from gdexplorer.panels.reader import Reader


def read(x: float, y: float) -> str:
    return f"({x:g}, {y:g})  value {x + y:g}" if abs(x) <= 1 else ""


@pytest.fixture
def plot(qtbot: QtBot) -> PointedPlot:
    made = PointedPlot("plot")
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    made.set_view(-1, 1, -1, 1)
    return made


@pytest.fixture
def reader(plot: PointedPlot) -> Reader:
    return Reader(plot, read)


def test_it_reads_under_the_mouse_and_is_gone_with_it(plot: PointedPlot, reader: Reader) -> None:
    assert not reader.label.isVisible()
    plot.hovered.emit(QPointF(0.25, 0.5))
    assert reader.label.text() == "(0.25, 0.5)  value 0.75"
    assert reader.label.isVisible()
    plot.hovered.emit(QPointF(2, 0))
    assert not reader.label.isVisible()
    plot.left_alone.emit()
    assert not reader.label.isVisible()


def test_a_click_pins_and_the_next_releases(plot: PointedPlot, reader: Reader) -> None:
    plot.clicked.emit(QPointF(0.5, 0))
    plot.hovered.emit(QPointF(0, 0))
    assert reader.label.text() == "pinned  (0.5, 0)  value 0.5\n(0, 0)  value 0"
    plot.left_alone.emit()
    assert reader.label.text() == "pinned  (0.5, 0)  value 0.5"
    plot.clicked.emit(QPointF(0, 0))
    assert reader.pinned is None
    plot.left_alone.emit()
    assert not reader.label.isVisible()


def test_nothing_is_pinned_where_there_is_nothing_to_read(plot: PointedPlot, reader: Reader) -> None:
    plot.clicked.emit(QPointF(2, 0))
    assert reader.pinned is None


def test_other_words_take_precedence_until_they_end(plot: PointedPlot, reader: Reader) -> None:
    plot.hovered.emit(QPointF(0, 0))
    reader.say("moving", QPointF(0.5, 0.5))
    assert reader.label.text() == "moving"
    reader.say("")
    assert "value" in reader.label.text()


def test_it_stands_in_the_corner_the_mouse_is_not_in_and_inside_the_plot(plot: PointedPlot, reader: Reader) -> None:
    plot.hovered.emit(QPointF(-0.5, 0.5))
    assert reader.label.x() > 250
    plot.hovered.emit(QPointF(0.5, 0.5))
    assert reader.label.x() < 250
    for palette in (LIGHT, PROJECTOR):
        reader.show_palette(palette)
        plot.resize(200, 200)
        plot.hovered.emit(QPointF(-0.5, 0.125))
        assert plot.rect().contains(reader.label.geometry()), palette.name


def test_a_reading_follows_what_it_is_read_from(plot: PointedPlot) -> None:
    values = iter(["first", "second"])
    reader = Reader(plot, lambda x, y: next(values))
    plot.hovered.emit(QPointF(0, 0))
    reader.refresh()
    assert reader.label.text() == "second"
