import math

import numpy as np
import pytest

from gdexplorer.panels.scene import (
    BASE,
    DISTANCE,
    FLOOR,
    HIGHEST,
    LOWEST,
    SOFT,
    TOP,
    ZOOMS,
    Box,
    Camera,
    Lens,
    lens,
)

FRONT = Camera(azimuth=-90.0, elevation=LOWEST)
PLAIN = Lens(Camera(-90.0, 0.0), 400, 300, 600.0, (200.0, 150.0))  # looks along +y, z upward


def test_the_target_is_seen_in_the_middle_from_everywhere(rng: np.random.Generator) -> None:
    for azimuth, elevation, zoom in rng.uniform((-180, 0, 0.5), (180, 90, 4), (20, 3)):
        target = tuple(rng.uniform(-1, 1, 3))
        seen = Lens(Camera(azimuth, elevation, zoom, target), 400, 300, 600.0, (210.0, 140.0))
        assert seen.project(*target) == pytest.approx((210, 140, DISTANCE))


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((1, 0, 0), (200 + 600 / 6, 150, 6)),  # right
        ((0, 0, 1), (200, 150 - 600 / 6, 6)),  # up
        ((1, 1, -1), (200 + 600 / 7, 150 + 600 / 7, 7)),  # farther away, so smaller
        ((1, -1, 0), (200 + 600 / 5, 150, 5)),
    ],
)
def test_known_points_from_the_front(point: tuple[float, ...], expected: tuple[float, ...]) -> None:
    assert PLAIN.project(*map(float, point)) == pytest.approx(expected)  # type: ignore[arg-type]


def test_from_above_the_depth_is_the_height() -> None:
    above = Lens(Camera(-90.0, 90.0), 400, 300, 600.0, (200.0, 150.0))
    assert above.project(0.5, 0.25, 1.0) == pytest.approx((200 + 60, 150 - 30, 5))  # type: ignore[arg-type]


def test_axes_are_orthonormal_and_right_handed(rng: np.random.Generator) -> None:
    for azimuth, elevation in rng.uniform((-180, 0), (180, 90), (20, 2)):
        axes = Camera(azimuth, elevation).axes()
        assert axes @ axes.T == pytest.approx(np.eye(3))
        assert np.linalg.det(axes) == pytest.approx(1)
        assert axes[0, 2] == 0  # the horizon stays level


def test_opengl_sees_the_same(rng: np.random.Generator) -> None:
    seen = lens(Camera(33, 21, 1.7, (0.2, -0.3, 0.1)), (1.0, 0.8), 640, 420, (60, 20, 50, 40))
    points = rng.uniform(-1, 1, (50, 3))
    clip = np.column_stack([points, np.ones(50)]) @ seen.clip().T
    x, y, depth = seen.project(*points.T)
    assert clip[:, 3] == pytest.approx(depth)
    device = clip[:, :3] / clip[:, 3:]
    assert (device[:, 0] + 1) * 320 == pytest.approx(x)
    assert (1 - device[:, 1]) * 210 == pytest.approx(y)
    assert np.abs(device[:, 2]).max() < 1
    assert (np.argsort(device[:, 2]) == np.argsort(depth)).all()


@pytest.mark.parametrize("size", [(640, 420), (1200, 300), (300, 700)])
@pytest.mark.parametrize("elevation", [LOWEST, 30, 60, HIGHEST])
def test_the_box_fits_its_margins_however_it_is_turned(size: tuple[int, int], elevation: float) -> None:
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (FLOOR, TOP)], float)
    for azimuth in range(-180, 180, 20):
        x, y, _ = lens(Camera(azimuth, elevation), (1.0, 1.0), *size, (40, 30, 20, 10)).project(*corners.T)
        assert x.min() >= 40 - 1
        assert x.max() <= size[0] - 20 + 1
        assert y.min() >= 30 - 1
        assert y.max() <= size[1] - 10 + 1


def test_orbits_end_above_the_floor_and_below_the_zenith() -> None:
    camera = Camera().orbited(0, -500)
    assert camera.elevation == LOWEST
    assert camera.eye()[2] > FLOOR
    assert Camera().orbited(0, 500).elevation == HIGHEST
    assert Camera(azimuth=170).orbited(30, 0).azimuth == pytest.approx(-160)
    for _ in range(100):
        camera = camera.panned(0, -1).orbited(0, -10)
    assert camera.eye()[2] > FLOOR


def test_zoom_has_ends_and_comes_back() -> None:
    assert Camera().zoomed(1e9).zoom == ZOOMS[1]
    assert Camera().zoomed(1e-9).zoom == ZOOMS[0]
    assert Camera().zoomed(1.2).zoomed(1 / 1.2) == Camera()


def test_panning_moves_the_picture_with_the_mouse() -> None:
    camera = Camera(20, 30)
    before = lens(camera, (1, 1), 400, 300, (0, 0, 0, 0))
    moved = lens(camera.panned(-0.1, 0.05), (1, 1), 400, 300, (0, 0, 0, 0))
    place = (0.0, 0.0, 0.0)
    unit = before.focal / DISTANCE
    x0, y0, _ = before.project(*place)
    x1, y1, _ = moved.project(*place)
    assert (x1 - x0, y1 - y0) == pytest.approx((0.1 * unit, 0.05 * unit))


def test_the_box_holds_the_window_and_the_levels() -> None:
    box = Box((-2.0, 4.0, 10.0, 13.0), (-1.0, 3.0))
    assert box.half == (1.0, 0.5)
    assert box.across(np.array([-2.0, 1, 4])) == pytest.approx([-1, 0, 1])
    assert box.along(np.array([10.0, 13])) == pytest.approx([-0.5, 0.5])
    assert box.up(np.array([-1.0, 1, 3])) == pytest.approx([BASE, (BASE + TOP) / 2, TOP])
    assert Box((0.0, 100.0, 0.0, 1.0), (0.0, 1.0)).half == (1.0, 1.0)  # too long to be shown as it is


def test_a_spike_reaches_only_a_little_beyond_the_levels() -> None:
    box = Box((0.0, 1.0, 0.0, 1.0), (0.0, 2.0))
    spike, pit = box.up(np.array([300.0, -300.0]))
    assert spike == pytest.approx(TOP + SOFT * (TOP - BASE))
    assert pit == pytest.approx(BASE - SOFT * (TOP - BASE))
    heights = box.up(np.linspace(-5, 5, 1001))
    assert (np.diff(heights) >= 0).all()
    assert math.isnan(float(box.up(np.array(np.nan))))
