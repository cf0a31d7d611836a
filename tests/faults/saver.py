"""Saves a session again and again, one more update in each, until somebody kills it; told to begin by a line of input.

It imports once and forks for each beginning, so that hundreds of deaths take seconds. What it is about to do, and what
it has done, it writes down where the one who kills can read it.
"""

import errno
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gdexplorer.lab import archive
from gdexplorer.lab.generations import Generations
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment

PLACES = ("mkstemp", "half of the write", "write", "fsync", "replace", "after replace")
FAULTS: dict[str, Callable[[], None]] = {}


def session_at(updates: int) -> Session:
    session = Session(experiment({"network.layers": [{"id": "h1", "units": 300, "activation": "tanh"}]}), CATALOGUE)
    session.advance(updates)
    return session


def fault(name: str) -> Callable[[], None]:
    """Return what goes wrong."""

    def happen() -> None:
        if name == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, name)
        raise OSError(number, os.strerror(number))

    return happen


class Half:
    """A file of which the disk takes half of what is written."""

    def __init__(self, file: Any, share: float, happen: Callable[[], None]) -> None:
        self._file, self._share, self._happen = file, share, happen

    def write(self, content: bytes) -> None:
        self._file.write(content[: int(self._share * len(content))])
        self._file.flush()
        self._happen()

    def __enter__(self) -> "Half":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def break_at(place: str, happen: Callable[[], None], patch: Callable[[Any, str, Any], None]) -> None:
    """Let something go wrong at a place of the next write."""
    fdopen, replace = os.fdopen, os.replace

    def refuse(*_: object, **__: object) -> None:
        happen()

    def replaced(*paths: Any) -> None:
        replace(*paths)
        happen()

    if place == "mkstemp":
        patch(tempfile, "mkstemp", refuse)
    elif place.endswith("write"):
        share = 0.5 if place.startswith("half") else 1.0
        patch(os, "fdopen", lambda *given: Half(fdopen(*given), share, happen))
    elif place == "after replace":
        patch(os, "replace", replaced)
    else:
        patch(os, place, refuse)


def work(path: Path, place: str) -> None:
    """Save until killed; with a place, die there at the third time."""
    session, store = session_at(0), Generations(path) if path.suffix != archive.SUFFIX else None
    tell(f"pid {os.getpid()}")
    while True:
        session.advance(1)
        if place and session.updates == 3:
            break_at(place, fault("kill"), setattr)
        tell(f"begin {session.updates}")
        if store is None:
            archive.save(session, path)
        else:
            store.put(archive.packed(session))
        tell(f"done {session.updates}")


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main() -> None:
    for line in sys.stdin:
        path, _, place = line.rstrip("\n").partition("\t")
        child = os.fork()
        if child == 0:
            work(Path(path), place)
        os.waitpid(child, 0)
        tell("dead")


if __name__ == "__main__":
    main()
