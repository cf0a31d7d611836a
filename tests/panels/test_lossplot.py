import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.history import Marker
from gdexplorer.panels.lossplot import LossPlot, breaks, gaps, percent, percent_ticks

STEPS = np.array([0.0, 10.0, 20.0, 20.0, 30.0])


def test_a_remeasured_curve_breaks_before_the_new_row() -> None:
    assert breaks(STEPS, (Marker(20, "η"), Marker(20, "noise", breaks=True)), remeasured=True).tolist() == [3]


def test_the_batch_loss_breaks_after_the_update() -> None:
    assert breaks(np.arange(1.0, 30.0), (Marker(20, "noise", breaks=True),), remeasured=False).tolist() == [20]


@pytest.mark.parametrize("remeasured", [True, False])
def test_no_break_without_two_sides(remeasured: bool) -> None:
    start = 0.0 if remeasured else 1.0
    x = np.array([start, 10.0, 30.0])
    assert gaps(x, np.zeros(1), remeasured).size == 0
    assert gaps(x, np.array([40.0]), remeasured).size == 0
    assert gaps(np.zeros(0), np.array([5.0]), remeasured).size == 0
    assert breaks(STEPS, (Marker(20, "η"),), remeasured).size == 0


def test_percents() -> None:
    assert percent(0.973) == "97.3 %"
    assert percent_ticks(0, 1.04, 3) == [(0, "0 %"), (0.5, "50 %"), (1, "100 %")]


def test_the_axis_of_a_run_that_diverges_begins_where_the_run_began(qtbot: QtBot) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    assert plot._heights(np.linspace(0.0, 300.0, 101), np.zeros(0), True, np.inf)[0] <= 0.0
    plot.forget_range()
    assert plot._heights(np.linspace(2.0, -31.0, 101), np.zeros(0), True, np.inf)[0] > -12.0
