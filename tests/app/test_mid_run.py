"""Every change that can be made while it trains, made with the window's own controls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.state import Health
from gdexplorer.panels.curves import CurvesPanel
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.app.driver import Applied, Driver, Kept

MOMENTUM = {"optimizer": {"kind": "momentum", "learning_rate": 0.05}}


@pytest.fixture
def workspace() -> str:
    return "Gradients"  # no surface, for these tests do not look at it


@pytest.fixture
def driver(driver: Driver) -> Driver:
    driver.show_more()
    return driver


def remembers(kept: Kept) -> bool:
    return any(np.any(array) for array in kept.slots.arrays.values())


def same_slots(one: Applied) -> None:
    before, after = (kept.slots.saved() for kept in (one.before, one.after))
    assert before[0].keys() == after[0].keys()
    for name, array in before[0].items():
        np.testing.assert_array_equal(array, after[0][name], name)
    assert remembers(one.before)


def fresh_slots(one: Applied) -> None:
    assert remembers(one.before)
    assert not remembers(one.after)


def same_weights(one: Applied) -> None:
    np.testing.assert_array_equal(one.before.theta, one.after.theta)


def all_kept(one: Applied) -> None:
    same_weights(one)
    same_slots(one)


def optimizer_fresh(one: Applied) -> None:
    same_weights(one)
    fresh_slots(one)


def all_redrawn(one: Applied) -> None:
    for block in one.before.layout.blocks:
        assert not np.isclose(one.before.block(block.id)[:, :-1], one.after.block(block.id)[:, :-1]).any()
    fresh_slots(one)


def only_h1_redrawn(one: Applied) -> None:
    assert not np.isclose(one.before.block("h1")[:, :-1], one.after.block("h1")[:, :-1]).any()
    for id in ("h2", "output"):
        np.testing.assert_array_equal(one.before.block(id), one.after.block(id))
    fresh_slots(one)


def blocks_kept(*ids: str) -> Callable[[Applied], None]:
    def check(one: Applied) -> None:
        for id in ids:
            np.testing.assert_array_equal(one.before.block(id), one.after.block(id), id)
        fresh_slots(one)

    return check


def overlap(before: Array, after: Array) -> None:
    """The rows and columns that both have are equal, and the biases of those rows; the others are drawn."""
    rows, columns = (min(sizes) for sizes in zip(before.shape, after.shape, strict=True))
    np.testing.assert_array_equal(before[:rows, : columns - 1], after[:rows, : columns - 1])
    np.testing.assert_array_equal(before[:rows, -1], after[:rows, -1])


def h1_resized(one: Applied) -> None:
    assert one.after.block("h1").shape == (7, 3)
    for id in ("h1", "h2", "output"):
        overlap(one.before.block(id), one.after.block(id))
    np.testing.assert_array_equal(one.before.block("output"), one.after.block("output"))
    assert np.abs(one.after.block("h1")[5:, :-1]).min() > 0
    fresh_slots(one)


def h2_removed(one: Applied) -> None:
    np.testing.assert_array_equal(one.before.block("h1"), one.after.block("h1"))
    overlap(one.before.block("output"), one.after.block("output"))
    fresh_slots(one)


def feature_added(one: Applied) -> None:
    before, after = one.before.block("h1"), one.after.block("h1")
    assert after.shape == (5, 4)
    np.testing.assert_array_equal(before[:, [0, 1, 2]], after[:, [0, 1, 3]])
    for id in ("h2", "output"):
        np.testing.assert_array_equal(one.before.block(id), one.after.block(id))


def rounded(one: Applied) -> None:
    assert one.after.theta.dtype == np.float32
    np.testing.assert_array_equal(one.before.theta.astype(np.float32), one.after.theta)


def inputs_changed(one: Applied) -> None:
    """Digits have 64 inputs and 10 classes: h2 fits, the others overlap."""
    np.testing.assert_array_equal(one.before.block("h2"), one.after.block("h2"))
    assert one.after.block("output").shape == (10, 5)
    np.testing.assert_array_equal(one.before.block("output")[0], one.after.block("output")[0])
    assert one.after.block("h1").shape == (5, 65)


@dataclass(frozen=True)
class Case:
    """What a hand does, the marker it leaves, where the setting stands then, and what is kept."""

    act: Callable[[Driver], Any]
    label: str
    path: str = ""
    value: Any = None
    check: Callable[[Applied], None] = all_kept
    breaks: bool = False
    start: dict[str, Any] = field(default_factory=lambda: MOMENTUM)


RELU = {"kind": "relu"}
CASES = {
    "activation of the network": Case(
        lambda d: d.pick("network.activation", "ReLU"), "activation → ReLU", "network.layers.1.activation", RELU
    ),
    "activation of a layer": Case(
        lambda d: d.choose(d.row("h1").combo, "ReLU"), "h1 → ReLU", "network.layers.0.activation", RELU
    ),
    "learning rate": Case(
        lambda d: d.type("optimizer.learning_rate", "0.02"), "η 0.05 → 0.02", "optimizer.learning_rate", 0.02
    ),
    "batch size": Case(lambda d: d.type("training.batch_size", "12"), "B 7 → 12", "training.batch_size", 12),
    "schedule": Case(
        lambda d: d.pick("training.schedule.kind", "cosine"), "schedule → cosine", "training.schedule.kind", "cosine"
    ),
    "a knob of the schedule": Case(
        lambda d: d.type("training.schedule.length", "900"), "T 300 → 900", "training.schedule.length", 900,
        start={**MOMENTUM, "training.schedule": {"kind": "cosine", "length": 300}},
    ),
    "clipping": Case(lambda d: d.pick("training.clip", "value"), "clipping → value", "training.clip", "value"),
    "threshold of clipping": Case(
        lambda d: d.type("training.clip_threshold", "0.1"), "c 1 → 0.1", "training.clip_threshold", 0.1,
        start={**MOMENTUM, "training.clip": "norm"},
    ),
    "optimizer": Case(
        lambda d: d.pick("optimizer.kind", "Adam"), "optimizer → Adam", "optimizer.kind", "adam", optimizer_fresh
    ),
    "a knob of the optimizer": Case(
        lambda d: d.type("optimizer.momentum", "0.5"), "μ 0.9 → 0.5", "optimizer.momentum", 0.5
    ),
    "L1": Case(lambda d: d.type("penalty.l1", "0.01"), "λ₁ 0 → 0.01", "penalty.l1", 0.01),
    "L2": Case(lambda d: d.type("penalty.l2", "0.1"), "λ₂ 0 → 0.1", "penalty.l2", 0.1),
    "penalized biases": Case(lambda d: d.switch("penalty.biases"), "penalize biases on", "penalty.biases", True),
    "noise": Case(lambda d: d.type("data.noise", "0.3"), "σ 0.05 → 0.3", "data.noise", 0.3, breaks=True),
    "scaling": Case(
        lambda d: d.pick("data.scaling", "standardize"), "scaling → standardize", "data.scaling", "standardize",
        breaks=True,
    ),
    "amount of data": Case(
        lambda d: d.type("data.amount", "90"), "examples 40 → 90", "data.amount", 90, breaks=True
    ),
    "training share": Case(
        lambda d: d.type("data.train_share", "0.8"), "training share 0.6 → 0.8", "data.train_share", 0.8, breaks=True
    ),
    "data of the same shape": Case(
        lambda d: d.pick("data.kind", "Rings"), "data → Rings", "data.kind", "rings", breaks=True
    ),
    "data of another shape": Case(
        lambda d: d.pick("data.kind", "Handwritten digits"),
        "data → Handwritten digits, loss → softmax cross-entropy", "data.kind", "digits", inputs_changed, breaks=True,
    ),
    "input features": Case(
        lambda d: d.toggle("data.features", ["x²"]), "input features → x, y, x2", "data.features", ("x", "y", "x2"),
        feature_added,
    ),
    "loss": Case(lambda d: d.pick("loss.kind", "½ MSE"), "loss → ½ MSE", "loss.kind", "half_mse", breaks=True),
    "output activation": Case(
        lambda d: d.pick("network.output.kind", "tanh"), "output → tanh", "network.output.kind", "tanh",
        start={**MOMENTUM, "loss": {"kind": "mse"}},
    ),
    "precision": Case(
        lambda d: d.pick("network.precision", "float32"), "precision → float32", "network.precision", "float32",
        rounded,
    ),
    "initializer": Case(
        lambda d: d.pick("network.initializer.kind", "zeros"), "initializer → zeros", "network.initializer.kind",
        "zeros",
    ),
    "all weights": Case(lambda d: d.click(d.window.controls.redraw_button), "new weights", check=all_redrawn),
    "weights of a layer": Case(lambda d: d.click(d.row("h1").dice), "new weights in h1", check=only_h1_redrawn),
    "a layer more": Case(
        lambda d: d.click(d.layers.add_button), "layers 5-4-4", check=blocks_kept("h1", "h2", "output")
    ),
    "a layer less": Case(lambda d: d.click(d.row("h2").cross), "layers 5", check=h2_removed),
    "a larger layer": Case(
        lambda d: (d.units("h1").setFocus(), d.units("h1").selectAll(), QTest.keyClicks(d.units("h1"), "7"),
                   QTest.keyClick(d.units("h1"), Qt.Key.Key_Return)),
        "units 5 → 7", "network.layers.0.units", 7, h1_resized,
    ),
}  # fmt: skip


def setting(experiment: Any, path: str) -> Any:
    for part in path.split("."):
        experiment = experiment[int(part)] if part.isdigit() else getattr(experiment, part)
    return experiment.model_dump() if hasattr(experiment, "model_dump") else experiment


@pytest.mark.parametrize("name", CASES)
def test_a_change_while_it_trains(driver: Driver, name: str) -> None:
    case = CASES[name]
    driver.open(case.start, speed=1000)
    applied = driver.watch()
    driver.train()
    case.act(driver)
    marker = driver.marked(case.label)
    assert [one.reply.accepted for one in applied] == [True]
    (one,) = applied
    assert one.step == marker.step > 0
    assert marker.breaks == case.breaks
    if case.path:
        assert setting(driver.state.experiment, case.path) == case.value
        assert isinstance(one.command, Change)
    else:
        assert isinstance(one.command, Reinitialize | Change)
    case.check(one)
    driver.train(50)  # and it goes on from there
    assert driver.trainer.playing
    assert driver.state.status.health is Health.FINE
    curves = driver.panel("curves")
    assert isinstance(curves, CurvesPanel)
    driver.wait(lambda: case.label in curves.summary())


def test_the_controls_show_what_is_so_after_every_change(driver: Driver) -> None:
    """A new data set brings its own noise and a loss that fits; a new optimizer its own knobs."""
    driver.open()
    driver.train()
    driver.pick("data.kind", "Handwritten digits")
    driver.pick("optimizer.kind", "Adam")
    driver.marked("optimizer → Adam")
    driver.rest()
    experiment = driver.state.experiment
    for path in ("data.amount", "data.noise", "optimizer.learning_rate", "optimizer.beta1", "optimizer.beta2"):
        assert float(driver.number(path).field.text()) == pytest.approx(setting(experiment, path), rel=5e-3), path
    assert driver.editor("loss.kind").combo.currentText() == "softmax cross-entropy"  # type: ignore[attr-defined]
    assert not driver.editor("data.features").isVisible()


def test_an_id_is_not_given_to_another_layer(driver: Driver) -> None:
    driver.open()
    driver.click(driver.row("h2").cross)
    driver.marked("layers 5")
    driver.wait(lambda: len(driver.layers.rows) == 1)
    driver.click(driver.layers.add_button)
    driver.marked("layers 5-5")
    first, second, last = driver.state.layers
    assert (first, last) == ("h1", "output")
    assert second not in ("h1", "h2")


def test_an_update_to_pause_at_that_is_changed_holds(driver: Driver) -> None:
    driver.open(speed=2)  # slow, so that the update is typed before it is reached
    driver.train(1)
    target = driver.state.step + 60
    driver.type("show.pause_at", str(target))
    assert driver.steps < target  # the thread answers after the change has reached it
    driver.conductor.set_speed(FLAT_OUT)
    driver.wait(lambda: not driver.trainer.playing)
    driver.settle()
    assert driver.state.step == target
    assert not driver.markers  # how it is shown is no part of what is learned
