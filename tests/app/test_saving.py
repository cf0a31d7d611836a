"""Opening and saving files in the real window."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from gdexplorer.app.saving import Saving
from gdexplorer.lab import archive, experiments
from gdexplorer.lab.commands import Change
from tests.app.driver import Driver
from tests.builders import CATALOGUE, experiment


@pytest.fixture
def hands(driver: Driver) -> Iterator[Driver]:
    driver.window.host.show_workspace("Gradients")
    driver.window.saving.recent.clear()
    driver.open(playing=False)
    yield driver
    for dialog in driver.window.findChildren(QFileDialog):
        dialog.reject()


def saving(hands: Driver) -> Saving:
    return hands.window.saving


def trigger(hands: Driver, text: str) -> None:
    next(action for action in hands.window.actions() if action.text() == text).trigger()


def choose(hands: Driver, path: Path) -> QFileDialog:
    """Type a file's name into the dialog that is open."""
    (dialog,) = [dialog for dialog in hands.window.findChildren(QFileDialog) if dialog.isVisible()]
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    return dialog


def wait_for(hands: Driver, words: str) -> None:
    hands.wait(lambda: any(words in said for said in [*hands.said, hands.status]))
    hands.said.clear()
    hands.window.status.clearMessage()


def change(hands: Driver, rate: float) -> None:
    """Do something that would be lost."""
    hands.conductor.command(Change("optimizer.learning_rate", rate))
    hands.wait(lambda: hands.state.experiment.optimizer.learning_rate == rate)  # type: ignore[union-attr]


def rates(path: Path) -> list[object]:
    return [command.value for _, command in archive.load(path, CATALOGUE).log if isinstance(command, Change)]


def test_saving_asks_once_then_goes_to_the_same_file(hands: Driver, tmp_path: Path) -> None:
    path = tmp_path / "run.gdx"
    change(hands, 0.3)
    assert hands.window.isWindowModified()
    trigger(hands, "&Save")
    choose(hands, tmp_path / "run")
    wait_for(hands, "Saved run.gdx.")
    hands.wait(lambda: not hands.window.isWindowModified())
    change(hands, 0.4)
    hands.wait(hands.window.isWindowModified)
    trigger(hands, "&Save")
    wait_for(hands, "Saved run.gdx.")
    assert rates(path) == [0.3, 0.4]
    trigger(hands, "Save &as…")
    choose(hands, tmp_path / "other.gdx")
    wait_for(hands, "Saved other.gdx.")
    assert saving(hands).path == tmp_path / "other.gdx"
    assert saving(hands).recent.paths() == [str(tmp_path / "other.gdx"), str(path)]


def test_updates_alone_are_no_work_that_could_be_lost(hands: Driver) -> None:
    hands.conductor.play(True)
    hands.train()
    assert not hands.window.isWindowModified()


def test_what_was_opened_is_saved_to_its_file(hands: Driver, tmp_path: Path) -> None:
    path = tmp_path / "run.gdx"
    change(hands, 0.3)
    hands.conductor.save(str(path))
    wait_for(hands, "Saved")
    hands.open(playing=False)
    assert saving(hands).path is None
    assert hands.conductor.open_path(str(path))
    hands.wait(lambda: hands.conductor.frame is not None)
    assert not saving(hands).modified
    change(hands, 0.5)
    saving(hands).save()
    wait_for(hands, "Saved run.gdx.")
    assert rates(path) == [0.3, 0.5]


def test_a_file_that_somebody_else_wrote_is_replaced_at_the_second_time_only(hands: Driver, tmp_path: Path) -> None:
    path = tmp_path / "run.gdx"
    hands.conductor.save(str(path))
    wait_for(hands, "Saved")
    content = path.read_bytes()
    other = tmp_path / "other"
    other.write_bytes(content)
    os.replace(other, path)  # as another instance would
    change(hands, 0.3)
    saving(hands).save()
    assert "changed elsewhere" in hands.status
    assert path.read_bytes() == content
    hands.said.clear()
    saving(hands).save()
    wait_for(hands, "Saved run.gdx.")
    assert rates(path) == [0.3]
    change(hands, 0.4)
    path.unlink()
    saving(hands).save()  # nothing is lost by that
    wait_for(hands, "Saved run.gdx.")
    assert rates(path) == [0.3, 0.4]


def test_a_save_that_was_asked_for_comes_before_the_end(hands: Driver, tmp_path: Path) -> None:
    path = tmp_path / "run.gdx"
    hands.conductor.play(True)
    hands.conductor.command(Change("optimizer.learning_rate", 0.3))
    hands.conductor.save(str(path))
    hands.conductor.close()
    assert archive.load(path, CATALOGUE).updates >= 0


def test_a_refusal_is_told_and_the_file_stays_unsaved(hands: Driver, tmp_path: Path) -> None:
    change(hands, 0.3)
    hands.conductor.save(str(tmp_path / "none" / "run.gdx"))
    wait_for(hands, "could not be saved")
    assert saving(hands).path is None
    assert hands.window.isWindowModified()


def test_a_session_that_is_dropped_is_saved_to_its_file(hands: Driver, tmp_path: Path) -> None:
    path = tmp_path / "run.gdx"
    hands.conductor.save(str(path))
    wait_for(hands, "Saved")
    hands.open(playing=False)
    saving(hands).recent.clear()
    hands.window.own_data.open(path)
    assert saving(hands).path == path
    assert saving(hands).recent.paths() == [str(path)]


# ---- experiments ----


def test_the_settings_are_saved_as_they_are_now(hands: Driver, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    change(hands, 0.3)
    trigger(hands, "Save as &TOML experiment…")
    dialog = choose(hands, tmp_path / "settings")
    assert dialog.selectedNameFilter().startswith("Experiments")
    wait_for(hands, "Saved settings.toml.")
    assert experiments.load(str(path), CATALOGUE) == hands.state.experiment
    assert experiments.load(str(path), CATALOGUE) != experiment()
    assert hands.window.isWindowModified()  # the run is in no file
    assert saving(hands).path is None


@pytest.mark.parametrize("name", experiments.names())
def test_what_ships_opens_again_from_a_file(name: str, tmp_path: Path) -> None:
    shipped = experiments.load(name, CATALOGUE)
    path = tmp_path / "again.toml"
    path.write_text(experiments.dump(shipped), encoding="utf-8")
    assert experiments.load(str(path), CATALOGUE) == shipped


# ---- recent files ----


def recent(hands: Driver) -> list[QAction]:
    file = hands.window.menuBar().actions()[0].menu()
    assert isinstance(file, QMenu)
    (menu,) = [action.menu() for action in file.actions() if action.text() == "Open &recent"]
    assert isinstance(menu, QMenu)
    menu.popup(QPoint())
    menu.close()
    return menu.actions()


def test_settings_travel_as_text(hands: Driver) -> None:
    hands.conductor.command(Change("network.activation", "gelu"))
    hands.conductor.command(Change("optimizer.kind", "adam"))
    hands.wait(lambda: hands.state.experiment.optimizer.kind == "adam")  # type: ignore[attr-defined]
    sent = hands.state.experiment
    trigger(hands, "Copy settings as te&xt")
    hands.conductor.open_path("line", playing=False)
    hands.wait(lambda: hands.conductor.frame is not None)
    trigger(hands, "Open &copied settings")
    hands.wait(lambda: hands.conductor.frame is not None)
    assert hands.state.experiment == sent
    assert hands.conductor.playing
    hands.conductor.pause()
    hands.settle()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The clipboard holds no text; copy the text of an experiment first."),
        ("https://", "The clipboard's text is no valid TOML: "),
        ('[data]\nkind = "mons"', "data.kind in the clipboard's text: data set 'mons' is not known"),
    ],
)
def test_what_is_no_experiment_is_refused_and_the_run_goes_on(hands: Driver, text: str, sentence: str) -> None:
    QGuiApplication.clipboard().setText(text)
    before = hands.trainer
    trigger(hands, "Open &copied settings")
    assert hands.status.startswith(sentence)
    assert hands.trainer is before


def test_recent_files_open_and_missing_ones_are_dropped(hands: Driver, tmp_path: Path) -> None:
    assert [action.text() for action in recent(hands)] == ["No files yet"]
    first, second = tmp_path / "a & b.gdx", tmp_path / "settings.toml"
    change(hands, 0.7)
    hands.conductor.save(str(first))
    wait_for(hands, "Saved")
    second.write_text(experiments.dump(experiment()), encoding="utf-8")
    assert hands.conductor.open_path(str(second), playing=False)
    assert hands.conductor.open_path("first", playing=False)  # what ships is no file of one's own
    folder = tmp_path.name
    texts = [action.text() for action in recent(hands)]
    assert texts[:2] == [f"settings.toml — {folder}", f"a && b.gdx — {folder}"]
    recent(hands)[1].trigger()
    hands.wait(lambda: hands.conductor.frame is not None)
    assert hands.state.experiment.optimizer.learning_rate == 0.7  # type: ignore[union-attr]
    second.unlink()
    (gone,) = [action for action in recent(hands) if action.text().startswith("settings")]
    gone.trigger()
    assert "'settings.toml' is not there any more" in hands.status
    assert [action.text() for action in recent(hands)][:1] == [f"a && b.gdx — {folder}"]
    recent(hands)[-1].trigger()
    assert [action.text() for action in recent(hands)] == ["No files yet"]


def test_open_asks_for_a_file(hands: Driver, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(experiments.dump(experiment({"seed": 77})), encoding="utf-8")
    trigger(hands, "&Open…")
    choose(hands, path)
    hands.wait(lambda: hands.conductor.frame is not None and hands.state.experiment.seed == 77)
    assert saving(hands).path is None  # an experiment's file has no place for a run
    assert saving(hands).recent.paths() == [str(path)]
