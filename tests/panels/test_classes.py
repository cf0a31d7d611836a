from dataclasses import replace
from itertools import combinations

import pytest

from gdexplorer.data import Data
from gdexplorer.panels.classes import COLORS, color_of, names_of, shape_of
from gdexplorer.panels.palette import PALETTES, Palette, contrast
from tests.panels.runs import session


def data(kind: str) -> Data:
    return session(kind).run.objective.data  # type: ignore[no-any-return, attr-defined]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_colors_differ_stand_out_and_leave_two_classes_their_own(palette: Palette) -> None:
    digits = data("classes")
    colors = [color_of(k, digits, palette) for k in range(10)]
    assert len(set(colors)) == len(COLORS) == 10
    assert all(contrast(color, palette.panel) >= 3 for color in colors)
    assert not set(COLORS) & set(palette.data)
    assert color_of(1, data("binary"), palette) == palette.series(palette.data[1])


def test_no_two_classes_look_alike_and_five_in_a_row_differ_in_shape() -> None:
    shapes = [shape_of(k, 5.0) for k in range(5)]
    for one, other in combinations(shapes, 2):
        assert one != other
    assert shape_of(5, 5.0) == shapes[0]


def test_names_are_those_of_the_data() -> None:
    assert names_of(data("classes")) == tuple("0123456789")
    assert names_of(data("binary")) == ("class 0", "class 1")
    assert names_of(replace(data("classes"), labels=(), classes=3)) == ("0", "1", "2")
    assert names_of(data("regression")) == ()
