import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.objectives.objective import Landmark
from gdexplorer.panels.landmarks import SHAPES, Landmarks, called
from gdexplorer.panels.palette import LIGHT
from gdexplorer.panels.plot import Plot

PLACED = (
    (0.0, 0.0, Landmark("minimum", np.zeros(2))),
    (0.5, 0.5, Landmark("saddle", np.full(2, 0.5))),
    (-0.5, 0.5, Landmark("maximum", np.array([-0.5, 0.5]), "the top")),
)


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot("plot", grid=False)
    qtbot.addWidget(made)
    made.resize(400, 400)
    made.show()
    made.set_view(-1, 1, -1, 1)
    return made


def test_what_is_near_is_found_by_pixels(plot: Plot) -> None:
    marks = Landmarks(plot)
    marks.show_palette(LIGHT)
    assert marks.near(0, 0) is None
    marks.show(PLACED)
    assert marks.near(0.01, 0.01) is PLACED[0]
    assert marks.near(0.25, 0.25) is None
    plot.set_view(-0.01, 0.01, -0.01, 0.01)
    assert marks.near(0.005, 0.005) is None
    assert [called(landmark) for _, _, landmark in PLACED] == ["minimum", "saddle", "the top"]


def test_marks_are_kept_until_places_change(plot: Plot) -> None:
    marks = Landmarks(plot)
    marks.show(PLACED)
    items = set(plot.scene().items())
    marks.show(tuple(PLACED))
    assert set(plot.scene().items()) == items
    marks.show(PLACED[:1])
    assert len(plot.scene().items()) == len(items) - 2


def test_shapes_differ() -> None:
    outlines = {tuple((path.elementAt(k).x, path.elementAt(k).y) for k in range(path.elementCount()))
                for path in SHAPES.values()}  # fmt: skip
    assert len(outlines) == 3
