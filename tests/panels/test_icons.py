import pytest
from PySide6.QtGui import QColor, QIcon
from pytestqt.qtbot import QtBot

from gdexplorer import resources
from gdexplorer.panels.icons import icon

NAMES = sorted(file.stem for file in resources.path("icons").glob("*.svg"))


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_draws_something_and_leaves_its_corners_free(qtbot: QtBot, name: str) -> None:
    image = icon(name, "#FF0000", 24).pixmap(24, 24).toImage()
    opaque = sum(image.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24))
    assert 8 < opaque < 24 * 24 - 8
    assert all(image.pixelColor(x, y).alpha() == 0 for x in (0, 23) for y in (0, 23))


def test_an_icon_wears_the_color_it_is_given(qtbot: QtBot) -> None:
    image = icon("pause", "#D55E00", 24).pixmap(24, 24).toImage()
    assert image.pixelColor(8, 12) == QColor("#D55E00")
    dimmed = icon("pause", "#D55E00", 24).pixmap(24, 24, QIcon.Mode.Disabled).toImage()
    assert 0 < dimmed.pixelColor(8, 12).alpha() < 128


def test_an_icon_is_sharp_on_a_dense_screen_and_made_once(qtbot: QtBot) -> None:
    made = icon("step", "#123456", 20)
    assert made.pixmap(made.availableSizes()[0], 1.0).width() > 0
    assert max(size.width() for size in made.availableSizes()) == 60
    assert icon("step", "#123456", 20) is made


def test_an_unknown_icon_is_named(qtbot: QtBot) -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such-icon\.svg"):
        icon("no-such-icon", "#000000")
