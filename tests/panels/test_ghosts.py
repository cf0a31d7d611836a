from dataclasses import replace

from gdexplorer.panels import sheets
from gdexplorer.panels.ghostlines import legend_rows
from gdexplorer.panels.ghosts import LONGEST, active, ghosts, titles
from gdexplorer.panels.palette import LIGHT
from tests.panels.branches import branched, frame
from tests.panels.races import himmelblau, rival
from tests.panels.runs import session


def test_a_run_alone_is_called_by_its_optimizer() -> None:
    shown = frame(session(steps=3))
    assert ghosts(shown) == ()
    assert titles(shown) == (shown.lane.name,)
    assert titles(frame(himmelblau(3, rival("r1", "adam")))) == ("SGD", "Adam")


def test_beside_ghosts_a_lane_is_called_by_its_run() -> None:
    made = branched()
    made.rename(1, "before")
    shown = frame(made)
    assert active(shown) == 2
    assert [lane.ghost.name for lane in ghosts(shown) if lane.ghost] == ["before"]
    assert titles(shown) == ("run 2", "before")
    twice = replace(shown, lanes=(shown.lane, *shown.lanes))
    assert titles(twice) == (f"run 2 · {shown.lane.name}",) * 2 + ("before",)


def test_curves_of_runs_of_one_name_stay_apart() -> None:
    made = branched()
    made.rename(1, "run 2")
    first, _ = sheets.curves(frame(made))
    assert list(dict.fromkeys(first.columns["lane"])) == ["run 2", "run 2 #2"]


def test_a_legend_shortens_what_a_table_of_numbers_does_not() -> None:
    made = branched()
    made.rename(1, "the first of all these runs, as it was")
    (row,) = legend_rows(frame(made), LIGHT)
    assert row.text == "the first of all these runs, as it was"[: LONGEST - 1] + "…"
    first, _ = sheets.curves(frame(made))
    assert "the first of all these runs, as it was" in first.columns["lane"]
