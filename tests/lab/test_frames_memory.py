"""Frames leave nothing behind: what a session holds is its history and its keyframes, however often it is looked at."""

import gc
import tracemalloc
from itertools import pairwise

import pytest

from gdexplorer.lab.session import Session
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.vitals import Vitals
from tests.builders import CATALOGUE, experiment

BYTES = 10  # a frame
NEEDS = frozenset([Gradients(), Vitals()])
WARM_UP = 1200  # frames: what is made once, and what there are a few hundred of at most
ROUNDS = 2  # a leak is in each, what happens to be made once in one of them
HEADER = 150  # bytes of an array beside its numbers, and of its place in a tuple


def held(session: Session) -> int:
    """Bytes of what is bounded by itself: histories and keyframes."""
    known = 0
    for run in session.runs:
        recorder = run.recorder
        arrays = [part if part.base is None else part.base for series in (recorder.batch, recorder.curves)
                  for part in series.parts()]  # fmt: skip
        known += sum({id(array): array.nbytes + HEADER for array in (*arrays, *recorder.path.points)}.values())
    kept = session.active.keyframes
    return known + kept.bytes


def size(session: Session) -> int:
    """Bytes of everything else."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - held(session)


@pytest.mark.parametrize("frames", [1000, pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
@pytest.mark.parametrize("updates", [0, 1], ids=["at rest", "training"])
def test_frames_leave_nothing_behind(frames: int, updates: int) -> None:
    tracemalloc.start()
    session = Session(experiment(), CATALOGUE)

    def look(count: int) -> None:
        for number in range(count):
            if updates:
                session.advance(updates)
            session.frame(NEEDS if number % 10 == 0 else frozenset())

    try:
        look(WARM_UP)
        sizes = [size(session)]
        for _ in range(ROUNDS):
            look(frames)
            sizes.append(size(session))
    finally:
        tracemalloc.stop()
    left = min(after - before for before, after in pairwise(sizes))
    print(f"{frames:,} frames left {left:,} bytes behind, {left / frames:.2f} a frame")
    assert left <= BYTES * frames
