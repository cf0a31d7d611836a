"""A fixture that fails on threads and timers that a test leaves running, and names where they were started."""

import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer

PATIENCE = 30.0  # seconds, for a machine that others keep busy


def tidy() -> None:
    """Delete what is to be deleted later, now."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


def _noted(kind: type[QObject], seen: dict["weakref.ref[QObject]", str]) -> Callable[..., Any]:
    start = kind.start  # type: ignore[attr-defined]

    def noted(self: QObject, *arguments: Any) -> Any:
        frame = traceback.extract_stack(limit=2)[0]
        seen[weakref.ref(self)] = f"{kind.__name__} started in {frame.filename}:{frame.lineno} ({frame.name})"
        return start(self, *arguments)

    return noted


@pytest.fixture(autouse=True)
def nothing_left_running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threads: dict[weakref.ref[QObject], str] = {}
    timers: dict[weakref.ref[QObject], str] = {}
    monkeypatch.setattr(QThread, "start", _noted(QThread, threads))
    monkeypatch.setattr(QTimer, "start", _noted(QTimer, timers))
    before = set(threading.enumerate())
    yield
    tidy()
    left = [where for thread, where in threads.items() if _alive(thread, "isRunning")]
    left += [where for timer, where in timers.items() if _alive(timer, "isActive")]
    for thread in {one for one in threading.enumerate() if one.name == "measurement"} - before:
        thread.join(PATIENCE)  # it ends with the measurement that it makes
        if thread.is_alive():
            left.append(f"thread {thread.name}")
    assert not left, f"still running after the test: {'; '.join(left)}"


def _alive(reference: "weakref.ref[QObject]", running: str) -> bool:
    thing = reference()
    return thing is not None and shiboken6.isValid(thing) and bool(getattr(thing, running)())
