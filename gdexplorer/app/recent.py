"""The files that were opened or saved last, kept between starts."""

import os
from pathlib import Path

from PySide6.QtCore import QSettings

MOST = 10
KEY = "files/recent"


class Recent:
    """A short list of paths, the newest first."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def paths(self) -> list[str]:
        """Return the files, whether they are there or not."""
        kept = self._settings.value(KEY, [])
        kept = [kept] if isinstance(kept, str) else kept  # a list of one, read from a file
        return [path for path in kept if isinstance(path, str) and path][:MOST] if isinstance(kept, list) else []

    def add(self, path: str | Path) -> None:
        """Put a file first."""
        name = os.path.abspath(path)
        self._keep([name, *(other for other in self.paths() if other != name)][:MOST])

    def drop(self, path: str) -> None:
        """Take a file off the list."""
        self._keep([other for other in self.paths() if other != path])

    def clear(self) -> None:
        """Forget all of them."""
        self._keep([])

    def _keep(self, paths: list[str]) -> None:
        self._settings.setValue(KEY, paths)
