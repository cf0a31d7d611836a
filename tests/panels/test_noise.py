from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change, Restart
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.objectives.per_sample import NO_SAMPLES, TIED
from gdexplorer.panels.noise import ALPHA, ANGLE, CLOUD, NOISE, TEST, WAITING, NoisePanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.probes import norm_test
from tests.panels.branches import back
from tests.panels.runs import KINDS, catalogue, session

USUAL, ALL = frozenset({CLOUD, NOISE, ANGLE}), frozenset({CLOUD, NOISE, ANGLE, ALPHA, TEST})
NORMED: dict[str, Any] = {"network": {"layers": [
    {"id": "h1", "units": 4, "activation": "tanh"}, {"kind": "batch_norm", "id": "n1"}]}}  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot) -> NoisePanel:
    made = NoisePanel()
    qtbot.addWidget(made)
    made.resize(960, 480)
    made.show()
    made.commanded.connect(lambda: pytest.fail("it never commands"))
    return made


def frame(of: Session, panel: NoisePanel) -> Frame:
    return of.frame(panel.needs())


def without(of: Frame) -> Frame:
    return replace(of, lanes=(replace(of.lane, views={}),))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [0, 30])
def test_every_kind_of_run_is_drawn(kind: str, steps: int, panel: NoisePanel) -> None:
    panel.more.setChecked(True)
    panel.show_palette(PALETTES[("light", "dark", "projector")[len(kind) % 3]], True)
    panel.show_frame(frame(session(kind, steps), panel))
    assert not panel.grab().isNull()
    assert panel.cloud.isVisible()
    assert "examples" in panel.summary()


def test_alpha_and_norm_test_are_asked_for_on_wish_alone(panel: NoisePanel, qtbot: QtBot) -> None:
    assert panel.needs() == USUAL
    with qtbot.waitSignal(panel.needs_changed):
        panel.more.click()
    assert panel.needs() == ALL
    assert panel.alpha.isVisible() is panel.test.isVisible() is False  # before the first measurement
    panel.show_frame(frame(session("binary", 20), panel))
    assert panel.alpha.isVisible()
    assert panel.test.isVisible()
    panel.more.click()
    assert panel.needs() == USUAL


@pytest.mark.parametrize("size", [(300, 200), (500, 260), (700, 300), (1500, 900)])
@pytest.mark.parametrize("more", [False, True])
def test_what_has_no_room_is_not_asked_for(size: tuple[int, int], more: bool, panel: NoisePanel) -> None:
    panel.more.setChecked(more)
    panel.resize(*size)
    panel.show_frame(frame(session("binary", 20), panel))
    shown = {probe for probe, plot in panel.plots.items() if plot.isVisible()}
    assert shown == panel.needs()
    assert (shown == ALL) == (size[0] >= 700 and more)
    assert not panel.grab().isNull()


def test_it_waits_for_the_first_measurement_and_keeps_the_last(panel: NoisePanel) -> None:
    run = session("binary", 20)
    shown = frame(run, panel)
    panel.show_frame(without(shown))
    assert WAITING in panel.summary()
    panel.show_frame(shown)
    before = panel.summary()
    run.advance(5)
    panel.show_frame(without(frame(run, panel)))
    assert panel.summary().startswith(before.removesuffix("."))
    assert "at update 20" in panel.summary()


def test_its_numbers_are_the_reports(panel: NoisePanel) -> None:
    panel.more.setChecked(True)
    shown = frame(session("binary", 20, training={"batch_size": 9}), panel)
    panel.show_frame(shown)
    views, words = shown.lane.views, panel.summary()
    assert f"−g raises the loss of {100 * np.mean(views[CLOUD].cosines < 0):.0f} %" in words
    assert f"noise at B = 9: {views[NOISE].expected(9):.3g} ‖g‖" in words
    assert f"{views[TEST].ratio:.3g}" in words
    assert f"cosine {views[ANGLE].cosine:.3g}".replace("-", "−") in words
    assert f"α = {views[ALPHA].alpha:.3g}".replace("-", "−") in words
    x0, x1, y0, y1 = panel.cloud.view()
    x, y = views[CLOUD].places.T
    assert panel.cloud.beyond == ((x < x0) | (x > x1) | (y < y0) | (y > y1)).sum()
    area = panel.cloud.area()
    assert (x1 - x0) / area.width() == pytest.approx((y1 - y0) / area.height())
    k = int(views[CLOUD].places[:, 0].argmax())
    assert f"training example {views[CLOUD].rows[k]:,}" in panel.cloud.read(*views[CLOUD].places[k])
    assert f"expected {views[NOISE].expected(4):.3g}" in panel.noise.read(np.log10(4), 0.0)
    assert f"α {views[ALPHA].alpha:.3g}".replace("-", "−") in panel.alpha.read(20.0, 0.0)


def test_a_full_batch_has_no_noise_and_no_gradient_of_its_own(panel: NoisePanel) -> None:
    shown = frame(session("binary", 20, training={"batch_size": 10_000}), panel)
    panel.show_frame(shown)
    assert "no noise: an update takes all" in panel.summary()
    assert shown.lane.views[CLOUD].batch_mean == pytest.approx([1, 0], abs=1e-9)


@pytest.mark.parametrize("kind", ["himmelblau", "dirac", "gan"])
def test_what_has_no_examples_is_said_in_words(kind: str, panel: NoisePanel) -> None:
    run = Session(validated({"problem": {"kind": kind}}, catalogue()), catalogue())
    panel.show_frame(frame(run, panel))
    assert panel.waiting.isVisible()
    assert NO_SAMPLES in panel.summary()


def test_with_batch_normalization_the_words_stand_in_the_clouds_place(panel: NoisePanel) -> None:
    run = session("binary", 20, **NORMED)
    panel.show_frame(frame(run, panel))
    panel.show_frame(frame(run, panel))
    assert panel.refused.text() == TIED
    assert panel.refused.isVisible()
    assert not panel.cloud.isVisible()
    assert not panel.noise.isVisible()
    assert panel.angle.isVisible()
    panel.show_frame(frame(session("binary", 20), panel))
    assert panel.cloud.isVisible()
    assert panel.noise.isVisible()
    assert not panel.refused.isVisible()


def test_a_batch_of_one_has_no_norm_test_but_all_else(panel: NoisePanel) -> None:
    panel.more.setChecked(True)
    run = session("binary", 20, training={"batch_size": 1})
    panel.show_frame(frame(run, panel))
    assert not panel.test.isVisible()
    assert panel.cloud.isVisible()
    assert norm_test.ONE.removesuffix(".") in panel.summary()
    run.send(Change("training.batch_size", 8))
    panel.show_frame(frame(run, panel))
    assert panel.test.isVisible()


def test_after_a_restart_the_series_begin_anew(panel: NoisePanel) -> None:
    run = session("binary", 20)
    panel.show_frame(frame(run, panel))
    run.advance(200)
    panel.show_frame(frame(run, panel))
    run.send(Restart())
    panel.show_frame(frame(run, panel))
    assert panel.angle.rows[:, 0].tolist() == [0]


def test_each_plot_has_an_accessible_name(panel: NoisePanel) -> None:
    names = [plot.accessibleName() for plot in panel.plots.values()]
    assert all(names)
    assert len(set(names)) == 5


def test_travel_leaves_gaps_and_a_line_and_another_run_begins_anew(panel: NoisePanel) -> None:
    run = session(steps=40)
    panel.show_frame(frame(run, panel))
    back(run, 10)
    panel.show_frame(frame(run, panel))
    assert panel.angle._cursor.xData.tolist() == [10, 10]
    assert panel.angle.rows[np.isfinite(panel.angle.rows[:, 1]), 0].tolist() == [10, 40]
    end = panel.angle.view()[1]
    run.present()
    panel.show_frame(frame(run, panel))
    assert np.isnan(panel.angle._cursor.xData).all()
    assert panel.angle.view()[1] == end
    back(run, 10)
    run.send(Change("optimizer.learning_rate", 0.01))
    run.advance(1)
    panel.show_frame(frame(run, panel))
    assert panel.angle.rows[:, 0].tolist() == [11]
