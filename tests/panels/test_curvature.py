from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change, MoveTo, Restart
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.curvature import REQUEST, WAITING, CurvaturePanel
from gdexplorer.panels.palette import PALETTES
from tests.paired import paired
from tests.panels.branches import back
from tests.panels.runs import KINDS, catalogue, session

NEEDS = frozenset({REQUEST})
FULL: dict[str, Any] = {"training": {"batch_size": 10_000}}
SGD: dict[str, Any] = {**FULL, "optimizer": {"kind": "sgd", "learning_rate": 0.1}}


@pytest.fixture
def panel(qtbot: QtBot) -> CurvaturePanel:
    made = CurvaturePanel()
    qtbot.addWidget(made)
    made.resize(700, 480)
    made.show()
    made.needs_changed.connect(lambda: pytest.fail("its needs never change"))
    made.sent = []  # type: ignore[attr-defined]
    made.commanded.connect(made.sent.append)  # type: ignore[attr-defined]
    return made


def frame(of: Session) -> Frame:
    return of.frame(NEEDS)


def without(of: Frame) -> Frame:
    return replace(of, lanes=(replace(of.lane, views={}),))


def function(kind: str, **values: Any) -> Session:
    optimizer = {"kind": "sgd", "learning_rate": 0.1}
    return Session(validated({"problem": {"kind": kind}, "optimizer": optimizer, **values}, catalogue()), catalogue())


def at(kind: str, mark: str) -> Session:
    run = function(kind)
    theta = next(one for one in run.run.objective.landmarks if one.kind == mark).theta
    assert run.send(MoveTo(np.array(theta, float))).accepted
    return run


def facts(panel: CurvaturePanel) -> str:
    return panel.caption.accessibleDescription()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [0, 30])
def test_every_kind_of_run_is_drawn(kind: str, steps: int, panel: CurvaturePanel) -> None:
    shown = frame(session(kind, steps))
    panel.show_frame(shown)
    report = shown.lane.views[REQUEST]
    assert panel._pages.currentIndex() == 1
    assert panel.sharpness._top_line.yData[-1] == report.sharpness
    assert panel.badge.verdict == report.point.verdict
    assert panel.sent == []  # type: ignore[attr-defined]
    assert not panel.grab().isNull()


def test_it_asks_for_curvature(panel: CurvaturePanel) -> None:
    assert panel.needs() == NEEDS
    assert panel.requires == {"hvp"}


def test_full_batch_descent_is_measured_against_2_over_eta(panel: CurvaturePanel) -> None:
    run = session("regression", 20, **SGD)
    panel.show_frame(frame(run))
    report = panel._report
    assert report is not None
    reading = panel.gauge.reading
    assert reading is not None
    assert reading.name == "ηS/2"
    assert reading.value == pytest.approx(0.1 * report.sharpness / 2)
    assert "local stability limit 2/λmax = " in facts(panel)
    assert "η is 0.1" in facts(panel)
    assert "suggest" not in panel.summary()
    np.testing.assert_array_equal(panel.sharpness._limit_line.yData, 20.0)


@pytest.mark.parametrize(("kind", "limit"), [("momentum", 38.0), ("nesterov", 38 / 2.8)])
def test_with_momentum_the_threshold_is_its_own(kind: str, limit: float, panel: CurvaturePanel) -> None:
    run = session("regression", 5, **FULL, optimizer={"kind": kind, "learning_rate": 0.1, "momentum": 0.9})
    panel.show_frame(frame(run))
    reading, report = panel.gauge.reading, panel._report
    assert reading is not None
    assert report is not None
    assert reading.name == "S/threshold"
    assert reading.value == pytest.approx(report.sharpness / limit)
    assert "2/λmax" not in panel.summary()


@pytest.mark.parametrize(("values", "reason"), [
    ({**FULL, "optimizer": {"kind": "adam"}}, "none is known for adam"),
    ({"training": {"batch_size": 8}, "optimizer": {"kind": "sgd"}}, "claimed: mini-batches of 8"),
    ({"training": {"batch_size": 8}, "optimizer": {"kind": "adam"}}, "none is known for adam"),
])  # fmt: skip
def test_else_no_threshold_is_claimed_and_it_says_why(values: dict[str, Any], reason: str,
                                                      panel: CurvaturePanel) -> None:  # fmt: skip
    panel.show_frame(frame(session("regression", 5, **values)))
    reading, report = panel.gauge.reading, panel._report
    assert reading is not None
    assert report is not None
    assert (reading.name, reading.value, reading.level) == ("S", report.sharpness, None)
    assert reading.words.startswith("no threshold is claimed: ")
    assert reason in reading.words
    assert "2/λmax" not in panel.summary()
    assert np.isnan(panel.sharpness._limit_line.yData).all()
    assert np.isnan(panel.spectrum._limit.xData).all()


def test_red_is_for_a_descent_that_diverges_only(panel: CurvaturePanel) -> None:
    run = function("bowl", optimizer={"kind": "sgd", "learning_rate": 0.1})
    sharpness = frame(run).lane.views[REQUEST].sharpness
    for ratio, steps, level in ((0.5, 20, "below"), (1.05, 30, "rising")):
        run = function("bowl", optimizer={"kind": "sgd", "learning_rate": 2 * ratio / sharpness})
        run.advance(steps)
        panel.show_frame(frame(run))
        assert panel.gauge.reading is not None
        assert panel.gauge.reading.value == pytest.approx(ratio)
        assert panel.gauge.reading.level == level


def test_the_namer_and_its_step(panel: CurvaturePanel, qtbot: QtBot) -> None:
    run = at("saddle", "saddle")
    panel.show_frame(frame(run))
    assert panel.badge.verdict == "saddle"
    assert panel.sentence.text().startswith("The loss falls in 1 direction and rises in 1 direction")
    assert panel.escape.isEnabled()
    report = panel._report
    assert report is not None
    assert "from 0 at update 0 to −0.25" in panel.escape.toolTip()
    qtbot.mouseClick(panel.escape, Qt.MouseButton.LeftButton)
    (command,) = panel.sent  # type: ignore[attr-defined]
    assert isinstance(command, MoveTo)
    np.testing.assert_array_equal(command.theta, report.escape)
    assert not panel.escape.isEnabled(), "this measurement is of the point that was left"
    panel.show_frame(frame(run))
    assert not panel.escape.isEnabled()
    assert run.send(command).accepted
    panel.show_frame(frame(run))
    assert panel.badge.verdict == "minimum"
    assert not panel.escape.isEnabled()
    assert "No eigenvalue here is negative" in panel.escape.toolTip()


def test_before_the_first_measurement_it_says_so(panel: CurvaturePanel) -> None:
    panel.show_frame(without(frame(session())))
    assert panel._pages.currentIndex() == 0
    assert panel.summary() == f"Curvature: {WAITING}"
    assert not panel.escape.isEnabled()


def test_a_frame_without_a_measurement_leaves_the_last(panel: CurvaturePanel) -> None:
    run = session(steps=5)
    panel.show_frame(frame(run))
    run.advance(1)
    panel.show_frame(without(frame(run)))
    assert panel._pages.currentIndex() == 1
    assert "at update 5" in facts(panel) or panel.summary().startswith("Curvature at update 5")
    run.send(Restart())
    panel.show_frame(without(frame(run)))
    assert panel._pages.currentIndex() == 0, "the measurement belongs to a run that is gone"


def test_where_it_is_not_finite_it_says_so(panel: CurvaturePanel) -> None:
    run = session("regression")
    run.run.state.theta[:] = 1e200
    panel.show_frame(frame(run))
    assert panel._pages.currentIndex() == 0
    assert "not finite here" in panel.summary()


def test_an_unchanged_report_is_not_drawn_again(panel: CurvaturePanel, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = frame(session(steps=5))
    panel.show_frame(shown)
    monkeypatch.setattr(panel.spectrum, "draw", lambda *given: pytest.fail("drawn again"))
    panel.show_frame(shown)


def test_changes_are_marked(panel: CurvaturePanel) -> None:
    run = session("regression", 20, **SGD)
    frame(run)
    run.send(Change("optimizer.learning_rate", 0.05))
    run.advance(20)
    panel.show_frame(frame(run))
    assert any("0.05" in note.text() for note in panel.sharpness._marker_notes if note.isVisible())
    assert panel.sharpness._limit_line.yData[-1] == pytest.approx(40.0)


def test_a_logarithmic_axis(panel: CurvaturePanel) -> None:
    panel.show_frame(frame(session("regression", 20, **SGD)))
    panel.log.click()
    assert panel.sharpness.left.labelText == "sharpness, log"
    assert panel._report is not None
    assert panel.sharpness._top_line.yData[-1] == pytest.approx(np.log10(panel._report.sharpness))


def test_the_caption_gives_numbers(panel: CurvaturePanel) -> None:
    panel.show_frame(frame(session("penalty", 10)))
    report = panel._report
    assert report is not None
    assert f"all {report.parameters} eigenvalues, {(report.values < 0).sum()} negative" in facts(panel)
    assert "Hessian of the loss over all training examples, with penalty" in facts(panel)
    panel.show_frame(frame(session("classes", 3)))
    assert "by Lanczos" in facts(panel)
    assert "at least" in facts(panel)
    assert "± " in facts(panel)
    assert "(standard error)" in facts(panel)


@paired("name", PALETTES, "size", [(220, 150), (330, 260), (460, 380), (1200, 800)])
def test_every_theme_and_size(name: str, size: tuple[int, int], panel: CurvaturePanel, qtbot: QtBot) -> None:
    panel.show_palette(PALETTES[name], paused=True)
    panel.resize(*size)
    panel.show_frame(frame(session("regression", 30, **SGD)))
    qtbot.waitUntil(lambda: panel.sharpness.width() <= size[0], timeout=30_000)
    assert panel.width() == size[0], "nothing forces it wider"
    assert panel.sharpness.isVisible()
    assert panel.gauge.bar().right() <= panel.width()
    assert not panel.grab().isNull()


def test_every_control_has_a_name_and_a_tooltip_and_takes_the_focus(panel: CurvaturePanel) -> None:
    for control in (panel.log, panel.escape):
        assert control.accessibleName()
        assert control.toolTip()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_summary_has_verdict_ratio_and_trace(panel: CurvaturePanel) -> None:
    panel.show_frame(frame(at("saddle", "saddle")))
    said = panel.summary()
    assert said.startswith("Curvature at update 0: ηS/2 = ")
    assert "Saddle: the loss falls in 1 direction" in said
    assert "trace " in said
    assert ".." not in said


def test_in_the_past_a_line_stands_at_the_update_shown(panel: CurvaturePanel) -> None:
    run = session("binary", 20, **FULL)
    panel.show_frame(frame(run))
    back(run, 5)
    panel.show_frame(frame(run))
    assert panel.sharpness._cursor.xData.tolist() == [5, 5]
    assert panel.sharpness.rows[np.isfinite(panel.sharpness.rows[:, 1]), 0].tolist() == [5, 20]
    run.present()
    panel.show_frame(frame(run))
    assert np.isnan(panel.sharpness._cursor.xData).all()


def test_reasons_without_room_are_left_to_the_tooltip(panel: CurvaturePanel) -> None:
    panel.show_frame(frame(session("binary", 20)))
    panel.show_palette(PALETTES["projector"], True)
    for width, said in ((1200, "The loss falls along −g (‖g‖ = "), (520, "The loss falls along −g"), (430, "")):
        panel.resize(width, 480)
        assert panel.sentence.text()[: len("The loss falls along −g (‖g‖ = ")] == said
    assert "‖g‖ = " in panel.badge.toolTip()
