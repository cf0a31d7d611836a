"""Finds the sessions that a crash left, or that ended unsaved, and opens them again."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gdexplorer.app.autosave import OPEN, UNSAVED, Autosave, Shelf, locked
from gdexplorer.app.conductor import Conductor
from gdexplorer.app.crashlog import CrashLog
from gdexplorer.app.guard import guarded
from gdexplorer.app.recoverydialog import RecoveryDialog
from gdexplorer.lab import archive
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.generations import Generations, Headline, headline
from gdexplorer.lab.session import Session

_KEY = re.compile(r"[0-9]{20}-[0-9a-f]{8}")  # see `Shelf.new`
_LOG = logging.getLogger("gdexplorer")


@dataclass(eq=False, slots=True)
class Lost:
    """A session that somebody may want back; its lock is held."""

    shelf: Shelf
    headline: Headline | None  # of its newest state that can be read; None: all are damaged

    def load(self, catalogue: Catalogue) -> tuple[Session, int]:
        """Return its newest state that is whole, and how many newer ones are damaged.

        Raises
        ------
        Complaint
            If none is.
        """
        for damaged, path in enumerate(self.shelf.generations.newest_first()):
            try:
                return archive.load(path, catalogue), damaged
            except Complaint as complaint:
                _LOG.warning("An autosave was passed over: %s", complaint)
        raise Complaint("None of the session's autosaves can be read; discard them.")


def lost(root: Path) -> list[Lost]:
    """Take the locks of the sessions that ended without a word, and return them, the last to be saved first."""
    found: list[Lost] = []
    for key in _keys(root / OPEN):
        if (lock := locked(root / OPEN / key)) is not None:  # nobody living is at work on it
            shelf = Shelf(root, key, lock)
            if shelf.generations.newest_first():
                found.append(Lost(shelf, newest(shelf.generations)))
            else:
                shelf.clear()
    return sorted(found, key=lambda one: one.headline.seconds if one.headline else 0.0, reverse=True)


def unsaved(root: Path) -> list[tuple[str, Headline]]:
    """Return the keys and headlines of the sessions that ended unsaved, the newest first."""
    found = ((key, newest(Generations(root / UNSAVED / key))) for key in _keys(root / UNSAVED))
    kept = [(key, line) for key, line in found if line is not None]
    return sorted(kept, key=lambda one: one[1].seconds, reverse=True)


def newest(generations: Generations) -> Headline | None:
    """Return the headline of the newest state that can be read."""
    for path in generations.newest_first():
        try:
            return headline(path)
        except Complaint as complaint:
            _LOG.warning("An autosave was passed over: %s", complaint)
    return None


def _keys(folder: Path) -> Iterator[str]:
    try:
        names = {file.name.partition(".")[0] for file in folder.iterdir()}
    except OSError:
        names = set()
    yield from sorted((name for name in names if _KEY.fullmatch(name)), reverse=True)


class Recovery(QObject):
    """Offers, and opens, what would be lost otherwise."""

    said = Signal(str)

    def __init__(self, conductor: Conductor, autosave: Autosave, window: QWidget) -> None:
        super().__init__(window)
        self._conductor, self._autosave, self._window = conductor, autosave, window
        autosave.said.connect(self.said)
        self._lost: list[Lost] = []
        self._log: CrashLog | None = None
        self._resume = False  # playing, unless something is recovered
        self.dialog: RecoveryDialog | None = None

    def offer(self, log: CrashLog) -> None:
        """Show what can be recovered, and where the program crashed, if there is either; the run rests meanwhile."""
        self._lost = lost(self._autosave.root)
        if not self._lost and not log.stack:
            log.forget()
            return
        self._log, self._resume = log, self._conductor.playing
        self._conductor.pause()
        self.dialog = RecoveryDialog([one.headline for one in self._lost], log.stack, self._window)
        self.dialog.recover_requested.connect(self._on_recover_requested)
        self.dialog.discard_requested.connect(self._on_discard_requested)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    def unsaved(self) -> list[tuple[str, Headline]]:
        """Return what `reopen` can open."""
        return unsaved(self._autosave.root)

    def reopen(self, key: str) -> None:
        """Open a session that ended unsaved."""
        root = self._autosave.root
        if (lock := locked(root / OPEN / key)) is None:
            self.said.emit("Another gdexplorer has that session open; go on there.")
            return
        shelf = Shelf(root, key, lock)
        try:
            (root / UNSAVED / key).rename(shelf.generations.folder)
        except OSError as error:
            shelf.leave()
            self.said.emit(f"That session cannot be opened: {error.strerror or error}.")
            return
        if not self._open(Lost(shelf, None)):
            shelf.leave()

    def _open(self, one: Lost) -> bool:
        try:
            session, damaged = one.load(self._conductor.catalogue)
        except Complaint as complaint:
            self.said.emit(str(complaint))
            return False
        self._autosave.adopt(one.shelf)
        self._conductor.open_session(session)
        older = f" The newest {'state was' if damaged == 1 else 'states were'} damaged; this is the one before."
        self.said.emit("Recovered; save the session to keep it." + (older if damaged else ""))
        return True

    @guarded
    def _on_recover_requested(self, number: int) -> None:
        dialog = self.dialog
        if dialog is not None and self._open(self._lost[number]):
            del self._lost[number]
            self._resume = False
            dialog.accept()
        elif dialog is not None:
            dialog.show_damaged(number)

    @guarded
    def _on_discard_requested(self, number: int) -> None:
        self._lost.pop(number).shelf.clear()

    @guarded
    def _on_finished(self) -> None:
        """What is left can be found again."""
        for one in self._lost:
            one.shelf.leave()
        self._lost, self.dialog = [], None
        if self._log is not None:
            self._log.forget()
        if self._resume:
            self._conductor.play(True)

    def close(self) -> None:
        """Leave the dialog, if there is one, and wait within bounds for what is on its way to the disk."""
        if self.dialog is not None:
            self.dialog.reject()
        self._autosave.close()
