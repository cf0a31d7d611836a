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


def of(run: Run, said: Sentence | None) -> Snapshot:
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


def ghost(branch: Branch, entry: RunEntry) -> Lane:
    """Return the first lane of a run that was left."""
    return Lane(entry.name, of(branch.run, None), branch.run.recorder.view(), {}, ghost=entry)


def entries(branches: Sequence[Branch], active: Branch) -> tuple[RunEntry, ...]:
    """Return the list of runs, the oldest first."""
    now = active.run.state.experiment
    return tuple(
        RunEntry(
            branch.id, branch.name, branch.color, branch is active, branch.drawn, branch.step,
            tuple(joined(branch.run.recorder.curves.parts()[-1:])[-1].tolist()), branch.parent, branch.at_step,
            "" if branch is active else differing(branch.run.state.experiment, now),
        ) for branch in branches
    )  # fmt: skip
