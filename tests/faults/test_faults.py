"""The faults that strike one window, a line each: it answers, nothing shouts, the experiment goes on.

Elsewhere: what ends the program (`test_ends.py`), what a start finds (`test_starts.py`), and what is saved
(`test_saving.py`).
"""

from collections.abc import Callable

import pytest

from tests.faults import faults
from tests.faults.scene import Scene

ROWS = [f"{k / 7:.3f},{k % 5}.5,{'a' if k % 2 else 'b'}" for k in range(20)]
TABLE = "\n".join(["x,y,kind", *ROWS])
GERMAN = "\n".join(["x;y;kind", *(row.replace(",", ";").replace(".", ",") for row in ROWS)])

FAULTS: dict[str, Callable[[Scene], None]] = {
    "read-only folder": faults.folder_cannot_be_written,
    "non-ASCII and long path": faults.path_of_other_letters,
    "very long file name": faults.path_too_long,
    "session of a newer version": faults.session_of_a_newer_version,
    "CSV: empty": faults.refused("", "empty"),
    "CSV: one class only": faults.refused("\n".join(["x,kind", *(f"{k},a" for k in range(9))]), "class"),
    "CSV: NUL": faults.refused(TABLE.encode() + b"\0\n", "NUL"),
    "CSV: blank labels": faults.taken(TABLE + "\n1,2,\n", "1 row with a blank"),
    "CSV: NaN labels": faults.taken(TABLE + "\n1,2,NaN\n", "examples to learn from"),
    "CSV: constant column": faults.taken(
        "\n".join(["x,y,kind", *(f"{row[:6]}1,{row[-1]}" for row in ROWS)]), "20 rows"
    ),
    "CSV: decimal comma, semicolons": faults.taken(GERMAN, "20 rows, 3 columns"),
    "CSV: byte order mark": faults.taken(b"\xef\xbb\xbf" + TABLE.encode(), "20 rows, 3 columns"),
    "CSV: UTF-16": faults.taken(TABLE.encode("utf-16"), "20 rows, 3 columns"),
    "import cancelled": faults.import_cancelled,
    "file deleted while open": faults.file_deleted_while_open,
    "de_DE": faults.german,
    "clock ± 1 day": faults.clock_moved,
    "suspended for 60 s": faults.suspended,
    "no OpenGL": faults.no_opengl,
    "out of memory: refused": faults.no_memory_for_an_architecture,
    "out of memory: in mid-change": faults.no_memory_in_mid_change,
    "trainer raises at step k": faults.trainer_raises,
    "trainer does not answer": faults.trainer_does_not_answer,
    "panel raises": faults.panel_raises,
    "panel cannot be made": faults.panel_cannot_be_made,
    "paint raises every frame": faults.painting_raises,
    "formula: NaN everywhere": faults.formula("sqrt(-1 - x^2 - y^2)"),
    "formula: 1/0": faults.formula("1/0", "not a finite number"),
    "formula: 500 characters": faults.formula("+".join(["x"] * 251), "500 characters"),
}


SLOW: dict[str, Callable[[Scene], None]] = {"CSV: 2,000,000 rows": faults.import_of_many_rows}
PROMISED = 0.25  # seconds in which the window answers again


def struck(scene: Scene, strike: Callable[[Scene], None]) -> None:
    """Let a fault strike an experiment that was just opened, and see that it goes on."""
    experiment = scene.open(playing=False)
    scene.settle()
    scene.forget_log()
    scene.loop.measure_anew()
    strike(scene)
    scene.intact(experiment)


@pytest.mark.parametrize("strike", FAULTS.values(), ids=FAULTS.keys())
def test_fault(scene: Scene, strike: Callable[[Scene], None]) -> None:
    struck(scene, strike)


@pytest.mark.long
@pytest.mark.parametrize("name", FAULTS | SLOW)
def test_the_window_answers_as_soon_as_promised(scene: Scene, name: str) -> None:
    """By the processor's time: the machine's other work is not the window's."""
    struck(scene, (FAULTS | SLOW)[name])
    print(f"{name}: {1000 * scene.loop.busiest:.0f} ms, {1000 * scene.loop.longest:.0f} ms by the clock")
    assert scene.loop.busiest <= PROMISED
