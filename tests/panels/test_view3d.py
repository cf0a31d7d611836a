import gc
import weakref
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from gdexplorer.panels import view3d
from gdexplorer.panels.palette import LIGHT, PALETTES, Palette
from gdexplorer.panels.renderer import Drawing
from gdexplorer.panels.scene import FLOOR, LOWEST, Camera, Track3D
from gdexplorer.panels.view3d import View3D
from tests.panels.scenes import HIMMELBLAU, TILTED, raised, surface

PATH = Track3D(np.linspace(-4.0, 4.0, 20), np.linspace(0.0, 1.0, 20))


def nowhere() -> Drawing:
    raise RuntimeError("these tests are of the painted view")


@pytest.fixture
def view(qtbot: QtBot) -> View3D:
    made = View3D(opengl=nowhere)
    qtbot.addWidget(made)
    made.resize(480, 360)
    made.show_surface(surface(HIMMELBLAU), raised(HIMMELBLAU))
    made.show()
    return made


def pixels(view: View3D) -> NDArray[np.int16]:
    image = view.grab().toImage().convertToFormat(view3d.FORMAT)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(np.int16)


def changed(view: View3D, change: Callable[[], object]) -> NDArray[np.bool_]:
    """Return which pixels something changes."""
    before = pixels(view)
    change()
    return np.asarray((np.abs(pixels(view) - before) > 8).any(axis=2))


def place(view: View3D, x: float, y: float, lift: float = 0.02) -> tuple[int, int]:
    """Return row and column where a point on the surface is seen."""
    land = view._terrain
    assert land is not None
    a, b = np.array([x / 6]), np.array([y / 6])
    across, down, _ = view._lens().project(a, b, land.height(a, b) + lift)
    return round(float(down[0])), round(float(across[0]))


def test_nothing_is_drawn_before_there_is_a_surface(qtbot: QtBot) -> None:
    made = View3D(opengl=nowhere)
    qtbot.addWidget(made)
    made.show_tracks([PATH])
    made.show_point(0.0, 0.0)
    assert len(np.unique(pixels(made).reshape(-1, 3), axis=0)) == 1
    made.show_surface(surface(TILTED), raised(TILTED))
    assert len(np.unique(pixels(made).reshape(-1, 3), axis=0)) > 100


def test_it_says_who_draws_it(view: View3D) -> None:
    assert view.renderer == "painted"
    assert view.caption == "3-D painted: no OpenGL here"


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
def test_a_path_is_drawn_above_the_surface(view: View3D, palette: Palette) -> None:
    view.show_palette(palette, True)
    new = changed(view, lambda: view.show_tracks([PATH]))
    shown = pixels(view)
    dark = np.array([int(palette.path_core[k : k + 2], 16) for k in (1, 3, 5)])
    for x in (-3.0, 0.0, 1.0):
        row, column = place(view, x, (x + 4) / 8)
        assert new[row, column]
        assert np.abs(shown[row - 1 : row + 2, column - 1 : column + 2] - dark).sum(axis=2).min() < 60


def test_its_shadow_is_seen_where_nothing_covers_the_floor(view: View3D) -> None:
    view.look(Camera(-90, 20))
    front = Track3D(np.linspace(-4.0, 4.0, 20), np.full(20, -5.0))
    new = changed(view, lambda: view.show_tracks([front]))
    across, down, _ = view._lens().project(np.array([0.0]), np.array([-5 / 6]), np.array([FLOOR]))
    assert new[round(float(down[0])), round(float(across[0]))]


def test_tracks_wear_their_color_and_have_a_legend(view: View3D) -> None:
    tracks = [
        Track3D(PATH.x, PATH.y + k, None, color, (), name)
        for k, (color, name) in enumerate((("#FF0000", "one"), ("#0000FF", "two")))
    ]
    new = changed(view, lambda: view.show_tracks(tracks))
    shown = pixels(view)
    row, column = place(view, 0.0, 0.5)
    assert (np.abs(shown[row - 2 : row + 3, column - 2 : column + 3] - [255, 0, 0]).sum(axis=2) < 60).any()
    assert new[-60:, :60].any()
    assert not changed(view, lambda: view.show_tracks([*tracks]))[-60:, :60].any()


def test_moving_the_point_builds_nothing_anew(view: View3D, monkeypatch: pytest.MonkeyPatch) -> None:
    view.show_tracks([PATH])
    pixels(view)

    def refuse(*arguments: object) -> None:
        raise AssertionError("built anew")

    for name in ("terrain", "Ground", "trail"):
        monkeypatch.setattr(view3d, name, refuse)
    monkeypatch.setattr(view._renderer, "draw", refuse)
    new = changed(view, lambda: view.show_point(2.0, -2.0, None, (0.5, 0.5)))
    row, column = place(view, 2.0, -2.0)
    assert new[row - 3 : row + 3, column - 3 : column + 3].any()
    assert changed(view, view.hide_point)[row - 3 : row + 3, column - 3 : column + 3].any()


def test_holes_show_what_is_behind(view: View3D) -> None:
    view.look(Camera(-90, 80))
    losses = HIMMELBLAU.copy()
    losses[20:31, 20:31] = np.nan
    row, column = place(view, 0.0, 0.0)
    view.show_surface(surface(losses), raised(losses))
    pixels(view)
    assert view._pictures is not None
    assert view._pictures[1].pixelColor(column, row).alpha() == 0


def test_the_camera_stays_when_the_surface_changes(view: View3D) -> None:
    view.look(Camera(10, 20, 2.0))
    view.show_surface(surface(TILTED), raised(TILTED))
    assert view.camera == Camera(10, 20, 2.0)


def drag(qtbot: QtBot, view: View3D, by: QPoint, button: Qt.MouseButton, shift: bool = False) -> None:
    keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    start = QPoint(200, 200)
    qtbot.mousePress(view, button, keys, start)
    here = QPointF(start + by)
    event = QMouseEvent(QEvent.Type.MouseMove, here, here, Qt.MouseButton.NoButton, button, keys)
    QCoreApplication.sendEvent(view, event)
    qtbot.mouseRelease(view, button, keys, start + by)


def test_dragging_turns_and_ends_gently(qtbot: QtBot, view: View3D) -> None:
    before = view.camera
    drag(qtbot, view, QPoint(40, -20), Qt.MouseButton.LeftButton)
    assert view.camera.azimuth == pytest.approx(before.azimuth - 40 * view3d.TURN)
    assert view.camera.elevation == pytest.approx(before.elevation - 20 * view3d.TURN)
    drag(qtbot, view, QPoint(0, -5000), Qt.MouseButton.LeftButton)
    assert view.camera.elevation == LOWEST


@pytest.mark.parametrize(("button", "shift"), [(Qt.MouseButton.RightButton, False), (Qt.MouseButton.LeftButton, True)])
def test_the_right_button_or_shift_moves(qtbot: QtBot, view: View3D, button: Qt.MouseButton, shift: bool) -> None:
    row, column = place(view, 0.0, 0.0)
    drag(qtbot, view, QPoint(30, 10), button, shift)
    assert (view.camera.azimuth, view.camera.elevation) == (Camera().azimuth, Camera().elevation)
    now = place(view, 0.0, 0.0)
    assert now == pytest.approx((row + 10, column + 30), abs=3)


def test_the_wheel_zooms_and_a_double_click_resets(qtbot: QtBot, view: View3D) -> None:
    here = QPointF(200, 200)
    event = QWheelEvent(
        here, here, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QCoreApplication.sendEvent(view, event)
    assert view.camera.zoom == pytest.approx(view3d.NOTCH**2)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert view.camera == Camera()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Qt.Key.Key_Left, Camera().orbited(-5, 0)),
        (Qt.Key.Key_Right, Camera().orbited(5, 0)),
        (Qt.Key.Key_Up, Camera().orbited(0, 5)),
        (Qt.Key.Key_Down, Camera().orbited(0, -5)),
        (Qt.Key.Key_Plus, Camera().zoomed(1.15)),
        (Qt.Key.Key_Minus, Camera().zoomed(1 / 1.15)),
    ],
)
def test_keys_move_the_camera_and_the_picture(qtbot: QtBot, view: View3D, key: Qt.Key, expected: Camera) -> None:
    new = changed(view, lambda: qtbot.keyClick(view, key))
    assert view.camera == expected
    assert new.mean() > 0.02
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.camera == Camera()


def test_the_windows_shortcuts_get_only_the_keys_that_it_leaves(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    made = View3D(opengl=nowhere)
    window.setCentralWidget(made)
    fired = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Space):
        action = QAction(window)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda *, key=key: fired.append(key))
        window.addAction(action)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus, timeout=30_000)
    qtbot.keyClick(made, Qt.Key.Key_Right)
    qtbot.keyClick(made, Qt.Key.Key_Space)
    assert fired == [Qt.Key.Key_Space]
    assert made.camera == Camera().orbited(5, 0)


def test_a_theme_restyles_it(view: View3D) -> None:
    light = pixels(view)
    view.show_palette(PALETTES["dark"], True)
    dark = pixels(view)
    assert light[5, 5].min() > 200 > 60 > dark[5, 5].max()
    view.show_palette(LIGHT, True)
    assert (pixels(view) == light).all()


def test_small_and_odd_sizes_are_drawn(view: View3D) -> None:
    for palette in PALETTES.values():
        view.show_palette(palette, False)
        for size in ((40, 30), (200, 90), (90, 400)):
            view.resize(*size)
            assert len(np.unique(pixels(view).reshape(-1, 3), axis=0)) > 20


def test_it_goes_when_it_is_deleted(qtbot: QtBot) -> None:
    made = View3D(opengl=nowhere)
    made.show_surface(surface(TILTED), raised(TILTED))
    made.grab()
    gone = [weakref.ref(made), weakref.ref(made._renderer)]
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    del made
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
