from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from gdexplorer.panels.renderer import Drawing, Painted, Renderer
from gdexplorer.panels.scene import Camera, Lens, lens
from gdexplorer.panels.terrain import Terrain
from tests.panels.scenes import HIMMELBLAU, TILTED, lit

LAND = lit(HIMMELBLAU)
SEEN = lens(Camera(), (1.0, 1.0), 80, 60, (0, 0, 0, 0))


class Frail:
    """Stands in for OpenGL: draws as painting does, until it breaks."""

    def __init__(self, lasts: int) -> None:
        self.lasts, self.shown, self.closed = lasts, 0, False
        self._painted = Painted()

    def show(self, terrain: Terrain) -> None:
        self.shown += 1
        self._painted.show(terrain)

    def draw(self, lens: Lens, scale: float, moving: bool) -> QImage:
        self.lasts -= 1
        if self.lasts < 0:
            raise OSError("the driver is gone")
        return self._painted.draw(lens, scale, moving)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    known = set(Renderer._missing)
    yield
    Renderer._missing.clear()
    Renderer._missing.update(known)


def test_offscreen_there_is_no_opengl(qtbot: QtBot) -> None:
    if QGuiApplication.platformName() != "offscreen":
        pytest.skip("this is not the offscreen platform")
    made = Renderer()
    made.choose()
    assert made.name == "painted"
    assert made.draw(LAND, SEEN, 1.0).size().toTuple() == (80, 60)


def test_opengl_is_used_where_it_works() -> None:
    frail = Frail(99)
    made = Renderer(lambda: frail)
    made.draw(LAND, SEEN, 1.0)
    made.draw(LAND, SEEN, 1.0)
    assert (made.name, frail.shown) == ("OpenGL", 1)  # the mesh is built once for each surface
    made.draw(lit(TILTED), SEEN, 1.0)
    assert frail.shown == 2
    made.close()
    assert frail.closed


def test_that_it_cannot_be_made_is_found_once() -> None:
    tries = []

    def missing() -> Drawing:
        tries.append(1)
        raise RuntimeError("no context")

    for _ in range(3):
        made = Renderer(missing)
        assert not made.draw(LAND, SEEN, 1.0).isNull()
        assert made.name == "painted"
    assert len(tries) == 1


def test_when_it_breaks_the_same_picture_is_painted() -> None:
    frail = Frail(1)
    made = Renderer(lambda: frail)
    first = made.draw(LAND, SEEN, 1.0)
    assert made.name == "OpenGL"
    assert made.draw(LAND, SEEN, 1.0) == first
    assert made.name == "painted"
    assert frail.closed


def test_an_error_in_painting_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> QImage:
        raise ZeroDivisionError

    monkeypatch.setattr(Painted, "draw", fail)
    with pytest.raises(ZeroDivisionError):
        Renderer(lambda: Frail(0)).draw(LAND, SEEN, 1.0)


def test_while_the_camera_moves_it_is_drawn_quickly() -> None:
    made = Painted()
    made.show(LAND)
    quick, good = made.draw(SEEN, 1.0, True), made.draw(SEEN, 1.0, False)
    assert quick.size() == good.size()

    def soft(image: QImage) -> int:
        return sum(0 < image.pixelColor(x, y).alpha() < 255 for x in range(80) for y in range(60))

    assert soft(quick) == 0 < soft(good)
