from itertools import combinations, pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.palette import DARK, LIGHT, PALETTES, Palette, contrast
from gdexplorer.panels.tiles import LARGEST, SMALLEST, WHOLE, Section, Tiles, fit, pixel
from gdexplorer.panels.tints import image_of, signed_colors


def section(count: int, height: int = 3, width: int = 3, id: str = "c1") -> Section:
    values = np.arange(count * height * width, dtype=float).reshape(count, height, width) - 7
    return Section(id, f"{id} of {count}", "map", values)


@pytest.fixture
def tiles(qtbot: QtBot) -> Tiles:
    made = Tiles("Maps")
    qtbot.addWidget(made)
    made.show_palette(LIGHT)
    made.show()
    return made


@pytest.mark.parametrize("counts", [[1], [8, 8], [16, 16, 32, 32], [64, 64], [1, 64, 3], [512]])
@pytest.mark.parametrize("size", [(900, 600), (500, 400), (300, 200), (200, 110), (1600, 500)])
def test_everything_that_is_shown_lies_within_and_apart(tiles: Tiles, counts: list[int], size: tuple[int, int]) -> None:
    tiles.resize(*size)
    tiles.show_sections(tuple(section(count, 8, 8) for count in counts))
    rects = [tiles.rect_of(k, j) for k, row in enumerate(tiles._fit) for j in range(row.shown)]
    assert rects
    for rect in rects:
        assert tiles.rect().toRectF().contains(rect)
        assert rect.width() >= WHOLE * SMALLEST - 1
    for one, other in combinations(rects[:40], 2):
        assert not one.intersects(other)
    shown = [row.shown for row in tiles._fit]
    missing = sum(counts[: len(shown)]) - sum(shown)
    assert tiles.hidden == (missing, len(counts) - len(shown))
    tiles.grab()


def test_pictures_are_as_large_as_fits() -> None:
    found = fit(
        (
            16,
            16,
        ),
        (
            9,
            9,
        ),
        400,
        300,
        15,
    )
    side = found[0].side
    assert [row.shown for row in found] == [16, 16]
    columns = int((400 + 3) // (side + 1 + 3))
    height = sum(15 + -(-16 // columns) * (side + 4) - 3 + 6 for _ in range(2)) - 6
    assert height > 300  # one pixel more would not
    assert fit((1,), (9,), 5000, 5000, 15)[0].side == LARGEST


def test_lines_of_a_section_are_equally_long() -> None:
    for width in range(60, 400, 17):
        (row,) = fit((16,), (9,), width, 200, 15)
        lines = -(-16 // row.columns)
        assert row.shown == 16
        assert lines * (row.columns - 1) < 16  # one column less would take another line


def test_height_that_is_left_goes_to_the_finest() -> None:
    found = fit(
        (
            4,
            4,
        ),
        (
            4,
            64,
        ),
        260,
        230,
        15,
    )
    assert found[1].side > found[0].side


def test_what_has_no_room_is_counted() -> None:
    found = fit(
        (
            200,
            4,
        ),
        (
            9,
            9,
        ),
        100,
        60,
        14,
    )
    columns = 103 // (SMALLEST + 3)
    assert [row.shown for row in found] == [columns, 4]
    assert len(fit((4, 4, 4), (9,) * 3, 100, 60, 14)) == 2
    assert fit((4,), (9,), 100, 20, 14) == ()


@pytest.mark.parametrize(("side", "count", "expected"), [(24, 8, 3), (27, 14, 27 / 14), (30, 14, 2), (5, 8, 5 / 8)])
def test_pixels_are_whole_where_that_costs_little(side: float, count: int, expected: float) -> None:
    assert pixel(side, count) == pytest.approx(expected)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_zero_is_the_paper_and_signs_have_their_colors(palette: Palette) -> None:
    colors = signed_colors(palette)
    image = image_of(np.array([[-2.0, 0.0, 2.0, np.nan]]), 2.0, colors, palette.danger)
    low, zero, high, unknown = (image.pixelColor(k, 0).name().upper() for k in range(4))
    assert contrast(zero, palette.panel) < 1.03
    assert contrast(low, palette.panel) > 4.4
    assert contrast(high, palette.panel) > 4.4
    assert low != high
    assert unknown == palette.danger.upper()


def test_hovering_reads_value_and_place_and_frames_what_belongs_together(tiles: Tiles) -> None:
    tiles.resize(600, 300)
    first, second, other = section(3), section(3, 4, 4), section(3, id="p1")
    tiles.show_sections((first, second, other))
    rect = tiles.rect_of(1, 2)
    third = QPointF(rect.left() + 0.6 * rect.width(), rect.top() + 0.1 * rect.height())
    assert tiles.reading(third) == "c1 of 3\nmap 3, row 1, column 3: 27"
    assert second.values[2, 0, 2] == 27
    assert tiles.reading(QPointF(599, 1)) == ""
    QTest.mouseMove(tiles, third.toPoint())
    assert [tiles._belongs(k, j) for k in range(3) for j in range(3)] == [
        j == 2 and k < 2 for k in range(3) for j in range(3)
    ]
    framed = tiles.grab().toImage()
    tiles.leaveEvent(None)  # type: ignore[arg-type]
    assert framed != tiles.grab().toImage()


def test_the_scale_is_symmetric_or_begins_at_zero() -> None:
    assert (section(2).most, section(2).signed) == (10.0, True)
    rectified = Section("c1", "", "map", np.array([[[0.0, 3.0]], [[1.0, np.inf]]]))
    assert (rectified.most, rectified.signed) == (3.0, False)
    assert Section("c1", "", "map", np.full((1, 2, 2), np.nan)).most == 0.0


def test_pictures_keep_their_shape(tiles: Tiles) -> None:
    tiles.resize(400, 300)
    tiles.show_sections((section(2, 4, 8),))
    rect = tiles.rect_of(0, 1)
    assert rect.width() == pytest.approx(2 * rect.height())


def test_arrows_step_and_other_keys_do_not(tiles: Tiles) -> None:
    steps: list[int] = []
    tiles.stepped.connect(steps.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Space):
        QTest.keyClick(tiles, key)
    QTest.keyClick(tiles, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)  # an epoch of the window's
    assert steps == [1, -1]


def test_a_theme_colors_anew(tiles: Tiles) -> None:
    tiles.resize(300, 200)
    tiles.show_sections((section(4),))
    shots = []
    for palette in (LIGHT, DARK):
        tiles.show_palette(palette)
        shots.append(tiles.grab().toImage())
    for one, other in pairwise(shots):
        assert one != other
