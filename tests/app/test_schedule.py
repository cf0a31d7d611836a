from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app.schedule import LISTENS, POINTS, UNSTEERED, ScheduleView
from gdexplorer.app.strips import StatusLine
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.optim.schedules import SCHEDULES
from gdexplorer.panels.palette import PALETTES
from tests.builders import CATALOGUE, experiment, suited

COSINE: dict[str, Any] = {"training.schedule": {"kind": "cosine", "length": 400, "floor": 0.1}}
MOVING = [schedule.name for schedule in SCHEDULES if schedule.name not in ("constant", "plateau")]


@pytest.fixture
def view(qtbot: QtBot) -> ScheduleView:
    made = ScheduleView()
    qtbot.addWidget(made)
    made.resize(280, 120)
    made.show()
    return made


def frame_of(changes: dict[str, Any], updates: int = 0) -> Frame:
    session = Session(experiment(changes), CATALOGUE)
    if updates:
        session.advance(updates)
    return session.frame()


def show(view: ScheduleView, changes: dict[str, Any], updates: int = 0) -> None:
    view.show_state(frame_of(changes, updates).lane.state, CATALOGUE)
    QApplication.processEvents()


@pytest.mark.parametrize("name", MOVING)
def test_every_schedule_is_drawn_before_it_runs(name: str, view: ScheduleView) -> None:
    show(view, {"training.schedule": name})
    schedule, curve = CATALOGUE.schedules[name], view.curve
    knobs = schedule.Knobs()
    assert curve.isVisible()
    assert curve.last == schedule.horizon(knobs) > 0
    wanted = [0.1 * schedule.factor(knobs, round(curve.last * k / POINTS)) for k in range(POINTS + 1)]
    np.testing.assert_allclose(curve.rates, wanted, rtol=1e-12)
    assert np.ptp(curve.rates) > 0.04
    assert not view.unsteered.isVisible()


@pytest.mark.parametrize("palette", PALETTES.values(), ids=list(PALETTES))
def test_the_line_and_the_dot_are_where_the_rates_are(view: ScheduleView, palette: Any) -> None:
    view.show_palette(palette)
    show(view, COSINE, 100)
    curve = view.curve
    image = curve.grab().toImage()
    scale = image.devicePixelRatio()

    def colors(step: int, rate: float) -> set[str]:
        at = curve.place(step, rate) * scale
        return {image.pixelColor(round(at.x()) + x, round(at.y()) + y).name() for x in (-1, 0, 1) for y in (-1, 0, 1)}

    assert QColor(palette.accent).name() in colors(200, 0.1 * 0.55)
    assert colors(100, curve.rate) == {QColor(palette.text).name()}
    assert not {QColor(palette.accent).name(), QColor(palette.text).name()} & colors(200, 0.09)
    assert curve.place(0, 0.1).y() < curve.place(400, 0.01).y()


def test_it_reads_itself_aloud_and_the_dot_follows(view: ScheduleView) -> None:
    show(view, COSINE)
    assert view.curve.accessibleName() == "Learning rate over the updates"
    assert view.curve.accessibleDescription() == (
        "η 0.1 at update 0; from 0.1 at update 0 over at most 0.1 to 0.01 at update 400."
    )
    show(view, COSINE, 200)
    assert view.curve.accessibleDescription().startswith("η 0.055 at update 200; ")
    half = view.curve.place(view.curve.step, view.curve.rate).x()
    show(view, COSINE, 900)
    end = view.curve.place(view.curve.step, view.curve.rate).x()
    assert half < end == view.curve.place(400, 0.01).x()


def test_another_rate_or_knob_draws_another_curve(view: ScheduleView) -> None:
    show(view, COSINE)
    first = view.curve.rates
    show(view, COSINE | {"optimizer": {"kind": "sgd", "learning_rate": 0.2}})
    np.testing.assert_allclose(view.curve.rates, 2 * np.array(first))
    show(view, {"training.schedule": {"kind": "cosine", "length": 400, "floor": 0.5}})
    assert view.curve.rates[-1] == pytest.approx(0.05)


def test_a_constant_needs_no_picture(view: ScheduleView) -> None:
    show(view, COSINE)
    show(view, {})
    assert not view.isVisible()


PLATEAU = {"training.schedule": {"kind": "plateau", "patience": 3, "threshold": 0.5, "gamma": 0.1}}


@pytest.mark.parametrize(("updates", "said"), [(0, "Not cut yet."), (12, "So far from η 0.1 to 0.001.")])
def test_what_waits_for_the_loss_is_not_drawn_but_told(view: ScheduleView, updates: int, said: str) -> None:
    """The first loss is heard at update 1, and none of the next is half of it: cuts at 5 and 9."""
    show(view, PLATEAU, updates)
    assert view.waiting.isVisible()
    assert view.waiting.text() == LISTENS + said
    assert not view.curve.isVisible()
    show(view, COSINE)
    assert not view.waiting.isVisible()
    show(view, suited("newton") | PLATEAU)
    assert view.unsteered.isVisible()
    assert not view.waiting.isVisible()


@pytest.mark.parametrize("name", ["lbfgs", "newton", "random_search", "conjugate_gradient"])
def test_a_search_says_that_it_is_not_steered(name: str, view: ScheduleView) -> None:
    show(view, suited(name) | COSINE)
    assert view.unsteered.isVisible()
    assert view.unsteered.text() == UNSTEERED
    assert not view.curve.isVisible()


@pytest.mark.parametrize(("changes", "updates", "said"), [
    (COSINE, 0, "η 0.1 ·"), (COSINE, 200, "η 0.1 → 0.055 ·"), ({}, 200, "η 0.1 ·"),
    (suited("newton") | COSINE, 3, "η 1 ·"),
])  # fmt: skip
def test_the_status_line_has_the_present_rate(qtbot: QtBot, changes: dict[str, Any], updates: int, said: str) -> None:
    line = StatusLine(CATALOGUE)
    qtbot.addWidget(line)
    line.show_frame(frame_of(changes, updates), 30, False, None)
    assert said in line._text.text()
