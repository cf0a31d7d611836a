"""What becomes of an exception that nobody caught: one report, one log line, and the window lives on.

``guarded`` catches those of slots and overridden Qt methods where they happen and hands them to ``sys.excepthook``;
``install_hooks`` makes the reporter that hook.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtWidgets import QGraphicsItem, QWidget

from gdexplorer.panels import guard
from gdexplorer.panels.guard import guarded as guarded
from gdexplorer.panels.guard import report

_LOG = logging.getLogger("gdexplorer")
_PACKAGE = Path(__file__).parents[1]
_PAINTING = ("paintEvent", "paint", "paintGL", "drawBackground", "drawForeground", "resizeEvent")
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def attempt(*steps: Callable[[], object]) -> None:
    """Take every step, also when one before it raises: each exception is reported, and none holds up the rest."""
    for step in steps:
        try:
            step()
        except Exception as error:
            report(error)


class Reporter(QObject):
    """The one place where unexpected errors arrive, from any thread."""

    reported = Signal(str)
    paint_failed = Signal(object)  # the QWidget that could not be painted; it will be asked to again and again

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._logged: set[str] = set()

    def report(self, error: BaseException) -> None:
        """Emit ``reported`` with one plain sentence; log the traceback when the same failure is new."""
        sentence = describe(error)
        if sentence not in self._logged and len(self._logged) < 1000:
            self._logged.add(sentence)
            _LOG.error("%s", sentence, exc_info=(type(error), error, error.__traceback__))
        try:
            self.reported.emit(sentence)
            if (widget := _unpainted(error)) is not None:
                self.paint_failed.emit(widget)
        except RuntimeError:  # the window is gone already; the log has it
            _LOG.debug("Nobody was left to show: %s", sentence)


def _unpainted(error: BaseException) -> QWidget | None:
    """Return the widget in whose painting an exception arose, or that of the picture in which an item was painted."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        owner = frame.f_locals.get("self")
        if frame.f_code.co_name in _PAINTING and isinstance(owner, QWidget):
            return owner
        if frame.f_code.co_name in _PAINTING and isinstance(owner, QGraphicsItem) and (scene := owner.scene()):
            return next(iter(scene.views()), None)
    return None


def describe(error: BaseException) -> str:
    """Return what failed, where, and what to do, as one line of plain text."""
    what = " ".join(str(error).split())[:300].rstrip(".") or "no message"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return f"An unexpected {type(error).__name__} occurred: {what}. The log has more."
    files = ((frame, Path(frame.filename)) for frame in frames)
    own = [frame for frame, file in files if file.is_relative_to(_PACKAGE) and str(file) != guard.__file__]
    last = own[-1] if own else frames[-1]
    where = f"{Path(last.filename).name}, {last.name}, line {last.lineno}"
    return f"An unexpected {type(error).__name__} in {where}: {what}. The experiment is kept; the log has more."


def install_hooks(reporter: Reporter) -> Callable[[], None]:
    """Send every exception that nobody caught to ``reporter`` and Qt's messages to the log.

    To be called after pyqtgraph is imported, which replaces ``sys.excepthook``. Returns the function that undoes it.
    """
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            reporter.report(error)
        else:
            sys.__excepthook__(kind, error, trace)

    def on_thread_exception(failure: threading.ExceptHookArgs) -> None:
        if isinstance(failure.exc_value, Exception):
            reporter.report(failure.exc_value)

    def on_unraisable(failure: "sys.UnraisableHookArgs") -> None:
        if isinstance(failure.exc_value, Exception):
            reporter.report(failure.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = on_exception, on_thread_exception, on_unraisable
    qInstallMessageHandler(_log_qt)

    def undo() -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before
        qInstallMessageHandler(None)

    return undo


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if message.startswith("This plugin does not support"):  # of a platform without windows, at every resize
        return
    _LOG.log(_QT_LEVELS.get(kind, logging.WARNING), "Qt: %s", message)
