from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.landscape.plane import identity
from gdexplorer.landscape.surface import Surface
from gdexplorer.panels.palette import DARK, LIGHT, PROJECTOR, Palette, contrast
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.relief import relief
from gdexplorer.panels.tracks import Tracks, casing_of, label, tracks_3d
from gdexplorer.probes.landscape import LandscapeReport, Profile, Track

AXIS = np.linspace(-1, 1, 25)
PATH = np.column_stack([np.linspace(-0.5, 0.5, 6), np.zeros(6)])
ONE = Track("SGD", "", PATH, np.arange(6), np.zeros(6), 0.3)
TWO = Track("Adam", "different start", PATH + 0.1, np.arange(6), np.zeros(6), 0.2)
REPORT = LandscapeReport(
    5, 5, Surface(identity(), AXIS, AXIS, 0.01 + AXIS**2 + AXIS[:, None] ** 2), (ONE, TWO), np.zeros(2), 2, 0.3
)


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot("plot", grid=False)
    qtbot.addWidget(made)
    made.resize(400, 400)
    made.show()
    made.set_view(-1, 1, -1, 1)
    return made


def test_a_single_run_is_dark_and_needs_no_legend(plot: Plot) -> None:
    tracks = Tracks(plot)
    tracks.show_palette(LIGHT, True)
    tracks.show((ONE,))
    assert tracks.core.opts["pen"].color().name() == LIGHT.path_core
    assert tracks.rows((ONE,), LIGHT) == ()
    assert tracks.core.getData()[0] == pytest.approx(PATH[:, 0])


def test_lanes_wear_color_and_dash_the_first_above_the_others(plot: Plot) -> None:
    tracks = Tracks(plot)
    tracks.show_palette(DARK, True)
    tracks.show((ONE, TWO))
    cores = [core for _, core in tracks.curves]
    assert [core.opts["pen"].color().name().upper() for core in cores] == [DARK.lane(k).color.upper() for k in (0, 1)]
    assert [bool(core.opts["pen"].dashPattern()) for core in cores] == [False, True]
    assert cores[0].zValue() > cores[1].zValue() > tracks.curves[1][0].zValue()
    assert [row.text for row in tracks.rows((ONE, TWO), DARK)] == ["SGD", "Adam (different start)"]
    assert [start.isVisible() for start in tracks.starts] == [True, True]
    tracks.show((ONE, replace(TWO, path=PATH)))
    assert [start.isVisible() for start in tracks.starts] == [True, False]
    tracks.show((ONE,))
    assert len(tracks.curves) == 1
    assert label(ONE) == "SGD"


def test_lines_are_one_pixel_wide_while_it_runs(plot: Plot) -> None:
    tracks = Tracks(plot)
    tracks.show((ONE, TWO))
    for palette in (LIGHT, PROJECTOR):
        tracks.show_palette(palette, False)
        assert {core.opts["pen"].width() for _, core in tracks.curves} == {1}


def test_a_path_to_infinity_can_be_painted(plot: Plot) -> None:
    tracks = Tracks(plot)
    tracks.show_palette(LIGHT, True)
    far = np.array([[0.0, 0.0], [1e200, 0.0], [np.inf, 0.0], [np.nan, 1.0]])
    tracks.show((replace(ONE, path=far),))
    x, _ = tracks.core.getData()
    assert x[1] < 1e3
    assert np.isnan(x[2:]).all()
    plot.grab()


def test_in_3d_paths_lie_on_the_surface_or_at_their_true_heights() -> None:
    made = relief(REPORT.surface, None)
    flat = tracks_3d(REPORT, made, LIGHT)
    assert [track.height for track in flat] == [None, None]
    assert [track.label for track in flat] == ["SGD", "Adam (different start)"]
    assert [track.color for track in tracks_3d(replace(REPORT, tracks=(ONE,)), made, LIGHT)] == [""]
    true = np.linspace(1.0, 0.4, 5)
    profile = Profile(np.arange(5), PATH[:5], true, true)
    (first, second) = tracks_3d(replace(REPORT, profiles=(profile,)), made, LIGHT)
    assert first.height == pytest.approx(np.log10([*true, 0.3]))
    assert first.stems
    assert second.height is None


@pytest.mark.parametrize("palette", [LIGHT, DARK, PROJECTOR], ids=lambda palette: palette.name)
def test_every_lane_is_told_apart_from_its_casing(palette: Palette) -> None:
    for lane in range(8):
        color = palette.lane(lane).color
        assert contrast(color, casing_of(color, palette)) > 1.5
    assert casing_of(palette.path_core, palette) == palette.path_casing
