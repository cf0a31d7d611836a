"""OpenGL draws what painting draws: in a process of its own with an X server, as the offscreen platform has none."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyvirtualdisplay.display import Display

CHILD = """
import gc, json, sys, weakref
import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
app = QApplication([])
assert "OpenGL" not in sys.modules
from gdexplorer.panels.renderer import Painted, Renderer, by_opengl
from gdexplorer.panels.scene import Camera, lens
from gdexplorer.panels.view3d import FORMAT, View3D
from tests.panels.scenes import HIMMELBLAU, TILTED, lit, raised, surface
early = "OpenGL" in sys.modules
try:
    drawing = by_opengl()
except Exception as error:
    print(json.dumps({"missing": str(error)}))
    sys.exit()

def pixels(image):
    image = image.convertToFormat(FORMAT)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(int)

painted = Painted()
holes = HIMMELBLAU.copy()
holes[20:31, 20:31] = np.nan
far = []
for losses, camera in ((HIMMELBLAU, Camera()), (holes, Camera(20, 70, 1.3, (.1, .2, 0))), (TILTED, Camera(0, 8))):
    land = lit(losses)
    seen = lens(camera, land.box.half, 320, 240, (20, 10, 10, 20))
    for one in (drawing, painted):
        one.show(land)
    first, second = (pixels(one.draw(seen, 1.0, False)) for one in (drawing, painted))
    far.append([first.shape == second.shape, float((np.abs(first - second).max(axis=2) > 40).mean()),
                float((first[..., 3] > 0).mean())])
drawing.close()
view = View3D()
view.resize(320, 240)
view.show_surface(surface(HIMMELBLAU), raised(HIMMELBLAU))
view.show()
before = pixels(view.grab().toImage())
names = [view.renderer]
inner = view._renderer._drawing
gone = [weakref.ref(view), weakref.ref(inner)]

def broken():
    raise OSError("lost")

inner._mesh.paint = broken
view.look(Camera(0, 40))
view.look(Camera())
view._pictures = None
after = pixels(view.grab().toImage())
names.append(view.renderer)
names.append(View3D().renderer)
same = float((np.abs(before - after).max(axis=2) > 40).mean())
view.deleteLater()
QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
del view, inner, broken
gc.collect()
left = sum(reference() is not None for reference in gone)
print(json.dumps({"early": early, "far": far, "names": names, "same": same, "left": left}))
"""


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What the child found out."""
    if shutil.which("Xvfb") is None:
        pytest.skip("there is no Xvfb here")
    with Display(visible=False, size=(800, 600), manage_global_env=False) as display:
        environment = {**os.environ, **display.env(), "QT_QPA_PLATFORM": "xcb"}
        command = [sys.executable, "-W", "error", "-c", CHILD]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if "platform plugin" in done.stderr:
        pytest.skip("Qt cannot open a window on Xvfb here")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if "missing" in found:
        pytest.skip(f"there is no OpenGL here: {found['missing']}")
    return found


def test_both_draw_the_same(seen: dict[str, Any]) -> None:
    for shape, different, covered in seen["far"]:
        assert shape
        assert different < 0.01
        assert covered > 0.1


def test_it_is_imported_only_when_it_is_needed(seen: dict[str, Any]) -> None:
    assert not seen["early"]


def test_when_it_breaks_the_view_is_painted_and_goes_on(seen: dict[str, Any]) -> None:
    assert seen["names"] == ["OpenGL", "painted", "painted"]
    assert 0 <= seen["same"] < 0.02


def test_nothing_stays_behind(seen: dict[str, Any]) -> None:
    assert seen["left"] == 0


def test_triangles_leave_out_cells_with_an_unknown_corner() -> None:
    from gdexplorer.panels.glview import triangles  # imports PyOpenGL, which tests of what is imported must not find

    known = np.ones((3, 4), bool)
    known[0, 0] = False
    found = triangles(known)
    assert found.shape == (2 * 5, 3)
    assert 0 not in found
    x, y = (part.astype(int) for part in (found % 4, found // 4))
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    assert (area == 1).all()  # counterclockwise from above, half a cell each
