import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gdexplorer.panels.heatmap import Fine, HeatMap, colors_of, diverging, refined, spline


def test_a_straight_line_stays_straight_up_to_its_ends() -> None:
    fine = spline(5, 40) @ np.arange(5.0)
    assert fine == pytest.approx((np.arange(40) + 0.5) / 40 * 4)


def test_the_spline_passes_through_the_samples(rng: np.random.Generator) -> None:
    samples = rng.normal(size=7)
    weights = spline(7, 3 * 6)  # the middle cell of each interval lies halfway between two samples
    halfway = weights[1::3] @ samples
    inner = (-samples[:-3] + 9 * samples[1:-2] + 9 * samples[2:-1] - samples[3:]) / 16
    assert halfway[1:-1] == pytest.approx(inner)
    dense = spline(7, 6 * 2001)
    assert dense[2000:-1:2001][:5] @ samples == pytest.approx(samples[1:6], abs=1e-2)


def test_a_plane_keeps_its_values_and_its_window() -> None:
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 4, 9)
    fine = refined(x, y, y[:, None] + 10 * x)
    assert fine.window == (-1, 1, 0, 4)
    assert min(fine.values.shape) >= 200
    assert fine.values == pytest.approx(fine.y[:, None] + 10 * fine.x)


def test_a_cell_that_is_not_finite_is_never_replaced() -> None:
    x = y = np.linspace(0, 4, 5)
    values = np.ones((5, 5))
    values[0, 0] = np.inf
    fine = refined(x, y, values)
    near = (fine.x[None] < 1) & (fine.y[:, None] < 1)
    assert np.isnan(fine.values[near]).all()
    far = (fine.x[None] > 2) | (fine.y[:, None] > 2)
    assert fine.values[far] == pytest.approx(1)


def test_a_diverging_map_is_paper_in_the_middle() -> None:
    colors = diverging("#0000FF", "#FFFFFF", "#FF0000", 1.0)
    assert colors[0] == 0xFF0000FF
    assert colors[255] == 0xFFFF0000
    assert QColor.fromRgba(int(colors[127])).lightness() > 250


def test_viridis_runs_from_violet_to_yellow() -> None:
    colors = colors_of("viridis")
    assert colors.shape == (256,)
    assert (QColor.fromRgba(int(colors[0])).name(), QColor.fromRgba(int(colors[255])).name()) == ("#440154", "#fde725")


def test_the_picture_stands_upright_and_leaves_unknown_cells_blank(qtbot: QtBot) -> None:
    plot = pg.PlotWidget(background="#00FF00")
    qtbot.addWidget(plot)
    plot.resize(200, 200)
    for side in ("left", "bottom"):
        plot.hideAxis(side)
    heat = HeatMap()
    plot.addItem(heat, ignoreBounds=True)
    axis = np.linspace(0, 1, 5)
    values = np.tile(axis[:, None], (1, 5))  # grows upwards
    values[4, 4] = np.nan
    heat.show_values(refined(axis, axis, values), diverging("#0000FF", "#FFFFFF", "#FF0000", 1.0), (0, 1))
    plot.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
    plot.show()
    image = plot.grab().toImage()
    assert image.pixelColor(20, 190).blue() > 200 > 100 > image.pixelColor(20, 190).red()
    assert image.pixelColor(20, 10).red() > 200 > 100 > image.pixelColor(20, 10).blue()
    assert image.pixelColor(190, 10).name() == "#00ff00"
    heat.clear()
    assert plot.grab().toImage().pixelColor(20, 190).name() == "#00ff00"


@pytest.mark.parametrize("most", [1.0, 1e308])
def test_a_scale_may_reach_to_the_largest_numbers(most: float) -> None:
    heat, colors = HeatMap(), colors_of("viridis")
    values = np.array([[-most, 0.0, most]])
    heat.show_values(Fine(np.zeros(0), np.zeros(0), values, (0, 3, 0, 1)), colors, (-most, most))
    assert [heat._image.pixel(k, 0) for k in range(3)] == [int(colors[at]) for at in (0, 127, 255)]
