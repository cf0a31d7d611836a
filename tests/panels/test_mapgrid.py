import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from gdexplorer.arrays import Array
from gdexplorer.panels.mapgrid import Cell, MapGrid, fit
from gdexplorer.panels.marks import outline
from gdexplorer.panels.palette import PALETTES

TABLE = (("", "here"), ("on ink", "52 %"), ("ink area", "48 %"))
MAPS: Array = np.random.default_rng(0).normal(size=(4, 6, 8))


@pytest.fixture
def grid(qtbot: QtBot) -> MapGrid:
    made = MapGrid()
    qtbot.addWidget(made)
    made.resize(500, 200)
    made.show()
    return made


def cells(pictures: int = 1, count: int = 3) -> tuple[Cell, ...]:
    names = ("saliency", "new weights")[:pictures]
    return tuple(Cell(("sal", "s"), names, tuple(MAPS[k : k + pictures]), ("text", ()), TABLE) for k in range(count))


def put(grid: MapGrid, pictures: int = 1) -> None:
    mask = np.zeros((6, 8), bool)
    mask[1:3, 2:5] = True
    grid.show_cells(cells(pictures), np.zeros((6, 8)), mask, "ink")


def test_an_outline_has_the_edges_of_a_mask() -> None:
    mask = np.zeros((5, 6), bool)
    mask[1:3, 2:5] = mask[4, 0] = True
    path = outline(mask)
    edges = set()
    for k in range(0, path.elementCount(), 2):
        first, last = path.elementAt(k), path.elementAt(k + 1)
        edges.add(((first.x, first.y), (last.x, last.y)))
    assert len(edges) == path.elementCount() // 2 == 2 * (3 + 2) + 4
    assert ((2, 1), (3, 1)) in edges
    assert ((5, 1), (5, 2)) in edges
    assert ((0, 4), (0, 5)) in edges


@pytest.mark.parametrize("pictures", [1, 2])
@pytest.mark.parametrize("size", [(500, 200), (330, 180), (330, 520), (900, 240), (160, 70)])
def test_nothing_overlaps_and_all_is_inside(grid: MapGrid, pictures: int, size: tuple[int, int]) -> None:
    grid.resize(*size)
    put(grid, pictures)
    grid.grab()
    rects = [grid.rect_of(k, at) for k in range(3) for at in range(pictures)]
    names, numbers, tall = grid.table_size()
    if grid.fitted().columns:
        for k in range(3):
            corner = grid._table_at(k)
            wide = numbers if grid.fitted().across else names + numbers
            rects.append(QRectF(corner.x(), corner.y(), wide, tall))
    for k, rect in enumerate(rects):
        assert QRectF(0, 0, size[0] + 1, size[1] + 1).contains(rect), (k, rect)
        assert not any(rect.intersects(other) for other in rects[:k])
    assert grid.fitted().columns == (0 if size == (160, 70) else 1)


def test_where_it_is_broad_maps_stand_side_by_side_and_where_it_is_high_below_each_other() -> None:
    broad, high = (fit(3, 1, ((0, 0, 0), (60, 70, 50)), 14, room) for room in ((600, 200), (250, 600)))
    assert (broad.across, high.across) == (True, False)
    assert broad.side == pytest.approx(200 - 50 - 14 - 6)


def test_hovering_reads_a_pixel_and_says_on_which_side_of_the_outline_it_is(grid: MapGrid) -> None:
    put(grid, 2)
    rect = grid.rect_of(1, 1)
    place = rect.topLeft() + QPointF(3.5 / 8 * rect.width(), 1.5 / 6 * rect.height())
    value, most = MAPS[2][1, 3], np.abs(MAPS[2]).max()
    read = grid.reading(place).replace("−", "-")
    assert read == f"saliency, new weights\nrow 2, column 4, inside the outline: {value:.3g} of {most:.3g}"
    assert "outside" in grid.reading(rect.topLeft() + QPointF(1, 1))
    assert grid.reading(QPointF(-5, -5)) == ""


def test_opacity_goes_from_the_picture_to_the_map(grid: MapGrid) -> None:
    mask = np.zeros((6, 8), bool)
    maps = np.full((6, 8), -1.0)
    grid.show_cells((Cell(("m",), ("m",), (maps,), ("text", ()), TABLE),), np.ones((6, 8)), mask, "ink")
    rect = grid.rect_of(0, 0)
    center, colors = rect.center().toPoint(), []
    for opacity in (0.0, 0.5, 1.0):
        grid.set_opacity(opacity)
        colors.append(grid.grab().toImage().pixelColor(center))
    assert colors[0].name().upper() == PALETTES["light"].text
    assert colors[2].saturation() > 100
    assert colors[0].red() < colors[1].red() < colors[2].red()


@pytest.mark.parametrize("name", PALETTES)
def test_every_theme_and_numbers_that_are_not_finite(grid: MapGrid, name: str) -> None:
    grid.show_palette(PALETTES[name])
    put(grid)
    grid.show_cells((Cell(("m",), ("m",), (np.full((6, 8), np.nan),), ("accent", (6, 4)), TABLE),), MAPS[0],
                    np.ones((6, 8), bool), "box")  # fmt: skip
    assert not grid.grab().isNull()


def test_a_column_of_numbers_goes_before_pictures_become_too_small() -> None:
    tables = ((0.0, 0.0, 0.0), (60.0, 30.0, 50.0), (60.0, 90.0, 50.0))
    found = [fit(3, 1, tables, 14, (width, 140)).columns for width in (500, 250, 140)]
    assert found == [2, 1, 0]


def test_names_grow_shorter_with_the_room(grid: MapGrid, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    plain = QPainter.drawText
    monkeypatch.setattr(QPainter, "drawText", lambda self, *given: (written.append(given[-1]), plain(self, *given)))
    put(grid)
    for room, name in ((200, "saliency"), (48, "sal"), (24, "s")):
        monkeypatch.setattr(grid, "_room_of", lambda k, room=room: room)
        written.clear()
        grid.grab()
        assert written.count(name) == 3
