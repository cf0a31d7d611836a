"""Whatever happens while a session is saved, the file is the old one or the new one, and opens."""

import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gdexplorer.lab import archive
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.generations import KEPT, Generations
from tests.builders import CATALOGUE
from tests.faults.saver import PLACES, break_at, fault, session_at

ROOT = Path(__file__).parents[2]
KILLS = [10, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks to be quick")


@dataclass
class Saver:
    """A process that saves and dies."""

    process: "subprocess.Popen[bytes]"
    rest: bytes = b""

    def lines(self, seconds: float | None) -> Iterator[str]:
        """Yield what it says, until it says nothing for so long."""
        assert self.process.stdout is not None
        pipe = self.process.stdout.fileno()
        while True:
            line, found, rest = self.rest.partition(b"\n")
            if found:
                self.rest = rest
                yield line.decode()
            elif select.select([pipe], [], [], seconds)[0]:
                self.rest += os.read(pipe, 65536)
            else:
                return

    def die(self, path: Path, place: str = "", killed: tuple[int, float] | None = None) -> tuple[int, int]:
        """Let it save until it dies; return the last update done, and begun.

        At a place, or killed so many seconds after it has begun to save an update.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(f"{path}\t{place}\n".encode())
        self.process.stdin.flush()
        done = begun = pid = 0
        for line in self.lines(30):
            word, _, number = line.partition(" ")
            if word == "dead":
                return done, begun
            if word == "pid":
                pid = int(number)
                continue
            done, begun = (int(number) if word == which else was for which, was in (("done", done), ("begin", begun)))
            if killed is not None and line == f"begin {killed[0]}":
                select.select([], [], [], killed[1])
                os.kill(pid, signal.SIGKILL)
        raise AssertionError("it neither died nor went on")


@pytest.fixture(scope="module")
def saver() -> Iterator[Saver]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.saver"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Saver(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


def updates(path: Path) -> int:
    """The update of a file that opens, and is the session that it should be."""
    session = archive.load(path, CATALOGUE)
    assert archive.packed(session) == archive.packed(session_at(session.updates))
    return session.updates


@needs_fork
@pytest.mark.parametrize("kills", KILLS)
def test_killed_at_random_times_no_session_is_lost(saver: Saver, tmp_path: Path, kills: int) -> None:
    draw, saved = random.Random(20261121), 0
    for number in range(kills):
        path = tmp_path / f"{number}.gdx"
        first = draw.choice((1, 2, 3, 4))
        done, begun = saver.die(path, killed=(first, draw.uniform(0, 0.03)))
        assert done >= first - 1
        if path.exists():
            assert updates(path) in (done, begun)
            saved += 1
        else:
            assert done == 0
        assert [file.name for file in tmp_path.glob("*.gdx")] == [path.name] * path.exists()
        for file in tmp_path.iterdir():
            file.unlink()
    assert saved > kills // 3  # from the second update on there is always one
    print(f"{kills} kills, {saved} of them with a file to lose, none lost")


@needs_fork
@pytest.mark.parametrize("place", PLACES)
def test_killed_at_every_step_of_a_save(saver: Saver, tmp_path: Path, place: str) -> None:
    path = tmp_path / "run.gdx"
    assert saver.die(path, place) == (2, 3)
    assert updates(path) == (3 if place == "after replace" else 2)


@needs_fork
@pytest.mark.parametrize("place", PLACES)
def test_killed_at_every_step_of_an_autosave(saver: Saver, tmp_path: Path, place: str) -> None:
    store = Generations(tmp_path / "kept")
    assert saver.die(store.folder, place) == (2, 3)
    found = [updates(path) for path in store.newest_first()]
    assert found == ([3, 2, 1] if place == "after replace" else [2, 1])
    store.put(archive.packed(session_at(9)))  # whoever takes over sweeps up
    assert sorted(file.name for file in store.folder.iterdir()) == sorted(file.name for file in store.newest_first())


@pytest.mark.parametrize("place", PLACES[:-1])
@pytest.mark.parametrize("name", ["EIO", "ENOSPC", "EROFS"])
def test_a_refusal_at_every_step_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, name: str
) -> None:
    path, store = tmp_path / "run.gdx", Generations(tmp_path / "kept")
    archive.save(session_at(1), path)
    store.put(path.read_bytes())
    for save in (lambda: archive.save(session_at(2), path), lambda: store.put(archive.packed(session_at(2)))):
        with monkeypatch.context() as patch:
            break_at(place, fault(name), patch.setattr)
            with pytest.raises(Complaint, match=r"could not be saved: .*; save somewhere else\.$"):
                save()
        assert [updates(path), *map(updates, store.newest_first())] == [1, 1]
    assert sorted(os.listdir(tmp_path)) == ["kept", "run.gdx"]
    assert len(os.listdir(store.folder)) == 1


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "run.gdx"
    archive.save(session_at(1), path)
    content = archive.packed(session_at(2))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for most in (0, 1, len(content) // 2, len(content) - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            with pytest.raises(Complaint, match="could not be saved: File too large"):
                archive.write(path, content)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert updates(path) == 1
        assert os.listdir(tmp_path) == ["run.gdx"]


def test_five_generations_are_kept_for_nobody_else_to_read(tmp_path: Path) -> None:
    store = Generations(tmp_path / "state" / "kept")
    for update in range(KEPT + 3):
        store.put(archive.packed(session_at(update)))
    assert [updates(path) for path in store.newest_first()] == [7, 6, 5, 4, 3]
    if os.name == "posix":
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in store.newest_first())
        assert [path.stat().st_mode & 0o777 for path in (store.folder, store.folder.parent)] == [0o700, 0o700]
    store.clear()
    assert not store.folder.exists()
    assert store.newest_first() == []
