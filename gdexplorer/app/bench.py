"""How late the window's event loop is, and how fast the trainer beside it, while training flat out."""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, QSettings, Qt, QTimer

from gdexplorer.app.main import application, keep_start_up, open_window
from gdexplorer.app.shot import wait
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.experiment import Experiment, validated
from gdexplorer.lab.run import Run
from gdexplorer.panels.landscape import LandscapePanel

BEAT_MS = 5
WARM_UP_S = 2.0
WARM_UP_UPDATES = 40_000  # past the dense part of the curves' grid


def workload() -> Experiment:
    """Return W2 of the step benchmark, on two-dimensional data so that all panels have something to draw."""
    layers = [{"id": f"h{k}", "units": 16, "activation": "tanh"} for k in (1, 2, 3)]
    return validated(
        {
            "title": "Benchmark W2",
            "data": {"kind": "moons", "amount": 1024, "train_share": 0.5},
            "network": {"layers": layers, "output": "tanh", "precision": "float32"},
            "loss": "half_mse",
            "optimizer": {"kind": "adam", "learning_rate": 1e-3},
            "training": {"batch_size": 32},
            "show": {"speed": 0},
        },
        standard(),
    )


class Beat(QObject):
    """A 5 ms timer that notes how late it fires."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []  # ms
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start(BEAT_MS)

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, 1000 * (now - self._last) - BEAT_MS))
        self._last = now


def headless_rate(seconds: float) -> float:
    """Return updates a second of the same run without a window."""
    run = Run(workload(), standard())
    run.advance(WARM_UP_UPDATES)
    begun, made = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        made += run.advance(64)
    return made / (time.perf_counter() - begun)


def window(seconds: float = 10.0, landscape: bool = False, rounds: int = 3) -> dict[str, float]:
    """Return the medians over rounds of lateness (ms) and rates (1/s), all four panels drawn.

    Parameters
    ----------
    landscape
        Whether the surface follows the point and is evaluated anew all the time; else it is held.
    """
    application()
    found = [_round(seconds, landscape) for _ in range(rounds)]
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def _round(seconds: float, landscape: bool) -> dict[str, float]:
    before = headless_rate(2.0)
    with TemporaryDirectory() as folder:
        shown, undo = open_window(None, QSettings(str(Path(folder) / "window.ini"), QSettings.Format.IniFormat))
        try:
            shown.show()
            keep_start_up()
            shown.conductor.open(workload())
            panel = shown.docks[0].panel
            assert isinstance(panel, LandscapePanel)
            panel.follow.setChecked(landscape)
            trainer, ticker = shown.conductor.trainer, shown.conductor.ticker
            assert trainer is not None
            assert ticker is not None
            begun = time.perf_counter()
            wait(lambda: time.perf_counter() - begun > WARM_UP_S and trainer.made > WARM_UP_UPDATES)
            beat, made, ticks, begun = Beat(), trainer.made, ticker.ticks, time.perf_counter()
            wait(lambda: time.perf_counter() - begun > seconds)
            spent = time.perf_counter() - begun
            late = sorted(beat.late)
            rate, ticked = (trainer.made - made) / spent, (ticker.ticks - ticks) / spent
        finally:
            shown.close()
            undo()
    headless = (before + headless_rate(2.0)) / 2
    return {
        "p50_ms": late[len(late) // 2],
        "p95_ms": late[int(0.95 * len(late))],
        "p99_ms": late[int(0.99 * len(late))],
        "max_ms": late[-1],
        "ticks_per_s": ticked,
        "steps_per_s": rate,
        "headless_steps_per_s": headless,
    }
