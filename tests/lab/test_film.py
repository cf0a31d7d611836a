"""Films, as other programs read them: every frame is what was given, and no half film is left behind."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gdexplorer.lab import encoders, film
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.encoders import Pixels, Reel, ffmpeg, shared_colors
from gdexplorer.lab.film import Film

HEIGHT, WIDTH, FRAMES = 40, 61, 12


def pictures(colors: int = 200) -> list[Pixels]:
    """A square that wanders over a gradient of so many colors, and rests now and then."""
    made = []
    for k in range(FRAMES):
        picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        picture[..., 0] = np.linspace(0, colors - 1, HEIGHT * WIDTH).astype(np.uint8).reshape(HEIGHT, WIDTH)
        at = 3 * (k // 2)
        picture[at : at + 8, 2 * at : 2 * at + 9] = 250, 10, 90
        made.append(picture)
    return made


def add_all(made: Film, given: list[Pixels]) -> None:
    for picture in given:
        made.add(picture)


def write(path: Path, given: list[Pixels], rate: int = 10) -> None:
    reel = Reel(WIDTH, HEIGHT, len(given), rate)
    made = Film(path, reel, given[::4])
    add_all(made, given)
    made.finish()
    made.drop()


def read(path: Path) -> tuple[list[Pixels], list[float]]:
    """Return the frames as Pillow shows them, and their milliseconds."""
    with Image.open(path) as image:
        found, durations = [], []
        for k in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(k)
            found.append(np.array(image.convert("RGB")))
            durations.append(image.info["duration"])
    return found, durations


@pytest.mark.parametrize("name", ["film.gif", "film.png", "film.apng"])
def test_every_frame_is_what_was_given(name: str, tmp_path: Path) -> None:
    given = pictures()
    write(tmp_path / name, given)
    found, durations = read(tmp_path / name)
    assert len(found) == FRAMES
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(given, found, strict=True))
    assert durations == [100] * FRAMES


def test_delays_of_a_gif_keep_the_pace_on_the_whole(tmp_path: Path) -> None:
    write(tmp_path / "film.gif", pictures(), rate=30)
    assert sum(read(tmp_path / "film.gif")[1]) == 1000 * FRAMES / 30


def test_a_gif_with_many_colors_has_one_table_and_keeps_the_frequent_ones(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    given = pictures()
    for picture in given:
        picture[30:, :30] = rng.integers(0, 256, (HEIGHT - 30, 30, 3))
    colors = shared_colors(given[::4])
    assert len(colors) <= 255
    write(tmp_path / "film.gif", given)
    found, _ = read(tmp_path / "film.gif")
    allowed = {tuple(color) for color in colors.tolist()}
    assert {tuple(pixel) for picture in found for pixel in picture.reshape(-1, 3).tolist()} <= allowed
    for mine, theirs in zip(given, found, strict=True):
        assert np.array_equal(mine[:8, 40:], theirs[:8, 40:])  # gradient and square are common colors
        wanted = mine[35, 5].astype(int)
        distances = ((colors.astype(int) - wanted) ** 2).sum(axis=1)
        assert ((theirs[35, 5] - wanted) ** 2).sum() == distances.min()


@pytest.mark.parametrize("name", ["film.gif", "film.png"])
def test_what_does_not_change_costs_next_to_nothing(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    noise = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    write(tmp_path / name, [noise])
    one = (tmp_path / name).stat().st_size
    write(tmp_path / name, [noise] * 50)
    assert (tmp_path / name).stat().st_size < one + 50 * 120
    assert len(read(tmp_path / name)[0]) == 50


@pytest.mark.parametrize("name", ["film.gif", "film.png"])
def test_the_same_frames_are_the_same_bytes(name: str, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / name, pictures())
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("name", ["film.gif", "film.png"])
def test_a_film_that_is_dropped_leaves_nothing_and_harms_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"before")
    made = Film(tmp_path / name, Reel(WIDTH, HEIGHT, FRAMES, 10), pictures())
    made.add(pictures()[0])
    assert made.written > 100
    made.drop()
    made.drop()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"before"


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Film(tmp_path / "film.gif", Reel(WIDTH, HEIGHT, FRAMES, 10), pictures())
    made.add(pictures()[0])

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(film.os, "fsync", full)
    with pytest.raises(Complaint, match="No space left on device; save somewhere else"):
        made.finish()
    made.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_and_an_unknown_format_are_sentences(tmp_path: Path) -> None:
    reel = Reel(WIDTH, HEIGHT, 1, 10)
    with pytest.raises(Complaint, match="could not be saved: No such file"):
        Film(tmp_path / "missing" / "film.gif", reel, pictures())
    with pytest.raises(Complaint, match="is no film"):
        Film(tmp_path / "film.txt", reel, pictures())
    assert list(tmp_path.iterdir()) == []


def test_without_ffmpeg_a_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(Complaint, match="pip install 'gdexplorer\\[video\\]'"):
        Film(tmp_path / "film.mp4", Reel(WIDTH, HEIGHT, 1, 10), [])
    assert list(tmp_path.iterdir()) == []


STUB = """#!/bin/sh
for last in "$@"; do :; done
{body}
"""


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where a program that takes the place of ffmpeg may be written."""
    if shutil.which("sh") is None:
        pytest.skip("a shell script stands for ffmpeg")
    path = tmp_path / "ffmpeg"
    monkeypatch.setattr(encoders, "ffmpeg", lambda: str(path))
    return path


def test_ffmpeg_is_given_every_frame_and_its_file_is_the_film(stub: Path, tmp_path: Path) -> None:
    stub.write_text(STUB.format(body='cat > "$last"'))
    stub.chmod(0o755)
    write(tmp_path / "film.mp4", pictures())
    assert (tmp_path / "film.mp4").read_bytes() == b"".join(picture.tobytes() for picture in pictures())


def test_an_ffmpeg_that_fails_is_quoted(stub: Path, tmp_path: Path) -> None:
    stub.write_text(STUB.format(body='echo "Unknown encoder" >&2; exit 1'))
    stub.chmod(0o755)
    made = Film(tmp_path / "film.mp4", Reel(WIDTH, HEIGHT, FRAMES, 10), [])
    with pytest.raises(Complaint, match=r"ffmpeg could not make the film \(Unknown encoder\); save a GIF"):
        add_all(made, pictures() * 40)  # more than a pipe holds
    made.drop()
    assert [path.name for path in tmp_path.iterdir()] == ["ffmpeg"]


def test_an_mp4_shows_what_was_given(tmp_path: Path) -> None:
    try:
        program = ffmpeg()
    except Complaint:
        pytest.skip("no ffmpeg here")
    write(tmp_path / "film.mp4", pictures())
    command = [
        program,
        "-loglevel",
        "error",
        "-i",
        str(tmp_path / "film.mp4"),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    found = np.frombuffer(raw, np.uint8).reshape(FRAMES, HEIGHT // 2 * 2, WIDTH // 2 * 2, 3)
    expected = np.stack(pictures())[:, : HEIGHT // 2 * 2, : WIDTH // 2 * 2]
    assert np.abs(found.astype(int) - expected).mean() < 8
    again = (tmp_path / "film.mp4").read_bytes()
    write(tmp_path / "film.mp4", pictures())
    assert (tmp_path / "film.mp4").read_bytes() == again


@pytest.mark.skipif(sys.platform == "win32", reason="rights are POSIX's")
def test_others_may_read_it_as_any_file(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write(tmp_path / "film.gif", pictures())
    assert (tmp_path / "film.gif").stat().st_mode == (tmp_path / "usual").stat().st_mode
