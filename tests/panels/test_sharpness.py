import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.history import Marker
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.sharpness import SharpnessPlot

NAN = np.nan


@pytest.fixture
def plot(qtbot: QtBot) -> SharpnessPlot:
    made = SharpnessPlot()
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    return made


def _rows(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, float)


RUN = _rows((0, 4.0, -1, 10), (50, 8.0, -1, 10), (100, 9.5, -0.5, 10))


def _ends(plot: SharpnessPlot) -> list[str]:
    return [note.text() for note in plot._end_notes if note.isVisible()]


def test_it_draws_the_sharpness_and_the_threshold(plot: SharpnessPlot) -> None:
    plot.draw(RUN, (), "2/η")
    np.testing.assert_array_equal(plot._top_line.yData, RUN[:, 1])
    np.testing.assert_array_equal(plot._limit_line.yData, 10)
    x0, x1, y0, y1 = plot.view()
    assert (x0, y0) == (0, 0)
    assert x1 > 100
    assert y1 > 10
    assert _ends(plot) == ["λmax 9.50", "2/η 10.0"]


def test_without_a_name_the_threshold_is_left_out(plot: SharpnessPlot) -> None:
    plot.draw(RUN, (), "")
    assert np.isnan(plot._limit_line.yData).all()
    assert _ends(plot) == ["λmax 9.50"]


def test_the_threshold_jumps_when_a_knob_is_turned(plot: SharpnessPlot) -> None:
    plot.draw(_rows((0, 4, -1, 10), (50, 8, -1, 10), (60, 8, -1, 20)), (Marker(60, "η 0.1"),), "2/η")
    line = list(zip(plot._limit_line.xData.tolist(), plot._limit_line.yData.tolist(), strict=True))
    assert line == [(0, 10), (50, 10), (50, 10), (60, 10), (60, 20)]
    assert plot._marker_notes[0].text() == "η 0.1"


def test_a_threshold_far_above_does_not_flatten_the_curve(plot: SharpnessPlot) -> None:
    far = RUN.copy()
    far[:, 3] = 500
    plot.draw(far, (), "threshold")
    assert plot.view()[3] < 20
    assert _ends(plot) == ["λmax 9.50"]
    plot.log = True
    plot.forget_range()
    plot.draw(far, (), "threshold")
    assert plot.view()[3] >= np.log10(500)
    assert _ends(plot) == ["λmax 9.50", "threshold 500"]


def test_a_gap_stays_a_gap(plot: SharpnessPlot) -> None:
    plot.draw(_rows((0, 4, -1, 10), (5, 5, -1, 10), (5, NAN, NAN, NAN), (90, 6, -1, 10)), (), "2/η")
    assert np.isnan(plot._top_line.yData).tolist() == [False, False, True, False]
    assert "λmax 6.00" in _ends(plot)


def test_it_breaks_where_the_loss_changes_its_meaning(plot: SharpnessPlot) -> None:
    plot.draw(_rows((0, 4, -1, 10), (50, 8, -1, 10), (60, 2, -1, 10)), (Marker(55, "loss", breaks=True),), "2/η")
    assert np.isnan(plot._top_line.yData).tolist() == [False, False, True, False]


@pytest.mark.parametrize("log", [False, True])
def test_a_sharpness_below_zero_is_seen_or_left_out(plot: SharpnessPlot, log: bool) -> None:
    plot.log = log
    plot.draw(_rows((0, -4, -9, NAN), (10, -2, -9, NAN)), (), "")
    if log:
        assert np.isnan(plot._top_line.yData).all()
        assert np.isfinite(plot.view()).all()
    else:
        assert plot.view()[2] < -4


def test_it_reads_the_nearest_measurement(plot: SharpnessPlot) -> None:
    plot.draw(np.vstack([RUN, [100, NAN, NAN, NAN]]), (Marker(50, "batch size 8"),), "2/η")
    assert plot.read(49.5, 3) == "update 50: batch size 8\nupdate 50: λmax 8, λmin −1\nthreshold 10"
    assert plot.read(500, 3).startswith("update 100: λmax 9.5")
    plot.draw(_rows((0, 4, -1, NAN)), (), "")
    assert plot.read(0, 0) == "update 0: λmax 4, λmin −1"


@pytest.mark.parametrize("name", PALETTES)
def test_every_theme(plot: SharpnessPlot, name: str) -> None:
    plot.show_palette(PALETTES[name], True)
    plot.draw(RUN, (), "2/η")
    assert plot._top_line.opts["pen"].width() == PALETTES[name].paused_width
    assert not plot.grab().isNull()
