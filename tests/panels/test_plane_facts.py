from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.landscape.plane import Plane
from gdexplorer.landscape.surface import Surface
from gdexplorer.panels.plane_facts import plane_facts
from gdexplorer.panels.relief import relief
from gdexplorer.probes.landscape import Arrows, LandscapeReport, Profile, Track

AXIS = np.linspace(-1, 1, 25)
PLANE = Plane("pca", np.zeros(3), np.eye(3)[:2], ("PC 1", "PC 2"), 0.868, 0.76)
TRACK = Track("SGD", "", np.array([[0.0, 0.0], [0.5, 0.5]]), np.array([0, 118]), np.array([0.0, 0.4123]), 0.31234)
REPORT = LandscapeReport(
    118, 118, Surface(PLANE, AXIS, AXIS, 0.01 + AXIS**2 + AXIS[:, None] ** 2), (TRACK,), np.zeros(3), 337, 0.2789,
)  # fmt: skip
ARROWS = Arrows(np.array([0.1, 0.2]), np.array([-0.1, 0.0]), None, (0.1, 0.02), 1.234, 0.3, 40)


def words(report: LandscapeReport, examples: int | None = 1300) -> list[str]:
    return [text for text, _ in plane_facts(report, relief(report.surface, None), examples)]


def on_plane(**settings: object) -> LandscapeReport:
    return replace(REPORT, surface=replace(REPORT.surface, plane=replace(PLANE, **settings)))  # type: ignore[arg-type]


def test_the_most_important_comes_first() -> None:
    assert words(REPORT) == [
        "2 of 337 dimensions",
        "87 % of the path’s variance (random walk: 76 %)",
        "off the plane by 0.41",
        "loss 0.312 at the point, 0.279 at its foot in the plane",
        "a valley in a slice need not be a minimum",
        "25×25 losses in float32, all 1,300 training examples, penalty included",
        "contours ×1.58 apart",
    ]


@pytest.mark.parametrize(("loss", "foot"), [(5e-324, 1e308), (1e308, 5e-324)])
def test_losses_however_far_apart_are_compared(loss: float, foot: float) -> None:
    assert "point off the plane" in words(replace(REPORT, tracks=(replace(TRACK, loss=loss),), plane_loss=foot))[0]


@pytest.mark.parametrize(("share", "said"), [(0.9962, "99.6 %"), (0.99999, "99.9 %"), (1.0, "100 %")])
def test_a_share_is_never_rounded_up_to_all(share: float, said: str) -> None:
    assert words(on_plane(explained=share, baseline=None))[1] == f"{said} of the path’s variance"


def test_a_random_plane_says_what_it_hides() -> None:
    assert words(on_plane(kind="random", explained=None))[1] == "a random plane shows about 1 % of a descent"


def test_two_parameters_leave_nothing_out() -> None:
    assert words(replace(on_plane(kind="weights", explained=None), parameters=2))[:2] == [
        "all of 2 parameters",
        "loss 0.312 at the point",
    ]


def test_a_point_outside_the_window_is_said_first() -> None:
    outside = replace(REPORT, tracks=(replace(TRACK, path=np.array([[0.0, 3.0]])),), plane_loss=float("nan"))
    assert words(outside)[0] == "point outside this window: double-click or refit"
    assert "loss 0.312 at the point" in words(outside)


def test_losses_at_the_floor_are_said() -> None:
    losses = REPORT.surface.losses.copy()
    losses[0, 0] = 0
    (said,) = [
        text for text in words(replace(REPORT, surface=replace(REPORT.surface, losses=losses))) if "below" in text
    ]
    assert said.startswith("losses below 7×10⁻⁷ drawn as that")


def test_a_function_has_no_examples() -> None:
    said = words(replace(on_plane(kind="weights"), parameters=2), None)
    assert "25×25 values in float64" in said
    assert not any("example" in text for text in said)


def test_a_plane_that_only_turns_two_parameters_leaves_nothing_out() -> None:
    assert words(replace(REPORT, parameters=2))[0] == "all of 2 parameters"
    line = np.array([[1.0, 0.0], [0.0, 0.0]])
    assert words(replace(on_plane(directions=line), parameters=2))[0] == "2 of 2 dimensions"


def test_arrows_come_with_their_numbers() -> None:
    said = words(replace(REPORT, arrows=ARROWS))
    assert "‖∇L‖ 1.23, 30 % of its square in the plane" in said
    assert not any("orthonormal" in text or "rate" in text for text in said)
    skew = on_plane(directions=np.array([[1.0, 0.0, 0.0], [0.5, 1.0, 0.0]]))
    assert "axes not orthonormal: −gradient need not stand on the contours" in words(replace(skew, arrows=ARROWS))
    two = replace(on_plane(kind="weights", axes=("x", "y")), parameters=2, arrows=ARROWS)
    assert "effective learning rate 0.1 along x, 0.02 along y" in words(two)
    still = replace(ARROWS, norm=1e-14)
    assert "‖∇L‖ 10⁻¹⁴: stationary, there is no direction to draw" in words(replace(two, arrows=still))


def test_by_how_much_the_slice_lies_about_the_path() -> None:
    steps, path = np.array([0, 1, 2]), np.zeros((3, 2))
    profile = Profile(steps, path, np.array([1.0, 0.5, np.nan]), np.array([1.1, 2.0, 1.0]))
    said = "along the path, true loss and the plane’s differ by up to ×4"
    assert said in words(replace(REPORT, profiles=(profile,)))
    none = replace(profile, plane=np.full(3, np.nan))
    assert any("no ratio" in text for text in words(replace(REPORT, profiles=(none,))))


def test_of_several_lanes_the_first_is_named() -> None:
    said = words(replace(REPORT, tracks=(TRACK, replace(TRACK, name="Adam"))))
    assert said[1].startswith("87 % of the paths’ variance")
    assert said[3].startswith("SGD: loss 0.312")


def test_contours_of_negative_losses_are_apart_by_a_difference() -> None:
    surface = replace(REPORT.surface, losses=REPORT.surface.losses - 1)
    assert "contours 0.1 apart" in words(replace(REPORT, surface=surface))


def test_that_dimensions_are_left_out_comes_before_what_is_special_of_a_game() -> None:
    said = words(replace(REPORT, players=("generator", "discriminator")))
    assert said[:2] == ["2 of 337 dimensions", "height: the generator’s loss alone"]
