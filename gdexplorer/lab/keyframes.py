"""Keyframes: copies of states along a record, in bounded memory, from which any moment between is done again.

To go somewhere is to restore the last keyframe before it and to make the updates between; so the memory they may take
decides how long that lasts, and nothing else.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from gdexplorer.lab.history import Mark
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import State

BYTES = 128 * 2**20  # of the keyframes of the run that goes on
GHOST_BYTES = 16 * 2**20  # of those of each run that was left: with eight of them 256 MiB in all
COPY_SECONDS, COPY_RATE = 1.5e-4, 2e9  # what a copy costs: once, and bytes a second
UPDATE_SECONDS, UPDATE_RATE = 1e-5, 8e10  # what an update costs: once, and multiplications a second
OBJECTS = 4608  # bytes of Python's objects in a copied state, about
SHARE = 600  # times as long as a copy takes, the updates between two should take
LONGEST = 0.5  # seconds of updates between two, where memory allows


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A place in a run's record: after so many updates were tried and so many commands of its log carried out."""

    updates: int
    commands: int


@dataclass(frozen=True, slots=True)
class Keyframe:
    """Everything that the future of all lanes depends on, at one moment."""

    moment: Moment
    step: int  # updates of the lane that had come farthest
    states: tuple[State, ...]
    examples: tuple[int, ...]  # see `Run.examples`
    marks: tuple[Mark, ...]  # how much of each lane's history there was

    @classmethod
    def of(cls, moment: Moment, runs: Sequence[Run]) -> "Keyframe":
        """Copy what runs are at a moment."""
        return cls(
            moment, max(run.state.step for run in runs), tuple(run.state.copy() for run in runs),
            tuple(run.examples for run in runs), tuple(run.recorder.mark_here(run.state.step) for run in runs),
        )  # fmt: skip

    @property
    def bytes(self) -> int:
        """How many bytes its numbers take, in a file too."""
        return sum(map(_bytes, self.states))

    @property
    def memory(self) -> int:
        """How much memory it takes."""
        return self.bytes + OBJECTS * len(self.states)


class Keyframes:
    """The keyframes of one record, the oldest first; the first of all is never dropped."""

    def __init__(self, bound: int = BYTES) -> None:
        self.bound, self.bytes = bound, 0
        self.frames: list[Keyframe] = []
        self.gap = 1  # updates between two, at least
        self.due = 0  # updates from which on another is wanted

    def add(self, frame: Keyframe, gap: int) -> None:
        """Take the newest keyframe; the next is wanted after `gap` updates, or more where memory is short."""
        self.frames.append(frame)
        self.bytes += frame.memory
        self.gap = max(self.gap, gap)
        self._thin()
        self.due = frame.moment.updates + self.gap

    def limit(self, bound: int) -> None:
        """Change how many bytes there may be."""
        self.bound = bound
        self._thin()

    def _thin(self) -> None:
        while self.bytes > self.bound and len(self.frames) > 2:
            self.frames = self.frames[::2]
            self.bytes = sum(frame.memory for frame in self.frames)
            self.gap *= 2

    def at(self, moment: Moment) -> Keyframe:
        """Return the last keyframe at a moment or before it."""
        return self.frames[max(bisect_right(self.frames, moment, key=_moment) - 1, 0)]

    def before(self, step: int) -> Keyframe:
        """Return the last keyframe before an update, so that it is made again; the first of all has none before it."""
        return self.frames[max(bisect_left(self.frames, step, key=_step) - 1, 0)]

    def until(self, moment: Moment) -> "Keyframes":
        """Return those up to a moment, for a record that goes on from there."""
        kept = Keyframes(self.bound)
        kept.frames = [frame for frame in self.frames if frame.moment <= moment]
        kept.bytes, kept.gap = sum(frame.memory for frame in kept.frames), self.gap
        kept.due = kept.frames[-1].moment.updates + kept.gap
        return kept


def gap(runs: Sequence[Run]) -> int:
    """Return the updates between two keyframes: a power of two, by what updates and copies are estimated to cost.

    By an estimate, for a core without a clock does the same on every machine.
    """
    update = sum(UPDATE_SECONDS + 6 * run.objective.work * _batch(run) / UPDATE_RATE for run in runs)
    copy = COPY_SECONDS * len(runs) + sum(_bytes(run.state) for run in runs) / COPY_RATE
    return 1 << max(int(min(SHARE * copy, LONGEST) / update), 1).bit_length() - 1


def _batch(run: Run) -> int:
    return min(run.objective.batch_size, run.objective.full().size)


def _bytes(state: State) -> int:
    arrays = [array for slots in state.slots for array in slots.saved()[0].values()]
    own = state.theta.nbytes + state.buffers.nbytes + state.streams.permutation.nbytes
    return own + sum(array.nbytes for array in arrays) + 2048  # for generators and numbers


def _moment(frame: Keyframe) -> Moment:
    return frame.moment


def _step(frame: Keyframe) -> int:
    return frame.step
