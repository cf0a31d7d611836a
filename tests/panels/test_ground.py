import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from gdexplorer.panels.ground import DISTINCT, Ground, margins, polyline
from gdexplorer.panels.heatmap import colors_of
from gdexplorer.panels.palette import LIGHT, PALETTES, Palette, readable
from gdexplorer.panels.scene import FLOOR, Box, Camera, Lens, lens
from tests.panels.scenes import HIMMELBLAU, TILTED, raised

RELIEF = raised(HIMMELBLAU)
BOX = Box(RELIEF.fine.window, RELIEF.levels)
SIZES = [(640, 420), (420, 560)]


def pictures(camera: Camera, size: tuple[int, int], palette: Palette) -> tuple[Lens, list[NDArray[np.uint8]]]:
    """Return the lens, and the floor and the axes as pixels."""
    ground = Ground(BOX, RELIEF, colors_of(palette.colormap), ("PC 1", "a long name"))
    seen = lens(camera, BOX.half, *size, margins(palette, size[1]))
    made = []
    for paint in (ground.paint, ground.paint_axes):
        image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint(painter, seen, palette)
        painter.end()
        made.append(np.array(image.constBits(), np.uint8).reshape(size[1], size[0], 4))
    return seen, made


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_word_is_cut_off_however_one_turns(qtbot: QtBot, palette: Palette, size: tuple[int, int]) -> None:
    for azimuth in range(-180, 180, 45):
        for elevation in (6, 43, 89):
            words = pictures(Camera(azimuth, elevation), size, palette)[1][1][..., 3]
            assert words.any()
            for edge in (words[0], words[-1], words[:, 0], words[:, -1]):
                assert not edge.any(), (azimuth, elevation)


def test_there_are_no_words_where_there_is_no_room(qtbot: QtBot) -> None:
    assert not pictures(Camera(), (200, 100), LIGHT)[1][1].any()


def test_contours_have_the_color_of_their_height(qtbot: QtBot) -> None:
    seen, (floor, _) = pictures(Camera(-90, 89), (640, 640), LIGHT)
    x, y = RELIEF.contours
    colors, (low, high) = colors_of(LIGHT.colormap), RELIEF.levels
    checked = 0
    for k in np.flatnonzero(np.isfinite(x))[:: len(x) // 50]:
        row, column = (np.abs(axis - at).argmin() for axis, at in ((RELIEF.fine.y, y[k]), (RELIEF.fine.x, x[k])))
        height = round(RELIEF.fine.values[row, column] / RELIEF.step) * RELIEF.step
        color = int(colors[round(255 * float(np.clip((height - low) / (high - low), 0, 1)))]) & 0xFFFFFF
        wanted = QColor(readable(f"#{color:06X}", LIGHT.panel, DISTINCT))
        a, b, _ = seen.project(BOX.across(x[k]), BOX.along(y[k]), np.array(FLOOR))
        near = floor[round(float(b)) - 2 : round(float(b)) + 2, round(float(a)) - 2 : round(float(a)) + 2, 2::-1]
        far = np.abs(near.astype(int) - [wanted.red(), wanted.green(), wanted.blue()]).sum(axis=2).min()
        checked += int(far < 120)
    assert checked >= 40


def test_a_flat_surface_has_a_ground_too(qtbot: QtBot) -> None:
    for losses in (np.full((51, 51), 2.0), np.full((51, 51), np.nan), TILTED):
        flat = raised(losses)
        Ground(Box(flat.fine.window, flat.levels), flat, colors_of("viridis"), ("x", "y"))


def test_a_polyline_is_broken_where_points_are_left_out() -> None:
    x, y = np.array([0.0, 1, np.nan, 3, 4, 5]), np.arange(6.0)
    path = polyline(x, y, np.isfinite(x))
    moves = [path.elementAt(k).isMoveTo() for k in range(path.elementCount())]
    assert path.boundingRect().right() == 5
    lines = sum(not move for move in moves)
    assert lines == 3


def test_heights_that_are_not_logarithmic_have_plain_numbers(qtbot: QtBot) -> None:
    below = raised(HIMMELBLAU - 200)
    box = Box(below.fine.window, below.levels)
    ground = Ground(box, below, colors_of("viridis"), ("x", "y"))
    image = QImage(640, 420, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    ground.paint_axes(painter, lens(Camera(), box.half, 640, 420, margins(LIGHT, 420)), LIGHT)
    painter.end()
    other = pictures(Camera(), (640, 420), LIGHT)[1][1]
    assert below.title != RELIEF.title
    assert (np.array(image.constBits(), np.uint8).reshape(other.shape)[:220, :170] != other[:220, :170]).any()
