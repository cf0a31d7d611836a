"""What is done is kept safe now and then, and nothing is left where nothing is needed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app.autosave import INTERVAL_MS, MOST_UNSAVED, OPEN, UNSAVED, Autosave
from gdexplorer.app.conductor import Conductor
from gdexplorer.app.main import open_window
from gdexplorer.app.recovery import lost, unsaved
from gdexplorer.app.window import Window
from gdexplorer.lab import archive, files
from gdexplorer.lab.commands import Change
from gdexplorer.lab.generations import KEPT, Deeds, Generations, deeds
from gdexplorer.lab.session import Session
from tests.app.conftest import close
from tests.builders import CATALOGUE, experiment
from tests.faults.saver import fault
from tests.leftovers import nothing_left_running  # noqa: F401 - every test here stops what it starts

PATIENCE_MS = 30_000


class Desk(QObject):
    """A conductor with autosave and no window; its clock strikes when a test says so."""

    def __init__(self, root: Path, qtbot: QtBot) -> None:
        super().__init__()
        self.qtbot, self.root = qtbot, root
        self.conductor = Conductor(CATALOGUE, lambda: (), self)
        self.saved = Deeds()
        self.autosave = Autosave(self.conductor, root, self.unsaved, self)
        self.autosave.timer.setInterval(10**9)
        self.said: list[str] = []
        self.autosave.said.connect(self.said.append)

    def unsaved(self, session: Session) -> bool:
        return deeds(session).commands != self.saved.commands

    def open(self) -> None:
        self.conductor.open(experiment(), playing=False)
        self.wait(lambda: self.conductor.trainer is not None and self.conductor.trainer.session is not None)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def do(self, rate: float) -> None:
        """Send a command, and wait until it is carried out."""
        trainer = self.conductor.trainer
        assert trainer is not None
        assert trainer.session is not None
        count = len(trainer.session.log)
        self.conductor.command(Change("optimizer.learning_rate", rate))
        self.wait(lambda: len(trainer.session.log) > count)  # type: ignore[union-attr]

    def strike(self) -> None:
        """The time has come; wait for what comes of it."""
        self.autosave.timer.timeout.emit()
        self.wait(lambda: not self.autosave._courier.busy)

    def kept(self) -> list[list[float]]:
        """The rates of the log of every generation, the newest first."""
        return [rates(path) for folder in folders(self.root / OPEN) for path in Generations(folder).newest_first()]


def folders(where: Path) -> list[Path]:
    return sorted(path for path in where.iterdir() if path.is_dir()) if where.is_dir() else []


def rates(path: Path) -> list[float]:
    return [command.value for _, command in archive.load(path, CATALOGUE).log if isinstance(command, Change)]


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path, reports: list[str]) -> Iterator[Desk]:
    made = Desk(tmp_path / "state", qtbot)
    yield made
    made.conductor.close()
    made.autosave.close()


def test_a_session_that_has_just_begun_has_done_nothing() -> None:
    session = Session(experiment(), CATALOGUE)
    assert deeds(session) == Deeds()
    session.advance(1)
    assert deeds(session) != Deeds()
    assert deeds(session).commands == Deeds().commands


def test_thirty_seconds_are_never_lost() -> None:
    assert INTERVAL_MS + 5000 <= 30_000  # with five to pack and to write


def test_what_was_done_is_kept_and_nothing_is_written_when_nothing_was(desk: Desk) -> None:
    desk.open()
    desk.strike()
    assert not desk.root.exists()
    desk.do(0.3)
    desk.strike()
    desk.strike()
    assert desk.kept() == [[0.3]]
    desk.do(0.4)
    desk.strike()
    assert desk.kept() == [[0.3, 0.4], [0.3]]
    trainer = desk.conductor.trainer
    assert trainer is not None
    desk.conductor.one_update()
    desk.wait(lambda: trainer.made == 1)
    desk.strike()
    assert len(desk.kept()) == 3
    for rate in range(5, 9):
        desk.do(rate / 10)
        desk.strike()
    assert len(desk.kept()) == KEPT
    assert desk.kept()[0] == [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_nobody_else_can_read_it(desk: Desk) -> None:
    desk.open()
    desk.do(0.3)
    desk.strike()
    (folder,) = folders(desk.root / OPEN)
    modes = {path: path.stat().st_mode & 0o777 for path in (desk.root, desk.root / OPEN, folder, *folder.iterdir())}
    assert set(modes.values()) == {0o700, 0o600}
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in modes.items())


def test_a_clean_end_leaves_nothing_of_what_is_in_a_file(desk: Desk) -> None:
    desk.open()
    desk.do(0.3)
    desk.strike()
    trainer = desk.conductor.trainer
    assert trainer is not None
    assert trainer.session is not None
    desk.saved = deeds(trainer.session)
    desk.conductor.close()
    desk.autosave.close()
    assert list((desk.root / OPEN).iterdir()) == []
    assert unsaved(desk.root) == []


def test_a_clean_end_keeps_the_last_of_what_is_in_no_file(desk: Desk) -> None:
    for number in range(MOST_UNSAVED + 2):
        desk.open()
        desk.do(0.1 + number)  # never autosaved
    desk.conductor.close()
    desk.autosave.close()
    assert list((desk.root / OPEN).iterdir()) == []
    assert lost(desk.root) == []
    found = [rates(Generations(desk.root / UNSAVED / key).newest_first()[0]) for key, _ in unsaved(desk.root)]
    assert sorted(found) == [[pytest.approx(0.1 + number)] for number in (2, 3, 4)]


def test_a_demo_leaves_nothing(desk: Desk) -> None:
    desk.open()
    desk.conductor.play(True)
    trainer = desk.conductor.trainer
    assert trainer is not None
    desk.wait(lambda: trainer.made > 3)
    desk.strike()
    desk.conductor.close()
    desk.autosave.close()
    assert lost(desk.root) == unsaved(desk.root) == []


@pytest.mark.parametrize("name", ["ENOSPC", "EROFS", "EIO"])
def test_a_failure_is_said_once_and_it_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    desk.open()
    desk.conductor.play(True)
    desk.do(0.3)
    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", lambda _: fault(name)())
        desk.strike()
        desk.do(0.4)
        desk.strike()
    (sentence,) = desk.said
    assert "failed and is tried again" in sentence
    assert str(desk.root) in sentence
    assert sentence.count(". ") == 0
    trainer = desk.conductor.trainer
    assert trainer is not None
    assert trainer.playing
    assert desk.kept() == []
    desk.strike()
    assert desk.kept() == [[0.3, 0.4]]
    assert len(desk.said) == 1


def test_a_folder_that_cannot_be_written_to(desk: Desk) -> None:
    desk.root.write_text("in the way")
    desk.open()
    desk.do(0.3)
    desk.strike()
    desk.strike()
    assert len(desk.said) == 1
    desk.root.unlink()
    desk.strike()
    assert desk.kept() == [[0.3]]


def test_a_session_that_goes_on_in_another_thread_keeps_its_place(desk: Desk) -> None:
    desk.open()
    desk.do(0.3)
    desk.strike()
    desk.wait(lambda: desk.conductor.frame is not None)
    desk.conductor.start_over()
    trainer = desk.conductor.trainer
    assert trainer is not None
    desk.wait(lambda: trainer.session is not None)
    desk.do(0.4)
    desk.strike()
    assert len(folders(desk.root / OPEN)) == 1
    assert desk.kept() == [[0.3, 0.4], [0.3]]


def test_pictures_are_taken_without(tmp_path: Path, qapp: QApplication, reports: list[str]) -> None:
    window, undo = open_window("first", QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat))
    assert window.recovery is None
    close(window)
    undo()


def test_the_window_keeps_safe_what_is_done_in_it(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, reports: list[str]
) -> None:
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    window, undo = open_window("first", settings, tmp_path / "state")
    assert isinstance(window, Window)
    assert window.recovery is not None
    window.conductor.command(Change("optimizer.learning_rate", 0.123))
    qtbot.waitUntil(lambda: window.isWindowModified(), timeout=PATIENCE_MS)
    close(window)
    undo()
    ((key, line),) = unsaved(tmp_path / "state")
    assert line.title == "First look: a gentle spiral"
    assert rates(Generations(tmp_path / "state" / UNSAVED / key).newest_first()[0]) == [0.123]
