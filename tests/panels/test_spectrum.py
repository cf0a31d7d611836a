from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.spectrum import DECADES, MIDDLE, SpectrumPlot
from tests.paired import paired
from tests.pixels import colors


@pytest.fixture
def plot(qtbot: QtBot) -> SpectrumPlot:
    made = SpectrumPlot()
    qtbot.addWidget(made)
    made.resize(420, 260)
    made.show()
    return made


def _report(values: list[float], whole: bool = True) -> Any:
    ordered = np.sort(np.array(values, float))
    return SimpleNamespace(values=ordered, residuals=np.full(len(values), 1e-3), whole=whole)


def test_the_histogram_counts_every_eigenvalue_and_zeros_apart(plot: SpectrumPlot) -> None:
    values = [-3.0, -2.9, 0.0, 1e-12, -1e-15, *np.geomspace(1e-4, 9.0, 30)]
    plot.draw(_report(values), None)
    bars, zeros = plot._bars.opts, plot._zeros.opts
    assert np.sum(bars["y1"]) == len(values) - 3
    assert zeros["y1"] == [3.0]
    below = np.asarray(bars["x1"]) < 0
    assert np.sum(np.asarray(bars["y1"])[below]) == 2
    assert plot.view()[3] >= np.max(bars["y1"])
    assert not len(plot._stems.xData)


def test_what_lanczos_found_are_stems_without_counts(plot: SpectrumPlot) -> None:
    plot.draw(_report([-1.0, 0.5, 2.0], whole=False), None)
    stems = plot._stems.xData[::3]
    np.testing.assert_allclose(stems, plot.place(np.array([-1.0, 0.5, 2.0])))
    assert not len(plot._bars.opts["x0"])
    assert not plot.left.isVisible()
    plot.draw(_report([1.0, 2.0]), None)
    assert plot.left.isVisible()


def test_places_are_symmetric_and_in_order(plot: SpectrumPlot) -> None:
    plot.draw(_report([-7.0, 7.0]), None)
    values = np.array([-7.0, -0.1, -1e-9, 0.0, 1e-9, 1e-3, 0.1, 7.0])
    places = plot.place(values)
    assert (np.diff(places) >= 0).all()
    np.testing.assert_allclose(places, -plot.place(-values))
    assert places[[2, 3, 4]].tolist() == [0, 0, 0]
    assert places[6] - places[5] == pytest.approx(2), "two decades"
    assert np.abs(places).max() <= MIDDLE + DECADES


@pytest.mark.parametrize("values", [[0.0, 0.0], [1e-30, 1e-25], [-1e200, 3.0], [5.0], [-2.0, -1.0]])
def test_any_size_of_eigenvalue(plot: SpectrumPlot, values: list[float]) -> None:
    plot.draw(_report(values), 10.0)
    assert np.sum(plot._bars.opts["y1"]) + sum(plot._zeros.opts["y1"]) == len(values)
    assert not plot.grab().isNull()


def test_the_ends_are_marked_side_by_side(plot: SpectrumPlot) -> None:
    for values in ([-0.152, 9.98], [9.7, 9.8], [-3.0, -2.9]):
        plot.draw(_report(values), None)
        low, high = plot._ends
        assert (low.text(), high.text()) == tuple(
            f"{name} {value:.3g}".replace("-", "−") for name, value in zip(("λmin", "λmax"), values, strict=True)
        )
        assert low.x() >= 0
        assert low.x() + low.boundingRect().width() <= high.x()
        assert high.x() + high.boundingRect().width() <= plot.width()


def test_the_range_does_not_tremble(plot: SpectrumPlot) -> None:
    seen = set()
    for largest in (9.6, 10.4, 9.9, 10.1, 11.0, 9.0, 8.0):
        plot.draw(_report([-0.1, largest]), 10.0)
        seen.add(plot._top)
    assert len(seen) == 1
    plot.draw(_report([-0.1, 300.0]), 10.0)
    assert plot._top not in seen


def test_ticks_are_powers_of_ten_at_their_places(plot: SpectrumPlot) -> None:
    plot.draw(_report([-0.1, 10.0]), None)
    ticks = dict(plot._ticks(*plot.view()[:2], 7))
    assert ticks[0.0] == "0"
    for value, text in ((10.0, "10"), (-0.1, "−0.1"), (1e-3, "10⁻³")):
        place = next(x for x, label in ticks.items() if label == text)
        assert place == pytest.approx(float(plot.place(np.array([value]))[0]))


def test_the_threshold_is_a_dashed_line(plot: SpectrumPlot) -> None:
    plot.draw(_report([1.0, 9.0]), 10.0)
    np.testing.assert_allclose(plot._limit.xData, plot.place(np.array([10.0, 10.0])))
    for limit in (None, np.inf):
        plot.draw(_report([1.0, 9.0]), limit)
        assert np.isnan(plot._limit.xData).all()


def test_hovering_reads_the_nearest(plot: SpectrumPlot) -> None:
    assert plot.read(0, 0) == ""
    plot.draw(_report([-1.0, 2.0, 2.01, 9.0]), None)
    near = float(plot.place(np.array([9.0]))[0])
    assert plot.read(near, 0) == "λ = 9, ±0.001"
    assert "2 eigenvalues within" in plot.read(float(plot.place(np.array([2.0]))[0]), 0)


@paired("name", PALETTES, "width", [160, 300, 600])
def test_every_theme_and_width(plot: SpectrumPlot, name: str, width: int) -> None:
    plot.show_palette(PALETTES[name], True)
    plot.resize(width, 200)
    plot.draw(_report([-1.0, 2.0, 2.01, 9.0]), None)
    assert PALETTES[name].accent.upper() in colors(plot.grab().toImage())


@pytest.mark.parametrize("width", [600, 220, 300, 500])
def test_the_axis_name_stands_inside_and_in_the_middle(plot: SpectrumPlot, width: int) -> None:
    plot.draw(_report([-1.0, 2.0], whole=False), None)
    plot.resize(width, 200)
    label = plot.bottom.label
    box = label.mapRectToItem(plot.plotItem, label.boundingRect())
    assert box.left() >= 0
    assert box.right() <= plot.width()
    assert box.center().x() == pytest.approx(plot.area().center().x(), abs=3)
