"""Pictures of the real window, for documents and for a look at a machine without a display."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSettings, QTimer

from gdexplorer.app.main import application, open_window
from gdexplorer.app.window import Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.lab.commands import Change
from gdexplorer.panels.palette import PALETTES

PATIENCE_MS = 120_000


def selftest(out: Path) -> int:
    """Train the first experiment in the real window, save its picture, and return 0 if all was well."""
    return shot("first", "Explore", "light", (1280, 720), 400, out)


def shot(
    experiment: str,
    workspace: str,
    theme: str,
    size: tuple[int, int],
    steps: int,
    out: Path,
    changes: Sequence[tuple[int, str, object]] = (),
    scale: float = 1.0,
) -> int:
    """Save a picture of the window after so many updates.

    Parameters
    ----------
    changes
        (update, path, value): settings changed on the way, at that update.

    Raises
    ------
    Complaint
        If there is no such experiment, workspace or theme, or nothing was drawn in time.
    """
    for what, name, known in (("workspace", workspace, WORKSPACES), ("theme", theme, PALETTES)):
        if name not in known:
            raise Complaint(unknown(what, name, known))
    application()
    with TemporaryDirectory() as folder:
        window, undo = open_window(None, QSettings(f"{folder}/window.ini", QSettings.Format.IniFormat))
        try:
            window.resize(*size)
            window.show()
            window.open_path(experiment)
            window.play(False)
            window.set_theme(theme, scale)
            window.show_workspace(workspace)
            for at, path, value in changes:
                _reach(window, at)
                window.command(Change(path, value))
            _reach(window, steps)
            _settle(window)
            if not window.grab().save(str(out), "PNG"):
                raise Complaint(f"The picture could not be written to {out}; choose another place.")
        finally:
            window.close()
            undo()
    return 0


def _reach(window: Window, step: int) -> None:
    """Train to an update and stop there, as the experiment itself pauses."""
    wait(lambda: window.frame is not None)
    assert window.frame is not None and window.trainer is not None
    missing = step - window.frame.lane.state.step
    if missing > 0:
        window.trainer.pause_at(step)
        window.set_speed(float("inf"))
        window.play(True)
        wait(lambda: not window.trainer.playing)  # type: ignore[union-attr]
        window.refresh()
        wait(lambda: window.frame.lane.state.step >= step or bool(window.frame.lane.state.status.reason))  # type: ignore[union-attr]


def _settle(window: Window) -> None:
    """Wait until everything visible is measured and drawn."""
    assert window.ticker is not None
    window.refresh()
    wait(lambda: window.ticker.settled)  # type: ignore[union-attr]


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


