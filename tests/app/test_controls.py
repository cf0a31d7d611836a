from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app.choice import ChipsEditor, ChoiceEditor, SwitchEditor, TextEditor
from gdexplorer.app.controls import Controls
from gdexplorer.app.editor import Editor
from gdexplorer.app.layers import LayersEditor
from gdexplorer.app.number import NumberEditor
from gdexplorer.app.offers import TABLES
from gdexplorer.app.paths import BUGS
from gdexplorer.app.scale import show_number
from gdexplorer.data import FEATURES
from gdexplorer.fields import describe
from gdexplorer.lab import experiments
from gdexplorer.lab.changes import changed
from gdexplorer.lab.commands import NETWORK, Change, Reinitialize, Solve
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment

ELSEWHERE = {  # said by the file, the menus and the transport, or by the layers' own control
    "title", "commentary", "show.speed", "show.invitation",
    "show.offers", "network.start", "show.order", "show.workspace", "network.layers", "rivals",
    "problem.discriminator",
    "data.table",
}  # fmt: skip
EIGHT = (
    "problem.kind", "data.kind", "network.layers", "network.activation", "optimizer.kind", "optimizer.learning_rate",
    "training.batch_size", "network.initializer.kind",
)  # fmt: skip


@pytest.fixture
def controls(qtbot: QtBot) -> Controls:
    made = Controls(CATALOGUE)
    qtbot.addWidget(made)
    made.resize(310, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


def frame_of(of: Experiment) -> Frame:
    return Session(of, CATALOGUE).frame()


def show(controls: Controls, of: Experiment) -> None:
    """Show an experiment, and let Qt lay out what came with it."""
    controls.show_frame(frame_of(of))
    QApplication.processEvents()


def settings(group: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting of an experiment with its path."""
    for name, value in group:
        if name == "kind" and prefix:
            yield f"{prefix}kind", value
        elif isinstance(value, BaseModel):
            yield from settings(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def shown(editor: Editor) -> Any:
    """What a control shows, as a person reads it."""
    match editor:
        case NumberEditor():
            return editor.field.text()
        case ChoiceEditor():
            return editor.combo.currentText()
        case SwitchEditor():
            return editor.box.isChecked()
        case TextEditor():
            return editor.field.text()
        case ChipsEditor():
            return tuple(chip.text() for chip in editor.chips if chip.isChecked())
        case LayersEditor():
            return tuple(
                {"id": row.layer["id"], "kind": row._kind.name,
                 **{name: spin.value() for name, spin in row.spins.items()},
                 **{detail.path: shown(detail) for detail in row.details},
                 **({} if row.combo is None else {"activation": row.combo.currentText()})}
                for row in editor.rows
            )  # fmt: skip
    raise TypeError(type(editor))


def expected(path: str, value: Any) -> Any:
    """How a value is written: numbers with three digits, names by their labels."""
    group = path.removesuffix(".kind")
    if path == "data.kind":
        return CATALOGUE.sources[value].label
    if group in TABLES and path.endswith(".kind"):
        return getattr(CATALOGUE, TABLES[group])[value].label
    if path == "data.features":
        return tuple(feature.label for feature in FEATURES if feature.name in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return show_number(value)


def layer_as_shown(layer: Any) -> dict[str, Any]:
    """Numbers that are not whole and choices stand in editors, whole numbers in spin boxes unless folded away."""
    described = {d.name: d for d in describe(type(layer))}
    values = dict(layer)
    for name, value in values.items():
        if name == "activation":
            values[name] = CATALOGUE.activations[value.kind].label
        elif name in described and (described[name].annotation is not int or described[name].more):
            values[name] = show_number(value) if isinstance(value, int | float) else str(value).replace("_", " ")
    return values


@pytest.mark.parametrize("name", experiments.names())
def test_every_setting_of_every_experiment_is_reachable_and_shown(controls: Controls, name: str) -> None:
    of = experiments.load(name, CATALOGUE)
    show(controls, of)
    for path, value in settings(of):
        if path not in ELSEWHERE:
            assert shown(controls._editors[path]) == expected(path, value), path
    layers = tuple(layer_as_shown(layer) for layer in of.network.layers)
    assert shown(controls._editors["network.layers"]) == layers
    if (other := getattr(of.problem, "discriminator", None)) is not None:
        assert shown(controls._editors["problem.discriminator"]) == tuple(map(layer_as_shown, other))
    texts = {one.text() for one in controls.findChildren(QLabel)}
    assert {of.title, of.commentary} <= texts


def test_the_commentary_is_not_told_of_something_else(controls: Controls) -> None:
    of = experiments.load("himmelblau", CATALOGUE)
    controls.begin(of)
    texts = controls._commentary
    other = changed(of, "problem.kind", "network", CATALOGUE)[0]
    for one, seen in ((of, True), (other, False), (changed(other, "data.kind", "rings", CATALOGUE)[0], False),
                      (changed(of, "optimizer.learning_rate", 0.02, CATALOGUE)[0], True)):  # fmt: skip
        show(controls, one)
        assert texts.isVisible() is seen
        assert texts.text() == (of.commentary if seen else "")


def test_eight_controls_are_in_view_and_the_others_under_more(controls: Controls) -> None:
    show(controls, experiment())
    visible = {path for path, editor in controls._editors.items() if editor.isVisible()}
    assert visible == set(EIGHT)
    assert controls.redraw_button.isVisible()
    QTest.mouseClick(controls.more.header, Qt.MouseButton.LeftButton)
    hidden = {path for path, editor in controls._editors.items() if not editor.isVisible()}
    assert hidden == set(BUGS[1:]), "the bug lab is closed"


def test_every_control_has_a_tooltip_a_name_and_fits_the_width(controls: Controls) -> None:
    QTest.mouseClick(controls.more.header, Qt.MouseButton.LeftButton)
    show(controls, experiment({"optimizer": {"kind": "nadam"}}))
    for path, editor in controls._editors.items():
        proxy: QWidget = editor.focusProxy() or editor
        if path != "network.layers":
            assert editor.toolTip(), path
            assert proxy.accessibleName(), path
        assert editor.width() <= controls.viewport().width(), path


def test_showing_a_frame_never_emits(controls: Controls) -> None:
    spy = QSignalSpy(controls.commanded)
    for name in ("first", "digits", "sine", "line", "momentum", "moons"):
        show(controls, experiments.load(name, CATALOGUE))
    assert spy.count() == 0


@pytest.mark.parametrize("kind", CATALOGUE.optimizers)
def test_an_optimizer_brings_its_own_knobs(controls: Controls, kind: str) -> None:
    whole = experiment({"training.batch_size": 1000})  # for those that refuse mini-batches
    show(controls, whole)
    of, _ = changed(whole, "optimizer.kind", kind, CATALOGUE)
    show(controls, of)
    wanted = {f"optimizer.{d.name}" for d in describe(type(of.optimizer))} | {"optimizer.kind"}
    assert {path for path in controls._editors if path.startswith("optimizer.")} == wanted
    for path in wanted - {"optimizer.kind"}:
        assert shown(controls._editors[path]) == expected(path, getattr(of.optimizer, path.split(".")[1]))


def test_a_function_has_a_start_and_no_network(controls: Controls) -> None:
    of, _ = changed(experiment(), "problem.kind", "himmelblau", CATALOGUE)
    show(controls, of)
    visible = {path for path, editor in controls._editors.items() if editor.isVisible()}
    assert visible == {"problem.kind", "problem.x", "problem.y", "optimizer.kind", "optimizer.learning_rate"}
    assert not controls.redraw_button.isVisible()
    show(controls, experiment())
    assert {path for path, editor in controls._editors.items() if editor.isVisible()} == set(EIGHT)
    assert controls.redraw_button.isVisible()


def test_a_function_has_a_schedule_and_clipping_but_no_batches(controls: Controls) -> None:
    QTest.mouseClick(controls.more.header, Qt.MouseButton.LeftButton)
    of, _ = changed(experiment({"training.schedule": "step"}), "problem.kind", "himmelblau", CATALOGUE)
    show(controls, of)
    training = {path: editor.isVisible() for path, editor in controls._editors.items() if path.startswith("training.")}
    assert not training.pop("training.batch_size")
    assert len(training) == 10
    assert all(training.values())
    assert controls.schedule.curve.isVisible()


@pytest.mark.parametrize(
    ("problem", "has"),
    [("network", set(BUGS)), ("himmelblau", {"bugs.wrong_sign", "bugs.no_bias_correction"})],
)
def test_the_bug_lab_opens_and_shows_the_bugs_there_are(controls: Controls, problem: str, has: set[str]) -> None:
    QTest.mouseClick(controls.more.header, Qt.MouseButton.LeftButton)
    for is_open in (False, True, False):
        of, _ = changed(experiment({"bugs": {"lab": is_open}}), "problem.kind", problem, CATALOGUE)
        show(controls, of)
        seen = {path for path, editor in controls._editors.items() if path in BUGS and editor.isVisible()}
        assert seen == {"bugs.lab"} | (has if is_open else set())


def test_a_line_can_be_solved_and_a_network_cannot(controls: Controls) -> None:
    show(controls, experiment())
    assert not controls.solve_button.isVisible()
    show(controls, experiments.load("line", CATALOGUE))
    spy = QSignalSpy(controls.commanded)
    QTest.mouseClick(controls.solve_button, Qt.MouseButton.LeftButton)
    assert spy.at(0) == [Solve()]


def test_layers_that_differ_are_called_mixed_and_no_layers_need_no_activation(controls: Controls) -> None:
    of, _ = changed(experiment(), "network.layers.h2.activation", "relu", CATALOGUE)
    show(controls, of)
    combo = controls._editors["network.activation"].combo  # type: ignore[attr-defined]
    assert combo.currentText() == ""
    assert combo.placeholderText() == "mixed"
    bare, _ = changed(of, "network.layers", (), CATALOGUE)
    show(controls, bare)
    assert not controls._editors["network.activation"].isVisible()


def test_data_that_is_not_two_dimensional_has_no_features_to_choose(controls: Controls) -> None:
    QTest.mouseClick(controls.more.header, Qt.MouseButton.LeftButton)
    for name, there in (("moons", True), ("sine", False), ("digits", False)):
        show(controls, experiments.load(name, CATALOGUE))
        assert controls._editors["data.features"].isVisible() == there


def test_what_a_hand_does_becomes_a_command(controls: Controls) -> None:
    show(controls, experiment())
    sent: list[Any] = []
    controls.commanded.connect(sent.append)
    field = controls._editors["optimizer.learning_rate"].field  # type: ignore[attr-defined]
    field.selectAll()
    QTest.keyClicks(field, "0,25")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert sent == [Change("optimizer.learning_rate", 0.25)]
    sent.clear()
    QTest.mouseClick(controls.redraw_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(controls.redraw_button, Qt.MouseButton.LeftButton)
    layers = controls._editors["network.layers"]
    assert isinstance(layers, LayersEditor)
    QTest.mouseClick(layers.rows[1].dice, Qt.MouseButton.LeftButton)
    assert [type(command) for command in sent] == [Reinitialize] * 3
    assert [command.scope for command in sent] == [NETWORK, NETWORK, "h2"]
    assert len({command.seed for command in sent}) == 3


def test_a_held_control_is_left_alone_and_the_others_follow(controls: Controls) -> None:
    show(controls, experiment())
    editor = controls._editors["optimizer.learning_rate"]
    assert isinstance(editor, NumberEditor)
    assert editor.slider is not None
    editor.slider.setSliderDown(True)
    of = experiment({"optimizer": {"kind": "sgd", "learning_rate": 3.0}, "training.batch_size": 5})
    show(controls, of)
    assert editor.field.text() == "0.1"
    assert shown(controls._editors["training.batch_size"]) == "5"
    editor.slider.setSliderDown(False)
    show(controls, of)
    assert editor.field.text() == "3"


def test_a_refusal_stands_under_its_control_until_the_next_value(controls: Controls) -> None:
    show(controls, experiment())
    controls.complain("optimizer.learning_rate", "Learning rate must be positive.")
    editor = controls._editors["optimizer.learning_rate"]
    assert editor.problem == "Learning rate must be positive."
    assert editor._error.isVisible()
    controls.complain("no.such.path", "Nobody asked.")
    show(controls, experiment({"optimizer": {"kind": "sgd", "learning_rate": 0.3}}))
    assert not editor.problem


def test_settings_that_draw_weights_anew_say_so_before(controls: Controls) -> None:
    show(controls, experiment())
    for path, editor in controls._editors.items():
        if editor.description is not None:
            caption = " ".join(one.text() for one in editor.findChildren(QLabel))
            assert ("↻" in caption) == (not editor.description.live), path
            assert ("draws weights anew" in editor.toolTip()) == (not editor.description.live), path


def test_a_gan_has_two_networks_and_no_data(controls: Controls) -> None:
    show(controls, experiments.load("gan-ring", CATALOGUE))
    QTest.mouseClick(controls.more.header, Qt.MouseButton.LeftButton)
    visible = {path for path, editor in controls._editors.items() if editor.isVisible()}
    assert {"network.layers", "problem.discriminator", "problem.generator_steps", "training.batch_size",
            "network.initializer.kind", "network.precision", "network.activation"} <= visible  # fmt: skip
    assert not {"data.kind", "loss.kind", "penalty.l2", "network.output.kind"} & visible
    assert controls.redraw_button.isVisible()
    texts = {one.text() for one in controls.findChildren(QLabel) if one.isVisible()}
    assert {"Generator’s layers", "Discriminator’s layers"} <= texts
    sent = QSignalSpy(controls.commanded)
    for path, id in (("network.layers", "G.h2"), ("problem.discriminator", "D.h2")):
        layers = controls._editors[path]
        assert isinstance(layers, LayersEditor)
        layers.rows[1].dice.click()
        command = sent.at(sent.count() - 1)[0]
        assert isinstance(command, Reinitialize)
        assert command.scope == id
    show(controls, experiment())
    assert "Generator’s layers" not in {one.text() for one in controls.findChildren(QLabel) if one.isVisible()}


def test_a_game_of_two_numbers_has_no_network(controls: Controls) -> None:
    show(controls, experiments.load("dirac-gan", CATALOGUE))
    visible = {path for path, editor in controls._editors.items() if editor.isVisible()}
    assert {"problem.criterion", "problem.gamma", "problem.updates", "problem.x"} <= visible
    assert not {"network.layers", "training.batch_size", "data.kind"} & visible


def test_there_is_nothing_before_there_is_an_experiment(controls: Controls) -> None:
    assert not controls.redraw_button.isVisible()
    show(controls, experiment())
    assert controls.redraw_button.isVisible()


def test_a_choice_without_knobs_leaves_no_gap(controls: Controls) -> None:
    show(controls, experiment())
    problem, data = (controls._editors[path] for path in ("problem.kind", "data.kind"))
    assert data.y() - problem.geometry().bottom() - 1 == controls.column.spacing()
