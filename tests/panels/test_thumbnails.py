from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.data import Data
from gdexplorer.panels.palette import DARK, LIGHT
from gdexplorer.panels.thumbnails import MOST, Thumbnails, pictures
from tests.panels.runs import session


def digits() -> Data:
    return session("classes").run.objective.data  # type: ignore[no-any-return, attr-defined]


def test_pictures_are_rows_of_the_data() -> None:
    data = digits()
    found = pictures(data, data.test.x[:3])
    assert found is not None
    assert found.shape == (3, 8, 8)
    for k, row, column in np.ndindex(3, 8, 8):
        assert found[k, row, column] == min(max(data.test.x[k, 8 * row + column], 0.0), 1.0)


def test_what_is_beyond_the_domain_is_cut_and_colors_are_averaged() -> None:
    data = replace(digits(), shape=(2, 1, 2), domain=((-1.0, 1.0),) * 4)
    found = pictures(data, np.array([[-1.0, 1.0, 3.0, -9.0]]))
    assert found is not None
    assert found.tolist() == [[[0.5, 0.5]]]


def test_points_are_no_pictures() -> None:
    data = session("binary").run.objective.data  # type: ignore[attr-defined]
    assert pictures(data, data.test.x) is None


@pytest.fixture
def thumbnails(qtbot: QtBot) -> Thumbnails:
    made = Thumbnails()
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    return made


@pytest.mark.parametrize("count", [0, 1, 5, 12, 40])
@pytest.mark.parametrize("size", [(300, 60), (60, 300), (500, 500), (24, 24)])
def test_they_lie_beside_each_other_within_the_widget(
    thumbnails: Thumbnails, count: int, size: tuple[int, int]
) -> None:
    thumbnails.resize(*size)
    thumbnails.show_pictures(np.zeros((count, 4, 8)))
    rects = thumbnails.rects()
    assert len(rects) == min(count, MOST)
    for one, other in pairwise(rects):
        assert not one.intersects(other)
    for rect in rects:
        assert rect.width() == pytest.approx(2 * rect.height())
        assert min(size) < 60 or thumbnails.rect().toRectF().contains(rect)


def test_ink_is_the_color_of_text(thumbnails: Thumbnails) -> None:
    values = np.zeros((1, 2, 2))
    values[0, 0, 1] = 1
    for palette in (LIGHT, DARK):
        thumbnails.show_palette(palette)
        thumbnails.show_pictures(values)
        (rect,) = thumbnails.rects()
        image = thumbnails.grab().toImage()
        at = [[image.pixelColor(int(rect.left() + rect.width() * x), int(rect.top() + rect.height() * y)).name()
               for x in (0.25, 0.75)] for y in (0.25, 0.75)]  # fmt: skip
        paper, ink = palette.panel.lower(), palette.text.lower()
        assert at == [[paper, ink], [paper, paper]]
