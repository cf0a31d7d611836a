"""A film of the real window: the pictures at each stop, the way back, and no file when it comes to nothing."""

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFileDialog

from gdexplorer.app import film as module
from gdexplorer.app.film import Filming, Order, fitted, panel_of, size_of
from gdexplorer.app.filmdialog import FilmDialog, FilmProgress
from gdexplorer.lab.encoders import Pixels
from tests.app.driver import Driver
from tests.leftovers import tidy

ORDER = Order(0, 12, 4, 10, 320)


@pytest.fixture
def run(driver: Driver) -> Iterator[Driver]:
    """At rest after 12 updates, with one panel."""
    driver.open({"training.batch_size": 24}, playing=False)
    driver.window.host.maximize(driver.window.dock("curves"))
    driver.trainer.make_updates(12)
    driver.made(12)
    driver.settle()
    yield driver
    driver.window.export.close()


def filming(run: Driver, path: Path, order: Order = ORDER) -> tuple[Filming, list[str]]:
    take = panel_of(run.window.dock("curves"), run.conductor)
    made, told = Filming(run.conductor, take, order, path, run.window), list[str]()
    made.ended.connect(told.append)
    return made, told


def read(path: Path) -> list[Pixels]:
    with Image.open(path) as image:
        found = []
        for k in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(k)
            found.append(np.array(image.convert("RGB")))
    return found


@pytest.mark.parametrize(
    ("order", "stops"), [
        (Order(0, 12, 4, 10, 1), (0, 4, 8, 12)), (Order(3, 5, 100, 10, 1), (3, 4, 5)),
        (Order(0, 10, 4, 10, 1), (0, 3, 7, 10)), (Order(0, 99_999, 2, 10, 1), (0, 99_999))],
)  # fmt: skip
def test_stops_are_evenly_apart_and_none_comes_twice(order: Order, stops: tuple[int, ...]) -> None:
    assert order.stops == stops


def test_a_film_shows_each_stop_once_arrived(run: Driver, tmp_path: Path) -> None:
    seen: list[int] = []
    made, told = filming(run, tmp_path / "film.png")
    take = made._take

    def noted() -> QImage:
        assert run.ticker.settled
        assert not run.frame.arriving
        seen.append(run.state.step)
        return take()

    made._take = noted
    made.start()
    run.wait(lambda: told)
    assert told == ["Saved film.png."]
    assert made.saved
    assert seen == [0, 0, 4, 8, 12]  # the first tells how large the film is
    found = read(tmp_path / "film.png")
    assert len(found) == 4
    assert found[0].shape[1] == 320
    assert all(not np.array_equal(before, after) for before, after in pairwise(found))
    run.wait(lambda: not run.frame.past)
    assert run.state.step == 12


def test_the_same_record_gives_the_same_film(run: Driver, tmp_path: Path) -> None:
    for name in ("a.gif", "b.gif"):
        made, told = filming(run, tmp_path / name, Order(0, 12, 3, 10, 320))
        made.start()
        run.wait(lambda told=told: told)  # type: ignore[misc]
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_it_goes_on_playing_afterwards(run: Driver, tmp_path: Path) -> None:
    run.conductor.play(True)
    made, told = filming(run, tmp_path / "film.gif", Order(0, 8, 3, 10, 200))
    made.start()
    assert not run.conductor.playing
    run.wait(lambda: told)
    assert run.conductor.playing
    run.train(20)
    assert not run.frame.past


def test_it_goes_back_to_the_moment_that_was_shown(run: Driver, tmp_path: Path) -> None:
    run.conductor.travel(5)
    run.wait(lambda: run.state.step == 5 and run.ticker.settled)
    made, told = filming(run, tmp_path / "film.gif", Order(0, 8, 3, 10, 200))
    made.start()
    run.wait(lambda: told)
    run.wait(lambda: run.state.step == 5 and run.ticker.settled)
    assert run.frame.past


def test_cancel_leaves_nothing_behind(run: Driver, tmp_path: Path) -> None:
    made, told = filming(run, tmp_path / "film.gif")
    made.advanced.connect(made.cancel)
    made.start()
    run.wait(lambda: told)
    assert told == ["No film was saved."]
    assert not made.saved
    assert list(tmp_path.iterdir()) == []
    run.wait(lambda: not run.frame.past and run.state.step == 12)


def test_another_run_ends_it(run: Driver, tmp_path: Path) -> None:
    made, told = filming(run, tmp_path / "film.gif")
    made.start()
    run.open(playing=False)
    assert told == ["No film was saved."]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_a_sentence_and_the_run_is_where_it_was(run: Driver, tmp_path: Path) -> None:
    made, told = filming(run, tmp_path / "missing" / "film.gif")
    made.start()
    run.wait(lambda: told)
    assert "could not be saved: No such file" in told[0]
    run.wait(lambda: not run.frame.past and run.state.step == 12)


def test_what_never_arrives_is_given_up(run: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    made, told = filming(run, tmp_path / "film.gif")
    made.start()
    run.wait(lambda: told)
    assert told == ["Update 0 was not drawn within 0 s; film another part of the run."]


def test_tab_goes_down_the_questions(run: Driver) -> None:
    run.window.export.films.begin()
    dialog = next(found for found in run.window.findChildren(FilmDialog) if found.isVisible())
    order = [dialog.subject, dialog.first, dialog.last, dialog.frames, dialog.rate, dialog.width_box, dialog.kind]
    met, each = [], dialog.nextInFocusChain()
    while each is not dialog:
        met += [each] if each in order else []
        each = each.nextInFocusChain()
    assert met == order
    dialog.reject()


def test_from_the_menu_to_the_file(run: Driver, tmp_path: Path) -> None:
    window, said = run.window, list[str]()
    listening = window.export.said.connect(said.append)
    window.export.films.begin()
    dialog = next(found for found in window.findChildren(FilmDialog) if found.isVisible())
    assert [dialog.subject.itemText(k) for k in range(dialog.subject.count())] == [
        "The whole window", "All panels", "Loss and accuracy"]  # fmt: skip
    run.choose(dialog.subject, "All panels")
    run.choose(dialog.kind, "APNG")
    dialog.frames.setValue(3)
    dialog.width_box.setValue(300)
    assert dialog.order == Order(0, 12, 3, 20, 300)
    assert dialog.facts.text().startswith("3 pictures, 0.1 s, about ")
    dialog.last.setValue(0)
    assert not dialog.save.isEnabled()
    assert dialog.refusal.text() == "The last update is not after the first; film at least two."
    dialog.last.setValue(12)
    run.click(dialog.save)
    asked = next(found for found in window.findChildren(QFileDialog) if found.isVisible())
    asked.setDirectory(str(tmp_path))
    asked.selectFile(str(tmp_path / "film"))
    asked.accept()
    assert any(found.isVisible() for found in window.findChildren(FilmProgress))
    assert window.past.maximumHeight() == 0
    run.wait(lambda: said)
    assert said == ["Saved film.png."]
    assert window.past.maximumHeight() > 1000
    assert [picture.shape[1] for picture in read(tmp_path / "film.png")] == [300] * 3
    window.export.said.disconnect(listening)
    tidy()
    assert not any(found.isVisible() for found in window.findChildren(FilmProgress))


def test_mp4_without_ffmpeg_is_refused_in_the_dialog(run: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    run.window.export.films.begin()
    dialog = next(found for found in run.window.findChildren(FilmDialog) if found.isVisible())
    run.choose(dialog.kind, "MP4")
    assert not dialog.save.isEnabled()
    assert "pip install 'gdexplorer[video]'" in dialog.refusal.text()
    run.choose(dialog.kind, "GIF")
    assert dialog.save.isEnabled()
    dialog.reject()
    tidy()


def test_there_is_nothing_to_film_before_the_first_update(driver: Driver) -> None:
    driver.open(playing=False)
    said: list[str] = []
    listening = driver.window.export.said.connect(said.append)
    driver.window.export.films.begin()
    assert said == ["There is no update to film yet; let the run go on for a while."]
    driver.window.export.said.disconnect(listening)


def test_sizes_are_even_and_pictures_of_another_shape_keep_theirs() -> None:
    picture = QImage(301, 200, QImage.Format.Format_RGB32)
    picture.fill(QColor(10, 200, 30))
    assert size_of(picture, 1000) == QSize(300, 200)
    assert size_of(picture, 151) == QSize(150, 100)
    other = QImage(100, 200, QImage.Format.Format_RGB32)
    other.fill(QColor(0, 0, 255))
    other.setPixelColor(0, 0, QColor(255, 0, 0))
    frame = fitted(other, QSize(300, 200))
    assert frame.shape == (200, 300, 3)
    assert tuple(frame[100, 20]) == (255, 0, 0)  # a margin of the first pixel
    assert tuple(frame[100, 150]) == (0, 0, 255)
