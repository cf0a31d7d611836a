import math
from itertools import pairwise

import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.history import Marker
from gdexplorer.panels.palette import LIGHT, PROJECTOR
from gdexplorer.panels.timeplot import End, TimePlot


@pytest.fixture
def plot(qtbot: QtBot) -> TimePlot:
    made = TimePlot("Loss", labelled=True)
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.grab()
    made.set_view(0, 1000, 0, 1)
    return made


def texts(plot: TimePlot) -> list[str]:
    return [note.text() for note in plot._marker_notes if note.isVisible()]


def test_marker_labels_do_not_overlap(plot: TimePlot) -> None:
    plot.show_markers(tuple(Marker(step, f"η 0.2 → {step}") for step in range(100, 1000, 50)), log=False)
    shown = sorted(
        (note.x(), note.x() + note.boundingRect().width()) for note in plot._marker_notes if note.isVisible()
    )
    assert shown
    assert all(end <= start for (_, end), (start, _) in pairwise(shown))
    assert shown[-1][1] <= plot.area().right()


def test_the_newest_of_close_markers_is_named(plot: TimePlot) -> None:
    plot.show_markers((Marker(400, "η 0.2 → 0.1"), Marker(401, "tanh → ReLU")), log=False)
    assert texts(plot) == ["tanh → ReLU"]
    assert [marker.label for marker in plot.near(400)] == ["η 0.2 → 0.1", "tanh → ReLU"]
    assert plot.near(700) == []


def test_markers_stand_where_they_belong(plot: TimePlot) -> None:
    plot.set_view(0, 3, 0, 1)
    plot.show_markers((Marker(0, "start"), Marker(100, "η"), Marker(5000, "beyond")), log=True)
    assert plot._rules.xData.tolist() == [0, 0, 2, 2]
    plot.show_markers_at((Marker(100, "η"),), (1.5,))
    assert plot._rules.xData.tolist() == [1.5, 1.5]


def test_end_labels_do_not_collide(plot: TimePlot) -> None:
    plot.show_ends([End(900, 0.5, "train", "0.500"), End(900, 0.501, "test", "0.501", hollow=True)])
    first, second = plot._end_notes
    assert abs(first.y() - second.y()) >= 0.9 * plot._line
    assert [note.text() for note in plot._end_notes] == ["train 0.500", "test 0.501"]
    assert max(note.x() + note.boundingRect().width() for note in plot._end_notes) <= plot.area().right() + 1


def test_labels_without_room_are_left_out(plot: TimePlot) -> None:
    plot.resize(500, 90)
    plot.grab()
    plot.show_ends([End(900, k / 12, f"lane {k}", "0.5") for k in range(12)])
    shown = [note for note in plot._end_notes if note.isVisible()]
    assert 1 <= len(shown) < 12
    assert all(abs(a.y() - b.y()) >= 0.9 * plot._line for a, b in pairwise(sorted(shown, key=lambda note: note.y())))
    assert sum(dot.isVisible() for dot in plot._dots) == 12


def test_room_is_kept_for_the_longest_name(plot: TimePlot) -> None:
    before = plot.label_share()
    plot.name_ends(["Adam", "Nesterov momentum"])
    assert plot.label_share() > before
    plot.show_ends([End(500, 0.5, "Nesterov momentum", "0.00123")])
    assert plot._end_notes[0].boundingRect().width() <= plot.label_share() * plot.area().width()


def test_what_is_not_finite_has_no_end(plot: TimePlot) -> None:
    plot.show_ends([End(900, math.nan, "train", "–"), End(900, 0.5, "test", "0.5")])
    assert [note.text() for note in plot._end_notes if note.isVisible()] == ["test 0.5"]
    plot.show_ends([])
    assert not any(note.isVisible() or dot.isVisible() for note in plot._end_notes for dot in plot._dots)


def test_narrow_plots_show_numbers_alone(plot: TimePlot) -> None:
    plot.resize(220, 200)
    plot.show_palette(PROJECTOR, True)
    plot.grab()
    plot.show_ends([End(500, 0.5, "train", "0.500")])
    assert plot._end_notes[0].text() == "0.500"
    assert plot.label_share() <= 0.5


def test_the_unit_of_time_is_named(plot: TimePlot) -> None:
    plot.name_time("updates, log")
    assert plot._unit.text() == "updates, log"
    assert plot._unit.x() + plot._unit.boundingRect().width() <= plot.area().right()
    plot.resize(500, 60)
    plot.grab()
    plot.show_palette(LIGHT, True)
    assert plot._unit.text() == "", "no room"


def test_a_line_reaches_from_bottom_to_top_wherever_the_view_is(plot: TimePlot) -> None:
    plot.show_cursor(300)
    plot.set_view(0, 1000, 0, 8)
    plot.show_cursor(300)
    assert plot._cursor.xData.tolist() == [300, 300]
    assert plot._cursor.yData.tolist() == [0, 8]
    plot.show_cursor(math.nan)
    assert all(math.isnan(x) for x in plot._cursor.xData)
