"""How a film is encoded: GIF, APNG and, by ffmpeg, MP4, each with no more than the frame before in memory.

A frame holds what differs from the one before it. The colors of a GIF are chosen once, from some frames of the film, so
that nothing flickers: the most frequent colors as they are, and those that stand for the rest.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from struct import pack, unpack
from typing import IO
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from gdexplorer.lab.complaints import Complaint

Pixels = NDArray[np.uint8]  # (height, width, 3)
CLEAR = 255  # the color of a GIF that lets what was before shine through
EXACT = 96  # colors of a GIF that are kept as they are, of those that are too many


@dataclass(frozen=True, slots=True)
class Reel:
    """How a film runs.

    Attributes
    ----------
    frames, rate
        How many there are, and in a second.
    """

    width: int
    height: int
    frames: int
    rate: int


def _changed(before: Pixels | None, now: Pixels) -> tuple[NDArray[np.bool_], tuple[slice, slice]]:
    """Return which pixels (height, width) are others than before, and the box around them, at least one pixel."""
    if before is None:
        return np.ones(now.shape[:2], np.bool_), (slice(0, now.shape[0]), slice(0, now.shape[1]))
    changed = before != now
    if changed.ndim == 3:
        changed = changed.any(axis=2)
    rows, columns = (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return changed, (slice(0, 1), slice(0, 1))
    return changed, (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))


class Gif:
    """GIF89a with one table of 255 colors; the 256th is transparent."""

    def __init__(self, file: IO[bytes], reel: Reel, survey: Sequence[Pixels]) -> None:
        self._file, self._reel, self._count = file, reel, 0
        self._before: Pixels | None = None
        self._colors = shared_colors(survey)
        self._nearest = np.full(1 << 24, CLEAR, np.uint8)  # of every color, as far as it was needed
        table = np.zeros((256, 3), np.uint8)
        table[: len(self._colors)] = self._colors
        file.write(b"GIF89a" + pack("<HHBBB", reel.width, reel.height, 0xF7, 0, 0) + table.tobytes())
        file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # for ever

    def _numbers(self, pixels: Pixels) -> Pixels:
        """Return the number of each pixel's nearest color, (height, width)."""
        packed = _packed(pixels)
        found = self._nearest[packed]
        unknown = np.unique(packed[found == CLEAR])
        if not len(unknown):
            return found
        colors = self._colors.astype(np.float32)  # in which these integers are exact
        for part in np.array_split(unknown, len(unknown) // 4096 + 1):
            distances = (colors * colors).sum(axis=1) - 2 * _unpacked(part).astype(np.float32) @ colors.T
            self._nearest[part] = distances.argmin(axis=1)
        return self._nearest[packed]

    def add(self, pixels: Pixels) -> None:
        """Write the next frame."""
        now = self._numbers(pixels)
        changed, (rows, columns) = _changed(self._before, now)
        part = np.where(changed[rows, columns], now[rows, columns], np.uint8(CLEAR))
        made = Image.frombytes("P", (part.shape[1], part.shape[0]), part.tobytes())
        k, rate = self._count, self._reel.rate
        delay = 100 * (k + 1) // rate - 100 * k // rate  # hundredths of a second
        at = (int(columns.start), int(rows.start))
        self._file.write(
            b"".join(GifImagePlugin.getdata(made, at, duration=10 * delay, transparency=CLEAR, disposal=1))
        )
        self._before, self._count = now, k + 1

    def end(self) -> None:
        """Write what comes after the last."""
        self._file.write(b";")

    def drop(self) -> None:
        """There is nothing else to let go of."""


def shared_colors(survey: Sequence[Pixels]) -> Pixels:
    """Return at most 255 colors (n, 3) for all pictures: the most frequent, and by median cut those of the rest."""
    packed = np.concatenate([_packed(picture).ravel() for picture in survey])
    found, counts = np.unique(packed, return_counts=True)
    if len(found) <= CLEAR:
        return _unpacked(found)
    frequent = found[np.argsort(-counts, kind="stable")[:EXACT]]
    rest = Image.fromarray(_unpacked(packed[~np.isin(packed, frequent)])[None])
    few = rest.quantize(CLEAR - EXACT, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette() or []
    return np.concatenate([_unpacked(frequent), np.array(few, np.uint8).reshape(-1, 3)[: CLEAR - EXACT]])


def _packed(pixels: Pixels) -> NDArray[np.uint32]:
    """Return colors (…, 3) as a number each."""
    wide = pixels.astype(np.uint32)
    found: NDArray[np.uint32] = wide[..., 0] << np.uint32(16) | wide[..., 1] << np.uint32(8) | wide[..., 2]
    return found


def _unpacked(packed: NDArray[np.uint32]) -> Pixels:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)


class Apng:
    """Chunks of PNGs that Pillow makes, one behind the other (W3C, "PNG, third edition", 2025)."""

    def __init__(self, file: IO[bytes], reel: Reel) -> None:
        self._file, self._reel, self._number = file, reel, 0
        self._before: Pixels | None = None
        file.write(b"\x89PNG\r\n\x1a\n")
        self._chunk(b"IHDR", pack(">IIBBBBB", reel.width, reel.height, 8, 6, 0, 0, 0))
        self._chunk(b"acTL", pack(">II", reel.frames, 0))

    def _chunk(self, kind: bytes, content: bytes) -> None:
        self._file.write(pack(">I", len(content)) + kind + content + pack(">I", crc32(kind + content)))

    def _numbered(self, kind: bytes, content: bytes) -> None:
        self._chunk(kind, pack(">I", self._number) + content)
        self._number += 1

    def add(self, pixels: Pixels) -> None:
        """Write the next frame: what has not changed is transparent."""
        changed, (rows, columns) = _changed(self._before, pixels)
        shown = changed[rows, columns, None]
        part = np.concatenate([pixels[rows, columns] * shown, np.uint8(255) * shown], axis=2)
        first, height, width = self._before is None, *part.shape[:2]
        box = (width, height, int(columns.start), int(rows.start))
        self._numbered(b"fcTL", pack(">IIIIHHBB", *box, 1, self._reel.rate, 0, not first))
        file = BytesIO()
        Image.fromarray(part).save(file, "PNG")
        content = b"".join(_data(file.getvalue()))
        if first:
            self._chunk(b"IDAT", content)
        else:
            self._numbered(b"fdAT", content)
        self._before = pixels

    def end(self) -> None:
        """Write what comes after the last."""
        self._chunk(b"IEND", b"")

    def drop(self) -> None:
        """There is nothing else to let go of."""


def _data(png: bytes) -> list[bytes]:
    """Return the contents of a PNG's IDAT chunks."""
    found, at = [], 8
    while at < len(png):
        length, kind = unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            found.append(png[at + 8 : at + 8 + length])
        at += length + 12
    return found


def ffmpeg() -> str:
    """Return the path of ffmpeg, the machine's own or that of the package imageio-ffmpeg.

    Raises
    ------
    Complaint
        If there is none.
    """
    if (own := shutil.which("ffmpeg")) is not None:
        return own
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise Complaint("An MP4 film needs ffmpeg; install it, or run: pip install 'gdexplorer[video]'; or save a GIF "
                        "or an APNG.") from error  # fmt: skip


class Mp4:
    """H.264 by ffmpeg, to which the frames are piped; an odd row or column is left out."""

    def __init__(self, path: str, reel: Reel) -> None:
        size = f"{reel.width}x{reel.height}"
        given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", size, "-framerate", str(reel.rate), "-i", "-"]
        even = f"crop={reel.width // 2 * 2}:{reel.height // 2 * 2}:0:0"
        made = ["-vf", even, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", "-movflags", "+faststart"]
        same = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1"]
        command = [ffmpeg(), "-loglevel", "error", "-y", *given, *made, *same, "-f", "mp4", path]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - until the film has ended
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors)

    def add(self, pixels: Pixels) -> None:
        """Hand on the next frame."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(pixels).data)
        except BrokenPipeError:
            self._fail()

    def end(self) -> None:
        """Wait until ffmpeg has written the last."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            self._fail()
        if self._process.wait():
            self._fail()
        self._errors.close()

    def _fail(self) -> None:
        self._process.wait()
        self._errors.seek(0)
        told = self._errors.read().decode(errors="replace").split("\n")[0]
        raise Complaint(f"ffmpeg could not make the film ({told[:200] or 'it said nothing'}); save a GIF or an APNG.")

    def drop(self) -> None:
        """End ffmpeg."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # of what it did not read
            self._process.stdin.close()
        self._errors.close()
