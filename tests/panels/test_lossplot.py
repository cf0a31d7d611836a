import numpy as np
import pytest

from gdexplorer.lab.history import Marker
from gdexplorer.panels.lossplot import Scales, breaks, percent, percent_ticks

STEPS = np.array([0.0, 10.0, 20.0, 20.0, 30.0])


def test_a_remeasured_curve_breaks_before_the_new_row() -> None:
    markers = (Marker(20, "η"), Marker(20, "noise", breaks=True))
    assert breaks(STEPS, markers, remeasured=True).tolist() == [3]


def test_the_batch_loss_breaks_after_the_update() -> None:
    assert breaks(np.arange(1.0, 30.0), (Marker(20, "noise", breaks=True),), remeasured=False).tolist() == [20]


@pytest.mark.parametrize("remeasured", [True, False])
def test_no_break_without_two_sides(remeasured: bool) -> None:
    start = 0.0 if remeasured else 1.0
    x = np.array([start, 10.0, 30.0])
    assert breaks(x, (Marker(0, "", breaks=True),), remeasured).size == 0
    assert breaks(x, (Marker(40, "", breaks=True),), remeasured).size == 0
    assert breaks(np.zeros(0), (Marker(5, "", breaks=True),), remeasured).size == 0
    assert breaks(STEPS, (Marker(20, "η"),), remeasured).size == 0


def test_epochs_are_multiples_of_their_updates() -> None:
    ticks = Scales(unit=25.0, unit_name="epochs").time_ticks(0, 100, 5)
    assert ticks == [(0, "0"), (25, "1"), (50, "2"), (75, "3"), (100, "4")]


def test_epochs_on_a_log_axis() -> None:
    ticks = Scales(log_time=True, unit=100.0, unit_name="epochs").time_ticks(0, 4, 7)
    assert dict((label, x) for x, label in ticks)["1"] == pytest.approx(2)


def test_percents() -> None:
    assert percent(0.973) == "97.3 %"
    assert percent_ticks(0, 1.04, 3) == [(0, "0 %"), (0.5, "50 %"), (1, "100 %")]
