"""Opens the window: a bare one first, the rest as soon as it is on the screen."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from gdexplorer.app.window import Window

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def has_display() -> bool:
    """Return whether there is something to open windows on, which may lack on Linux alone."""
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in _SCREENS)


def application(anywhere: bool = False) -> QApplication:
    """Return the application, made with its name and icon if there is none.

    Parameters
    ----------
    anywhere
        Whether to draw in memory where there is no display.
    """
    if anywhere and not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
        app.setStyle("Fusion")
    app.setApplicationName("gdexplorer")
    app.setOrganizationName("gdexplorer")
    QGuiApplication.setDesktopFileName("gdexplorer")
    return app


def settings() -> QSettings:
    """Return where geometry, theme and open sections are kept between starts."""
    from platformdirs import user_config_dir

    return QSettings(str(Path(user_config_dir("gdexplorer", False)) / "window.ini"), QSettings.Format.IniFormat)


def state_folder() -> Path:
    """Return where autosaves and crash logs are kept."""
    from platformdirs import user_state_dir

    return Path(user_state_dir("gdexplorer", False))


def main(argv: Sequence[str] | None = None, experiment: str | None = None) -> int:
    """Open the window on an experiment or a session; return the exit code when it is closed."""
    if not has_display():
        print("There is no display to open the window on; 'gdexplorer selftest --out FILE' draws it to a file.",
              file=sys.stderr)  # fmt: skip
        return 2
    from gdexplorer.app.opening import Opening

    app, kept = application(), settings()
    opening = Opening(kept)
    opening.appear()
    from gdexplorer.app.crashlog import CrashLog

    log = CrashLog(state_folder())
    log.begin()
    window, undo = open_window(experiment or (argv[0] if argv else None), kept, state_folder())
    from gdexplorer.app.signals import Signals

    signals = Signals(window)
    opening.give_way(window)
    if window.recovery is not None:
        window.recovery.offer(log)
    keep_start_up()
    code = app.exec()
    undo()
    log.end()
    signals.stop()
    _leave(code)
    return code


def _leave(code: int) -> None:
    """End at once where a thread is still at work: the interpreter would wait for it, or abort."""
    from gdexplorer.runtime.held import at_work

    if at_work():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def keep_start_up() -> None:
    """Tell the collector that what start-up made stays: to find that out it would hold up a frame by 20 ms."""
    gc.collect()
    gc.freeze()


def open_window(path: str | None, kept: QSettings, keep: Path | None = None) -> "tuple[Window, Callable[[], None]]":
    """Return the window at work on an experiment, and what takes its hooks away again.

    Parameters
    ----------
    kept
        The arrangement of the last time.
    keep
        The folder in which what is done is kept safe from crashes; None: nowhere.
    """
    from gdexplorer.app.guard import Reporter, install_hooks
    from gdexplorer.app.window import Window
    from gdexplorer.lab.catalogue import standard
    from gdexplorer.panels.icons import icon

    app = application()
    reporter = Reporter(app)
    undo = install_hooks(reporter)
    app.setWindowIcon(icon("gdexplorer", "#0072B2", 64))
    window = Window(standard(), reporter, kept, keep)
    if not window.conductor.open_path(path or "first"):
        window.conductor.open_path("first")
    return window, undo
