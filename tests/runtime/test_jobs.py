import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, wait

import numpy as np
import pytest

from gdexplorer.runtime import jobs as module
from gdexplorer.runtime.jobs import Jobs


class Done:
    """Notes in which thread, and how often, a job was said to be done."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.told = threading.Semaphore(0)

    def __call__(self) -> None:
        self.threads.append(threading.current_thread())
        self.told.release()


@pytest.fixture
def done() -> Done:
    return Done()


@pytest.fixture
def jobs(done: Done) -> Iterator[Jobs]:
    made = Jobs(done)
    yield made
    made.shutdown()


def test_a_job_runs_in_a_thread_of_its_own_and_is_told_once_it_is_done(jobs: Jobs, done: Done) -> None:
    future = jobs.submit(lambda a, *, b: (a + b, threading.current_thread()), 2, b=3)
    assert done.told.acquire(timeout=30)
    assert future.done()
    total, worker = future.result()
    assert total == 5
    assert worker is not threading.current_thread()
    assert done.threads == [worker]


def test_jobs_run_one_after_the_other_in_order(jobs: Jobs) -> None:
    order: list[int] = []
    wait([jobs.submit(order.append, k) for k in range(20)], 30)
    assert order == list(range(20))


def test_a_failure_is_kept_for_whoever_asks_and_the_next_job_runs(jobs: Jobs, done: Done) -> None:
    def fail() -> None:
        raise ValueError("no surface")

    future = jobs.submit(fail)
    with pytest.raises(ValueError, match="no surface"):
        future.result(30)
    assert jobs.submit(lambda: 7).result(30) == 7
    assert done.told.acquire(timeout=30)
    assert done.told.acquire(timeout=30)


def test_overflow_in_a_job_is_no_warning(jobs: Jobs) -> None:
    assert jobs.submit(lambda: np.array([1e300]) * 1e300).result(30) == np.inf


def test_the_end_cancels_what_waits_and_lets_finish_what_runs(done: Done) -> None:
    jobs, begun, go_on = Jobs(done), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        go_on.wait(30)
        return "finished"

    running, waiting = jobs.submit(slow), jobs.submit(lambda: "never")
    assert begun.wait(30)
    jobs.shutdown(wait=False)
    go_on.set()
    assert running.result(30) == "finished"
    with pytest.raises(CancelledError):
        waiting.result(0)
    jobs.shutdown()


def test_the_end_does_not_wait_for_a_job_that_takes_minutes(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    jobs, begun, go_on = Jobs(done), threading.Event(), threading.Event()
    future = jobs.submit(lambda: (begun.set(), go_on.wait(60)))
    assert begun.wait(30)
    started = time.perf_counter()
    jobs.shutdown()
    assert time.perf_counter() - started < 30  # of the job's sixty
    assert not future.done()
    go_on.set()
    future.result(30)
    jobs.shutdown()
