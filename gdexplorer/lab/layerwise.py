"""What is known at once of every layer: its gradient, δ, the latest update, its weights."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from gdexplorer.arrays import Array
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


def _deltas(run: Run) -> Mapping[str, Array]:
    """Return δ of the latest batch; where a search went on from there, of all training examples at the present θ."""
    if not isinstance(run.rule, Search) or "trace" not in run.objective.can:
        return run.deltas()
    found = run.objective.program(run.objective.full()).trace(run.state.theta, run.state.buffers, run.objective.full())
    return {name.removesuffix(".delta"): array for name, array in found.items() if name.endswith(".delta")}


def _context(run: Run) -> Context:
    return Context(run.state.step, run.objective, run.state.theta, run.gradient, {}, run.examples)


def _of_batch(run: Run) -> Context:
    """Return the point with the gradient and δ of the latest batch, of all training examples where there was none."""
    run.look()
    return replace(_context(run), deltas=_deltas(run))
