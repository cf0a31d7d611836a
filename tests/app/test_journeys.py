"""The two journeys of the program, and the point on the landscape, in the real window."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from gdexplorer.app.inputs import Slider
from gdexplorer.app.window import Window
from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change, MoveTo
from gdexplorer.panels.gradients import GradientsPanel
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.probes.gradients import GradientReport, LayerGradient
from tests.app.driver import Driver
from tests.panels.map_frames import move, press, release

RATE = "optimizer.learning_rate"
MOMENTUM = {"optimizer": {"kind": "momentum", "learning_rate": 0.05}}


# ---- the first journey: a slider ----


@pytest.fixture
def driver(window: Window, qtbot: QtBot) -> Driver:
    """Hands for a window in which no panel has shown anything yet."""
    return Driver(window, qtbot)


def handle(slider: QSlider) -> QPoint:
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    part = QStyle.SubControl.SC_SliderHandle
    return slider.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, slider).center()


def slider_of(driver: Driver) -> Slider:
    slider = driver.number(RATE).slider
    assert slider is not None
    return slider


def test_dragging_the_learning_rate_while_it_trains(driver: Driver) -> None:
    driver.open(MOMENTUM)
    applied = driver.watch()
    driver.train()
    slider = slider_of(driver)
    grip = handle(slider)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=grip)
    for away in (4, 9, 15):
        QTest.mouseMove(slider, grip + QPoint(away, 0))
        driver.train(5)
    shown = driver.number(RATE).field.text()
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=grip + QPoint(15, 0))
    driver.wait(lambda: driver.state.experiment.optimizer.learning_rate > 0.05)  # type: ignore[attr-defined]
    driver.train()
    asked = [one.command.value for one in applied if isinstance(one.command, Change)]
    assert len(asked) == len(applied) == 3
    assert 0.05 < asked[0] < asked[1] < asked[2]
    assert driver.state.experiment.optimizer.learning_rate == asked[-1]  # type: ignore[attr-defined]
    assert driver.number(RATE).field.text() == shown == f"{asked[-1]:.3g}"
    assert f"η {asked[-1]:.3g}" in driver.window.status._text.text()
    assert [marker.step for marker in driver.markers] == [one.step for one in applied]
    assert driver.markers[-1].label == f"η {asked[1]:.3g} → {asked[2]:.3g}"
    assert driver.markers[-1].label in driver.window.transport.timeline.accessibleDescription()
    for one in applied:  # neither the weights nor what the optimizer remembers moved
        np.testing.assert_array_equal(one.before.theta, one.after.theta)
        np.testing.assert_array_equal(one.before.slots.arrays["b"], one.after.slots.arrays["b"])
        assert np.any(one.after.slots.arrays["b"])
    assert driver.state.step > applied[-1].step > applied[0].step > 0


def test_the_keyboard_moves_the_learning_rate_too(driver: Driver) -> None:
    driver.open()
    driver.train()
    slider = slider_of(driver)
    driver.focus(slider)
    before = driver.state.experiment.optimizer.learning_rate  # type: ignore[attr-defined]
    QTest.keyClick(slider, Qt.Key.Key_Right)
    marker = driver.marked(f"η {before:.3g} → {float(driver.number(RATE).field.text()):.3g}")
    rate = driver.state.experiment.optimizer.learning_rate  # type: ignore[attr-defined]
    assert before < rate < 2 * before
    assert marker.step > 0
    assert driver.trainer.playing  # the arrow belonged to the slider, not to the run


def test_a_slider_in_the_hand_is_not_moved_by_what_comes_from_elsewhere(driver: Driver) -> None:
    driver.open()
    driver.train()
    slider = slider_of(driver)
    held = slider.sliderPosition()
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=handle(slider))
    driver.conductor.command(Change(RATE, 5.0))
    driver.marked("η 0.1 → 5")
    driver.train()
    assert slider.sliderPosition() == held
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=handle(slider))
    driver.wait(lambda: slider.sliderPosition() > held)
    assert driver.number(RATE).field.text() == "5"
    assert len(driver.markers) == 1


def test_a_field_that_is_typed_into_is_left_alone(driver: Driver) -> None:
    driver.open()
    driver.type(RATE, "0.0", key=None)
    driver.conductor.command(Change(RATE, 5.0))
    driver.marked("η 0.1 → 5")
    driver.train()
    field = driver.number(RATE).field
    assert field.text() == "0.0"
    QTest.keyClicks(field, "3")
    QTest.keyClick(field, Qt.Key.Key_Return)
    driver.marked("η 5 → 0.03")


# ---- the second journey: a gradient ----


def counted(elements: Array) -> tuple[list[int], list[int], int]:
    """Count the elements of a gradient one by one: below zero, above zero (a third of a decade each), zeros."""
    edges = [10 ** (k / 3) for k in range(-27, 10)]
    below, above, zeros = [0] * 36, [0] * 36, 0
    for element in elements.tolist():
        zeros += element == 0
        for k in range(36):
            if edges[k] <= abs(element) < edges[k + 1]:
                (above if element > 0 else below)[k] += 1
    return below, above, zeros


def drawn(panel: GradientsPanel) -> GradientReport:
    assert panel._report is not None
    return panel._report


def test_the_gradients_of_the_steps_are_drawn_as_they_are_made(driver: Driver) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open(speed=200)
    panel = driver.panel("gradients")
    assert isinstance(panel, GradientsPanel)
    driver.wait(lambda: panel._report is not None)
    steps = [drawn(panel).step]
    for _ in range(4):
        driver.wait(lambda: drawn(panel).step > steps[-1])
        steps.append(drawn(panel).step)
        assert drawn(panel).examples in (7, 3)  # batches of 24 examples: 7, 7, 7 and 3
    driver.rest()
    gradient, layout, step = driver.ask(
        lambda session: (
            session.run.state.slots[0].gradient.copy(),
            session.run.objective.layout,
            session.run.state.step,
        )
    )
    report = drawn(panel)
    assert report.step == step == driver.state.step
    assert report.norm == pytest.approx(np.sqrt(sum(g * g for g in gradient.tolist())), rel=1e-12)
    assert [layer.id for layer in report.layers] == ["h1", "h2", "output"]
    for layer in report.layers:
        block = layout.by_id[layer.id]
        below, above, zeros = counted(gradient[block.start : block.stop])
        assert (layer.negative.tolist(), layer.positive.tolist(), layer.zeros) == (below, above, zeros)
        assert layer.size == sum(below) + sum(above) + zeros + layer.tiny + layer.huge
    assert bars(panel) == sum(map(occupied, report.layers))


def occupied(layer: LayerGradient) -> int:
    return int(np.count_nonzero(layer.negative) + np.count_nonzero(layer.positive))


def bars(panel: GradientsPanel) -> int:
    """How many bars are really drawn."""
    return len(panel.histograms._bars.opts["x0"])


def test_a_panel_that_is_not_seen_is_not_measured(driver: Driver) -> None:
    driver.window.host.show_workspace("Landscape")
    driver.open(speed=500)
    driver.train(100)
    panel = driver.panel("gradients")
    assert isinstance(panel, GradientsPanel)
    assert panel._report is None
    driver.window.host.show_workspace("Gradients")
    driver.wait(lambda: panel._report is not None)


# ---- the point on the landscape ----


@pytest.mark.parametrize("playing", [False, True])
def test_dragging_the_point_moves_the_weights_once(driver: Driver, playing: bool) -> None:
    driver.window.host.show_workspace("Landscape")
    driver.open(MOMENTUM, speed=20)
    applied = driver.watch()
    panel = driver.panel("landscape")
    assert isinstance(panel, LandscapePanel)
    driver.train(10)
    driver.wait(lambda: panel._report is not None)
    if not playing:
        driver.rest()
    report = panel._report
    assert report is not None
    x, y = panel._dot.x(), panel._dot.y()
    x0, x1, y0, y1 = panel.plot.view()
    target = (0.7 * x0 + 0.3 * x1, 0.2 * y0 + 0.8 * y1)
    press(panel.plot, x, y)
    for part in (0.3, 0.6, 1.0):
        move(panel.plot, x + part * (target[0] - x), y + part * (target[1] - y))
        driver.wait(lambda: panel.grip.dragging)
    assert not applied
    release(panel.plot, *target)
    marker = driver.marked("moved")
    (one,) = applied
    assert isinstance(one.command, MoveTo)
    assert one.step == marker.step
    there, _ = report.surface.plane.project(one.after.theta[None])
    pixels = panel.plot.pixel(*there[0]) - panel.plot.pixel(*target)
    assert pixels.manhattanLength() <= 2
    assert not np.any(one.after.slots.arrays["b"])  # the optimizer starts afresh there
    log = driver.ask(lambda session: [command for _, command in session.log])
    assert log == [one.command]
    assert driver.trainer.playing == playing
    if playing:
        driver.train(10)
        assert driver.state.step > marker.step
    else:
        driver.settle()
        assert (panel._dot.x(), panel._dot.y()) == pytest.approx(tuple(there[0]))
        driver.press(Qt.Key.Key_Right)
        driver.wait(lambda: driver.state.step == marker.step + 1)


def test_a_press_beside_the_point_moves_nothing(driver: Driver) -> None:
    driver.window.host.show_workspace("Landscape")
    driver.open(playing=False)
    driver.settle()
    panel = driver.panel("landscape")
    assert isinstance(panel, LandscapePanel)
    x0, x1, y0, y1 = panel.plot.view()
    corner = (0.98 * x0 + 0.02 * x1, 0.98 * y0 + 0.02 * y1)
    press(panel.plot, *corner)
    move(panel.plot, 0.5 * (x0 + x1), 0.5 * (y0 + y1))
    release(panel.plot, 0.5 * (x0 + x1), 0.5 * (y0 + y1))
    assert driver.ask(lambda session: session.log) == []
