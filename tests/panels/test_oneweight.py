from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import SetParameter
from gdexplorer.lab.session import Session
from gdexplorer.panels.oneweight import OneWeightPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.ticks import number
from gdexplorer.probes.oneweight import NO_WEIGHT, OneWeight, OneWeightReport, Weight
from tests.objectives.games import dirac
from tests.panels.map_frames import function, move, press, release
from tests.panels.runs import session

Place = tuple[float, float]
FULL = {"training": {"batch_size": 100_000}, "optimizer": {"kind": "sgd", "learning_rate": 0.5}}


@pytest.fixture
def panel(qtbot: QtBot) -> OneWeightPanel:
    made = OneWeightPanel()
    qtbot.addWidget(made)
    made.resize(700, 420)
    made.show()
    return made


def show(panel: OneWeightPanel, run: Session) -> OneWeightReport:
    panel.show_frame(run.frame(panel.needs()))
    panel.grab()
    assert panel._report is not None
    return panel._report


def drag(panel: OneWeightPanel, start: Place, end: Place) -> None:
    plot = panel.stage.plot
    press(plot, *start)
    for share in (0.5, 1.0):
        move(plot, *(a + share * (b - a) for a, b in zip(start, end, strict=True)))
    release(plot, *end)


def test_with_full_batches_the_step_is_predicted_and_compared(panel: OneWeightPanel) -> None:
    run = session("binary", 4, **FULL)
    report = show(panel, run)
    said = panel.summary()
    assert f"step −ηg = {number(-0.5 * report.slope)}" in said
    assert f"predicted −ηg² = {number(-0.5 * report.slope**2)}, actual {number(report.landing - report.loss)}" in said
    assert panel._step.isVisible()
    assert (panel._landing.pos().x(), panel._landing.pos().y()) == (report.w + report.move, report.landing)
    theta = run.run.state.theta.copy()
    run.advance(1)
    assert run.run.state.theta[0] - theta[0] == pytest.approx(report.move, rel=1e-9)


def test_with_mini_batches_there_is_the_tangent_and_why(panel: OneWeightPanel) -> None:
    report = show(panel, session("binary", 4))
    assert "updates see mini-batches or masks: no prediction; the tangent is of all examples" in panel.summary()
    assert not panel._step.isVisible()
    xs, ys = panel._tangent.getData()
    np.testing.assert_allclose(np.diff(ys) / np.diff(xs), report.slope)


def test_another_place_is_chosen_and_told(panel: OneWeightPanel) -> None:
    run = session("binary", 2)
    show(panel, run)
    told: list[Weight] = []
    panel.weight_chosen.connect(told.append)
    panel.row.setCurrentIndex(3)
    panel.row.activated.emit(3)
    panel.column.setCurrentIndex(2)
    panel.column.activated.emit(2)
    assert told[-1] == Weight("h1", 3, 2)
    assert panel.needs() == {OneWeight(Weight("h1", 3, 2))}
    assert show(panel, run).name == "h1 b[4]"
    panel.block.setCurrentIndex(1)
    panel.block.activated.emit(1)
    assert told[-1] == Weight("output", 0, 2)  # that layer has one unit
    assert show(panel, run).name == "output w[1,3]"
    panel.range.setCurrentIndex(3)
    panel.range.activated.emit(3)
    report = show(panel, run)
    assert report.ws[-1] - report.ws[0] == pytest.approx(1.0)


def test_the_point_is_dragged_or_typed(panel: OneWeightPanel) -> None:
    run = session("binary", 2)
    sent: list[Any] = []
    panel.commanded.connect(sent.append)
    panel.choose(Weight("h1", 1, 0))
    report = show(panel, run)
    panel.resize(700, 421)
    panel.grab()
    drag(panel, (report.w, report.loss), (0.25, report.loss))
    assert len(sent) == 1
    assert sent[0].index == 3
    assert sent[0].value == pytest.approx(0.25, abs=0.02)
    drag(panel, (report.ws[2], report.loss), (0.25, report.loss))  # not the point
    assert len(sent) == 1
    panel.field.setFocus()
    panel.field.selectAll()
    QTest.keyClicks(panel.field, "1.5e-2")
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    assert sent[1] == SetParameter(3, 0.015)
    QTest.keyClicks(panel.field, "x")
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    assert len(sent) == 2
    assert "is no number" in panel.stage.facts.accessibleDescription()


def test_a_function_has_x_and_y(panel: OneWeightPanel) -> None:
    show(panel, function("himmelblau", 2))
    assert panel.block.isHidden()
    assert [panel.column.itemText(k) for k in range(panel.column.count())] == ["x", "y"]
    assert "step −ηg" in panel.summary()


def test_a_game_has_no_one_loss(panel: OneWeightPanel) -> None:
    show(panel, session("binary", 1))
    panel.show_frame(dirac().frame(panel.needs()))
    assert panel.summary() == f"One weight: {NO_WEIGHT}"
    show(panel, session("binary", 1))
    assert "tangent" in panel.summary()


def test_losses_that_are_not_finite_leave_a_gap(panel: OneWeightPanel) -> None:
    run = session("regression", 1)
    run.run.state.theta[...] = 1e160
    show(panel, run)
    assert not panel.grab().isNull()


@pytest.mark.parametrize("size", [1e150, 1e300])
def test_a_tangent_too_steep_to_draw_is_left_out_or_cut(panel: OneWeightPanel, size: float) -> None:
    report = replace(show(panel, session("binary", 2, **FULL)), slope=size, losses=np.linspace(1.0, 2.0, 3),
                     ws=np.array([0.0, 1e10, 2e10]), w=1e10, loss=1.5)  # fmt: skip
    panel._report = report
    panel._draw()
    assert np.isfinite(panel._tangent.yData).all()
    assert np.ptp(panel._tangent.yData) <= 60
    assert panel._step.isVisible() == (size < 1e200)
    assert not panel.grab().isNull()


@pytest.mark.parametrize("name", PALETTES)
def test_every_theme_and_size(panel: OneWeightPanel, name: str) -> None:
    show(panel, session("binary", 2, **FULL))
    panel.show_palette(PALETTES[name], paused=True)
    for size in ((220, 130), (480, 300), (1200, 800)):
        panel.resize(*size)
        assert not panel.grab().isNull()
