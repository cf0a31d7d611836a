import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from gdexplorer.arrays import Array
from gdexplorer.panels import stamps
from gdexplorer.panels.marks import Cloud, Dots, Mark, circle, cross


def picture(qtbot: QtBot, item: object, wide: float = 4.0) -> QImage:
    plot = pg.PlotWidget(background="#FFFFFF")
    qtbot.addWidget(plot)
    plot.resize(200, 200)
    for side in ("left", "bottom"):
        plot.hideAxis(side)
    plot.addItem(item, ignoreBounds=True)
    plot.setRange(xRange=(-wide, wide), yRange=(-1, 1), padding=0)
    plot.show()
    return plot.grab().toImage()


def extent(image: QImage, color: str) -> tuple[int, int]:
    """How wide and high the pixels near a color are spread."""
    target = QColor(color)
    found = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if max(abs(a - b) for a, b in zip(image.pixelColor(x, y).getRgb(), target.getRgb(), strict=True)) < 40
    ]
    xs, ys = zip(*found, strict=True)
    return max(xs) - min(xs) + 1, max(ys) - min(ys) + 1


def test_points_are_round_whatever_the_scales(qtbot: QtBot) -> None:
    dots = Dots(0)
    cloud = Cloud(np.array([0.0]), np.array([0.0]), "#FF0000", "#000000", 20)
    dots.show_clouds([cloud], QRectF(-4, -1, 8, 2))
    width, height = extent(picture(qtbot, dots), "#FF0000")
    assert abs(width - height) <= 1
    assert 10 <= width <= 21


def test_circles_have_an_inside(qtbot: QtBot) -> None:
    dots = Dots(0)
    cloud = Cloud(np.array([0.0]), np.array([0.0]), "#FF0000", "#000000", 40, "#00FF00")
    dots.show_clouds([cloud], QRectF(-4, -1, 8, 2))
    image = picture(qtbot, dots)
    assert image.pixelColor(100, 100).name() == "#00ff00"
    extent(image, "#FF0000")


def test_points_that_are_not_finite_and_empty_clouds_are_left_out(qtbot: QtBot) -> None:
    dots = Dots(0)
    nowhere = Cloud(np.array([np.nan, 0.0]), np.array([0.0, np.inf]), "#FF0000", "#000000", 20)
    empty = Cloud(np.zeros(0), np.zeros(0), "#FF0000", "#000000", 20)
    dots.show_clouds([nowhere, empty], QRectF(-4, -1, 8, 2))
    image = picture(qtbot, dots)
    assert {image.pixelColor(x, 100).name() for x in range(10, 190)} == {"#ffffff"}


def test_a_mark_keeps_its_size_in_pixels(qtbot: QtBot) -> None:
    sizes = []
    for wide in (1.0, 400.0):
        mark = Mark(circle(8), 0)
        mark.dress("#FF0000", "#000000", "#FF0000")
        sizes.append(extent(picture(qtbot, mark, wide), "#FF0000"))
    assert sizes[0] == sizes[1]
    assert 15 <= sizes[0][0] <= 19


def test_a_cross_is_open_in_the_middle(qtbot: QtBot) -> None:
    mark = Mark(cross(12), 0)
    mark.dress("#FF0000", "#000000", width=2.0)
    image = picture(qtbot, mark)
    assert image.pixelColor(100, 100).name() == "#ffffff"
    assert extent(image, "#FF0000")[0] >= 20


def test_many_points_look_as_if_each_were_drawn(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-4, 4, 300), rng.uniform(-1, 1, 300)
    clouds = [Cloud(x, y, "#3060C0", "#FFFFFF", 7.3), Cloud(x[:40], y[:40] / 2, "#C04000", "#101010", 9.0, "#FFFFFF")]
    images = []
    for few in (0, 1000):
        monkeypatch.setattr(stamps, "FEW", few)
        dots = Dots(0)
        dots.show_clouds(clouds, QRectF(-4, -1, 8, 2))
        images.append(pixels(picture(qtbot, dots)))
    stamped, drawn = images
    assert np.abs(drawn - 255).mean() > 15  # much of the picture is dots
    assert np.abs(stamped - drawn).mean() < 3  # an eighth of a pixel aside at most
    assert np.abs(stamped.mean() - drawn.mean()) < 0.5


def pixels(image: QImage) -> Array:
    """Red, green and blue (height, width, 3)."""
    found = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(found.constBits(), np.uint8).reshape(found.height(), found.bytesPerLine())
    return rows[:, : 3 * found.width()].reshape(found.height(), found.width(), 3).astype(float)
