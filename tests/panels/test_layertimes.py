import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gdexplorer.lab.columns import Columns
from gdexplorer.panels.gradientrows import Layers
from gdexplorer.panels.layerlines import LayerLines
from gdexplorer.panels.layertimes import LayerTimes, colors, decades
from gdexplorer.panels.palette import LIGHT, PALETTES
from gdexplorer.probes.histogram import Counts, count


def layers(*magnitudes: float) -> tuple[Counts, ...]:
    return tuple(count(f"h{k}", np.array([size, -size, size, size])) for k, size in enumerate(magnitudes, 1))


def past(steps: range, *magnitudes: float) -> tuple[Columns, Layers]:
    columns, own = Columns(), layers(*magnitudes)
    for step in steps:
        columns.add(step, own, magnitudes)
    return columns, own


@pytest.fixture
def plot(qtbot: QtBot) -> LayerTimes:
    made = LayerTimes()
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.grab()
    return made


def dark_rows(plot: LayerTimes) -> list[float]:
    """Return where in each layer's row the darkest pixels are, from 0 at the bottom to 1."""
    image = plot._image._image
    column = np.array([QColor(image.pixel(2, y)).lightness() for y in range(image.height())])
    each = image.height() // len(plot.layers)
    found = []
    for row in range(len(plot.layers)):
        own = column[row * each : (row + 1) * each]
        found.append(1 - float(np.flatnonzero(own == own.min()).mean()) / each)
    return found


def test_larger_magnitudes_stand_higher(plot: LayerTimes) -> None:
    columns, own = past(range(0, 50, 5), 2e-6, 2e-3, 2.0)
    plot.draw(own, columns, "θ", ())
    low, middle, high = dark_rows(plot)
    assert low < middle < high
    assert plot.ends == "10⁻⁶…10"


def test_exact_zeros_have_the_strip_at_the_bottom(plot: LayerTimes) -> None:
    columns, own = past(range(0, 50, 5), 0.0, 2.0)
    plot.draw(own, columns, "a", ())
    zeros, others = dark_rows(plot)
    assert zeros < 0.1 < others
    assert plot.share_at(10.0, 1.01) == (10, 1.0, pytest.approx(np.nan, nan_ok=True))


def test_hovering_reads_the_bin_that_is_there(plot: LayerTimes) -> None:
    columns, own = past(range(0, 50, 5), 2e-3)
    plot.draw(own, columns, "θ", ())
    found = [plot.share_at(22.0, y) for y in np.linspace(0.001, 0.999, 400)]
    assert {at[0] for at in found if at is not None} == {20}
    assert max(at[2] for at in found if at is not None and at[2] == at[2]) == 1.0
    assert plot.share_at(60.0, 0.5) is None
    assert plot.share_at(20.0, 1.5) is None


def test_a_gap_is_gray_and_the_future_empty(plot: LayerTimes) -> None:
    columns, own = past(range(0, 20, 5), 2e-3)
    columns.pause()
    columns.add(40, own, (1.0,))
    plot.draw(own, columns, "θ", ())
    image, end = plot._image._image, plot._image._rect.right()
    assert end == pytest.approx(45, abs=0.2)
    gap = {QColor(image.pixel(round(25 / end * image.width()), y)).name().upper() for y in range(image.height())}
    assert LIGHT.grid in gap
    assert gap <= {LIGHT.grid, LIGHT.panel}


def test_decades_hold_everything_and_do_not_tremble() -> None:
    columns, _ = past(range(3), 2e-6, 2.0)
    first = decades(columns.values, None)
    assert first == (3 * 3, 10 * 3)
    narrow, _ = past(range(3), 0.02)
    assert decades(narrow.values, first) == first
    low, high = decades(narrow.values, None)
    assert high - low >= 6


@pytest.mark.parametrize("name", PALETTES)
def test_a_larger_share_is_nearer_to_the_text(name: str) -> None:
    ramp = [QColor(int(color)) for color in colors(PALETTES[name])]
    ends = QColor(PALETTES[name].panel), QColor(PALETTES[name].text)
    assert (ramp[0].name(), ramp[-1].name()) == tuple(end.name() for end in ends)


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("size", [(200, 120), (1200, 700)])
def test_every_theme_and_size(name: str, size: tuple[int, int], plot: LayerTimes) -> None:
    plot.resize(*size)
    plot.show_palette(PALETTES[name], True)
    columns, own = past(range(0, 500, 5), *(10.0 ** -np.arange(8.0)))
    plot.draw(own, columns, "∂L/∂θ", ())
    assert not plot.grab().isNull()
    for note in (note for pool in plot._pools.values() for note in pool if note.isVisible()):
        assert note.x() + note.boundingRect().width() <= plot.width() + 1, note.text()


def test_lines_are_one_a_layer_on_a_logarithmic_axis(qtbot: QtBot) -> None:
    lines = LayerLines()
    qtbot.addWidget(lines)
    lines.resize(700, 400)
    lines.grab()
    columns, own = past(range(0, 50, 5), 1e-4, 1e-2, 0.0)
    columns.pause()
    columns.add(90, own, (1e-3, 1e-1, 0.0))
    lines.draw(own, columns, "‖θ‖, log", ())
    first, second, third = (line.yData for line in lines._lines)
    np.testing.assert_allclose(first, [*[-4] * 10, np.nan, -3])
    np.testing.assert_allclose(second, [*[-2] * 10, np.nan, -1])
    assert np.isnan(third).all(), "0 has no place on a logarithmic axis"
    assert lines.read(88.0, 0.0) == "update 90\nh1: 0.001\nh2: 0.1\nh3: 0"
    assert [end.name for end in lines._ends] == ["h1", "h2"]
    few, own = past(range(0, 50, 5), 1e-4)
    lines.draw(own, few, "‖θ‖, log", ())
    assert [line.isVisibleTo(None) for line in lines._lines] == [True, False, False]
