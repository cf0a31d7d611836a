"""A thread for slow measurements: surfaces and boundaries."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import numpy as np

PATIENCE = 0.5  # seconds that the end waits for a measurement under way


class Jobs(Executor):
    """One worker thread; NumPy releases the interpreter in its products, so that the trainer goes on beside it.

    A daemon, unlike the threads of the standard library's pools: a surface of millions of parameters may take
    minutes, and the program ends without waiting for it.

    Parameters
    ----------
    on_done
        Called from the worker's thread when a job ends, so that a paused trainer can publish what it found.
    """

    def __init__(self, on_done: Callable[[], None]) -> None:
        self._on_done = on_done
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="measurement", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a measurement."""
        future: Future[Any] = Future()
        self._queue.put((future, partial(fn, *args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """End after what is under way, or leave it behind if it takes longer than `PATIENCE`."""
        with suppress(Empty):
            while cancel_futures and (job := self._queue.get_nowait()) is not None:
                job[0].cancel()
        self._queue.put(None)
        if wait:
            self._thread.join(PATIENCE)

    def _work(self) -> None:
        np.seterr(all="ignore")  # errstate is per thread
        while (job := self._queue.get()) is not None:
            future, task = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(task())
            except Exception as error:  # a future carries whatever was raised
                future.set_exception(error)
            self._on_done()
