"""What a crash left comes back: found, offered, opened; and dialog and crash log as a person meets them."""

import faulthandler
import json
import logging
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gdexplorer.app.autosave import OPEN, UNSAVED, Shelf
from gdexplorer.app.crashlog import FOLDER, KEPT, CrashLog
from gdexplorer.app.guard import Reporter
from gdexplorer.app.recovery import lost, unsaved
from gdexplorer.app.recoverydialog import RecoveryDialog
from gdexplorer.app.window import Window
from gdexplorer.lab import archive
from gdexplorer.lab.commands import Change, Nudge
from gdexplorer.lab.generations import Generations
from gdexplorer.lab.session import Session
from gdexplorer.panels.palette import PALETTES
from tests.app.conftest import close, undress
from tests.builders import CATALOGUE, experiment
from tests.leftovers import tidy

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 30_000
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks and kills as POSIX does")


def session(rates: int, title: str = "Somebody's run") -> Session:
    """A session with so many changes of the learning rate: 1, 2, … thousandths."""
    made = Session(experiment({"title": title}), CATALOGUE)
    for number in range(1, rates + 1):
        made.advance(3)
        assert made.send(Change("optimizer.learning_rate", number / 1000)).accepted
    return made


def crashed(root: Path, *rates: int, title: str = "Somebody's run") -> Generations:
    """What a process leaves that dies after having saved so often."""
    shelf = Shelf.new(root)
    for count in rates:
        shelf.put(archive.packed(session(count, title)))
    shelf.leave()
    return shelf.generations


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    broken = bytearray(content)
    for place in range(8 + int.from_bytes(content[:8], "little"), len(content), 16):
        broken[place] ^= 0xFF  # in the arrays: the headline can be read
    path.write_bytes({"cut short": content[: len(content) // 2], "empty": b"", "flipped": bytes(broken)}[how])


# ---- what is found ----


def test_what_a_living_process_works_on_is_not_offered(tmp_path: Path) -> None:
    shelf = Shelf.new(tmp_path)
    shelf.put(archive.packed(session(2)))
    crashed(tmp_path, 3)
    found = lost(tmp_path)
    assert [one.load(CATALOGUE)[0].updates for one in found] == [9]
    assert lost(tmp_path) == []  # whoever found it holds it
    for one in found:
        one.shelf.leave()
    shelf.leave()
    assert len(lost(tmp_path)) == 2


def test_a_headline_says_what_there_is(tmp_path: Path) -> None:
    files = crashed(tmp_path, 1, 4).newest_first()
    (one,) = lost(tmp_path)
    assert one.headline is not None
    assert (one.headline.title, one.headline.step) == ("Somebody's run", 12)
    assert (one.headline.size, one.headline.seconds) == (files[0].stat().st_size, files[0].stat().st_mtime)


@pytest.mark.parametrize("how", ["cut short", "empty", "flipped"])
def test_where_the_newest_is_damaged_the_one_before_is_opened(tmp_path: Path, how: str) -> None:
    store = crashed(tmp_path, 1, 2, 3)
    damage(store.newest_first()[0], how)
    (one,) = lost(tmp_path)
    assert one.headline is not None
    assert one.headline.step == (9 if how == "flipped" else 6)
    loaded, damaged = one.load(CATALOGUE)
    assert (loaded.updates, len(loaded.log), damaged) == (6, 2, 1)


def test_nothing_is_found_where_nothing_was_saved(tmp_path: Path) -> None:
    assert lost(tmp_path) == unsaved(tmp_path) == []
    shelf = Shelf.new(tmp_path)
    shelf.put(b"")
    shelf.generations.newest_first()[0].unlink()  # died before the first was whole
    shelf.leave()
    (tmp_path / OPEN / "somebody's file").write_text("stays")
    assert lost(tmp_path) == []
    assert os.listdir(tmp_path / OPEN) == ["somebody's file"]


# ---- killed at random times ----


@pytest.fixture
def worker() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.app.worker"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


def kill(worker: "subprocess.Popen[bytes]", root: Path, after: float) -> tuple[int, int]:
    """Let a process work until it is killed; return the changes told done, and those told safe."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(f"{root}\n".encode())
    worker.stdin.flush()
    done = safe = 0
    while True:
        told = json.loads(worker.stdout.readline())
        if "dead" in told:
            return done, safe
        if "pid" in told:
            select.select([], [], [], after)
            os.kill(told["pid"], signal.SIGKILL)
        done, safe = told.get("done", done), told.get("safe", safe)


@posix
@pytest.mark.parametrize("sessions", [3, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(3600)])])
def test_killed_at_random_times_no_more_is_lost_than_since_the_last_time(
    worker: "subprocess.Popen[bytes]", tmp_path: Path, sessions: int
) -> None:
    draw, losses, all_done = random.Random(6), list[int](), 0
    for number in range(sessions):
        root = tmp_path / str(number)
        done, safe = kill(worker, root, draw.uniform(0.0, 1.0))
        found = lost(root)
        kept = 0
        for one in found:
            loaded, damaged = one.load(CATALOGUE)
            seeds = [command.seed for _, command in loaded.log if isinstance(command, Nudge)]
            kept = len(seeds)
            assert damaged == 0
            assert seeds == list(range(1, kept + 1))
            one.shelf.clear()
        assert len(found) == (kept > 0)
        assert kept >= safe
        losses.append(max(done - kept, 0))
        all_done += done
    assert all_done > sessions  # or there was nothing to lose
    print(
        f"{sessions} sessions killed: of one command each 5 ms, {sorted(losses)[len(losses) // 2]} were lost in the "
        f"median and {max(losses)} at most"
    )


# ---- in the window ----


@pytest.fixture
def open_window(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, reporter: Reporter, reports: list[str]
) -> Iterator[Callable[[], Window]]:
    """Opens windows that keep what is done, as the program does at its start."""
    opened: list[Window] = []

    def make() -> Window:
        settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        window = Window(CATALOGUE, reporter, settings, tmp_path / "state")
        window.host.show_workspace("Gradients")
        window.show()
        assert window.conductor.open_path("first")
        opened.append(window)
        return window

    yield make
    for window in opened:
        close(window)
    undress(qapp)


def offer(window: Window, root: Path, stack: str = "") -> RecoveryDialog | None:
    log = CrashLog(root)
    log.stack = stack
    assert window.recovery is not None
    window.recovery.offer(log)
    return window.recovery.dialog


def told(dialog: RecoveryDialog) -> list[tuple[str, ...]]:
    table = dialog.table
    return [tuple(table.item(row, place).text() for place in (0, 1)) for row in range(table.rowCount())]  # type: ignore[union-attr]


def test_nothing_is_shown_over_the_picture_when_there_is_nothing(
    open_window: Callable[[], Window], tmp_path: Path
) -> None:
    window = open_window()
    assert offer(window, tmp_path / "state") is None
    assert window.conductor.playing


def test_recovering_opens_a_session_of_no_file(open_window: Callable[[], Window], qtbot: QtBot, tmp_path: Path) -> None:
    root = tmp_path / "state"
    store = crashed(root, 1, 2, 3)
    damage(store.newest_first()[0], "flipped")
    window = open_window()
    dialog = offer(window, root)
    assert dialog is not None
    assert not window.conductor.playing
    assert told(dialog) == [("Somebody's run", "9")]
    dialog.recover.click()
    qtbot.waitUntil(lambda: window.conductor.frame is not None, timeout=PATIENCE_MS)
    assert window.conductor.frame is not None
    assert window.conductor.frame.lane.state.step == 6
    assert not window.conductor.playing
    assert "The newest state was damaged" in window.status.currentMessage()
    assert window.saving.path is None
    qtbot.waitUntil(window.isWindowModified, timeout=PATIENCE_MS)
    assert store.folder.is_dir()  # killed now, it is offered again
    assert lost(root) == []  # but not while it is open
    close(window)
    ((key, line),) = unsaved(root)
    assert key == store.folder.name
    assert line.step == 6


def test_killed_while_it_is_recovered_it_is_offered_again(
    open_window: Callable[[], Window], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "state"
    store = crashed(root, 2)
    window = open_window()
    dialog = offer(window, root)
    assert dialog is not None
    assert window.recovery is not None

    def die(*_: object) -> None:
        raise RuntimeError("died")

    monkeypatch.setattr(window.conductor, "open_session", die)
    before = store.newest_first()[0].read_bytes()
    with pytest.raises(RuntimeError, match="died"):
        window.recovery._open(window.recovery._lost[0])
    assert store.newest_first()[0].read_bytes() == before
    window.recovery._autosave._next = None
    dialog.later.click()
    assert len(lost(root)) == 1


def test_later_and_discard(open_window: Callable[[], Window], tmp_path: Path) -> None:
    root = tmp_path / "state"
    for title in ("one", "two", "three"):
        crashed(root, 1, title=title)
    window = open_window()
    dialog = offer(window, root)
    assert dialog is not None
    assert {title for title, _ in told(dialog)} == {"one", "two", "three"}
    (gone, _), *left = told(dialog)
    dialog.discard.click()
    assert told(dialog) == left
    dialog.later.click()
    tidy()
    assert window.conductor.playing
    dialog = offer(window, root)
    assert dialog is not None
    assert told(dialog) == left
    assert gone not in {title for title, _ in left}
    dialog.discard.click()
    dialog.discard.click()
    tidy()
    assert offer(window, root) is None
    assert list((root / OPEN).glob("*-*")) == []


def test_where_all_are_damaged_they_can_be_discarded(open_window: Callable[[], Window], tmp_path: Path) -> None:
    root = tmp_path / "state"
    for path in crashed(root, 1, 2).newest_first():
        damage(path, "cut short")
    for path in crashed(root, 3).newest_first():
        damage(path, "flipped")
    window = open_window()
    dialog = offer(window, root)
    assert dialog is not None
    assert told(dialog) == [("Somebody's run", "9"), ("A session whose autosaves are all damaged", "")]
    dialog.recover.click()
    assert "None of the session's autosaves can be read" in window.status.currentMessage()
    assert not dialog.recover.isEnabled()
    dialog.discard.click()
    assert not dialog.recover.isEnabled()
    dialog.discard.click()
    tidy()
    assert list((root / OPEN).iterdir()) == []


def test_the_window_closes_with_the_dialog_open(open_window: Callable[[], Window], tmp_path: Path) -> None:
    root = tmp_path / "state"
    crashed(root, 2)
    window = open_window()
    assert offer(window, root) is not None
    close(window)
    assert len(lost(root)) == 1


def test_a_session_that_ended_unsaved_is_opened_again_from_the_menu(
    open_window: Callable[[], Window], qtbot: QtBot, tmp_path: Path
) -> None:
    window = open_window()
    window.conductor.command(Change("optimizer.learning_rate", 0.321))
    qtbot.waitUntil(window.isWindowModified, timeout=PATIENCE_MS)
    assert window.conductor.open_path("moons")
    assert window.recovery is not None
    qtbot.waitUntil(lambda: len(window.recovery.unsaved()) == 1, timeout=PATIENCE_MS)  # type: ignore[union-attr]
    ((key, line),) = window.recovery.unsaved()
    assert line.title == "First look: a gentle spiral"
    menu = window.actions_now.recent.menu
    window.actions_now.recent.fill()
    (action,) = [action for action in menu.actions() if action.text().startswith(line.title)]
    action.trigger()
    qtbot.waitUntil(lambda: window.conductor.frame is not None, timeout=PATIENCE_MS)
    assert window.conductor.frame is not None
    assert window.conductor.frame.lane.state.experiment.optimizer.learning_rate == 0.321  # type: ignore[union-attr]
    assert (tmp_path / "state" / OPEN / key).is_dir()
    assert not (tmp_path / "state" / UNSAVED / key).exists()
    action.trigger()  # of a menu that is out of date
    assert "Another gdexplorer has that session open" in window.status.currentMessage()


@pytest.mark.parametrize("theme", PALETTES)
def test_it_fits_upon_the_window_in_every_theme(open_window: Callable[[], Window], tmp_path: Path, theme: str) -> None:
    root = tmp_path / "state"
    crashed(root, 1, title="<b>bold</b> & a title that goes on and on and on and on and on and on")
    window = open_window()
    window.set_theme(theme)
    dialog = offer(window, root, "Fatal Python error: Aborted\n" * 40)
    assert dialog is not None
    dialog.more.click()
    assert dialog.width() <= window.width()
    assert dialog.height() <= window.height()
    assert dialog.minimumSizeHint().width() <= window.width()
    assert dialog.minimumSizeHint().height() <= window.height()
    for button in dialog.findChildren(QPushButton):
        assert button.isVisible()
        assert dialog.rect().contains(button.geometry())
        assert button.width() >= button.sizeHint().width()
    dialog.copy.click()
    assert QApplication.clipboard().text().startswith("Fatal Python error")


def test_without_a_session_the_stack_is_shown_alone(open_window: Callable[[], Window], tmp_path: Path) -> None:
    window = open_window()
    dialog = offer(window, tmp_path / "state", "Fatal Python error: <b>Aborted</b>")
    assert dialog is not None
    assert dialog.details.isVisible()
    assert dialog.details.toPlainText() == "Fatal Python error: <b>Aborted</b>"
    assert not dialog.recover.isVisible()
    dialog.later.click()
    assert window.conductor.playing


# ---- the crash log ----

DIE = """
import logging, os, sys
from pathlib import Path
from gdexplorer.app.crashlog import CrashLog
log = CrashLog(Path(sys.argv[1]))
log.begin()
try:
    raise ValueError("bad <b>thing</b>")
except ValueError:
    logging.getLogger("gdexplorer").error("It failed.", exc_info=True)
def the_culprit():
    how = sys.argv[2]
    if how == "abort":
        os.abort()
    elif how == "SIGKILL":
        os.kill(os.getpid(), 9)
    log.end()
the_culprit()
"""


def die(root: Path, how: str) -> int:
    return subprocess.run([sys.executable, "-c", DIE, str(root), how], cwd=ROOT, stderr=subprocess.DEVNULL).returncode


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], CrashLog]:
    """Begins a crash log; pytest's own `faulthandler` stays."""
    monkeypatch.setattr(faulthandler, "enable", lambda file: None)
    monkeypatch.setattr(faulthandler, "disable", lambda: None)

    def begun(root: Path) -> CrashLog:
        log = CrashLog(root)
        log.begin()
        return log

    return begun


@posix
def test_the_stack_of_an_abort_is_shown_at_the_next_start(tmp_path: Path, begin: Callable[[Path], CrashLog]) -> None:
    assert die(tmp_path, "abort") == -signal.SIGABRT
    assert die(tmp_path, "SIGKILL") == -signal.SIGKILL  # before anybody was told
    log = begin(tmp_path)
    for words in ("It failed.", "bad <b>thing</b>", "Fatal Python error: Aborted", "in the_culprit"):
        assert words in log.stack
    log.forget()
    log.end()
    log = begin(tmp_path)
    assert log.stack == ""
    log.end()
    assert [file.stat().st_mode & 0o777 for file in (tmp_path / FOLDER).iterdir()] == [0o600, 0o600]


@posix
@pytest.mark.parametrize("how", ["SIGKILL", "end"])
def test_what_leaves_no_stack_is_not_shown(tmp_path: Path, how: str, begin: Callable[[Path], CrashLog]) -> None:
    assert die(tmp_path, how) == {"SIGKILL": -signal.SIGKILL, "end": 0}[how]
    assert len(list((tmp_path / FOLDER).glob("*.lock"))) == (how == "SIGKILL")
    log = begin(tmp_path)
    assert log.stack == ""
    log.forget()
    log.end()
    (file,) = (tmp_path / FOLDER).iterdir()
    assert "It failed." in file.read_text()


def test_a_clean_run_without_trouble_leaves_no_file(tmp_path: Path, begin: Callable[[Path], CrashLog]) -> None:
    begin(tmp_path).end()
    assert list((tmp_path / FOLDER).iterdir()) == []
    for number in range(KEPT + 3):
        log = begin(tmp_path)
        logging.getLogger("gdexplorer").error("Trouble %d.", number)
        log.end()
    kept = [file.read_text() for file in sorted((tmp_path / FOLDER).iterdir())]
    assert [text.split()[-1] for text in kept] == [f"{number}." for number in range(3, KEPT + 3)]


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    log = CrashLog(tmp_path / "state")
    log.begin()
    assert log.stack == ""
    log.end()
