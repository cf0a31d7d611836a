from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change, Restart
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.curves import WINDOWS, CurvesPanel
from gdexplorer.panels.palette import DARK, LIGHT, PALETTES
from gdexplorer.panels.ticks import number
from gdexplorer.probes.cost import Cost, CostReport
from tests.paired import paired
from tests.panels.branches import back, branched
from tests.panels.runs import KINDS, frame, session


@pytest.fixture
def panel(qtbot: QtBot) -> CurvesPanel:
    made = CurvesPanel()
    qtbot.addWidget(made)
    made.resize(700, 420)
    made.show()
    made.commanded.connect(lambda command: pytest.fail(f"it sent {command}"))
    return made


def ends(panel: CurvesPanel) -> list[str]:
    return [note.text() for note in panel.loss._end_notes if note.isVisible()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [0, 1, 60])
def test_every_kind_of_run_is_drawn(kind: str, steps: int, panel: CurvesPanel) -> None:
    run = session(kind, steps)
    panel.show_frame(frame(run))
    train = panel.loss._lines[0]
    assert train.xData[-1] == steps
    assert train.yData[-1] == pytest.approx(np.log10(run.run.recorder.curves.parts()[-1][-1, 1]))
    assert panel.accuracy.isVisible() == (kind != "regression")
    assert len(ends(panel)) == 2
    assert not panel.grab().isNull()


def test_before_the_first_frame_it_says_so(panel: CurvesPanel) -> None:
    assert panel.caption.text() == "The curves begin with the first update."
    assert panel.summary() == "Loss and accuracy: nothing has been measured yet."
    assert panel.needs() == frozenset()


def test_a_linear_axis_begins_at_zero(panel: CurvesPanel) -> None:
    panel.show_frame(frame(session(steps=60)))
    panel.log_loss.click()
    assert panel.loss.view()[2] == 0
    assert panel.loss._lines[0].yData[0] == pytest.approx(panel._frame.lane.history.curves[0][0, 1])  # type: ignore[union-attr]
    assert panel.loss.left.labelText == "loss"


def test_a_log_time_axis_has_no_update_0(panel: CurvesPanel) -> None:
    panel.show_frame(frame(session(steps=60)))
    panel.log_time.click()
    assert panel.loss._lines[0].xData[0] == 0
    assert panel.loss._lines[0].xData[-1] == pytest.approx(np.log10(60))
    assert panel.accuracy._time_name == "updates, log"


def with_costs(of: Frame, *seconds: float) -> Frame:
    return replace(of, lanes=(replace(of.lane, views={Cost(): CostReport(seconds)}), *of.lanes[1:]))


def choose(panel: CurvesPanel, clock: str) -> None:
    panel.clock.setCurrentText(clock)
    panel.clock.activated.emit(panel.clock.currentIndex())


def test_epochs_are_those_that_were_passed(panel: CurvesPanel) -> None:
    run = session(steps=60, training={"batch_size": 9})  # of 36 training examples
    run.send(Change("training.batch_size", 18))
    run.advance(60)
    panel.show_frame(frame(run))
    choose(panel, "epochs")
    train = panel.loss._lines[0]
    assert train.xData[-1] == 60 / 4 + 60 / 2
    assert panel.loss._batch.xData[-1] == pytest.approx(45)
    assert panel.loss._batch.xData[29] == pytest.approx(30 / 4)
    assert panel.loss._rules.xData.tolist() == [15, 15]
    assert panel.accuracy._time_name == "epochs"
    panel.log_time.click()
    assert train.xData[0] == pytest.approx(np.log10(1 / 4))


def test_evaluations_are_counted_by_searches(panel: CurvesPanel) -> None:
    run = session(steps=8, optimizer={"kind": "conjugate_gradient"}, training={"batch_size": 1000})
    panel.show_frame(frame(run))
    choose(panel, "evaluations")
    assert panel.loss._lines[0].xData[-1] == run.run.state.evaluations > 8
    assert panel.loss._batch.xData[-1] == run.run.state.evaluations


def test_seconds_are_a_calibrated_cost(panel: CurvesPanel) -> None:
    run = session(steps=60)
    panel.show_frame(frame(run))
    choose(panel, "seconds")
    assert panel.needs() == {Cost()}
    assert panel.loss._lines[0].xData[-1] == 60, "updates until then"
    assert "until it is measured" in panel.caption.text()
    panel.show_frame(with_costs(frame(run), 0.5))
    assert panel.loss._lines[0].xData[-1] == 30
    assert panel.loss._batch.xData[-1] == 30
    assert "calibrated" in panel.caption.text()


def test_a_function_has_no_epochs(panel: CurvesPanel) -> None:
    panel.show_frame(frame(himmelblau(20)))
    choose(panel, "epochs")
    assert panel.loss._lines[0].xData[-1] == 20
    assert "no examples" in panel.caption.text()


# ---- a race ---------------------------------------------------------------------


def himmelblau(steps: int, *rivals: dict[str, Any]) -> Session:
    optimizer = {"kind": "sgd", "learning_rate": 0.01}
    numbered = [{"id": f"r{k}", "optimizer": rival} for k, rival in enumerate(rivals)]
    return session(steps=steps, problem={"kind": "himmelblau"}, optimizer=optimizer, rivals=numbered)


EIGHT = ["momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "ascent"]


def race(steps: int = 30) -> Session:
    return session(steps=steps, rivals=[{"id": f"r{k}", "optimizer": kind} for k, kind in enumerate(EIGHT)])


def test_each_lane_has_its_color_and_dash(panel: CurvesPanel) -> None:
    panel.resize(700, 700)
    run = race()
    panel.show_frame(frame(run))
    for palette in (LIGHT, DARK):
        panel.show_palette(palette, paused=True)
        for k, line in enumerate(panel.loss._lines):
            pen, look = line.opts["pen"], palette.lane(k)
            assert pen.color().name().upper() == look.color.upper()
            assert tuple(pen.dashPattern()) == look.dash
            assert line.yData[-1] == pytest.approx(np.log10(run.runs[k].recorder.curves.parts()[-1][-1, 1]))
    assert len(panel.loss._batch.xData) == 0
    assert panel.smoothing.isHidden()


def test_a_switch_shows_the_test_set(panel: CurvesPanel) -> None:
    run = race()
    panel.show_frame(frame(run))
    panel.test.click()
    ends = [line.yData[-1] for line in panel.loss._lines]
    np.testing.assert_allclose(ends, np.log10([r.recorder.curves.parts()[-1][-1, 2] for r in run.runs]))
    assert "full test set" in panel.caption.text()


@pytest.mark.parametrize("size", [(700, 300), (1000, 260), (1400, 400)])
def test_the_lanes_labels_do_not_overlap(size: tuple[int, int], panel: CurvesPanel) -> None:
    panel.resize(*size)
    run = race()
    panel.show_frame(frame(run))
    panel.grab()
    notes = [note for note in panel.loss._end_notes if note.isVisible()]
    assert len(notes) == 8
    tops = sorted(note.y() for note in notes)
    assert min(np.diff(tops)) >= 0.9 * panel.loss._line
    assert [note.text().rsplit(" ", 1)[0] for note in notes] == [lane.name for lane in frame(run).lanes]
    assert panel.accuracy.isVisible() == (size[0] >= 950), "beside the loss"


def test_a_lane_that_diverges_does_not_take_the_room(panel: CurvesPanel) -> None:
    panel.show_frame(frame(run := himmelblau(60, {"kind": "ascent", "learning_rate": 0.01})))
    start = run.run.recorder.curves.parts()[0][0, 1]
    assert panel.loss.view()[3] <= np.log10(10 * start) + 0.5


def test_a_loss_of_exactly_zero_is_labeled_at_the_bottom(panel: CurvesPanel) -> None:
    run = himmelblau(20, {"kind": "adam"})
    run.run.recorder.curves.append(21, 0.0, np.nan, np.nan, np.nan, 21, np.nan)
    panel.show_frame(frame(run))
    assert ends(panel)[0] == "SGD 0.00"


def test_negative_losses_have_a_linear_axis(panel: CurvesPanel) -> None:
    panel.show_frame(frame(session(steps=50, problem={"kind": "styblinski_tang"}, optimizer={
        "kind": "sgd", "learning_rate": 0.01})))  # fmt: skip
    assert panel.loss.view()[2] < -50
    assert "negative" in panel.caption.text()


def test_lanes_on_the_clock_of_evaluations(panel: CurvesPanel) -> None:
    run = himmelblau(6, {"kind": "conjugate_gradient"})
    panel.show_frame(frame(run))
    choose(panel, "evaluations")
    assert [line.xData[-1] for line in panel.loss._lines] == [6, run.runs[1].state.evaluations]
    assert "conjugate gradient, update 6: loss" in panel._reading(run.runs[1].state.evaluations, 0)
    assert "conjugate gradient loss" in panel.summary()


def test_a_lane_without_a_cost_is_left_out_of_the_clock_of_seconds(panel: CurvesPanel) -> None:
    run = himmelblau(6, {"kind": "adam"})
    choose(panel, "seconds")
    panel.show_frame(with_costs(frame(run), 0.5, np.nan))
    assert [line.xData[-1] for line in panel.loss._lines[:1]] == [3]
    assert len(panel.loss._lines[1].xData) == 0


def test_after_a_race_a_single_run_looks_as_before(panel: CurvesPanel) -> None:
    panel.show_frame(frame(race()))
    panel.show_frame(frame(session(steps=60)))
    assert [text.split()[0] for text in ends(panel)] == ["train", "test"]
    assert panel.loss._lines[0].opts["pen"].color().name().upper() == LIGHT.text
    assert all(len(line.xData) == 0 for line in panel.loss._lines[2:])
    assert not panel.smoothing.isHidden()


def test_smoothing_keeps_the_raw_loss_fainter(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.show_frame(frame(session(steps=60)))
    raw = panel.loss._batch.yData.copy()
    assert len(panel.loss._smooth.xData) == 0
    qtbot.keyClick(panel.smoothing, Qt.Key.Key_Right)
    qtbot.keyClick(panel.smoothing, Qt.Key.Key_Right)
    assert panel.scales.tau == WINDOWS[2]
    assert np.std(panel.loss._smooth.yData) < np.std(raw)
    np.testing.assert_array_equal(panel.loss._batch.yData, raw)
    assert panel.loss._batch.opts["pen"].color().name().upper() == LIGHT.grid
    assert [text.split()[0] for text in ends(panel)] == ["train", "test", "batch"]


def test_changes_are_marked_and_break_what_changes_its_meaning(panel: CurvesPanel) -> None:
    run = session(steps=40)
    run.send(Change("optimizer.learning_rate", 0.01))
    run.advance(10)
    panel.show_frame(frame(run))
    train = panel.loss._lines[0]
    assert not np.isnan(train.yData).any()
    run.send(Change("data.noise", 0.3))
    run.advance(10)
    panel.show_frame(frame(run))
    gaps = train.xData[np.isnan(train.yData)]
    assert gaps.tolist() == [50]
    assert np.isnan(panel.loss._batch.yData).sum() == 1
    assert panel.loss._rules.xData.tolist() == [40, 40, 50, 50]
    assert panel._reading(50, 0).splitlines()[0] == f"update 50: {run.run.recorder.markers[1].label}"
    assert "Changes: 2, the last at update 50" in panel.summary()


def test_a_penalty_is_named(panel: CurvesPanel) -> None:
    panel.show_frame(frame(session(steps=5)))
    assert "faint: batch" in panel.caption.text()
    assert "penalty" not in panel.caption.text()
    panel.show_frame(frame(session("penalty", 5)))
    assert "faint: batch, with penalty" in panel.caption.text()


def test_a_restart_begins_anew(panel: CurvesPanel) -> None:
    run = session(steps=400)
    panel.show_frame(frame(run))
    assert panel.loss.view()[1] > 400
    run.send(Restart())
    panel.show_frame(frame(run))
    assert panel.loss._lines[0].xData.tolist() == [0]
    assert panel.loss._ghosts[0].xData[-1] == 400, "the run before stays, and the axis with it"
    assert panel.loss.view()[1] >= 400
    run.draw_run(1, False)
    panel.show_frame(frame(run))
    assert panel.loss.view()[1] == 50


def test_accuracy_comes_and_goes_with_the_task(panel: CurvesPanel) -> None:
    for kind, shown in (("binary", True), ("regression", False), ("classes", True)):
        panel.show_frame(frame(session(kind, 5)))
        assert panel.accuracy.isVisible() == shown
        assert panel.loss._time_name == ("" if shown else "updates")


def test_where_there_is_hardly_room_the_caption_has_the_accuracy(panel: CurvesPanel) -> None:
    panel.show_frame(frame(session(steps=5)))
    panel.resize(320, 175)
    assert panel.accuracy.isHidden()
    assert panel.caption.text().startswith("accuracy ")


def test_an_unchanged_frame_is_not_drawn_again(panel: CurvesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    run = session(steps=5)
    panel.show_frame(frame(run))
    panel.grab()
    drawn: list[object] = []
    monkeypatch.setattr(panel.loss, "draw", lambda *all: drawn.append(all))
    panel.show_frame(frame(run))
    assert not drawn
    run.advance(1)
    panel.show_frame(frame(run))
    assert drawn


def test_the_time_axis_moves_in_steps(panel: CurvesPanel) -> None:
    run = session()
    seen = set()
    for _ in range(60):
        run.advance(5)
        panel.show_frame(frame(run))
        seen.add(panel.loss.view()[:2])
    assert len(seen) <= 8


def test_a_loss_that_is_not_finite_leaves_a_gap(panel: CurvesPanel) -> None:
    run = session(steps=20)
    run.run.recorder.curves.append(21, np.inf, np.nan, 0.5, 0.5, 21, 1)
    panel.show_frame(frame(run))
    assert np.isnan(panel.loss._lines[0].yData[-1])
    assert ends(panel) == []
    panel.log_loss.click()
    assert np.isfinite(panel.loss.view()).all()


@paired("name", PALETTES, "size", [(300, 170), (420, 260), (1200, 800)])
def test_every_theme_and_size(name: str, size: tuple[int, int], panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.show_frame(frame(session(steps=60)))
    panel.resize(*size)
    panel.show_palette(PALETTES[name], paused=True)
    assert panel.loss._lines[0].opts["pen"].color().name().upper() == PALETTES[name].text.upper()
    qtbot.waitUntil(lambda: panel.loss.area().height() >= 40, timeout=30_000)
    for note in panel.loss._end_notes:
        assert note.x() + note.boundingRect().width() <= panel.loss.width()


def test_the_time_axis_leaves_room_for_labels_after_a_resize(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.show_frame(frame(session(steps=49)))
    panel.resize(300, 300)
    qtbot.waitUntil(lambda: panel.loss.width() < 300, timeout=30_000)
    stop = panel.loss.view()[1]
    assert stop * (1 - panel.loss.label_share()) >= 49


def test_lines_get_wider_when_paused(panel: CurvesPanel) -> None:
    panel.show_palette(PALETTES["projector"], paused=True)
    assert panel.loss._lines[0].opts["pen"].width() == 3
    panel.show_palette(DARK, paused=False)
    assert panel.loss._lines[0].opts["pen"].width() == 1


def test_every_control_has_a_name_and_a_tooltip(panel: CurvesPanel) -> None:
    for control in (panel.log_loss, panel.log_time, panel.clock, panel.test, panel.smoothing):
        assert control.accessibleName()
        assert control.toolTip()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_run_that_was_left_is_drawn_thin_and_named(panel: CurvesPanel) -> None:
    run = branched()
    panel.show_frame(frame(run))
    (ghost,) = panel.loss._ghosts
    old = run.branches[0].run.recorder.curves.parts()[-1]
    np.testing.assert_allclose(ghost.yData, np.log10(old[:, 1]))
    np.testing.assert_allclose(panel.accuracy._ghosts[0].yData, old[:, 3])
    assert panel.loss.view()[1] >= 60
    assert [row.text for row in panel.loss.legend.rows] == ["run 1"]
    assert len(ends(panel)) == 2, "only of the run that goes on"
    panel.test.click()
    np.testing.assert_allclose(ghost.yData, np.log10(old[:, 2]))
    assert len(ends(panel)) == 2
    for palette in PALETTES.values():
        panel.show_palette(palette, True)
        pen = ghost.opts["pen"]
        assert pen.color().name().upper() == palette.ghost(0).color.upper()
        assert pen.width() == max(palette.line_width(True) - 1, 1)
    assert "thin: earlier runs, test" in panel.caption.toolTip()
    assert "run 1, update 60: loss" in panel._reading(60, 0)
    assert "Beside it: run 1 loss" in panel.summary()
    run.draw_run(1, False)
    panel.show_frame(frame(run))
    assert not len(ghost.xData)
    assert not panel.loss.legend.isVisible()
    assert not panel.test.isVisible()


def test_over_seconds_a_run_that_was_left_is_not_drawn(panel: CurvesPanel) -> None:
    shown = frame(branched())
    panel.clock.setCurrentIndex(3)
    panel.clock.activated.emit(3)
    panel.show_frame(replace(shown, lanes=(replace(shown.lane, views={Cost(): CostReport((0.5,))}), *shown.lanes[1:])))
    assert panel.loss._lines[0].xData[-1] == 15
    assert not panel.loss._ghosts
    assert "not drawn over seconds" in panel.caption.toolTip()


@pytest.mark.parametrize("log", [False, True])
def test_in_the_past_a_line_stands_at_the_update_shown(log: bool, panel: CurvesPanel) -> None:
    run = session(steps=60)
    panel.log_time.setChecked(log)
    back(run, 20)
    panel.show_frame(frame(run))
    assert panel.loss._lines[0].xData[-1] == pytest.approx(np.log10(60) if log else 60), "all of the record"
    for plot in (panel.loss, panel.accuracy):
        assert plot._cursor.xData == pytest.approx([np.log10(20) if log else 20] * 2)
        assert plot._cursor.yData == pytest.approx(plot.view()[2:])
    assert "line: update 20 of 60" in panel.caption.text()
    row = next(row for row in run.active.run.recorder.curves.parts()[-1] if row[0] == 20)
    assert panel.summary().startswith(f"Loss and accuracy at update 20 of 60: loss {number(row[1])} train")
    run.present()
    panel.show_frame(frame(run))
    assert np.isnan(panel.loss._cursor.xData).all()


def test_lanes_of_a_race_and_a_run_that_was_left(panel: CurvesPanel) -> None:
    run = himmelblau(30, {"kind": "adam"})
    back(run, 10)
    run.send(Change("optimizer.learning_rate", 0.002))
    panel.show_frame(frame(run))
    assert [text.split()[0] for text in ends(panel)] == ["SGD", "Adam"]
    assert len(panel.loss._ghosts) == 1
    assert "run 1, update 30" in panel._reading(30, 0)


def test_time_has_its_numbers_also_where_the_panel_grows_smaller_while_accuracy_appears(
    panel: CurvesPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    appear = panel.accuracy.setVisible

    def shrink(shown: bool) -> None:  # a dock is laid out anew at any call of Qt
        monkeypatch.undo()
        panel.resize(700, 180)
        appear(shown and not panel.accuracy.isHidden())

    monkeypatch.setattr(panel.accuracy, "setVisible", shrink)
    panel.show_frame(frame(session(steps=60)))
    assert panel.accuracy.isHidden()
    assert panel.loss._unit.text() == "updates"
    assert panel.loss.bottom.style["showValues"]
