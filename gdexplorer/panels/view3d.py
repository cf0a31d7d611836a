"""The loss landscape in three dimensions: by OpenGL where there is any, painted where there is none."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QWidget

from gdexplorer.landscape.surface import Surface
from gdexplorer.panels.canvas import Canvas
from gdexplorer.panels.ground import Ground, margins
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.heatmap import colors_of
from gdexplorer.panels.legend3d import paint_legend
from gdexplorer.panels.paintedview import FORMAT
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.relief import Relief
from gdexplorer.panels.renderer import Drawing, Renderer, by_opengl
from gdexplorer.panels.scene import DISTANCE, Box, Camera, Lens, Track3D, lens
from gdexplorer.panels.terrain import Terrain, terrain
from gdexplorer.panels.text import set_tooltip
from gdexplorer.panels.trails import Brush, Spot, Trail, spot, trail

HELP = "Drag to turn, Shift-drag to move, wheel to zoom, double-click to reset; or arrow keys, + and −, Home."
TURN = 0.35  # degrees for each pixel
KEY = 5.0  # degrees for each key press
NOTCH = 1.15  # of the wheel, and of + and −
CAPTIONS = {"OpenGL": "3-D by OpenGL", "painted": "3-D painted: no OpenGL here"}


class View3D(Canvas):
    """One surface, the paths over it and the point, seen from anywhere above the floor.

    Parameters
    ----------
    opengl
        Makes the drawing that is tried first; if it raises, then or later, the view is painted.
    """

    def __init__(self, parent: QWidget | None = None, opengl: Callable[[], Drawing] = by_opengl) -> None:
        super().__init__(parent)
        self._renderer = Renderer(opengl)
        self._palette, self._width = LIGHT, 2.2
        self._camera = Camera()
        self._source: tuple[Surface, Relief] | None = None
        self._terrain: Terrain | None = None
        self._ground: Ground | None = None
        self._tracks: tuple[Track3D, ...] = ()
        self._trails: list[Trail] = []
        self._point: tuple[float, float, float | None, tuple[float, float] | None] | None = None
        self._spot: Spot | None = None
        self._framed = False  # shows that the keys come here
        self._held: QPointF | None = None  # where the mouse was last
        self._moved = False  # since the mouse was pressed
        self._pictures: tuple[QImage, QImage] | None = None  # ground and surface, as the camera sees them now
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Loss landscape in 3-D")
        set_tooltip(self, HELP)

    @property
    def renderer(self) -> str:
        """``OpenGL`` or ``painted``."""
        self._renderer.choose()
        return self._renderer.name

    @property
    def caption(self) -> str:
        """Who draws it, in words."""
        return CAPTIONS[self.renderer]

    @property
    def camera(self) -> Camera:
        """From where it is seen."""
        return self._camera

    def look(self, camera: Camera) -> None:
        """See it from elsewhere."""
        if camera != self._camera:
            self._camera = camera
            self._redraw()

    def show_surface(self, surface: Surface, relief: Relief) -> None:
        """Draw a surface as its relief is colored; the camera stays."""
        self._source = surface, relief
        colors = colors_of(self._palette.colormap)
        box = Box(relief.fine.window, relief.levels)
        self._terrain = terrain(relief, colors, box)
        self._ground = Ground(box, relief, colors, surface.plane.axes)
        self._place()
        self._redraw()

    def show_tracks(self, tracks: Sequence[Track3D]) -> None:
        """Draw these paths in place of those before."""
        self._tracks = tuple(tracks)
        self._place()

    def show_point(
        self, x: float, y: float, height: float | None = None, arrow: tuple[float, float] | None = None
    ) -> None:
        """Draw the current point, and an arrow from it, in coordinates of the plane; height as in `Track3D`."""
        self._point = x, y, height, arrow
        self._spot = spot(*self._point, self._terrain) if self._terrain is not None else None
        self.update()

    def hide_point(self) -> None:
        """Draw no point."""
        self._point = self._spot = None
        self.update()

    def show_palette(self, palette: Palette, paused: bool) -> None:
        """Take on a theme."""
        changed, self._palette = palette.colormap != self._palette.colormap, palette
        self._width = (2.2 if paused else 1.6) * palette.paused_width**0.5
        if changed and self._source is not None:
            self.show_surface(*self._source)
        self._redraw()

    def _place(self) -> None:
        if self._terrain is not None:
            self._trails = [trail(track, self._terrain) for track in self._tracks]
            self._spot = spot(*self._point, self._terrain) if self._point is not None else None
        self.update()

    def _redraw(self) -> None:
        self._pictures = None
        self.update()

    # what is painted

    def _lens(self) -> Lens:
        half = (1.0, 1.0) if self._terrain is None else self._terrain.box.half
        return lens(self._camera, half, self.width(), self.height(), margins(self._palette, self.height()))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.panel))
        if self._terrain is None or self._ground is None:
            return
        seen = self._lens()
        if self._pictures is None or self._pictures[0].devicePixelRatio() != self.devicePixelRatioF():
            above = self._surface_picture(self._terrain, self._ground, seen)
            self._pictures = self._ground_picture(self._ground, seen), above
        brush = Brush(painter, seen, self._palette, self._width)
        painter.drawImage(0, 0, self._pictures[0])
        brush.shadows(self._trails, self._spot)
        painter.drawImage(0, 0, self._pictures[1])
        brush.trails(self._trails, self._terrain)
        brush.starts(self._trails, self._terrain)
        if self._spot is not None:
            brush.point(self._spot, self._terrain)
        room = QRectF(self.rect())
        paint_legend(painter, room, self._palette, self._tracks, self._width)
        if self._framed:
            painter.setPen(QPen(QColor(self._palette.accent), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room.adjusted(0.5, 0.5, -0.5, -0.5))

    def _ground_picture(self, ground: Ground, seen: Lens) -> QImage:
        ratio = self.devicePixelRatioF()
        picture = QImage(self.size() * ratio, FORMAT)
        picture.setDevicePixelRatio(ratio)
        picture.fill(0)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground.paint(painter, seen, self._palette)
        painter.end()
        return picture

    def _surface_picture(self, shape: Terrain, ground: Ground, seen: Lens) -> QImage:
        ratio = self.devicePixelRatioF()
        picture = self._renderer.draw(shape, seen, ratio, self._held is not None)
        picture.setDevicePixelRatio(ratio)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground.paint_axes(painter, seen, self._palette)
        painter.end()
        return picture

    # what the user does

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held, self._moved = event.position(), False
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            return
        by, self._held, self._moved = event.position() - self._held, event.position(), True
        moves = event.buttons() & Qt.MouseButton.RightButton or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if moves:
            unit = self._lens().focal / DISTANCE
            self.look(self._camera.panned(-by.x() / unit, by.y() / unit))
        else:
            self.look(self._camera.orbited(-TURN * by.x(), TURN * by.y()))

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.buttons() == Qt.MouseButton.NoButton:
            self._held = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            if self._moved:
                self._redraw()  # as well as it can

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.look(Camera())

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        self.look(self._camera.zoomed(NOTCH ** (event.angleDelta().y() / 120)))
        event.accept()

    def _seen_by_key(self, event: QKeyEvent) -> Camera | None:
        """Return the camera that a key asks for."""
        key, camera = Qt.Key(event.key()), self._camera
        turns = {Qt.Key.Key_Left: (-KEY, 0.0), Qt.Key.Key_Right: (KEY, 0.0), Qt.Key.Key_Up: (0.0, KEY),
                 Qt.Key.Key_Down: (0.0, -KEY)}  # fmt: skip
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier & ~Qt.KeyboardModifier.ShiftModifier
        if modifiers:
            return None
        if key in turns:
            return camera.orbited(*turns[key])
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            return camera.zoomed(NOTCH)
        if key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            return camera.zoomed(1 / NOTCH)
        return Camera() if key == Qt.Key.Key_Home else None

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts from taking our keys while we have the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._seen_by_key(event):
            event.accept()
            return True
        return super().event(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        wanted = self._seen_by_key(event)
        if wanted is None:
            super().keyPressEvent(event)
        else:
            self.look(wanted)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._framed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._framed = False
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 30)

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        self._renderer.close()
        super().closeEvent(event)
