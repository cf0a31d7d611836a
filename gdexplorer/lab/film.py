"""A film, frame by frame, in a file: one frame in memory at a time, and on the disk a whole film or none."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.encoders import Apng, Gif, Mp4, Pixels, Reel
from gdexplorer.lab.files import grant

FORMATS = {".gif": "GIF", ".png": "APNG", ".apng": "APNG", ".mp4": "MP4"}
MOST_RATE = 50  # frames a second: browsers show a faster GIF slowly


class Writer(Protocol):
    """Takes frames, one after the other."""

    def add(self, pixels: Pixels) -> None:
        """Write the next frame."""
        ...

    def end(self) -> None:
        """Write what comes after the last."""
        ...

    def drop(self) -> None:
        """Let go of everything."""
        ...


class Film:
    """Frames on their way to a file, which is there when `finish` returns and not before.

    Parameters
    ----------
    survey
        Some of the film's frames; the colors of a GIF are made of them.

    Raises
    ------
    Complaint
        From here or any method: there is no such format, no ffmpeg for an MP4, or the disk refuses.
    """

    def __init__(self, path: Path, reel: Reel, survey: Sequence[Pixels]) -> None:
        self._path, kind, self._temporary = path, format_of(path), ""
        try:
            target = Path(os.path.realpath(path))
            handle, self._temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
            self._target, self._file = target, os.fdopen(handle, "wb")
        except OSError as error:
            raise self._refusal(error) from error
        try:
            self._writer: Writer
            if kind == "GIF":
                self._writer = Gif(self._file, reel, survey)
            elif kind == "APNG":
                self._writer = Apng(self._file, reel)
            else:
                self._writer = Mp4(self._temporary, reel)
        except BaseException:
            self._file.close()
            Path(self._temporary).unlink(missing_ok=True)
            raise

    def _refusal(self, error: OSError) -> Complaint:
        return Complaint(f"'{self._path}' could not be saved: {error.strerror or error}; save somewhere else.")

    @property
    def written(self) -> int:
        """Bytes so far."""
        return os.stat(self._temporary).st_size if self._temporary else 0

    def add(self, pixels: Pixels) -> None:
        """Write the next frame."""
        try:
            self._writer.add(pixels)
            self._file.flush()
        except OSError as error:
            raise self._refusal(error) from error

    def finish(self) -> None:
        """Put the film where it is to be."""
        try:
            self._writer.end()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            grant(self._temporary, self._target)
            os.replace(self._temporary, self._target)
        except OSError as error:
            raise self._refusal(error) from error
        self._temporary = ""

    def drop(self) -> None:
        """Leave nothing behind; after `finish` there is nothing to leave."""
        if self._temporary:
            self._writer.drop()
            self._file.close()
            Path(self._temporary).unlink(missing_ok=True)
            self._temporary = ""


def format_of(path: Path) -> str:
    """Return a film's format by its name.

    Raises
    ------
    Complaint
        If no format has such an extension.
    """
    if path.suffix.lower() not in FORMATS:
        raise Complaint(f"'{path.name}' is no film; give it one of the extensions {', '.join(FORMATS)}.")
    return FORMATS[path.suffix.lower()]
