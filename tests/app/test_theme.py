import re
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QMainWindow, QPushButton, QSlider
from pytestqt.qtbot import QtBot

from gdexplorer import resources
from gdexplorer.app import theme
from gdexplorer.app.stylesheet import style_sheet
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.text import label


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    font = qapp.font()
    yield qapp
    qapp.setStyleSheet("")
    qapp.setFont(font)
    qapp.setPalette(QPalette())


@pytest.mark.parametrize("name", PALETTES)
def test_a_theme_colors_the_widgets(app: QApplication, name: str) -> None:
    palette = theme.apply(app, name)
    colors = app.palette()
    assert colors.color(QPalette.ColorRole.Window).name().upper() == palette.window
    assert colors.color(QPalette.ColorRole.Text).name().upper() == palette.text
    assert colors.color(QPalette.ColorRole.Highlight).name().upper() == palette.accent
    assert app.font().pointSizeF() == palette.body


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("scale", [0.6, 1.0, 1.5, 3.0])
def test_the_style_sheet_is_understood_by_qt(
    app: QApplication, qtbot: QtBot, qtlog: object, name: str, scale: float
) -> None:
    theme.apply(app, name, scale)
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QPushButton("Play"))
    window.ensurePolished()
    window.grab()
    messages = [record.message for record in qtlog.records]  # type: ignore[attr-defined]
    assert not [message for message in messages if "stylesheet" in message.lower() or "style sheet" in message.lower()]


def test_every_picture_of_the_style_sheet_is_there() -> None:
    names = {name for palette in PALETTES.values() for name in re.findall(r"icons:([\w.-]+)", style_sheet(palette))}
    assert {"arrow-down.svg", "check-white.svg", "check-black.svg"} <= names
    assert all(resources.path("icons", name).is_file() for name in names)


def test_text_grows_with_the_scale_and_titles_are_larger(app: QApplication, qtbot: QtBot) -> None:
    title, body = label("Loss", "title"), label("Loss")
    qtbot.addWidget(title)
    qtbot.addWidget(body)
    heights = []
    for scale in (1.0, 1.5):
        theme.apply(app, "light", scale)
        title.ensurePolished()
        body.ensurePolished()
        assert title.fontInfo().pointSizeF() > body.fontInfo().pointSizeF()
        heights.append((title.sizeHint().height(), body.sizeHint().height()))
    assert heights[1][0] > heights[0][0]
    assert heights[1][1] > heights[0][1]


def test_controls_take_the_accent_and_the_panel_color(app: QApplication, qtbot: QtBot) -> None:
    palette = theme.apply(app, "dark")
    button, combo = QPushButton("Go"), QComboBox()
    button.setProperty("primary", True)
    for widget, color in ((button, palette.accent), (combo, palette.panel)):
        qtbot.addWidget(widget)
        widget.resize(120, 32)
        assert widget.grab().toImage().pixelColor(60, 5).name().upper() == color


def test_a_slider_handle_is_round_and_fits(app: QApplication, qtbot: QtBot) -> None:
    palette = theme.apply(app, "light")
    slider = QSlider()
    slider.setOrientation(slider.orientation().Horizontal)
    qtbot.addWidget(slider)
    slider.setRange(0, 2)
    slider.setValue(1)
    slider.resize(200, slider.sizeHint().height())
    image = slider.grab().toImage()
    middle = image.height() // 2
    accent = [y for y in range(image.height()) if image.pixelColor(100, y).name().upper() == palette.accent]
    assert len(accent) >= 8
    assert min(accent) > 0
    assert max(accent) < image.height() - 1
    assert image.pixelColor(150, middle).name().upper() != palette.accent


def test_a_wrong_name_or_scale_is_refused_in_one_sentence(app: QApplication) -> None:
    with pytest.raises(ValueError, match="no theme named 'sepia'; choose one of light, dark, projector"):
        theme.apply(app, "sepia")
    with pytest.raises(ValueError, match=r"scaled by 9; choose a factor from 0\.6 to 3"):
        theme.apply(app, "light", 9)
