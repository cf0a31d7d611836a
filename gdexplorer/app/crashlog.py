"""What went wrong in each run of the program, and whether it came to a clean end: a file and a lock each.

Exceptions are written with their time by the log; what kills the process itself, an abort in C or a segmentation fault,
leaves its stack by `faulthandler`; what leaves nothing, leaves the lock.
"""

import faulthandler
import logging
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from PySide6.QtCore import QLockFile

from gdexplorer.lab.files import private

FOLDER, SUFFIX = "runs", ".log"
KEPT = 10  # files
MOST_BYTES = 2**16  # of a file that are shown
FATAL = "Fatal Python error", "Windows fatal exception"  # how faulthandler begins
_LOG = logging.getLogger("gdexplorer")


class CrashLog:
    """The file of this run, and what the runs before it left."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER
        self.stack = ""  # of the newest run that died so that it left one
        self._died: list[QLockFile] = []
        self._lock: QLockFile | None = None
        self._path = self._folder / f"{time.time_ns():020}-{secrets.token_hex(4)}{SUFFIX}"
        self._handler: logging.Handler | None = None
        self._file: TextIO | None = None

    def begin(self) -> None:
        """Look at what was left, then write from here on. Where nothing can be written, nothing is."""
        try:
            private(self._folder)
            self._find()
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            _LOG.warning("There is no crash log: %s", error)
            return
        self._file = os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace")
        self._lock = QLockFile(f"{self._path}.lock")
        self._lock.setStaleLockTime(0)
        self._lock.tryLock(0)
        self._handler = logging.StreamHandler(self._file)
        self._handler.setLevel(logging.ERROR)
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        _LOG.addHandler(self._handler)
        faulthandler.enable(self._file)

    def _find(self) -> None:
        for path in sorted(self._folder.glob(f"*{SUFFIX}.lock"), reverse=True):
            lock = QLockFile(str(path))
            lock.setStaleLockTime(0)
            if lock.tryLock(0):  # whoever had it is dead
                self._died.append(lock)
                text = _tail(path.with_suffix(""))
                if not self.stack and any(words in text for words in FATAL):
                    self.stack = text
        for old in sorted(self._folder.glob(f"*{SUFFIX}"))[: -KEPT + 1]:
            old.unlink(missing_ok=True)

    def forget(self) -> None:
        """The runs that died were told of."""
        for lock in self._died:
            lock.unlock()
        self._died, self.stack = [], ""

    def end(self) -> None:
        """The run comes to a clean end: its file stays only if something is in it."""
        if self._file is None:
            return
        faulthandler.disable()
        if self._handler is not None:
            _LOG.removeHandler(self._handler)
        self._file.close()
        with suppress(OSError):
            if self._path.stat().st_size == 0:
                self._path.unlink()
        if self._lock is not None:
            self._lock.unlock()
        self._file = self._lock = None


def _tail(path: Path) -> str:
    """Return the end of a file as plain text."""
    try:
        with path.open("rb") as file:
            file.seek(max(os.path.getsize(path) - MOST_BYTES, 0))
            return file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
