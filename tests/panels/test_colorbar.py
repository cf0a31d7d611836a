import numpy as np
from pytestqt.qtbot import QtBot

from gdexplorer.panels.colorbar import THICK, ColorBar
from gdexplorer.panels.heatmap import diverging
from gdexplorer.panels.palette import LIGHT, PROJECTOR

COLORS = diverging("#0000FF", "#FFFFFF", "#FF0000", 1.0)


def made(qtbot: QtBot) -> ColorBar:
    bar = ColorBar()
    qtbot.addWidget(bar)
    bar.show_palette(LIGHT)
    bar.show_scale(COLORS, (-2.0, 1.0), [(-2.0, "0.01"), (0.0, "1")], "loss (log)")
    bar.resize(bar.sizeHint().width(), 200)
    bar.show()
    return bar


def test_the_upper_level_is_at_the_top(qtbot: QtBot) -> None:
    bar = made(qtbot)
    image = bar.grab().toImage()
    over = bar.overhang()
    top, bottom = image.pixelColor(THICK // 2, over + 3), image.pixelColor(THICK // 2, 200 - over - 3)
    assert top.red() > 200 > 60 > top.blue()
    assert bottom.blue() > 200 > 60 > bottom.red()


def test_a_label_stands_at_its_value(qtbot: QtBot) -> None:
    bar = made(qtbot)
    image = bar.grab().toImage()
    blank = image.pixelColor(bar.width() - 1, 0).rgb()
    over = bar.overhang()
    scale = 200 - 2 * over
    columns = range(THICK + 2, bar.width() - bar.fontMetrics().height() - 2)
    inked = [y for y in range(200) if any(image.pixelColor(x, y).rgb() != blank for x in columns)]
    expected = {200 - over, round(200 - over - scale * 2 / 3)}
    for y in expected:
        assert any(abs(y - other) <= 3 for other in inked)
    assert all(min(abs(y - other) for other in expected) < 10 for y in inked)


def test_it_says_what_it_shows_and_asks_for_the_room_it_needs(qtbot: QtBot) -> None:
    bar = made(qtbot)
    assert bar.accessibleDescription() == "loss (log): 0.01, 1"
    narrow = bar.sizeHint().width()
    bar.show_palette(PROJECTOR)
    assert bar.sizeHint().width() > narrow


def test_the_same_scale_is_not_painted_again(qtbot: QtBot) -> None:
    bar = made(qtbot)
    image = bar._image
    bar.show_scale(np.array(COLORS), (-2.0, 1.0), [(-2.0, "0.01"), (0.0, "1")], "loss (log)")
    assert bar._image is image
