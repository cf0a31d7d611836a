import numpy as np

from gdexplorer.lab.commands import Change
from gdexplorer.lab.history import Recorder
from gdexplorer.panels.standings import NONE, default_target, reached, standings
from gdexplorer.probes.cost import Cost, CostReport
from tests.panels.branches import back
from tests.panels.races import NEEDS, himmelblau, rival, with_view
from tests.panels.runs import session


def test_the_target_is_a_tenth_of_the_start() -> None:
    assert default_target(himmelblau(0).frame(NEEDS)) == 31, "f(0, −4) = 306"
    negative = session(problem={"kind": "styblinski_tang"}, optimizer={"kind": "sgd", "learning_rate": 0.01})
    assert default_target(negative.frame(NEEDS)) is None


def test_the_first_row_at_the_target_counts() -> None:
    made = Recorder(2)
    for step, loss in enumerate([9.0, 5.0, 1.0, 7.0, 0.5]):
        made.curves.append(step, loss, np.nan, np.nan, np.nan, 10 * step, np.nan)
    first = reached(made.view(), 1.0)
    assert first is not None
    assert first[[0, 5]].tolist() == [2, 20]
    assert reached(made.view(), 0.1) is None


def test_rows_tell_what_each_lane_did() -> None:
    run = himmelblau(40, rival("a", "conjugate_gradient"), rival("b", "ascent", 0.01), rival("c", "adam", 1e-3))
    frame = with_view(run.frame(NEEDS), Cost(), CostReport((1e-3, 2e-3, np.nan, 1e-3)))
    first, search, ascent, slow = standings(frame, 31.0, paused=False)
    curve = run.run.recorder.curves.parts()[0]
    at = curve[np.flatnonzero(curve[:, 1] <= 31)[0]]
    assert (first.updates, first.evaluations, first.reached) == ("40", "40", f"{at[0]:.0f}")
    assert (first.rate, first.seconds, first.state, first.test) == ("0.01", "0.0400", "running", NONE)
    assert int(search.evaluations) > 40
    assert int(search.reached_evaluations) > int(search.reached)
    assert (search.rate, search.state, search.role) == (NONE, "stalled", "warning")
    assert (ascent.state, ascent.seconds, ascent.role) == ("diverged", NONE, "danger")
    assert "at update" in ascent.reason
    assert (slow.reached, slow.reached_evaluations) == (NONE, NONE)


def test_without_a_calibration_there_are_no_seconds() -> None:
    (row,) = standings(himmelblau(4).frame(NEEDS), None, paused=True)
    assert (row.seconds, row.reached, row.state) == (NONE, NONE, "paused")


def test_other_conditions_are_noted() -> None:
    run = session(steps=4, rivals=[rival("a", "sgd", initializer="he_normal", batch_size=4)])
    _, own = standings(run.frame(NEEDS), 0.1, paused=True)
    assert own.note == "different start, different order"
    assert own.test != NONE


def test_in_the_past_it_stands_as_it_did_then_and_ghosts_take_no_part() -> None:
    run = himmelblau(40, rival("a", "adam"))
    whole = standings(run.frame(NEEDS), 31.0, paused=True)
    back(run, 1)
    then = standings(run.frame(NEEDS), 31.0, paused=True)
    fresh = standings(himmelblau(1, rival("a", "adam")).frame(NEEDS), 31.0, paused=True)
    assert then == fresh != whole
    run.send(Change("optimizer.learning_rate", 0.001))
    shown = run.frame(NEEDS)
    assert len(shown.lanes) == 3
    assert len(standings(shown, 31.0, paused=True)) == 2
