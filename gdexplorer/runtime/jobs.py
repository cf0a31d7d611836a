"""A small pool of threads for slow measurements: surfaces and boundaries."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import numpy as np


class Jobs(Executor):
    """One worker thread; NumPy releases the interpreter in its products, so that the trainer goes on beside it.

    Parameters
    ----------
    on_done
        Called from the worker's thread when a job ends, so that a paused trainer can publish what it found.
    """

    def __init__(self, on_done: Callable[[], None]) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="measurement", initializer=_quiet)
        self._on_done = on_done

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a measurement."""
        future = self._pool.submit(fn, *args, **kwargs)
        future.add_done_callback(lambda _: self._on_done())
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """Stop after what is under way."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _quiet() -> None:
    np.seterr(all="ignore")  # errstate is per thread
