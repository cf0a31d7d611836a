"""Taking away, in the real window: which panel, where to, and what is said when it fails."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from safetensors.numpy import load_file

from gdexplorer.app.export import CSV, PNG, SURFACE, SVG, Export, completed, offered
from gdexplorer.lab.complaints import Complaint
from tests.app.driver import Driver
from tests.leftovers import tidy


@pytest.fixture
def run(driver: Driver) -> Iterator[Driver]:
    driver.open(playing=False)
    driver.trainer.make_updates(20)
    driver.made(20)
    driver.settle()
    driver.exported = []  # type: ignore[attr-defined]
    listening = driver.window.export.said.connect(driver.exported.append)  # type: ignore[attr-defined]
    yield driver
    driver.window.export.said.disconnect(listening)


@pytest.fixture
def export(run: Driver) -> Export:
    return run.window.export


def said(run: Driver) -> list[str]:
    found: list[str] = run.exported  # type: ignore[attr-defined]
    return found


def dialog(run: Driver) -> QFileDialog:
    return next(found for found in run.window.findChildren(QFileDialog) if found.isVisible())


def save_as(run: Driver, path: Path) -> None:
    """Type a name into the dialog, and accept it."""
    asked = dialog(run)
    asked.setOption(QFileDialog.Option.DontConfirmOverwrite)
    asked.setDirectory(str(path.parent))
    asked.selectFile(str(path))
    asked.accept()
    tidy()


def dock(run: Driver, name: str) -> Any:
    return next(dock for dock in run.window.docks if dock.objectName() == name)


def test_a_maximized_panel_is_saved_at_once(run: Driver, export: Export, tmp_path: Path) -> None:
    run.window.host.maximize(dock(run, "boundary"))
    for kind in (PNG, SVG, CSV):
        export.panel(kind)
        assert Path(dialog(run).selectedFiles()[0]).name.endswith(f"-boundary-20.{kind}")
        save_as(run, tmp_path / "picture")
    assert not QImage(str(tmp_path / "picture.png")).isNull()
    assert (tmp_path / "picture.svg").read_text().startswith("<?xml")
    assert (tmp_path / "picture.csv").read_text().startswith("x,y,output\n")
    assert said(run)[-1] == "Saved picture.csv and picture-examples.csv."


def test_the_panel_that_has_the_focus_is_saved(run: Driver, export: Export) -> None:
    run.focus(run.panel("curves").clock)  # type: ignore[attr-defined]
    export.panel(PNG)
    assert dialog(run).windowTitle() == "Save Loss and accuracy"
    dialog(run).reject()
    tidy()


def test_without_a_focus_one_chooses(run: Driver, export: Export) -> None:
    run.window.setFocus()
    export.panel(CSV)
    menu = next(menu for menu in run.window.findChildren(QMenu) if menu.isVisible())
    names = [action.text() for action in menu.actions() if action.data() is not None]
    assert names == [dock.panel.title for dock in run.window.docks if dock.seen]
    next(action for action in menu.actions() if action.text() == "Decision boundary").trigger()
    menu.close()
    assert dialog(run).windowTitle() == "Save Decision boundary"
    dialog(run).reject()
    tidy()


def test_a_panels_own_menu_offers_what_there_is(run: Driver, export: Export) -> None:
    menu = dock(run, "landscape").bar.menu
    menu.aboutToShow.emit()
    assert [action.data()[1] for action in menu.actions()] == offered(dock(run, "landscape"))
    assert SURFACE in offered(dock(run, "landscape"))
    assert SURFACE not in offered(dock(run, "curves"))
    menu.actions()[-1].trigger()
    assert said(run) == ["Copied a picture of 'Loss landscape'."]
    assert not QApplication.clipboard().image().isNull()


def test_a_surface_weights_and_curves(run: Driver, export: Export, tmp_path: Path) -> None:
    export.take(dock(run, "landscape"), SURFACE)
    save_as(run, tmp_path / "surface")
    with np.load(tmp_path / "surface.npz", allow_pickle=False) as file:
        assert json.loads(str(file["facts"]))["update"] == 20
        assert file["projected_0"].shape == (len(file["steps_0"]), 2)
    export.weights()
    save_as(run, tmp_path / "weights")
    run.wait(lambda: run.status == "Saved weights.safetensors.")
    found = load_file(tmp_path / "weights.safetensors")
    assert sum(array.size for array in found.values()) == run.state.parameters
    export.curves()
    save_as(run, tmp_path / "curves")
    assert (tmp_path / "curves-batch.csv").read_text().count("\n") == 21


def test_a_pytorch_script_is_written_beside_the_run(run: Driver, export: Export, tmp_path: Path) -> None:
    export.script()
    save_as(run, tmp_path / "run")
    run.wait(lambda: said(run))
    assert said(run) == ["Saved run.py."]
    compile((tmp_path / "run.py").read_text(), "run.py", "exec")


def test_a_script_can_be_cancelled_and_refused(run: Driver, export: Export, tmp_path: Path) -> None:
    export._script(str(tmp_path / "run.py"))
    assert export._progress is not None
    export._progress.cancel()
    run.wait(lambda: said(run))
    assert said(run) in (["Cancelled; nothing was written."], ["Saved run.py."])
    said(run).clear()
    run.open({"optimizer": {"kind": "lbfgs"}, "training.batch_size": 1000}, playing=False)
    run.trainer.make_updates(2)
    run.wait(lambda: run.trainer.made >= 2)
    export._script(str(tmp_path / "other.py"))
    run.wait(lambda: said(run))
    assert said(run)[0].startswith("No PyTorch script: L-BFGS")
    assert not (tmp_path / "other.py").exists()


def test_closing_gives_up_what_is_under_way(run: Driver, export: Export, tmp_path: Path) -> None:
    export._script(str(tmp_path / "run.py"))
    export.close()
    assert export._chore is None
    assert not export._timer.isActive()


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


FAULTS: list[tuple[str, Callable[[pytest.MonkeyPatch, Path], Path], str]] = [
    ("a folder that is not there", lambda patch, folder: folder / "missing" / "a.png", "No such file or directory"),
    ("a full disk", lambda patch, folder: (patch.setattr(os, "fsync", full), folder / "a.png")[1], "No space left"),
    ("a folder in its place", lambda patch, folder: ((folder / "a.png").mkdir(), folder / "a.png")[1], "directory"),
]


@pytest.mark.parametrize(("name", "prepare", "why"), FAULTS, ids=[name for name, *_ in FAULTS])
def test_a_failure_is_one_sentence_and_leaves_nothing(
    name: str, prepare: Callable[[pytest.MonkeyPatch, Path], Path], why: str, run: Driver, export: Export,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path, before = prepare(monkeypatch, tmp_path), set(tmp_path.rglob("*"))
    for kind in (PNG, SVG, CSV, SURFACE):
        said(run).clear()
        write = partial(export._panel, dock(run, "landscape"), kind)
        export._ask("Save", "x", "png", "Files", write)  # one name for all, that of the folder in its place
        asked = dialog(run)
        asked.fileSelected.emit(str(path))
        asked.reject()
        tidy()
        assert len(said(run)) == 1
        assert why in said(run)[0]
        assert said(run)[0].endswith("save somewhere else.")
        assert set(tmp_path.rglob("*")) == before


def test_weights_that_cannot_be_written_are_told(run: Driver, export: Export, tmp_path: Path) -> None:
    export._weights(str(tmp_path / "missing" / "w.safetensors"))
    run.wait(lambda: "could not be saved" in run.status)


def test_a_name_gets_its_extension_but_replaces_nobody_unasked(tmp_path: Path) -> None:
    assert completed("a", ".png") == "a.png"
    assert completed("a.PNG", ".png") == "a.PNG"
    assert completed("a.v2", ".png") == "a.v2.png"
    (tmp_path / "a.png").touch()
    with pytest.raises(Complaint, match=r"'a\.png' exists already; choose another name"):
        completed(str(tmp_path / "a"), ".png")


def test_a_panel_without_numbers_says_so(run: Driver, export: Export) -> None:
    export.take(dock(run, "stepbystep"), CSV)
    assert said(run) == ["The panel 'Step by step' has no numbers to save now; save it as a picture."]
