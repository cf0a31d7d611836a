import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from gdexplorer.lab import takeaway
from gdexplorer.lab.commands import Change, MoveTo
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.panels.othertracks import parted
from gdexplorer.panels.palette import PALETTES
from gdexplorer.probes.landscape import Landscape, LandscapeReport
from tests.panels.branches import back, branched
from tests.panels.races import himmelblau, rival
from tests.panels.runs import session


@pytest.fixture
def panel(qtbot: QtBot) -> LandscapePanel:
    made = LandscapePanel()
    qtbot.addWidget(made)
    made.resize(640, 400)
    made.show()
    return made


def look(run: Session) -> tuple[LandscapeReport, Frame]:
    kind = "weights" if run.run.state.theta.size == 2 else "pca"
    request = Landscape(kind)  # type: ignore[arg-type]
    shown = run.frame(frozenset({request}))
    return shown.lane.views[request], shown


def show(panel: LandscapePanel, run: Session) -> None:
    for _ in range(2):  # the first tells how many parameters there are
        panel.show_frame(run.frame(panel.needs()))


def test_a_run_alone_has_nothing_beside_it() -> None:
    report, shown = look(session(steps=10))
    own, others = parted(report, shown)
    assert own.tracks == report.tracks
    assert (others.ghosts, others.later) == ((), ())


def test_a_run_that_was_left_is_parted_by_its_name() -> None:
    run = branched()
    run.rename(1, "before")
    report, shown = look(run)
    own, others = parted(report, shown)
    assert len(own.tracks) == 1
    (ghost,) = others.ghosts
    assert ghost.name == "before"
    assert others.own == "run 2"
    path = run.branches[0].run.recorder.path
    there = np.vstack([*path.points, run.branches[0].run.state.theta])
    np.testing.assert_allclose(ghost.path, report.surface.plane.project(there)[0], atol=1e-12)
    assert others.colors == (run.branches[0].color,)


def test_in_the_past_the_path_is_cut_at_the_point_shown() -> None:
    run = session(steps=30)
    back(run, 10)
    report, shown = look(run)
    own, others = parted(report, shown)
    assert own.steps[-1] == own.steps.max() == 10
    (later,) = others.later
    np.testing.assert_array_equal(later[0], own.path[-1])
    end = report.surface.plane.project(run.active.run.state.theta[None])[0][0]
    np.testing.assert_allclose(later[-1], end, atol=1e-5)  # the path is kept in float32


def test_both_are_drawn_beneath_the_lanes_and_named(panel: LandscapePanel) -> None:
    run = branched()
    show(panel, run)
    back(run, 25)
    show(panel, run)
    others = panel.map.others
    (ghost, later) = others._curves
    assert len(ghost[1].xData) == len(others.ghosts[0].path)
    assert (later[1].xData[0], later[1].yData[0]) == pytest.approx(tuple(panel.map.tracks.core.getData()[k][-1]
                                                                         for k in (0, 1)))  # fmt: skip
    assert later[1].opacity() < ghost[1].opacity() < 1
    assert ghost[1].zValue() < panel.map.tracks.core.zValue()
    assert [row.text for row in panel.map.legend.rows] == ["run 2", "run 1"]
    for palette in PALETTES.values():
        panel.show_palette(palette, True)
        assert ghost[1].opts["pen"].color().name().upper() == palette.ghost(0).color.upper()
    x, y = others.ghosts[0].path[-1]
    assert panel.map.read(x, y).startswith("run 1: loss")
    assert "update 25 of 30" in panel.summary()
    assert "paths of earlier runs: run 1" in panel.summary()
    run.present()
    run.draw_run(1, False)
    show(panel, run)
    assert not any(len(curve.xData) for pair in others._curves for curve in pair)
    assert panel.map.legend.rows == ()


def test_in_3d_they_are_pale_and_lie_on_the_surface(panel: LandscapePanel) -> None:
    run = himmelblau(20, rival("r1", "adam"))
    back(run, 10)
    run.send(Change("optimizer.learning_rate", 0.002))
    run.advance(5)
    back(run, 12)
    panel.switches["solid"].setChecked(True)
    show(panel, run)
    assert panel.solid is not None
    tracks = panel.solid._tracks
    assert [(track.label, track.pale) for track in tracks] == [
        ("SGD", False), ("Adam", False), ("run 1", True), ("", True), ("", True)]  # fmt: skip
    assert not panel.grab().isNull()


def test_a_surface_is_taken_away_with_all_paths(panel: LandscapePanel) -> None:
    run = branched()
    show(panel, run)
    shown = run.frame(panel.needs())
    report, histories = panel.taken(shown)
    assert [track.name for track in report.tracks] == [shown.lane.name, "run 1"]
    assert [len(history.path) for history in histories] == [len(lane.history.path) for lane in shown.lanes]
    assert takeaway.surface(report, histories, shown.lane.state.experiment)
    run.discard(1)
    report, histories = panel.taken(run.frame())
    assert len(report.tracks) == len(histories) == 1, "it was removed since"


def test_a_point_dropped_in_the_past_makes_a_branch(panel: LandscapePanel) -> None:
    run = session(steps=30)
    back(run, 10)
    show(panel, run)
    panel.commanded.connect(run.send)
    panel.grip.dropped.emit(QPointF(*panel.map.tracks.core.getData()[0][:1], 0.0))
    assert isinstance(run.log[-1][1], MoveTo)
    assert len(run.branches) == 2
