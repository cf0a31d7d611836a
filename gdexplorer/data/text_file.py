"""A text file that anybody made, read within limits: its bytes, its encoding, whole lines only."""

import codecs
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 50 * 2**20
BLOCK = 2**20
NAME = 60  # characters of a file's name that a sentence shows


class Stopped(Exception):
    """Reading was called back before its end."""


@dataclass(frozen=True, slots=True)
class Text:
    r"""What was read.

    Attributes
    ----------
    content : bytes
        In `codec`, lines ended by ``\n``, no byte order mark; whole lines only.
    cut : bool
        Whether the file goes on.
    share : float
        Part of the file that was read.
    remarks : tuple of str
        A sentence for everything that is not as it should be.
    """

    name: str
    content: bytes
    codec: str
    cut: bool
    share: float
    remarks: tuple[str, ...]


def shown(text: str, most: int = NAME) -> str:
    """Return a text as one short printable line."""
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
    line = " ".join(line.split())
    return line if len(line) <= most and len(text) <= 4 * most else line[: most - 1] + "…"


def read_text(path: Path, stop: Callable[[], bool] = lambda: False, most: int = MOST_BYTES) -> Text:
    """Read up to `most` bytes of a file.

    Raises
    ------
    ValueError
        One sentence: the file cannot be read, is empty, or is no text.
    Stopped
        If `stop` says so; it is asked at least once a block.
    """
    name = shown(path.name)
    try:
        content, size, remarks = _read(path, name, stop, most)
    except OSError as error:
        raise ValueError(f"'{name}' cannot be read: {error.strerror or error}; choose another file.") from error
    except ValueError as error:
        if str(error).startswith("'"):
            raise
        raise ValueError(f"'{name}' cannot be read: its path has characters that no file system takes.") from error
    cut = len(content) > most
    content, codec = _decodable(content[:most], name, cut)
    if stop():
        raise Stopped
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if cut:
        content = content[: content.rfind(b"\n") + 1] or content
    if not content.strip():
        raise ValueError(f"'{name}' is empty; choose a file with a row for each example.")
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise ValueError(f"'{name}' has NUL bytes, the first in line {line:,}, so it is no text; save it as CSV.")
    if codec == "utf-8" and (bad := _not_utf8(content, stop)) >= 0:
        codec, line = "latin-1", content.count(b"\n", 0, bad) + 1
        remarks = (f"'{name}' is not UTF-8, first in line {line:,}, and was read as Latin-1: check its umlauts and "
                   "accents.", *remarks)  # fmt: skip
    return Text(name, content, codec, cut, min(1.0, most / max(size, 1)) if cut else 1.0, remarks)


def _read(path: Path, name: str, stop: Callable[[], bool], most: int) -> tuple[bytes, int, tuple[str, ...]]:
    """Return at most one byte more than `most`, the file's size, and what happened to it meanwhile."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # to open a pipe would wait for its other end
        raise ValueError(f"'{name}' is no file of text but a folder or a device; choose a CSV file.")
    content = bytearray()
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        while len(content) <= most:
            if stop():
                raise Stopped
            block = file.read(min(BLOCK, most + 1 - len(content)))
            if not block:
                break
            content += block
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return bytes(content), after.st_size, (f"'{name}' was changed while it was read, so that old and new rows may "
                                               "be mixed; read it again.",)  # fmt: skip
    try:
        same = os.path.samestat(os.stat(path), after)
    except OSError:
        same = False
    remark = f"'{name}' was deleted or replaced while it was read; these are the rows of the file as it was."
    return bytes(content), after.st_size, () if same else (remark,)


def _decodable(content: bytes, name: str, cut: bool) -> tuple[bytes, str]:
    """Return UTF-16 as UTF-8, anything else as it is, without a byte order mark."""
    if content.startswith(codecs.BOM_UTF8):
        return content[len(codecs.BOM_UTF8) :], "utf-8"
    if (codec := _utf16(content)) is None:
        return content, "utf-8"
    start = 2 if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else 0
    end = len(content) - len(content) % 2 if cut else len(content)
    if cut and end >= 2 and content[end - (1 if codec == "utf-16-le" else 2)] & 0xFC == 0xD8:
        end -= 2  # the first half of a pair
    try:
        return content[start:end].decode(codec).encode(), "utf-8"
    except UnicodeError as error:
        raise ValueError(f"'{name}' is damaged UTF-16; save it as UTF-8.") from error


def _utf16(content: bytes) -> str | None:
    """Return the codec of UTF-16, with a byte order mark or without: then every other byte of plain text is 0."""
    if content.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if content.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    head = content[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) == 0 and max(even, odd) > len(head) / 4:
        return "utf-16-be" if even else "utf-16-le"
    return None


def _not_utf8(content: bytes, stop: Callable[[], bool]) -> int:
    """Return where bytes stop being UTF-8, -1 if they do not."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), BLOCK):
        if stop():
            raise Stopped
        try:
            decoder.decode(content[start : start + BLOCK], final=start + BLOCK >= len(content))
        except UnicodeDecodeError as error:
            return max(0, start + error.start - 3)  # `start` may be within what was kept of the block before
    return -1
