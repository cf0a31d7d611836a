"""What is known at once of every layer: its gradient, δ, the latest update, its weights."""

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from gdexplorer.lab import bugs
from gdexplorer.lab.run import Run
from gdexplorer.optim import Search
from gdexplorer.probes import deltas, gradients, updates, weights
from gdexplorer.probes.context import Context
from gdexplorer.probes.deltas import Deltas
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.updates import NO_UPDATE, Updates
from gdexplorer.probes.weights import Weights

Asked: TypeAlias = Gradients | Weights | Updates | Deltas


class Layerwise:
    """Answers requests about the layers of one run."""

    def __init__(self) -> None:
        self._watched: Run | None = None  # keeps its updates

    def measure(self, run: Run, request: Asked) -> Any:
        """Return what is known now, a sentence where there is nothing to know."""
        match request:
            case Weights():
                return weights.measure(request, _context(run))
            case Gradients():
                return gradients.measure(request, _of_batch(run))
            case Deltas():
                return deltas.measure(request, _of_batch(run))
            case Updates():
                return self._update(run, request)

    def _update(self, run: Run, request: Updates) -> Any:
        if self._watched is not run:
            self.forget()
            self._watched = run
        kept = run.watch()
        return NO_UPDATE if kept is None else updates.measure(request, _context(run), *kept)

    def forget(self) -> None:
        """Keep no more updates."""
        if self._watched is not None:
            self._watched.unwatch()
            self._watched = None


def _context(run: Run) -> Context:
    return Context(run.state.step, run.objective, run.state.theta, run.gradient, {}, run.examples)


def _of_batch(run: Run) -> Context:
    """Return the point with the gradient and δ of the latest batch, of all training examples where there was none.

    A batch's δ are kept with neither sessions nor keyframes: there they are those of the batch that comes next, in a
    game of the fixed samples. A search went on from where it asked for them; they are of all examples where it is now.
    """
    run.look()
    context, known, searches = _context(run), run.deltas(), isinstance(run.rule, Search)
    if "layers" not in run.objective.can or (known and not searches):
        return replace(context, deltas=known)
    objective, state = run.objective, run.state
    if searches or run.game is not None:
        batch = objective.full()
    else:
        batch = objective.draw(bugs.copied(state.streams, state.experiment.bugs))
    program = objective.program(batch)
    with np.errstate(all="ignore"):
        program.value_and_gradient(state.theta, state.buffers, batch, np.empty_like(state.theta))
    return replace(context, deltas=program.deltas(), afresh=0 if searches else batch.size)
