"""How late the window's event loop is, and how fast the trainer beside it, while training flat out."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, QSettings, Qt, QTimer

from gdexplorer.app.guard import guarded
from gdexplorer.app.main import application, keep_start_up, open_window
from gdexplorer.app.shot import pass_time, wait
from gdexplorer.app.window import Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab import experiments
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.lab.experiment import Experiment, validated
from gdexplorer.lab.session import Session
from gdexplorer.panels.landscape import LandscapePanel

BEAT_MS = 5
SIZE = (1280, 720)
SETTLE_S = 0.5
SLICES = 8  # of a round, so that window and headless run are measured at the same pace of the machine
WARM_UP_UPDATES = 40_000  # past the dense part of the curves' grid, or as many as there are in
WARM_UP_SECONDS = 3.0
FILLING = {  # of the workspaces that W2 leaves panels empty of
    "Race": "moons-race", "Images": "digits-cnn", "Sequences": "delayed-sum-rnn", "Game": "gan-ring",
}  # fmt: skip


def workload(name: str | None = None) -> Experiment:
    """Return an experiment that trains flat out without end: one of a name or path, or W2 of the step benchmark.

    W2 is on two-dimensional data here, so that most panels have something to draw.

    Raises
    ------
    Complaint
        If there is no such experiment.
    """
    if name is not None:
        loaded = experiments.load(name, standard())
        return loaded.model_copy(update={"show": loaded.show.model_copy(update={"speed": 0, "pause_at": 0})})
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

    def stop(self) -> None:
        """End."""
        self._timer.stop()

    @guarded
    def _on_timeout(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, 1000 * (now - self._last) - BEAT_MS))
        self._last = now


class Headless:
    """The same session without a window, keyframes included."""

    def __init__(self, experiment: Experiment) -> None:
        self._session = Session(experiment, standard())
        begun, self.warm_up = time.perf_counter(), 0  # updates
        while self.warm_up < WARM_UP_UPDATES and time.perf_counter() - begun < WARM_UP_SECONDS:
            self.warm_up += self._session.train(64)

    def rate(self, seconds: float) -> float:
        """Return updates a second over so many seconds."""
        begun, made = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            made += self._session.train(64)
        return made / (time.perf_counter() - begun)


def window(
    seconds: float = 10.0, landscape: bool = False, workspace: str = "Explore", rounds: int = 3,
    experiment: str | None = None,
) -> dict[str, float]:  # fmt: skip
    """Return the medians over rounds of lateness (ms) and rates (1/s), all panels of a workspace drawn.

    Parameters
    ----------
    experiment
        Name or path; None for W2, or the one that fills the workspace.
    landscape
        Whether the surface follows the point and is evaluated anew all the time; else it is held.

    Raises
    ------
    Complaint
        If there is no such workspace or experiment.
    """
    if workspace not in WORKSPACES:
        raise Complaint(unknown("workspace", workspace, WORKSPACES))
    trained = workload(experiment or FILLING.get(workspace))
    application(anywhere=True)
    found = [_round(seconds, landscape, workspace, trained) for _ in range(rounds)]
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def _round(seconds: float, landscape: bool, workspace: str, experiment: Experiment) -> dict[str, float]:
    headless = Headless(experiment)
    with TemporaryDirectory() as folder:
        shown, undo = open_window(None, QSettings(str(Path(folder) / "window.ini"), QSettings.Format.IniFormat))
        try:
            shown.resize(*SIZE)
            shown.show()
            keep_start_up()
            shown.conductor.open(experiment)
            shown.host.show_workspace(workspace)
            panel = shown.dock("landscape").panel
            assert isinstance(panel, LandscapePanel)
            panel.follow.setChecked(landscape)
            _fill(shown)
            slices = [_slice(shown, headless, seconds / SLICES) for _ in range(SLICES)]
        finally:
            shown.close()
            undo()
    late = sorted(ms for one in slices for ms in one.late)
    return {
        "p50_ms": late[len(late) // 2],
        "p95_ms": late[int(0.95 * len(late))],
        "p99_ms": late[int(0.99 * len(late))],
        "max_ms": late[-1],
        "ticks_per_s": statistics.mean(one.ticks for one in slices),
        "steps_per_s": statistics.mean(one.rate for one in slices),
        "headless_steps_per_s": statistics.mean(one.headless for one in slices),
        "share": statistics.median(one.rate / one.headless for one in slices),
    }


def _fill(shown: Window) -> None:
    """Train a little, and rest until every panel shows it: what is measured first takes long."""
    trainer, ticker = shown.conductor.trainer, shown.conductor.ticker
    assert trainer is not None
    assert ticker is not None
    pass_time(SETTLE_S)
    trainer.play(False)
    wait(lambda: ticker.settled)


@dataclass(frozen=True)
class _Slice:
    late: list[float]  # ms
    ticks: float  # a second
    rate: float  # updates a second
    headless: float


def _slice(shown: Window, headless: Headless, seconds: float) -> _Slice:
    """Measure the window for a while, and the same run without it before and after, as machines change their pace."""
    trainer, ticker = shown.conductor.trainer, shown.conductor.ticker
    assert trainer is not None
    assert ticker is not None
    before = headless.rate(seconds / 4)
    trainer.play(True)
    pass_time(SETTLE_S)
    wait(lambda: trainer.made >= headless.warm_up)
    made, ticks, begun = trainer.made, ticker.ticks, time.perf_counter()
    pass_time(seconds / 2)
    spent = time.perf_counter() - begun
    rate, ticked = (trainer.made - made) / spent, (ticker.ticks - ticks) / spent
    beat = Beat()  # only now: 200 looks at the clock a second cost the trainer a twentieth of its rate
    pass_time(seconds / 2)
    beat.stop()
    trainer.play(False)
    wait(lambda: ticker.settled)
    return _Slice(beat.late, ticked, rate, (before + headless.rate(seconds / 4)) / 2)
