import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from gdexplorer.panels.paintedview import painted, quads, reduced
from gdexplorer.panels.scene import Camera, Lens, lens
from gdexplorer.panels.terrain import Terrain
from tests.panels.scenes import HIMMELBLAU, RIDGE, TILTED, lit


def pixels(image: QImage) -> NDArray[np.uint8]:
    """Return (rows, columns, 4) as blue, green, red, alpha."""
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)


def view(land: Terrain, camera: Camera) -> Lens:
    return lens(camera, land.box.half, 320, 240, (10, 10, 10, 10))


def test_from_above_each_pixel_has_the_color_of_the_ground_there() -> None:
    land = lit(TILTED)
    seen = view(land, Camera(-90, 89.9))
    picture = pixels(painted(quads(land), seen, 1.0))
    for i, j in ((20, 20), (50, 50), (80, 30), (30, 80)):
        x, y, _ = seen.project(land.x[j], land.y[i], land.z[i, j])
        shown = picture[round(float(y)), round(float(x)), 2::-1]
        assert shown == pytest.approx(land.rgb[i, j].astype(float), abs=8)


@pytest.mark.parametrize("azimuth", range(-180, 180, 45))
def test_there_is_no_gap_between_quads(azimuth: int) -> None:
    land = lit(HIMMELBLAU)
    solid = pixels(painted(quads(land), view(land, Camera(azimuth, 50)), 1.0))[..., 3] == 255
    assert solid.any()
    gaps = ~solid[1:-1, 1:-1] & solid[:-2, 1:-1] & solid[2:, 1:-1] & solid[1:-1, :-2] & solid[1:-1, 2:]
    assert not gaps.any()


def test_it_covers_what_the_outline_encloses() -> None:
    land = lit(np.full((51, 51), 3.0))
    seen = view(land, Camera(-60, 40))
    x, y, _ = seen.project(
        *np.array([(a, b, land.z[0, 0]) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]).T * [[0.9975], [0.9975], [1]]
    )
    area = abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2  # the shoelace formula
    covered = (pixels(painted(quads(land), seen, 1.0))[..., 3] > 0).sum()
    assert covered == pytest.approx(area, rel=0.01)


def test_the_near_side_stands_before_the_far_side() -> None:
    land = lit(RIDGE)
    seen = view(land, Camera(-90, 8))
    picture = pixels(painted(quads(land), seen, 1.0))
    top = land.z[:, 50].argmax()
    for row in (top - 4, top + 4):  # of one height, on either side of the ridge
        x, y, _ = seen.project(land.x[50], land.y[row], land.z[row, 50])
        shown = picture[round(float(y)), round(float(x)), 2::-1].astype(float)
        same = np.abs(shown - land.rgb[row, 50]).max() < 25
        assert same == (row < top)


def test_the_underside_is_darker() -> None:
    land = lit(TILTED)
    above = pixels(painted(quads(land), view(land, Camera(180, 30)), 1.0))
    below = pixels(painted(quads(land), view(land, Camera(0, 8)), 1.0))  # it rises toward the eye
    middle = [part[..., :3][part[..., 3] > 0].mean() for part in (above, below)]
    assert middle[1] < 0.75 * middle[0]


def test_holes_are_empty() -> None:
    losses = TILTED.copy()
    losses[20:31, 20:31] = np.nan
    land = lit(losses)
    seen = view(land, Camera(-90, 89.9))
    alpha = pixels(painted(quads(land), seen, 1.0))[..., 3]
    x, y, _ = seen.project(0.0, 0.0, 0.2)  # type: ignore[arg-type]
    assert alpha[round(float(y)), round(float(x))] == 0
    assert (alpha > 0).mean() > 0.2
    nothing = pixels(painted(quads(lit(np.full((51, 51), np.nan))), seen, 1.0))
    assert not nothing.any()


def test_a_reduced_picture_is_the_mean_of_four() -> None:
    land = lit(HIMMELBLAU)
    large = painted(quads(land), view(land, Camera()), 2.0)
    small = pixels(reduced(large, 320, 240)).astype(float)
    mean = pixels(large).astype(float).reshape(240, 2, 320, 2, 4).mean(axis=(1, 3))
    assert np.abs(small - mean).max() <= 3
    assert ((small[..., 3] > 0) & (small[..., 3] < 255)).any()  # soft edges
