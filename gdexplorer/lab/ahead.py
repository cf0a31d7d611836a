"""The updates that come next, made in a copy of the run: what they will see, and where they will lead."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab import bugs
from gdexplorer.lab.ask import Ask
from gdexplorer.lab.proximal import strengths_of
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import State
from gdexplorer.lab.steering import proposer
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Objective
from gdexplorer.optim import Rule
from gdexplorer.optim.clipping import Tally


@dataclass(frozen=True, eq=False, slots=True)
class Ahead:
    """The next update, θ → θ + move, and the gradient that the one after it will take.

    Losses and gradients are means over the micro-batches of an update, in training mode: by the statistics of the
    batch, units dropped by its masks. An L1 that is a proximal step of its own is left out of both.
    """

    batch: Batch  # of the update; the first of several micro-batches
    move: Array  # (P,)
    losses: Array  # (2,), before and after the update, on its own batch
    gradients: Array  # (2, P), likewise
    following: Array  # (P,)


def ahead(run: Run) -> Callable[[], Ahead]:
    """Capture the present state; return what makes the next updates from it, in any thread."""
    state, objective = run.state.copy(), run.objective
    bugs.order(state.streams, state.experiment.bugs)
    propose = _proposer(run, state)

    def work() -> Ahead:
        with np.errstate(all="ignore"):
            return _ahead(objective, state, propose)

    return work


Propose = Callable[[Batch, Array, Array], None]  # (batch, its gradient, out): writes the new θ


def _proposer(run: Run, state: State) -> Propose:
    slots, rule = state.slots[0], run.rule
    if isinstance(rule, Rule):
        propose = proposer(rule, state, run.catalogue, Tally(), run.objective)

        def proposed(batch: Batch, gradient: Array, out: Array) -> None:
            slots.gradient[...] = gradient
            propose(state.theta, slots, out)

        return proposed

    def searched(batch: Batch, gradient: Array, out: Array) -> None:
        ask = Ask(run.objective)
        ask.at(state.buffers, batch)
        rule.propose(ask, state.theta, slots, out)

    return searched


def _ahead(objective: Objective, state: State, propose: Propose) -> Ahead:
    count, summed = state.experiment.training.accumulate, not state.experiment.training.accumulate_mean
    before, after = state.theta.copy(), np.empty_like(state.theta)
    out, program = np.empty_like(state.theta), objective.program(objective.full())
    strengths, nothing = strengths_of(objective), np.zeros(0, objective.dtype)

    def drawn() -> list[Batch]:
        return [_own(objective.draw(state.streams)) for _ in range(count)]

    def evaluate(theta: Array, batches: list[Batch]) -> tuple[float, Array]:
        loss, total = 0.0, np.zeros(theta.size)
        for batch in batches:
            loss += program.value_and_gradient(theta, nothing, batch, out) / count
            total += out / count
        return loss - (0.0 if strengths is None else float(np.abs(theta) @ strengths)), total

    batches = drawn()
    first, gradient = evaluate(before, batches)
    propose(batches[0], gradient * count if summed else gradient, after)
    second, there = evaluate(after, batches)
    return Ahead(batches[0], after.astype(np.float64) - before, np.array([first, second]),
                 np.stack([gradient, there]), evaluate(after, drawn())[1])  # fmt: skip


def _own(batch: Batch) -> Batch:
    """Return a batch that the next draw leaves alone."""
    return replace(batch, arrays=tuple(array.copy() for array in batch.arrays))
