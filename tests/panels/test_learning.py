from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.learning import READY, LearningPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.ticks import number
from gdexplorer.probes.learning import NO_EXAMPLES, Learning, LearningReport
from tests.builders import CATALOGUE, Manual, experiment
from tests.panels.map_frames import function
from tests.panels.runs import session


@pytest.fixture
def panel(qtbot: QtBot) -> LearningPanel:
    made = LearningPanel()
    qtbot.addWidget(made)
    made.resize(600, 500)
    made.show()
    made.updates.setValue(4)
    return made


def show(panel: LearningPanel, run: Session) -> Frame:
    frame = run.frame(panel.needs())
    panel.show_frame(frame)
    panel.grab()
    return frame


def measured(panel: LearningPanel, run: Session) -> LearningReport:
    """Let it measure at once."""
    show(panel, run)
    panel.start.click()
    (request,) = panel.needs()
    report: LearningReport = show(panel, run).lane.views[request]
    return report


def gradual() -> tuple[Session, Manual]:
    manual = Manual()
    return Session(experiment(), CATALOGUE, manual), manual


def test_nothing_is_trained_before_it_is_started(panel: LearningPanel) -> None:
    assert not panel.start.isEnabled()
    show(panel, session())
    assert panel.needs() == frozenset()
    assert panel.summary() == f"Learning curves: {READY}"
    assert panel.start.isEnabled()


def test_start_asks_for_what_the_controls_say_and_ends_by_itself(panel: LearningPanel) -> None:
    asked: list[None] = []
    panel.needs_changed.connect(lambda: asked.append(None))
    run = session()
    show(panel, run)
    panel.seeds.setCurrentIndex(1)
    panel.start.click()
    assert asked == [None]
    assert panel.needs() == {Learning(4, 2, (), 1)}
    assert panel.start.text() == "Cancel"
    report = show(panel, run).lane.views[Learning(4, 2, (), 1)]
    assert report.finished
    assert panel.needs() == frozenset()
    assert panel.start.text() == "Start"
    assert np.isfinite(report.losses).all()
    panel.start.click()
    assert panel.needs() == {Learning(4, 2, (), 2)}


def test_curves_are_means_and_each_seed_is_a_point(panel: LearningPanel) -> None:
    report = measured(panel, session())
    for k, curve in enumerate(panel.loss._means):
        x, y = curve.getData()
        assert x == pytest.approx([np.log10(n) for n in report.sizes])
        assert y == pytest.approx([np.log10(sum(row[i, k] for row in report.losses) / 3) for i in range(len(x))])
    clouds = panel.loss._seeds._clouds
    assert len(clouds) == 6
    assert sorted(np.concatenate([10**cloud.y for cloud in clouds])) == pytest.approx(sorted(report.losses.ravel()))
    x, y = panel.accuracy._means[1].getData()
    assert y == pytest.approx(report.accuracies[..., 1].mean(axis=0))


def test_the_loss_axis_can_be_linear(panel: LearningPanel) -> None:
    report = measured(panel, session())
    panel.log.setChecked(False)
    assert panel.loss._means[0].getData()[1] == pytest.approx(report.losses[..., 0].mean(axis=0))
    assert panel.loss.view()[2] == 0


def test_the_gap_is_marked_at_the_fewest_and_the_most_and_said(panel: LearningPanel) -> None:
    report = measured(panel, session())
    first, last = (sum(row[k, 1] - row[k, 0] for row in report.losses) / 3 for k in (0, -1))
    assert [note.text() for note in panel.loss._notes] == [f"gap {number(first)}", f"gap {number(last)}"]
    x, y = panel.loss._rungs.getData()
    assert 10**x == pytest.approx([10, 10, 36, 36])
    means = report.losses.mean(axis=0)
    assert sorted(10 ** y[:2]) == pytest.approx(sorted(means[0]))
    assert sorted(10 ** y[2:]) == pytest.approx(sorted(means[-1]))
    assert f"gap {number(first)} at n = 10, {number(last)} at n = 36;" in panel.summary()


def test_ticks_are_the_sizes_and_now_is_marked(panel: LearningPanel) -> None:
    report = measured(panel, session())
    ticks = panel.loss.bottom.ticker(1, 2, 9)
    assert sorted(label for _, label in ticks) == sorted(str(n) for n in report.sizes)
    assert len(panel.loss.bottom.ticker(1, 2, 3)) <= 3
    assert [marker.label for marker in panel.loss._markers] == ["now"]
    assert panel.loss._places == pytest.approx([np.log10(36)])


def test_readings_tell_all_of_the_nearest_size(panel: LearningPanel) -> None:
    assert panel.reading(1, 0) == ""
    report = measured(panel, session())
    words = panel.reading(np.log10(report.sizes[2]) + 0.01, 0.0)
    assert words.startswith(f"n = {report.sizes[2]}\nloss ")
    assert "\ngap " in words
    assert "\naccuracy " in words


def test_a_regression_has_no_accuracy(panel: LearningPanel) -> None:
    measured(panel, session("regression"))
    assert panel.accuracy.isHidden()
    assert "accuracy" not in panel.reading(1, 0)
    measured(panel, session("binary"))
    assert not panel.accuracy.isHidden()


def test_progress_is_told_and_what_is_known_is_drawn(panel: LearningPanel) -> None:
    run, manual = gradual()
    show(panel, run)
    panel.start.click()
    show(panel, run)
    assert panel.waiting.text() == "Training on the fewest examples…"
    for _ in range(4):
        manual.finish()
        show(panel, run)
    assert "22 % done, " in panel.summary()
    assert " s left" in panel.summary()
    assert np.isfinite(panel.loss._means[0].getData()[1]).sum() == 4


def test_cancel_keeps_what_is_known(panel: LearningPanel) -> None:
    run, manual = gradual()
    show(panel, run)
    panel.start.click()
    show(panel, run)
    for _ in range(2):
        manual.finish()
        show(panel, run)
    assert panel.start.text() == "Cancel"
    panel.start.click()
    assert panel.needs() == frozenset()
    show(panel, run)
    assert "canceled when 11 % was done" in panel.summary()
    assert np.isfinite(panel.loss._means[0].getData()[1]).sum() == 2
    manual.finish()  # the one under way was called back, and none follows
    assert manual.jobs == []


def test_another_experiment_ends_it(panel: LearningPanel) -> None:
    run, _ = gradual()
    for _ in range(3):
        show(panel, run)
    panel.start.click()
    show(panel, run)
    show(panel, session())
    assert panel.needs() == frozenset()
    assert panel.waiting.text() == READY


def test_changed_settings_are_told_but_not_how_it_is_shown(panel: LearningPanel) -> None:
    run = session()
    measured(panel, run)
    assert "changed" not in panel.summary()
    for path, value, told in (("title", "Other", False), ("show.speed", 3.0, False), ("penalty.l2", 0.1, True)):
        assert run.send(Change(path, value)).accepted
        show(panel, run)
        assert ("settings have changed since" in panel.summary()) is told


def test_as_many_updates_as_now(panel: LearningPanel) -> None:
    run = session(steps=17)
    panel.as_now.setChecked(True)
    assert not panel.updates.isEnabled()
    show(panel, run)
    assert panel.updates.value() == 17
    run.advance(5)
    show(panel, run)
    assert panel.updates.value() == 22
    panel.as_now.setChecked(False)
    assert panel.updates.isEnabled()


def test_functions_have_nothing_to_learn_from(panel: LearningPanel) -> None:
    measured(panel, session())
    show(panel, function("himmelblau", 1))
    assert panel.summary() == f"Learning curves: {NO_EXAMPLES}"
    assert not panel.start.isEnabled()


def test_divergence_is_told(panel: LearningPanel) -> None:
    panel.updates.setValue(60)
    wild: dict[str, Any] = {"loss": "mse", "optimizer": {"kind": "sgd", "learning_rate": 1e6}}
    measured(panel, session(**wild))
    assert panel.waiting.text() == "Every training diverged; choose a smaller learning rate."


@pytest.mark.parametrize("name", PALETTES)
def test_every_theme_and_size(panel: LearningPanel, name: str) -> None:
    measured(panel, session())
    panel.show_palette(PALETTES[name], paused=True)
    for size in ((220, 130), (480, 300), (900, 700)):
        panel.resize(*size)
        assert not panel.grab().isNull()
