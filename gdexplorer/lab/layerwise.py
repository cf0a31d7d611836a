"""What is measured layer by layer beside the gradient: weights, updates, δ, activations and what they lie upon."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from gdexplorer.arrays import Array, frozen
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim import Search
from gdexplorer.probes import activations, deltas, outputs, updates, weights
from gdexplorer.probes.activations import NO_ACTIVATIONS, Activations, has_activations
from gdexplorer.probes.context import Context
from gdexplorer.probes.deltas import Deltas
from gdexplorer.probes.outputs import NO_OUTPUTS, Outputs
from gdexplorer.probes.updates import NO_UPDATE, Updates
from gdexplorer.probes.weights import Weights

Asked: TypeAlias = Weights | Updates | Deltas | Outputs | Activations


class Layerwise:
    """Answers requests about the layers of one run."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._watched: Run | None = None  # keeps its updates

    def measure(self, run: Run, request: Asked) -> Any:
        """Return what is known now, a sentence where there is nothing to know."""
        match request:
            case Weights():
                return weights.measure(request, _context(run))
            case Deltas():
                run.look()
                return deltas.measure(request, _context(run, deltas_of(run)))
            case Updates():
                return self._update(run, request)
            case Outputs():
                if not isinstance(run.objective, SupervisedObjective):
                    return NO_OUTPUTS
                return self._errand(run, request, outputs.measure)
            case Activations():
                if not has_activations(run.objective):
                    return NO_ACTIVATIONS
                return self._errand(run, request, activations.measure)

    def _update(self, run: Run, request: Updates) -> Any:
        if self._watched is not run:
            self.forget()
            self._watched = run
        kept = run.watch()
        return NO_UPDATE if kept is None else updates.measure(request, _context(run), *kept)

    def _errand(self, run: Run, request: Any, measure: Callable[[Any, Context], Any]) -> Any:
        def prepare() -> Callable[[], Any]:
            theta, buffers = frozen(run.state.theta), frozen(run.state.buffers)
            context = Context(run.state.step, run.objective, theta, theta, {}, 0, buffers)
            return lambda: measure(request, context)

        return self._errands.run(request, (run.version, run.state.step), prepare)

    def forget(self) -> None:
        """Keep no more updates."""
        if self._watched is not None:
            self._watched.unwatch()
            self._watched = None


def deltas_of(run: Run) -> Mapping[str, Array]:
    """Return δ of the latest batch; where a search went on from there, of all training examples at the present θ."""
    if not isinstance(run.rule, Search) or "trace" not in run.objective.can:
        return run.deltas()
    found = run.objective.program(run.objective.full()).trace(run.state.theta, run.state.buffers, run.objective.full())
    return {name.removesuffix(".delta"): array for name, array in found.items() if name.endswith(".delta")}


def _context(run: Run, found: Mapping[str, Array] | None = None) -> Context:
    return Context(run.state.step, run.objective, run.state.theta, run.gradient, found or {}, run.examples)
