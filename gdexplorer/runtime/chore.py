"""One slow piece of work beside the window, with how far it is and a way to call it back."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
POLITE = 0.0005  # seconds after which a chore gives up the interpreter: the window asks for it many times a frame
Work = Callable[[Callable[[float], None], Callable[[], bool]], T]


_usual, _under_way, _lock = sys.getswitchinterval(), 0, Lock()


@contextmanager
def _polite() -> Iterator[None]:
    """Let threads take turns more often as long as there is a chore; it is a setting of the whole interpreter."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _under_way
    with _lock:
        _under_way += change
        sys.setswitchinterval(POLITE if _under_way else _usual)


class Chore(Generic[T]):
    """Runs ``work(tell, stop)`` in a daemon thread of its own.

    It emits and calls nothing: whoever waits looks at `done` now and then, so that it can be forgotten at any time.

    Parameters
    ----------
    work
        Tells the share that is done, and gives up, by raising whatever it likes, when `stop` says so.
    """

    def __init__(self, work: Work[T]) -> None:
        self._work, self._stop, self._ended = work, Event(), Event()
        self._share, self._began = 0.0, time.monotonic()
        self._result: T | None = None
        self._error: Exception | None = None
        Thread(target=self._run, name="chore", daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether it has ended, one way or the other."""
        return self._ended.is_set()

    @property
    def share(self) -> float:
        """The part that is done, 0 to 1."""
        return self._share

    @property
    def seconds(self) -> float:
        """How long it has been under way."""
        return time.monotonic() - self._began

    @property
    def seconds_left(self) -> float | None:
        """How long it will go on if it goes on like this; None as long as nobody can tell."""
        spent = self.seconds
        return spent * (1 - self._share) / self._share if spent > 0.5 and self._share > 0.01 else None

    def wait(self, seconds: float) -> bool:
        """Wait until it is done, so long at most; return whether it is."""
        return self._ended.wait(seconds)

    def cancel(self) -> None:
        """Ask it to give up."""
        self._stop.set()

    def result(self) -> T:
        """Return what came out, once it is done, or raise what was raised."""
        if self._error is not None:
            raise self._error
        assert self.done
        return self._result  # type: ignore[return-value]

    def _run(self) -> None:
        try:
            with _polite():
                self._result = self._work(self._tell, self._stop.is_set)
        except Exception as error:  # a thread has nobody else to tell it to
            self._error = error
        self._ended.set()

    def _tell(self, share: float) -> None:
        self._share = share
