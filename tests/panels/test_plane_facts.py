from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.landscape.plane import Plane
from gdexplorer.landscape.surface import Surface
from gdexplorer.panels.plane_facts import plane_facts
from gdexplorer.panels.relief import relief
from gdexplorer.probes.landscape import LandscapeReport

AXIS = np.linspace(-1, 1, 25)
PLANE = Plane("pca", np.zeros(3), np.eye(3)[:2], ("PC 1", "PC 2"), 0.868, 0.76)
REPORT = LandscapeReport(
    118, 118, Surface(PLANE, AXIS, AXIS, 0.01 + AXIS**2 + AXIS[:, None] ** 2), np.array([[0.0, 0.0], [0.5, 0.5]]),
    np.array([0, 118]), np.array([0.0, 0.4123]), np.zeros(3), 337, 0.31234, 0.2789,
)  # fmt: skip


def words(report: LandscapeReport) -> list[str]:
    return [text for text, _ in plane_facts(report, relief(report.surface, None), 1300)]


def test_the_most_important_comes_first() -> None:
    assert words(REPORT) == [
        "2 of 337 dimensions",
        "87 % of the path’s variance (random walk: 76 %)",
        "off the plane by 0.41",
        "loss 0.312 at the point, 0.279 at its foot in the plane",
        "25×25 losses in float32, all 1,300 training examples, penalty included",
        "contours ×1.58 apart",
    ]


@pytest.mark.parametrize(("share", "said"), [(0.9962, "99.6 %"), (0.99999, "99.9 %"), (1.0, "100 %")])
def test_a_share_is_never_rounded_up_to_all(share: float, said: str) -> None:
    surface = replace(REPORT.surface, plane=replace(PLANE, explained=share, baseline=None))
    assert words(replace(REPORT, surface=surface))[1] == f"{said} of the path’s variance"


def test_a_random_plane_says_what_it_hides() -> None:
    surface = replace(REPORT.surface, plane=replace(PLANE, kind="random", explained=None))
    assert words(replace(REPORT, surface=surface))[1] == "a random plane shows about 1 % of a descent"


def test_two_parameters_leave_nothing_out() -> None:
    surface = replace(REPORT.surface, plane=replace(PLANE, kind="weights", explained=None))
    assert words(replace(REPORT, surface=surface, parameters=2))[:2] == [
        "all of 2 parameters",
        "loss 0.312 at the point",
    ]


def test_a_point_outside_the_window_is_said_first() -> None:
    outside = replace(REPORT, path=np.array([[0.0, 3.0]]), plane_loss=float("nan"))
    assert words(outside)[0] == "the point lies outside this window: refit"
    assert "loss 0.312 at the point" in words(outside)


def test_losses_at_the_floor_are_said() -> None:
    losses = REPORT.surface.losses.copy()
    losses[0, 0] = 0
    (said,) = [
        text for text in words(replace(REPORT, surface=replace(REPORT.surface, losses=losses))) if "below" in text
    ]
    assert said.startswith("losses below 7×10⁻⁷ drawn as that")
