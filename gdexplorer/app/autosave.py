"""Keeps what is done in a session safe from crashes, without anybody's asking."""

import errno
import logging
import os
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.courier import Courier, Parcel
from gdexplorer.app.guard import guarded
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.files import private
from gdexplorer.lab.generations import Deeds, Generations, deeds
from gdexplorer.lab.session import Session

INTERVAL_MS = 25_000  # with packing and writing, no more than 30 s of actions are ever lost
OPEN, UNSAVED = "open", "unsaved"  # folders: of sessions at work, or that crashed; of those that ended unsaved
MOST_UNSAVED = 3  # the newest are kept
_LOG = logging.getLogger("gdexplorer")


def locked(folder: Path) -> QLockFile | None:
    """Return the lock on a folder, which a dead process loses; None if a living one has it, or it cannot be taken."""
    lock = QLockFile(str(folder) + ".lock")
    lock.setStaleLockTime(0)  # only death makes it stale
    return lock if lock.tryLock(0) else None


class Shelf:
    """Where one session's generations lie, and the lock that says whose they are."""

    def __init__(self, root: Path, key: str, lock: QLockFile | None = None) -> None:
        self._root, self._key, self._lock = root, key, lock
        self.generations = Generations(root / OPEN / key)

    @classmethod
    def new(cls, root: Path) -> "Shelf":
        """Return one for a session that begins; there is nothing on the disk before the first `put`."""
        return cls(root, f"{time.time_ns():020}-{secrets.token_hex(4)}")

    def put(self, content: bytes) -> None:
        """Add a generation.

        Raises
        ------
        Complaint
            If the disk or the folder refuses.
        """
        try:
            if self._lock is None:
                private(self._root / OPEN)
                self._lock = locked(self.generations.folder)
            if self._lock is None:
                raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
            self.generations.put(content)
        except (Complaint, OSError) as error:
            reason = getattr(error.__cause__ or error, "strerror", None) or error
            raise Complaint(f"Autosave in '{self._root}' failed and is tried again: {reason}.") from error

    def leave(self) -> None:
        """Give up the lock and leave the rest to be found."""
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def clear(self) -> None:
        """Remove everything."""
        self.generations.clear()
        self.leave()

    def keep(self, content: bytes) -> None:
        """Add the last generation of a session that ends unsaved, and put it with the others of these."""
        self.put(content)
        kept = self._root / UNSAVED
        try:
            private(kept)
            self.generations.folder.rename(kept / self._key)
        except OSError as error:  # it is found as if it had crashed
            raise Complaint(f"'{kept}' cannot be written to: {error.strerror or error}.") from error
        self.leave()
        for old in sorted(kept.iterdir(), key=_age)[:-MOST_UNSAVED]:
            Generations(old).clear()


def _age(folder: Path) -> tuple[int, str]:
    return folder.stat().st_mtime_ns, folder.name


class Autosave(QObject):
    """Saves now and then if something was done; removes that at a clean end, or keeps the last of what is nowhere else.

    Parameters
    ----------
    unsaved
        Whether a session holds work that is in no file.
    """

    said = Signal(str)
    kept = Signal()  # what was done until a moment ago is safe

    def __init__(self, conductor: Conductor, root: Path, unsaved: Callable[[Session], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._conductor, self.root, self._unsaved = conductor, root, unsaved
        self._courier = Courier(self)
        self._shelf: Shelf | None = None
        self._next: Shelf | None = None  # of the session that is opened next, if it has one already
        self._safe = Deeds()  # what is kept
        self._failing = False  # that it fails is said once
        self.timer = QTimer(self)
        self.timer.setInterval(INTERVAL_MS)
        self.timer.timeout.connect(self._on_timeout)
        conductor.opened.connect(self._on_opened)
        conductor.ended.connect(self._on_ended)

    def adopt(self, shelf: Shelf) -> None:
        """Let the session that is opened next go on with generations that there are."""
        self._next = shelf

    @guarded
    def _on_opened(self) -> None:
        begun = self._conductor.begun
        if begun is not None or self._shelf is None:
            self._shelf, self._next = self._next or Shelf.new(self.root), None
            self._safe = begun or Deeds()
        self.timer.start()

    @guarded
    def _on_timeout(self) -> None:
        trainer = self._conductor.trainer
        if trainer is None or trainer.session is None or self._shelf is None or self._courier.busy:
            return
        if deeds(trainer.session) != self._safe:
            self._courier.carry(trainer, Parcel(self._shelf.put, partial(self._on_done, self._shelf)))

    def _on_done(self, shelf: Shelf, parcel: Parcel) -> None:
        if shelf is not self._shelf:  # of a session that has ended meanwhile
            return
        if not parcel.refusal:
            self._safe, self._failing = parcel.deeds, False
            self.kept.emit()
        elif not self._failing:
            self._failing = True
            self.said.emit(parcel.refusal)

    @guarded
    def _on_ended(self, session: Session | None) -> None:
        """Nobody works on the session any more."""
        self.timer.stop()
        self._courier.part_from(session)
        if session is None or (shelf := self._shelf) is None:
            return  # what is kept of a session that is out of reach stays, for the next start at the latest
        self._shelf = None
        if self._unsaved(session):
            self._courier.carry_at_rest(session, Parcel(shelf.keep, self._on_kept))
        else:
            self._courier.run(shelf.clear)

    def _on_kept(self, parcel: Parcel) -> None:
        if parcel.refusal:
            _LOG.warning("The last state of a session could not be kept: %s", parcel.refusal)

    def close(self) -> None:
        """Wait, within bounds, for what is on its way."""
        self._courier.wait()
