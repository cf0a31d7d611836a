"""Bad input in the window: one plain sentence each, and nothing is lost."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gdexplorer.lab.experiments import dump
from gdexplorer.lab.state import Health
from tests.app.driver import Driver
from tests.builders import experiment

RATE = "optimizer.learning_rate"
DIVERGES = {"loss": {"kind": "half_mse"}, "network.layers": [{"id": "h1", "units": 5, "activation": "tanh"}]}


def one_sentence(text: str) -> bool:
    return "\n" not in text and "Traceback" not in text and len(text) < 500 and text[-1] in ".?"


@pytest.mark.parametrize(("text", "wrong"), [
    ("-1", "between 0 and"), ("0", "greater than 0"), ("1e9", "between 0 and"), ("ten", "is not a number"),
    ("", "Type a number"), ("nan", "finite"), ("1e999", "finite"),
])  # fmt: skip
def test_a_number_that_cannot_be_is_complained_about_under_its_field(driver: Driver, text: str, wrong: str) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open()
    driver.train()
    editor = driver.number(RATE)
    if text:
        driver.type(RATE, text)
    else:
        driver.focus(editor.field)
        editor.field.selectAll()
        driver.press(Qt.Key.Key_Delete)
        driver.press(Qt.Key.Key_Return)
    driver.wait(lambda: editor.problem)
    assert wrong in editor.problem
    assert one_sentence(editor.problem)
    assert editor._error.isVisible()
    driver.train()
    assert driver.state.experiment.optimizer.learning_rate == 0.1  # type: ignore[attr-defined]
    assert not driver.markers
    driver.type(RATE, "0.2")
    driver.marked("η 0.1 → 0.2")
    driver.wait(lambda: not editor.problem)


def test_what_only_the_trainer_can_refuse_is_told_under_the_control_and_in_the_status_line(driver: Driver) -> None:
    """Cross-entropy takes logits: the output activation must stay linear."""
    driver.window.host.show_workspace("Gradients")
    driver.show_more()
    driver.open()
    driver.train()
    driver.pick("network.output.kind", "tanh")
    editor = driver.editor("network.output.kind")
    driver.wait(lambda: editor.problem)
    assert one_sentence(editor.problem)
    assert driver.status == editor.problem
    assert "must be linear" in editor.problem
    driver.train()
    assert driver.trainer.playing
    assert driver.state.experiment.network.output.kind == "linear"  # type: ignore[attr-defined]
    assert editor.combo.currentText() == "linear"  # type: ignore[attr-defined]
    assert not driver.markers


def unknown_name(folder: Path) -> Path:
    return written(folder, dump(experiment()).replace('"tanh"', '"tanhh"'))


def unknown_setting(folder: Path) -> Path:
    return written(folder, "colour = 3\n" + dump(experiment()))


def out_of_bounds(folder: Path) -> Path:
    return written(folder, dump(experiment()).replace("learning_rate = 0.1", "learning_rate = -0.1"))


def wrong_type(folder: Path) -> Path:
    return written(folder, dump(experiment()).replace("batch_size = 7", 'batch_size = "many"'))


def no_toml(folder: Path) -> Path:
    return written(folder, "title = \n")


def that_cannot_be(folder: Path) -> Path:
    return written(folder, dump(experiment()).replace('kind = "moons"', 'kind = "digits"'))


def missing(folder: Path) -> Path:
    return folder / "none.toml"


def missing_session(folder: Path) -> Path:
    return folder / "none.gdx"


def a_folder(folder: Path) -> Path:
    (folder / "is.toml").mkdir()
    return folder / "is.toml"


def damaged(folder: Path) -> Path:
    path = folder / "damaged.gdx"
    path.write_bytes(b'\x10\x00\x00\x00\x00\x00\x00\x00{"theta": nonsense')
    return path


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return path


BAD: dict[Callable[[Path], Path], str] = {
    unknown_name: "did you mean 'tanh'?",
    unknown_setting: "colour",
    out_of_bounds: "learning_rate",
    wrong_type: "batch_size",
    no_toml: "no valid TOML",
    that_cannot_be: "cannot learn the data set 'digits'",
    missing: "no experiment or file",
    missing_session: "none.gdx",
    a_folder: "no experiment or file",
    damaged: "damaged",
}


@pytest.mark.parametrize(("make", "words"), BAD.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_file_that_cannot_be_opened_leaves_the_run_alone(
    driver: Driver, tmp_path: Path, make: Callable[[Path], Path], words: str
) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open()
    driver.train()
    trainer, session = driver.trainer, driver.ask(lambda session: session)
    assert not driver.conductor.open_path(str(make(tmp_path)))
    assert words in driver.status
    assert one_sentence(driver.status)
    assert driver.trainer is trainer
    assert driver.ask(lambda session: session) is session
    driver.train()
    assert driver.trainer.playing


def test_a_session_cut_short_is_refused_and_the_run_goes_on(driver: Driver, tmp_path: Path) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open()
    driver.train()
    path = tmp_path / "run.gdx"
    driver.conductor.save(str(path))
    driver.wait(path.is_file)
    path.write_bytes(path.read_bytes()[:-100])
    assert not driver.conductor.open_path(str(path))
    assert one_sentence(driver.status)
    driver.train()


def test_a_folder_that_cannot_be_written_to_is_told_and_the_run_goes_on(driver: Driver, tmp_path: Path) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open()
    driver.conductor.save(str(tmp_path / "none" / "run"))
    driver.wait(lambda: "could not be saved" in driver.status)
    assert "run.gdx" in driver.status
    assert one_sentence(driver.status)
    driver.train()
    assert driver.trainer.playing


def test_a_learning_rate_that_diverges_pauses_the_run_and_loses_nothing(driver: Driver) -> None:
    driver.open(DIVERGES, playing=False, speed=300)
    driver.type(RATE, "1e6")
    driver.marked("η 0.1 → 1e+06")
    driver.conductor.play(True)
    driver.wait(lambda: driver.state.status.health is Health.DIVERGED)
    driver.wait(lambda: not driver.trainer.playing)
    driver.settle()
    state = driver.state
    assert state.status.layer in state.layers
    narrator = driver.window.narrator
    driver.wait(lambda: narrator.text.text().startswith(f"Stopped before update {state.step + 1:,}"))
    words = narrator.text.text()
    assert f"layer {state.status.layer}" in words
    assert state.status.reason in words
    assert driver.markers[-1].label == "non-finite"
    assert driver.window.transport.play_button.accessibleName() == "Play"
    assert np.isfinite(driver.ask(lambda session: session.run.state.theta.copy())).all()
    driver.press(Qt.Key.Key_Right)  # nothing can be made of it as it is
    assert driver.ask(lambda session: session.run.state.step) == state.step
    driver.type(RATE, "0.01")
    driver.marked("η 1e+06 → 0.01")
    driver.conductor.play(True)
    driver.train()
    assert driver.state.status.health is Health.FINE
    driver.wait(lambda: not narrator.text.text().startswith("Stopped"))


def test_new_weights_heal_a_run_that_diverged(driver: Driver) -> None:
    driver.open(DIVERGES | {"optimizer": {"kind": "sgd", "learning_rate": 1e6}})
    driver.wait(lambda: driver.state.status.health is Health.DIVERGED and not driver.trainer.playing)
    driver.type(RATE, "0.1")
    driver.click(driver.window.controls.redraw_button)
    driver.marked("new weights")
    driver.conductor.play(True)
    driver.train(200)
    assert driver.state.status.health is Health.FINE
    curves = driver.frame.lane.history.curves[-1]
    assert curves[-1, 1] < 1
