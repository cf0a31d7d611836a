import numpy as np
import pytest

from gdexplorer.panels.clocks import EPOCHS, EVALUATIONS, SECONDS, UPDATES, Clock
from gdexplorer.panels.curverows import nearest, newest
from gdexplorer.panels.lines import ACCURACY, LOSS, Traces, View, paces
from gdexplorer.panels.palette import DASHED, LIGHT
from gdexplorer.probes.cost import Cost, CostReport
from tests.panels.races import NEEDS, himmelblau, rival, with_view
from tests.panels.runs import session

VIEW = View(0.0, 100.0, False)


@pytest.mark.parametrize("wanted", [UPDATES, EPOCHS, EVALUATIONS, SECONDS])
def test_a_clock_that_does_not_run_is_replaced_by_that_of_updates(wanted: Clock) -> None:
    frame = himmelblau(5, rival("a", "adam")).frame(NEEDS)
    runs = wanted in (UPDATES, EVALUATIONS)
    assert {pace.clock for pace in paces(frame, wanted)} == {wanted if runs else UPDATES}
    known = paces(with_view(frame, Cost(), CostReport((0.5, 2.0))), SECONDS)
    assert [(pace.clock, pace.newest) for pace in known] == [(SECONDS, 2.5), (SECONDS, 10)]


def test_a_single_run_has_train_and_test_lines() -> None:
    frame = session(steps=12).frame(NEEDS)
    losses, accuracies = Traces().lines(frame, paces(frame, UPDATES), VIEW, (LOSS, ACCURACY), LIGHT)
    row = newest(frame.lane)
    assert [(line.name, line.end, line.dash) for line in losses] == [
        ("train", (12, row[1]), ()), ("test", (12, row[2]), DASHED)]  # fmt: skip
    assert [line.end[1] for line in accuracies] == row[3:5].tolist()


def test_a_race_has_a_line_a_lane_on_its_own_time() -> None:
    run = himmelblau(12, rival("a", "conjugate_gradient"))
    frame = run.frame(NEEDS)
    (losses,) = Traces().lines(frame, paces(frame, EVALUATIONS), VIEW, (LOSS,), LIGHT)
    for k, line in enumerate(losses):
        rows = run.runs[k].recorder.curves.parts()[0]
        np.testing.assert_array_equal(line.x, rows[:, 5])
        np.testing.assert_array_equal(line.y, rows[:, 1])
        assert (line.role, line.dash) == (LIGHT.lane(k).color, LIGHT.lane(k).dash)


def test_the_nearest_row_on_a_clock() -> None:
    frame = himmelblau(12).frame(NEEDS)
    (pace,) = paces(with_view(frame, Cost(), CostReport((0.5,))), SECONDS)
    row = nearest(frame.lane, pace, 2.6)
    assert row is not None
    assert row[0] == 5


def test_a_logarithmic_view_ends_at_decades() -> None:
    assert View(1.0, 100.0, True).ends == (0, 2)
    assert View(0.0, 100.0, False).ends == (0, 100)
