"""Pictures of the real window, for documents and for a look at a machine without a display."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSettings, QTimer

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.main import application, open_window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab.commands import Change
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.lab.session import Session
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.planechoice import KINDS

PATIENCE_MS = 120_000


def selftest(out: Path) -> int:
    """Train the first experiment in the real window, save its picture, and return 0 if all was well."""
    return shot("first", "Explore", "light", (1280, 720), 400, out)


def shot(
    experiment: str,
    workspace: str | None,
    theme: str,
    size: tuple[int, int],
    steps: int,
    out: Path,
    changes: Sequence[tuple[int, str, object]] = (),
    scale: float = 1.0,
    switches: Sequence[str] = (),
    plane: str | None = None,
    looks: int = 1,
    branches: Sequence[tuple[int, str, object]] = (),
) -> int:
    """Save a picture of the window after so many updates.

    Parameters
    ----------
    changes
        (update, path, value): settings changed on the way, at that update.
    workspace
        None: the one that the experiment asks for, or the usual one.
    switches, plane
        What is switched on in the landscape, and its plane, drawn at the last update; None for the usual one.
    looks
        How often to stop on the way and measure, for what goes over time, such as sharpness.
    branches
        (update, path, value): at the end, back to that update, a setting changed there, and as many updates again; all
        runs are in the picture.

    Raises
    ------
    Complaint
        If there is no such experiment, workspace, theme, switch or plane, or nothing was drawn in time.
    """
    named = ("workspace", workspace, WORKSPACES), ("theme", theme, PALETTES), ("plane", plane, dict[str, str](KINDS))
    for what, name, known in named:
        if name is not None and name not in known:
            raise Complaint(unknown(what, name, known))
    application(anywhere=True)
    said: list[str] = []
    with TemporaryDirectory() as folder:
        window, undo = open_window(None, QSettings(f"{folder}/window.ini", QSettings.Format.IniFormat))
        try:
            window.resize(*size)
            window.show()
            conductor = window.conductor
            conductor.said.connect(said.append)
            refused: list[str] = []
            conductor.refused.connect(lambda path, sentence: refused.append(sentence))
            window.narrator.pace.setInterval(0)  # nobody reads it on the way
            if not conductor.open_path(experiment, playing=False):
                raise Complaint(said[-1])
            window.set_theme(theme, scale)
            if workspace is not None:
                window.host.show_workspace(workspace)
            landscape = cast(LandscapePanel, window.dock("landscape").panel)
            for name in switches:
                if name not in landscape.switches:
                    raise Complaint(unknown("switch", name, landscape.switches))
                landscape.switches[name].setChecked(True)
            for at, path, value in changes:
                _reach(conductor, at)
                conductor.command(Change(path, value))
            for look in range(1, looks + 1):
                _reach(conductor, steps * look // looks)
            for at, path, value in branches:
                _branch(conductor, at, Change(path, value), refused)
                _reach(conductor, steps)
            if refused:
                raise Complaint(refused[0])
            if plane is not None:
                landscape.header.choose(next(kind for kind, _ in KINDS if kind == plane))
            conductor.refresh()
            wait(lambda: conductor.ticker is not None and conductor.ticker.settled)
            if plane not in (None, landscape.header.kind):
                raise Complaint(f"There is no plane '{plane}' of this problem; choose another plane.")
            if not window.grab().save(str(out), "PNG"):
                raise Complaint(f"The picture could not be written to {out}; choose another place.")
        finally:
            window.close()
            undo()
    return 0


def _reach(conductor: Conductor, step: int) -> None:
    """Train to an update and stop there, as an experiment pauses by itself."""
    wait(lambda: conductor.frame is not None)
    assert conductor.frame is not None
    assert conductor.trainer is not None
    reached: list[int] = []

    def train(session: Session) -> str:
        while session.step < step and session.train(step - session.step):
            pass
        reached.append(session.step)
        return ""

    conductor.trainer.perform(train)
    wait(lambda: bool(reached))
    conductor.refresh()
    wait(lambda: conductor.ticker is not None and conductor.ticker.settled)


def _branch(conductor: Conductor, step: int, change: Change, refused: list[str]) -> None:
    """Go back to an update and change something there; the runs that were left are shown."""
    conductor.travel(step)
    wait(lambda: conductor.frame is not None and conductor.frame.past and not conductor.frame.arriving)
    conductor.command(change)
    wait(lambda: bool(refused) or (conductor.frame is not None and not conductor.frame.past))
    if refused:
        raise Complaint(refused[0])
    assert conductor.frame is not None
    for entry in conductor.frame.runs:
        conductor.show_run(entry.id, True)


def pass_time(seconds: float) -> None:
    """Run the event loop for a while, without a look at anything in between."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def wait(condition: Callable[[], bool], milliseconds: int = PATIENCE_MS) -> None:
    """Run the event loop until a condition holds."""
    loop, deadline = QEventLoop(), QDeadlineTimer(milliseconds)
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: loop.quit() if condition() or deadline.hasExpired() else None)
    timer.start()
    if not condition():
        loop.exec()
    timer.stop()
    if not condition():
        raise Complaint(f"The window drew nothing new within {milliseconds / 1000:g} s; try fewer updates.")
