from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gdexplorer.panels.compass import LOOKS, Compass, downhill, rates_of
from gdexplorer.panels.palette import LIGHT
from gdexplorer.panels.plot import Plot
from gdexplorer.probes.landscape import Arrows

ARROWS = Arrows(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.0, -2.0]), (0.1, 0.05), 1.0, 1.0, 10)


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot("plot", grid=False)
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    made.set_view(-1, 1, -10, 10)
    return made


def test_arrows_point_where_their_directions_do_on_the_screen(plot: Plot) -> None:
    compass = Compass(plot)
    plot.add(compass)
    compass.show_palette(LIGHT)
    compass.show_arrows(replace(ARROWS, rates=None), np.zeros(2), True)
    image, middle = plot.grab().toImage(), plot.pixel(0, 0).toPoint()
    for (dx, dy), (name, color, _) in zip([(-1, 0), (0, -1), (0, 1)], LOOKS, strict=True):
        tones = {image.pixelColor(middle.x() + dx * k + dy * aside, middle.y() + dy * k + dx * aside).name()
                 for k in range(15, 35) for aside in (-1, 0, 1)}  # fmt: skip
        assert QColor(color).name() in tones, name


def test_the_legend_names_what_there_is(plot: Plot) -> None:
    compass = Compass(plot)
    compass.show_arrows(ARROWS, np.zeros(2), True)
    assert [row.text for row in compass.rows] == ["−gradient", "update", "velocity", "rates per coordinate"]
    compass.show_arrows(ARROWS, np.zeros(2), False)
    assert [row.text for row in compass.rows] == ["−gradient", "update", "velocity"]
    compass.show_arrows(replace(ARROWS, update=None, velocity=np.zeros(2), rates=None), np.zeros(2), True)
    assert [row.text for row in compass.rows] == ["−gradient"]
    compass.show_arrows(None, np.zeros(2), True)
    assert compass.rows == ()
    assert not compass.isVisible()


def test_a_stationary_point_has_no_direction() -> None:
    assert downhill(ARROWS) == (-1.0, 0.0)
    assert rates_of(ARROWS) == (0.1, 0.05)
    still = replace(ARROWS, norm=1e-15)
    assert downhill(still) is None
    assert rates_of(still) is None
    assert rates_of(replace(ARROWS, rates=(float("nan"), 1.0))) is None
    assert downhill(None) is None
