"""How often a measurement is made again; `tests/lab/test_checkups.py` and others see it from outside."""

from itertools import pairwise

import pytest

from gdexplorer.lab.errands import Errands
from gdexplorer.lab.pace import Pace
from tests.builders import begin

REST, SPENT = 3, 5


@pytest.fixture
def run():
    return begin()


@pytest.fixture
def pace(executor):
    return Pace(Errands(executor), "name", REST)


def look(pace, executor, run, asked="this", spent=SPENT):
    """Look, do what is queued, and return the update of what is known then; a measurement takes so many updates."""
    step = run.state.step

    def prepare():
        return lambda: (run.advance(spent) if spent else 0, step)[1]

    pace.measure(run, asked, prepare)
    while executor.jobs:
        executor.finish()
    found = pace.known
    assert (found.result, found.asked, found.version) == (found.step, asked, run.version)
    return found.step


def test_a_quarter_of_the_updates_is_the_most_that_measuring_takes(pace, executor, run):
    seen = []
    for _ in range(20 * SPENT):
        seen.append(look(pace, executor, run))
        run.advance(1)
    steps = sorted(set(seen))
    assert len(steps) >= 5
    assert {after - before for before, after in pairwise(steps)} == {(1 + REST) * SPENT}


def test_where_the_run_rests_what_is_asked_is_measured_once_more_and_no_more(pace, executor, run):
    assert look(pace, executor, run) == 0
    assert look(pace, executor, run, spent=0) == 0, "it moves, and its time has not come"
    for _ in range(3):
        assert look(pace, executor, run, spent=0) == SPENT
    pace.measure(run, "this", pytest.fail)


def test_something_else_and_a_changed_run_do_not_wait(pace, executor, run):
    look(pace, executor, run)
    assert look(pace, executor, run, "that") == SPENT
    run.version += 1
    assert look(pace, executor, run, "that") == 2 * SPENT
