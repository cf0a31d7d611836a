"""Lanes of a race in lockstep: those on one loss and in one order of batches share each pass forward and backward.

Every lane keeps its own weights, optimizer, history and streams, and goes bit for bit where it would go alone.
"""

import operator
from collections.abc import Sequence

import numpy as np

from gdexplorer.lab.run import WRITE_EVERY, Run
from gdexplorer.lab.state import Health
from gdexplorer.objectives.side_by_side import SideBySide
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim import Rule

# By what factor lockstep is faster (`gdexplorer bench steps --lanes 8`): for W1 (P · B = 250) 1.9 with 8 lanes, 1.3
# with 4, 0.8 with 2; for W2 (19,500) 1.3, 1.1 and 0.9; at 39,000 1.3 with 8 and 1.06 with 4; at 76,000 1.1 and 0.95;
# for W3 (420,000), where products take the time and the buffers of all lanes leave the cache, 0.9 to 1.2 and 1.0.
FEWEST = 4
WORK = 5_000  # parameters times examples of a batch, at most, for each lane that takes part


class Lockstep:
    """Lanes whose weights lie in one stack."""

    def __init__(self, runs: Sequence[Run], objective: SupervisedObjective) -> None:
        self.runs = runs
        self._objective, self._passes = objective, SideBySide(objective, len(runs))
        for run, theta in zip(runs, self._passes.thetas, strict=True):
            theta[...] = run.state.theta
            run.state.theta = theta

    def advance(self, count: int) -> int:
        """Make up to `count` updates; return after the one in which a lane diverges. Return how many were made."""
        made = 0
        with np.errstate(all="ignore"):
            while made < count and all(map(_fine, self.runs)):
                made += self._steps(min(count - made, WRITE_EVERY))
        return made

    def _steps(self, count: int) -> int:
        streams, own = self.runs[0].state.streams, [run.state.streams for run in self.runs]
        losses: list[list[float]] = [[] for _ in self.runs]
        lanes = []
        for member, run in enumerate(self.runs):
            run.state.streams = streams  # one draw is for all
            run.deltas = self._passes.deltas_of(member)
            state, slots = run.state, run.state.slots[0]
            lanes.append((slots.gradient, self._passes.gradients[member], run.proposer(), state.theta, slots,
                          run.trial, run.committer(losses[member])))  # fmt: skip
        draw, values_and_gradients, fine = self._objective.draw, self._passes.values_and_gradients, True
        try:
            for _ in range(count):
                batch = draw(streams)
                values = values_and_gradients(batch)
                for (gradient, found, propose, theta, slots, trial, commit), value in zip(lanes, values, strict=True):
                    gradient[...] = found
                    propose(theta, slots, trial)
                    fine = commit(value) and fine
                if not fine:
                    break
        finally:
            for run, mine in zip(self.runs, own, strict=True):
                run.state.streams = mine
                if mine is not streams:
                    mine.follow(streams)
        for run, written in zip(self.runs, losses, strict=True):
            run.record(written, batch)
        return max(map(len, losses))

    @property
    def level(self) -> bool:
        """Whether no lane has gone on by itself."""
        return len({(run.state.streams.epoch, run.state.streams.cursor) for run in self.runs}) == 1


class Lanes:
    """What of a race is in lockstep, made anew when a lane was changed from outside."""

    def __init__(self) -> None:
        self._marks: list[object] = []
        self._together: list[Lockstep] = []
        self._alone: list[Run] = []

    def advance(self, runs: Sequence[Run], count: int) -> int:
        """Make up to `count` updates in every lane; return how many the farthest made."""
        if len(runs) < FEWEST:
            return max(run.advance(count) for run in runs)
        self._arrange(runs)
        together = self._together
        made = [run.advance(count) for run in self._alone]
        for lanes in together:
            did = lanes.advance(count)
            rest = [run for run in lanes.runs if _fine(run)]
            if rest and did < count:
                did += self.advance(rest, count - did)
            made.append(did)
        return max(made)

    def _arrange(self, runs: Sequence[Run]) -> None:
        """Put lanes together that share their losses, if they do not stand as they were left."""
        marks = [mark for run in runs for mark in _marks(run)]
        unchanged = len(marks) == len(self._marks) and all(map(operator.is_, marks, self._marks))
        if unchanged and all(lanes.level for lanes in self._together):
            return
        groups: list[list[Run]] = []
        for run in runs:
            for group in groups:
                if _alike(group[0], run):
                    group.append(run)
                    break
            else:
                groups.append([run])
        self._together, self._alone = [], []
        for group in groups:
            objective = group[0].objective
            if isinstance(objective, SupervisedObjective) and faster(group):
                self._together.append(Lockstep(group, objective))
            else:
                self._alone += group
        self._marks = [mark for run in runs for mark in _marks(run)]


def _fine(run: Run) -> bool:
    return run.state.status.health is Health.FINE


def _marks(run: Run) -> tuple[object, ...]:
    """Return what stays the same object as long as nobody changes a lane."""
    state = run.state
    return run, run.objective, run.rule, state, state.theta, state.status.health, state.streams


def _alike(a: Run, b: Run) -> bool:
    """Whether two lanes would see the same losses of the same batches, one an update, and take them by a rule."""
    return all(isinstance(run.rule, Rule) and _fine(run) for run in (a, b)) and (
        a.objective.same_loss(b.objective) and a.objective.batch_size == b.objective.batch_size
        and a.state.experiment.training.accumulate == 1
        and a.state.streams.equals(b.state.streams)
    )  # fmt: skip


def faster(runs: Sequence[Run]) -> bool:
    """Whether lanes that are alike gain by lockstep, and lose nothing.

    Of one example the outputs of all lanes are single numbers with gaps between them: NumPy computes those by other
    code than rows, and `np.negative` (2.4) wrongly where they lie 64 bytes apart. So no batch to come may be so short.
    """
    objective = runs[0].objective
    examples = objective.full().size
    size = min(objective.batch_size, examples)
    sizes = (size, examples % size, (examples - runs[0].state.streams.cursor) % size)
    plain = isinstance(objective, SupervisedObjective) and objective.network.plain
    return plain and len(runs) >= FEWEST and objective.layout.size * size <= WORK * len(runs) and 1 not in sizes
