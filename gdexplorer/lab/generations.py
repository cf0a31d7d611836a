"""The last few states of a session, each a file of its own: whichever is damaged, the one before is there."""

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gdexplorer.lab import archive
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.files import private, write
from gdexplorer.lab.session import Session
from gdexplorer.lab.strict import opened, parsed

KEPT = 5
_NAME = re.compile(r"[0-9]{8}" + re.escape(archive.SUFFIX))


@dataclass(frozen=True, slots=True)
class Deeds:
    """What was done in a session until some moment; by default, in one that has just begun."""

    commands: tuple[tuple[int, int, str], ...] = ((1, 0, "run 1"),)  # of each run: its id, how many, its name
    updates: tuple[int, ...] = (0,)  # of each run, tried in all
    active: int = 1  # id of the run that goes on


def deeds(session: Session) -> Deeds:
    """Return what was done until now; another thread may ask too, and gets a moment that never quite was."""
    branches = tuple(session.branches)
    return Deeds(
        tuple((branch.id, len(branch.log), branch.name) for branch in branches),
        tuple(branch.updates for branch in branches), session.active.id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Headline:
    """What a file says of its session, read without its arrays."""

    title: str
    step: int
    seconds: float  # since the epoch, when it was written
    size: int  # bytes


def headline(path: Path) -> Headline:
    """Read what a file says of its session; its arrays may still be damaged.

    Raises
    ------
    Complaint
        If it is missing, cut short, no session, or its metadata are damaged.
    """
    with opened(path) as tensors:
        try:
            record = parsed(tensors.metadata[archive.KEY])
            title, step = str(record["title"]), int(record["step"])
            found = path.stat()
        except (ValueError, TypeError, LookupError) as error:
            raise Complaint(f"'{path.name}' is damaged; choose another file.") from error
    return Headline(title, step, found.st_mtime, found.st_size)


class Generations:
    """A folder of the newest states of one session; nobody else may read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def newest_first(self) -> list[Path]:
        """Return the files that there are."""
        with suppress(OSError):
            return sorted((file for file in self.folder.iterdir() if _NAME.fullmatch(file.name)), reverse=True)
        return []

    def put(self, content: bytes) -> Path:
        """Add the bytes of a session's file; the oldest goes when there are more than `KEPT`.

        Raises
        ------
        Complaint
            If the disk or the folder refuses; everything older is still there then.
        """
        try:
            private(self.folder)
        except OSError as error:
            raise Complaint(f"'{self.folder}' cannot be made: {error.strerror or error}; mend that.") from error
        before = self.newest_first()
        number = int(before[0].stem) + 1 if before else 1
        path = self.folder / f"{number:08d}{archive.SUFFIX}"
        write(path, content, secret=True)
        for file in [*before[KEPT - 1 :], *self.folder.glob(".*")]:  # the latter: of a write that was killed
            with suppress(OSError):
                file.unlink()
        return path

    def clear(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
