"""The program as a process that a test starts, listens to, sends signals to and waits for."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Timer

PATIENCE = 60.0  # seconds, for a machine that others keep busy


class Program:
    """One run of `tests.faults.child`, with its own folders for settings and state."""

    def __init__(self, home: Path, *names: str, environment: Mapping[str, str] | None = None) -> None:
        folders = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "DATA", "CACHE")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.child", *names],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **folders, **(environment or {})},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._deadline = Timer(PATIENCE, self._process.kill)
        self._deadline.start()
        self.lines: dict[str, str] = {}
        self.seconds = 0.0  # that the end was waited for

    def until(self, word: str) -> str:
        """Read until a line begins with this word; return the rest of it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            name, _, rest = line.strip().partition(" ")
            self.lines[name] = rest
            if name == word:
                return rest
        raise AssertionError(f"it never said '{word}', but {self.lines}: {self.ended()}")

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def running(self) -> bool:
        return self._process.poll() is None

    def ended(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what it said in distress."""
        begun = time.perf_counter()
        output, errors = self._process.communicate()
        self.seconds = time.perf_counter() - begun
        for line in output.splitlines():
            name, _, rest = line.partition(" ")
            self.lines[name] = rest
        self._deadline.cancel()
        return self._process.returncode, errors
