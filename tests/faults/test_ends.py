"""Whatever goes on, the program ends: when it is closed, when it is told to, and when it is told twice."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from gdexplorer.app.window import Window
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.faults.loop import Loop
from tests.faults.program import Program
from tests.leftovers import tidy

BUSY = 5  # times as long as promised, where others keep the machine busy
SECONDS = 3.0

# ---- closed while … ---------------------------------------------------------------


def training(window: Window, folder: Path) -> None:
    window.conductor.set_speed(FLAT_OUT)


def saving(window: Window, folder: Path) -> None:
    for k in range(5):
        window.conductor.save(str(folder / f"run {k}.gdx"))


def importing(window: Window, folder: Path) -> None:
    file = folder / "long.csv"
    file.write_text("x,y\n" + "0.25,1\n" * 300_000)
    window.own_data.open(file)


def dialog_open(window: Window, folder: Path) -> None:
    window.actions_now.show_sheet()
    window.actions_now.show_about()


WHILE = {"training": training, "saving": saving, "importing": importing, "a dialog is open": dialog_open}


@pytest.mark.parametrize("during", WHILE.values(), ids=WHILE.keys())
@pytest.mark.parametrize("times", [2, pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_closed_while(
    open_window: Callable[[], Window], qapp: QApplication, tmp_path: Path, during: Callable[[Window, Path], None],
    times: int,
) -> None:  # fmt: skip
    longest = 0.0
    for _ in range(times):
        window, loop = open_window(), Loop(qapp)
        window.conductor.open_path("first")
        trainer = window.conductor.trainer
        assert trainer is not None
        loop.until(lambda: trainer.made > 0)  # noqa: B023 - called in this round only
        during(window, tmp_path)
        begun = time.perf_counter()
        window.close()
        tidy()
        longest = max(longest, time.perf_counter() - begun)
        assert not shiboken6.isValid(window)
        assert not shiboken6.isValid(trainer)
        if during is saving:
            assert {file.name for file in tmp_path.glob("*.gdx")} == {f"run {k}.gdx" for k in range(5)}
    print(f"closed within {longest:.2f} s")
    assert longest < SECONDS * (BUSY if times == 2 else 1)


# ---- in a process of its own --------------------------------------------------------

# what is held up when it is closed: the exit code, and which words the log has for it
HELD = {"nothing": ((), 0), "the trainer": (("trainer",), 0), "a measurement": (("measurement",), 0)}


@pytest.mark.parametrize(("names", "code"), HELD.values(), ids=HELD.keys())
def test_it_ends_within_three_seconds_whatever_hangs(tmp_path: Path, names: tuple[str, ...], code: int) -> None:
    program = Program(tmp_path, *names, "close")
    program.until("closing")
    ended, errors = program.ended()
    assert ended == code, errors
    assert "Traceback" not in errors
    assert "QThread" not in errors
    assert program.seconds < SECONDS * BUSY


SIGNALS = {
    "SIGTERM": ((), signal.SIGTERM, 128 + signal.SIGTERM),
    "SIGINT, a question open": (("dialog",), signal.SIGINT, 128 + signal.SIGINT),
    "SIGTERM, the window hangs": (("sleep",), signal.SIGTERM, 128 + signal.SIGTERM),
}


@pytest.mark.parametrize(("names", "number", "code"), SIGNALS.values(), ids=SIGNALS.keys())
def test_it_ends_when_it_is_told_to(tmp_path: Path, names: tuple[str, ...], number: int, code: int) -> None:
    program = Program(tmp_path, *names)
    program.until("ready")
    program.send(number)
    ended, errors = program.ended()
    assert ended == code, errors
    assert "Traceback" not in errors
    assert program.seconds < SECONDS * BUSY
    if "sleep" not in names:
        assert (tmp_path / "config" / "gdexplorer" / "window.ini").exists()  # closed as by its own button


def test_told_twice_it_ends_at_once(tmp_path: Path) -> None:
    program = Program(tmp_path, "trainer")
    program.until("ready")
    program.send(signal.SIGTERM)
    while program.running():
        program.send(signal.SIGTERM)
    ended, _ = program.ended()
    assert ended == -signal.SIGTERM
