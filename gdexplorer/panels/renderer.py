"""Which of two ways draws the surface: OpenGL as long as it works, painting where it does not."""

import logging
from collections.abc import Callable
from typing import ClassVar, Literal, Protocol

from PySide6.QtGui import QGuiApplication, QImage

from gdexplorer.panels.paintedview import Quads, painted, quads, reduced
from gdexplorer.panels.scene import Lens
from gdexplorer.panels.terrain import Terrain

WITHOUT_GL = ("offscreen", "minimal", "minimalegl", "linuxfb", "vnc")
SHARP = 1_200_000  # pixels up to which painted ones are the mean of four samples

log = logging.getLogger(__name__)


class Drawing(Protocol):
    """Draws surfaces."""

    def show(self, terrain: Terrain) -> None:
        """Draw this one from now on."""

    def draw(self, lens: Lens, scale: float, moving: bool) -> QImage:
        """Return a picture with `scale` pixels for each of the lens', empty around the surface and in its holes.

        While the camera is `moving` it may be made quickly rather than well.
        """

    def close(self) -> None:
        """Free what is held."""


class Painted:
    """Needs nothing but the processor."""

    def __init__(self) -> None:
        self._quads: Quads | None = None

    def show(self, terrain: Terrain) -> None:
        """Draw this one from now on."""
        self._quads = quads(terrain)

    def draw(self, lens: Lens, scale: float, moving: bool) -> QImage:
        """Return a picture of the surface."""
        assert self._quads is not None
        width, height = round(lens.width * scale), round(lens.height * scale)
        if moving or width * height > SHARP:
            return painted(self._quads, lens, scale)
        return reduced(painted(self._quads, lens, 2 * scale), width, height)

    def close(self) -> None:
        """Free what is held."""
        self._quads = None


def by_opengl() -> Drawing:
    """Return what draws by OpenGL; raises where that is not to be had."""
    if QGuiApplication.platformName() in WITHOUT_GL:
        raise RuntimeError("this platform has none")
    from gdexplorer.panels.glview import GLDrawing  # PyOpenGL is not imported before it is needed

    return GLDrawing()


class Renderer:
    """Draws one surface. That OpenGL is missing is found once for all; that it breaks, whenever it does.

    Parameters
    ----------
    opengl
        Makes the drawing that is tried first.
    """

    _missing: ClassVar[set[Callable[[], Drawing]]] = set()

    def __init__(self, opengl: Callable[[], Drawing] = by_opengl) -> None:
        self._opengl = opengl
        self._drawing: Drawing | None = None
        self._terrain: Terrain | None = None
        self.name: Literal["OpenGL", "painted"] = "painted"

    def choose(self) -> None:
        """Find out what there is, if that is not known."""
        if self._drawing is None and self._opengl not in self._missing:
            try:
                self._drawing, self.name = self._opengl(), "OpenGL"
            except Exception as error:  # of any kind: drivers and bindings fail in their own ways
                self._give_up(error)
        if self._drawing is None:
            self._drawing, self.name = Painted(), "painted"

    def draw(self, terrain: Terrain, lens: Lens, scale: float, moving: bool = False) -> QImage:
        """Return a picture of a surface."""
        self.choose()
        try:
            return self._draw(terrain, lens, scale, moving)
        except Exception as error:
            if self.name == "painted":
                raise
            self._give_up(error)
        self.close()
        self.choose()
        return self._draw(terrain, lens, scale, moving)

    def _draw(self, terrain: Terrain, lens: Lens, scale: float, moving: bool) -> QImage:
        assert self._drawing is not None
        if self._terrain is not terrain:
            self._drawing.show(terrain)
            self._terrain = terrain
        return self._drawing.draw(lens, scale, moving)

    def _give_up(self, error: Exception) -> None:
        log.info("3-D views are painted, as OpenGL failed: %s", str(error))
        self._missing.add(self._opengl)

    def close(self) -> None:
        """Free what is held; drawing again takes it up again."""
        if self._drawing is not None:
            self._drawing.close()
        self._drawing = self._terrain = None
