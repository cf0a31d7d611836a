from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.palette import DARK
from gdexplorer.panels.profileplot import LinePlot, ProfilePlot
from gdexplorer.probes.landscape import Profile
from gdexplorer.probes.line import LineReport

STEPS = np.arange(5)
PROFILE = Profile(STEPS, np.zeros((5, 2)), 10.0 ** -STEPS.astype(float), np.full(5, 0.1))


@pytest.fixture
def plot(qtbot: QtBot) -> ProfilePlot:
    made = ProfilePlot()
    qtbot.addWidget(made)
    made.resize(500, 120)
    made.show()
    return made


def test_both_losses_are_drawn_in_logarithms(plot: ProfilePlot) -> None:
    plot.show_profiles((PROFILE,))
    ((true, plane),) = plot.pairs
    assert true.getData()[1] == pytest.approx([0, -1, -2, -3, -4])
    assert plane.getData()[1] == pytest.approx([-1] * 5)
    x0, x1, y0, y1 = plot.view()
    assert (x0, x1) == (0, 4)
    assert y0 < -4 < 0 < y1
    assert plot.reading is not None
    assert plot.reading(2.2, 0) == "update 2\ntrue loss 0.01\nloss in the plane 0.1"


def test_negative_losses_are_drawn_as_they_are(plot: ProfilePlot) -> None:
    plot.show_profiles((replace(PROFILE, true=PROFILE.true - 1),))
    ((true, _),) = plot.pairs
    assert true.getData()[1] == pytest.approx(PROFILE.true - 1)


def test_lanes_wear_their_colors_and_what_is_not_finite_is_left_out(plot: ProfilePlot) -> None:
    plot.show_palette(DARK, True)
    other = replace(PROFILE, true=np.array([1, np.inf, np.nan, 1, 0.0]))
    plot.show_profiles((PROFILE, other))
    colors = [[curve.opts["pen"].color().name().upper() for curve in pair] for pair in plot.pairs]
    assert colors == [2 * [DARK.lane(0).color.upper()], 2 * [DARK.lane(1).color.upper()]]
    assert np.isfinite(plot.pairs[1][0].getData()[1]).tolist() == [True, False, False, True, False]
    plot.show_profiles((PROFILE,))
    assert len(plot.pairs) == 1
    plot.show_profiles(())
    assert plot.reading is not None
    assert plot.reading(0, 0) == ""


def test_it_takes_a_share_of_the_panel(plot: ProfilePlot) -> None:
    heights = []
    for panel in (200, 360, 2000):
        plot.fit(panel)
        heights.append(plot.height())
    assert heights[0] < heights[1] < heights[2] < 300


def test_lines_run_from_before_the_start_to_beyond_the_point(qtbot: QtBot) -> None:
    plot = LinePlot()
    qtbot.addWidget(plot)
    ts = np.linspace(-0.25, 1.25, 7)
    report = LineReport(3, ts, (10.0**ts, 10.0 ** (2 * ts)), (1.0, 2.0))
    plot.show_lines(report)
    x0, x1, y0, y1 = plot.view()
    assert (x0, x1) == (-0.25, 1.25)
    assert y0 < -0.5
    assert y1 > 2.5
    for (line, dashed), losses in zip(plot.pairs, report.losses, strict=True):
        np.testing.assert_allclose(line.getData()[1], np.log10(losses))
        assert np.isnan(dashed.getData()[1]).all()
    assert "loss 10" in plot._read(1.01, 0)
    plot.show_lines(None)
    assert plot.pairs == []
