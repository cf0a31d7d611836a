import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.legend import Legend, Row
from gdexplorer.panels.palette import LIGHT, PALETTES, Palette
from gdexplorer.panels.plot import Plot

ROWS = (Row("SGD", "#009E73"), Row("Adam", "#D55E00", (6, 4), casing="#FFFFFF"), Row("update", "#FF0000", (), "arrow"))


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot("plot", grid=False)
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    made.set_view(0, 1, 0, 1)
    return made


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_it_stands_where_it_hides_least(plot: Plot, x: float, y: float) -> None:
    legend = Legend(plot)
    legend.show_rows(ROWS, LIGHT)
    corners = np.array([[a, b] for a in (0.08, 0.92) for b in (0.08, 0.92)])
    free = np.abs(corners - [x, y]).sum(axis=1) < 0.5
    legend.avoid(np.repeat(corners[~free], 5, axis=0))
    middle = legend.sceneBoundingRect().center()
    assert (middle.x() > plot.area().center().x()) == (x == 1.0)
    assert (middle.y() < plot.area().center().y()) == (y == 1.0)
    assert plot.area().contains(legend.sceneBoundingRect())


def test_it_goes_where_there_are_no_rows_or_no_room(plot: Plot) -> None:
    legend = Legend(plot)
    assert not legend.isVisible()
    legend.show_rows(ROWS, LIGHT)
    assert legend.isVisible()
    plot.resize(130, 100)
    assert not legend.isVisible()
    plot.resize(500, 400)
    assert legend.isVisible()
    legend.show_rows((), LIGHT)
    assert not legend.isVisible()


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
def test_every_row_shows_its_color(plot: Plot, palette: Palette) -> None:
    plot.show_palette(palette, True)
    legend = Legend(plot)
    legend.show_rows(ROWS, palette)
    image = plot.grab().toImage()
    box = legend.sceneBoundingRect().toRect()
    colors = {image.pixelColor(x, y).name().upper() for x in range(box.left(), box.right())
              for y in range(box.top(), box.bottom())}  # fmt: skip
    assert {row.color for row in ROWS} <= colors
