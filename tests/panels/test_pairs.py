import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.pairs import Pair, Pairs
from gdexplorer.panels.palette import LIGHT
from tests.panels.pictured import autoencoder


@pytest.fixture
def pairs(qtbot: QtBot) -> Pairs:
    made = Pairs("Pairs")
    qtbot.addWidget(made)
    made.show_palette(LIGHT)
    made.show()
    return made


def fill(pairs: Pairs, data: str, count: int, given: bool = True) -> None:
    found = autoencoder(data=data).run.objective.data  # type: ignore[attr-defined]
    x = found.test.x
    pairs.show_pairs(found, tuple(Pair(x[k] if given else None, 1 - x[k], "0.12") for k in range(count)))


@pytest.mark.parametrize("data", ["digits", "delayed_sum"])
@pytest.mark.parametrize("size", [(700, 180), (300, 90), (120, 60)])
def test_as_many_as_have_room_lie_within_and_apart(pairs: Pairs, data: str, size: tuple[int, int]) -> None:
    pairs.resize(*size)
    fill(pairs, data, 12)
    shown = min(pairs.room, 12)
    rects = [pairs.rect_of(k, row) for k in range(shown) for row in range(pairs._rows)]
    for k, rect in enumerate(rects):
        assert not any(rect.intersects(other) for other in rects[k + 1 :])
        assert rect.right() <= size[0] or shown == 1
    pairs.grab()


def test_it_says_how_much_height_it_needs(pairs: Pairs) -> None:
    pairs.resize(700, 180)
    fill(pairs, "digits", 5)
    for height in (90, 150, 260):
        needed = pairs.fitting(height)
        pairs.resize(700, needed)
        last = pairs.rect_of(pairs.room - 1, 1).bottom()
        assert 10 < needed - last < 40  # a line of words
        assert needed <= height + 1


def test_where_it_is_high_there_are_several_bands(pairs: Pairs) -> None:
    pairs.resize(300, 90)
    fill(pairs, "digits", 20)
    assert pairs._places().bands == 1
    pairs.resize(300, 440)
    assert pairs._places().bands == 3
    assert pairs.room == 3 * pairs._places().columns
    assert pairs.rect_of(pairs.room - 1, 1).bottom() <= 440
    assert pairs.rect_of(pairs._places().columns, 0).left() == pairs.rect_of(0, 0).left()


def test_one_alone_has_one_row_and_is_larger(pairs: Pairs) -> None:
    pairs.resize(400, 400)
    fill(pairs, "digits", 3)
    several = pairs.rect_of(0, 0).width()
    fill(pairs, "digits", 1, given=False)
    assert pairs._rows == 1
    assert pairs.rect_of(0, 0).width() > several


@pytest.mark.parametrize("data", ["digits", "delayed_sum"])
def test_input_and_output_are_drawn(pairs: Pairs, data: str) -> None:
    pairs.resize(400, 200)
    fill(pairs, data, 1)
    both = pairs.grab().toImage()
    found = autoencoder(data=data).run.objective.data  # type: ignore[attr-defined]
    x = found.test.x[0]
    for given, made in ((x, x), (1 - x, 1 - x)):
        pairs.show_pairs(found, (Pair(given, made, "0.12"),))
        assert pairs.grab().toImage() != both
    pairs.show_pairs(found, (Pair(x, np.full_like(x, np.nan), "–"),))
    assert not pairs.grab().isNull()
