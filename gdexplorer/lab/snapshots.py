"""What a frame tells of runs: where each stands, the list of them, and those that were left as ghosts."""

from collections.abc import Sequence
from dataclasses import replace

from gdexplorer.lab.accumulation import norms
from gdexplorer.lab.branch import Branch
from gdexplorer.lab.differences import differing
from gdexplorer.lab.frame import Lane, RunEntry, Snapshot
from gdexplorer.lab.history import joined
from gdexplorer.lab.proximal import exact_zeros
from gdexplorer.lab.run import Run
from gdexplorer.lab.sentences import Sentence
from gdexplorer.lab.steering import scheduled
from gdexplorer.optim import Rule


def snapshot(run: Run, said: Sentence | None) -> Snapshot:
    """Return where a run stands, and what the narrator says of it."""
    state, objective = run.state, run.objective
    train = objective.full().size
    return Snapshot(
        state.step,
        state.streams.epoch,
        state.experiment,
        state.status,
        state.theta.size,
        train if "examples" in objective.can else 0,
        objective.full("test").size if "examples" in objective.can else 0,
        min(objective.batch_size, train),
        tuple(block.id for block in objective.layout.blocks),
        said or Sentence(""),
        state.evaluations,
        objective.can,
        objective.solution() is not None,
        getattr(scheduled(state, state.step, run.catalogue), "learning_rate", None),
        replace(state.tally) if isinstance(run.rule, Rule) and state.experiment.training.clip != "none" else None,
        bool(state.slots[0].numbers.get("stalled")),
        buffer=norms(state.slots[0]),
        moved=run.game.moved if run.game is not None else (),
        zeros=exact_zeros(objective, state.theta),
    )


def entry(branch: Branch, active: Branch) -> RunEntry:
    """Return a run's line in the list of runs."""
    own, now = branch.run.state.experiment, active.run.state.experiment
    return RunEntry(
        branch.id, branch.name, branch.color, branch is active, branch.drawn, branch.step,
        tuple(joined(branch.run.recorder.curves.parts()[-1:])[-1].tolist()), branch.parent, branch.at_step,
        "" if branch is active else differing(own, now),
    )  # fmt: skip


class Roll:
    """The list of runs with the first lane of each that was left, made anew only where something has changed."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[object, ...], RunEntry, Lane | None]] = {}  # by id, and what it was made of

    def told(self, branches: Sequence[Branch], active: Branch) -> list[tuple[RunEntry, Lane | None]]:
        """Return what is to be said of each run, the oldest first; of the one that goes on only its line."""
        before, self._known, now = self._known, {}, active.run.state.experiment
        for branch in branches:
            goes_on = branch is active
            of = branch.run, branch.updates, len(branch.log), branch.name, branch.color, branch.drawn, goes_on, now
            known = before.get(branch.id)
            if known is None or known[0] != of:
                line = entry(branch, active)
                known = of, line, None if goes_on else _ghost(branch.run, line)
            self._known[branch.id] = known
        return [(line, lane) for _, line, lane in self._known.values()]


def _ghost(run: Run, line: RunEntry) -> Lane:
    return Lane(line.name, snapshot(run, None), run.recorder.view(), {}, ghost=line)
