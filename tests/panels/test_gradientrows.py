import math

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.gradientrows import MIDDLE, Histograms, magnitude_ticks, place, shares
from gdexplorer.panels.layerprofile import LayerProfile
from gdexplorer.panels.palette import DARK
from gdexplorer.probes.gradients import LayerGradient
from gdexplorer.probes.histogram import BINS
from tests.panels.runs import gradient_of


def layer(id: str = "h", delta: float = 0.1, **counts: int) -> LayerGradient:
    sides = np.zeros(BINS, int), np.zeros(BINS, int)
    sides[0][20], sides[1][22] = 3, 1
    size = 4 + sum(counts.values())
    zeros, tiny, huge = (counts.get(name, 0) for name in ("zeros", "tiny", "huge"))
    return LayerGradient(id, sides[0], sides[1], zeros, tiny, huge, size, 0.01, delta)


def notes(plot: Histograms | LayerProfile) -> list[str]:
    return [note.text() for pool in plot._pools.values() for note in pool if note.isVisible() and note.text()]


@pytest.mark.parametrize(
    ("value", "where"),
    [(0.0, 0.0), (1e-12, 0.0), (1e-9, MIDDLE), (-1e-9, -MIDDLE), (1.0, MIDDLE + 27), (-1e3, -MIDDLE - BINS)],
)
def test_where_a_value_stands(value: float, where: float) -> None:
    assert place(value) == pytest.approx(where)


@pytest.mark.parametrize("most", range(1, 9))
def test_ticks_are_symmetric_about_zero(most: int) -> None:
    ticks = magnitude_ticks(-39, 39, most)
    assert (0.0, "0") in ticks
    assert [x for x, _ in ticks] == sorted(-x for x, _ in ticks)
    assert ("−10⁻³" in [label for _, label in ticks]) == (most not in (4, 5, 6))


@pytest.mark.parametrize("value", [-0.5, -1e-5, 2e-9, 0.003, 999.0])
def test_a_bar_stands_where_its_value_does(value: float, qtbot: QtBot) -> None:
    plot = Histograms()
    qtbot.addWidget(plot)
    plot.draw((gradient_of([value] * 5),))
    (left,), (right,) = plot._bars.opts["x0"], plot._bars.opts["x1"]
    assert left - 0.1 <= place(value) <= right + 0.1


def test_shares_count_all_elements_of_the_layer() -> None:
    assert shares(layer(zeros=4)).sum() == pytest.approx(0.5)


def test_rows_run_from_the_input_at_the_top(qtbot: QtBot) -> None:
    plot = Histograms()
    qtbot.addWidget(plot)
    plot.resize(600, 300)
    plot.grab()
    plot.draw((layer("first"), layer("last")))
    assert plot.row_at(1.5).id == "first"  # type: ignore[union-attr]
    assert plot.row_at(0.5).id == "last"  # type: ignore[union-attr]
    assert plot.row_at(-1) is None
    names = {note.text(): note.y() for note in plot._pools["text"] if note.isVisible()}
    assert names["first"] < names["last"]


def test_zeros_stand_out(qtbot: QtBot) -> None:
    plot = Histograms()
    qtbot.addWidget(plot)
    plot.resize(900, 300)
    plot.grab()
    plot.draw((layer(zeros=12, tiny=2, huge=2),))
    assert plot._zeros.opts["y1"][0] > 0.8, "cut off at the row's height"
    assert "60 % zero" in notes(plot)
    assert "2 ≥ 1,000" in notes(plot)
    plot.show_palette(DARK, False)
    assert plot._zeros._sharedBrush.color().name().upper() == DARK.text


def test_scales_hold_while_they_can(qtbot: QtBot) -> None:
    plot = Histograms()
    qtbot.addWidget(plot)
    plot.draw((layer(zeros=96),))
    first = plot._scales["h"].value
    plot.draw((layer(zeros=116),))
    assert plot._scales["h"].value == first
    plot.draw((layer(zeros=0),))
    assert plot._scales["h"].value > first


def test_many_layers_are_named_in_turn(qtbot: QtBot) -> None:
    plot = Histograms()
    qtbot.addWidget(plot)
    plot.resize(300, 150)
    plot.grab()
    plot.draw(tuple(layer(f"h{k}") for k in range(30)))
    tops = sorted(note.y() for note in plot._pools["text"] if note.isVisible())
    assert 3 <= len(tops) < 30
    assert min(np.diff(tops)) >= 0.9 * plot.line


def test_deltas_are_joined_and_gaps_stay(qtbot: QtBot) -> None:
    plot = LayerProfile()
    qtbot.addWidget(plot)
    plot.resize(300, 300)
    plot.grab()
    plot.draw((layer("a"), layer("b"), layer("c"), layer("d")), (0.1, 0.0, math.nan, 1e-4))
    np.testing.assert_allclose(plot._line_item.xData, [-1, np.nan, np.nan, -4])
    np.testing.assert_array_equal(plot._line_item.yData, [3.5, 2.5, 1.5, 0.5])
    assert plot._dots.data["x"].tolist() == [-1, -4]
    assert {"0.1", "0", "–", "10⁻⁴"} <= set(notes(plot))
    x0, x1, *_ = plot.view()
    assert x0 <= -4
    assert x1 >= -1


def test_no_delta_at_all_is_drawn_as_none(qtbot: QtBot) -> None:
    plot = LayerProfile()
    qtbot.addWidget(plot)
    plot.draw((layer(),), (math.nan,))
    assert len(plot._dots.data) == 0
