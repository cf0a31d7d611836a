"""Measurements on demand: light ones at once, heavy ones as errands."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gdexplorer.lab import checks, lines, rates, weights
from gdexplorer.lab.attributions import Attributions
from gdexplorer.lab.basins import BasinMaps
from gdexplorer.lab.capture import measured
from gdexplorer.lab.checkups import Checkups
from gdexplorer.lab.cost import Costs
from gdexplorer.lab.curvatures import Curvatures
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.landscapes import Landscapes
from gdexplorer.lab.latents import Latents
from gdexplorer.lab.layerwise import Layerwise
from gdexplorer.lab.learning import Learnings
from gdexplorer.lab.noises import KINDS, Noises
from gdexplorer.lab.pace import Timed
from gdexplorer.lab.run import Run
from gdexplorer.lab.walks import Walks
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes import activations, boundary, confusion, maps, modes, outputs, sequences
from gdexplorer.probes.activations import Activations
from gdexplorer.probes.attribution import Attribution
from gdexplorer.probes.basins import Basins
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.check import GradientCheck
from gdexplorer.probes.confusion import Confusion
from gdexplorer.probes.cost import Cost
from gdexplorer.probes.curvature import Curvature
from gdexplorer.probes.deltas import Deltas
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.landscape import Landscape
from gdexplorer.probes.latent import Latent
from gdexplorer.probes.learning import Learning
from gdexplorer.probes.line import Line
from gdexplorer.probes.maps import Maps
from gdexplorer.probes.modes import Modes
from gdexplorer.probes.oneweight import OneWeight
from gdexplorer.probes.outputs import Outputs
from gdexplorer.probes.rates import RangeTest
from gdexplorer.probes.sequences import Sequences
from gdexplorer.probes.stepwise import StepByStep
from gdexplorer.probes.units import Units
from gdexplorer.probes.updates import Updates
from gdexplorer.probes.vitals import Vitals, VitalsReport
from gdexplorer.probes.weights import Weights


@dataclass(frozen=True, slots=True)
class _OfPoint:
    """A probe that needs the present point alone: whether there is an answer, a sentence if not, and what measures."""

    there: Callable[[Objective], bool]
    otherwise: str | None
    probe: ModuleType


def _that_can(what: str) -> Callable[[Objective], bool]:
    return lambda objective: what in objective.can


def _of_one_network(objective: Objective) -> bool:
    return isinstance(objective, SupervisedObjective)


OF_POINT: Mapping[type, _OfPoint] = {
    Boundary: _OfPoint(_that_can("predict"), None, boundary),
    Modes: _OfPoint(_that_can("samples"), None, modes),
    Confusion: _OfPoint(confusion.counts_classes, confusion.NO_CLASSES, confusion),
    Maps: _OfPoint(_that_can("maps"), maps.NO_MAPS, maps),
    Sequences: _OfPoint(_that_can("sequences"), sequences.NO_SEQUENCES, sequences),
    Outputs: _OfPoint(_of_one_network, outputs.NO_OUTPUTS, outputs),
    Activations: _OfPoint(activations.has_activations, activations.NO_ACTIVATIONS, activations),
}


class Measurer:
    """Answers the panels' requests: of the first lane, but for what compares the lanes."""

    def __init__(self, executor: Executor) -> None:
        self._errands = Errands(executor)
        self._landscapes = Landscapes(self._errands)
        self._curvatures = Curvatures(self._errands)
        self._basins, self._costs = BasinMaps(self._errands), Costs(self._errands)
        self._learnings, self._latents = Learnings(self._errands), Latents(self._errands)
        self._noises = Noises(self._errands)
        self._walks = Walks()
        self._checkups = Checkups(self._errands)
        self._layerwise = Layerwise()
        self._attributions = Attributions(self._errands)

    def measure(
        self, runs: Sequence[Run], needs: frozenset[Any], ghosts: Sequence[tuple[int, Run]] = ()
    ) -> Mapping[Any, Any]:
        """Return what is known now of each request; heavy ones appear in a later frame.

        `ghosts` are runs by id that were left, for what compares paths.
        """
        views = self._noises.measure(runs[0], needs)
        views |= {request: self._answer(runs, request, ghosts) for request in needs if not isinstance(request, KINDS)}
        return {request: view for request, view in views.items() if view is not None}

    @property
    def checkup(self) -> Timed[VitalsReport] | None:
        """What is known for the narrator; None where nobody reads it."""
        return self._checkups.known

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._errands.busy

    def forget(self, needs: frozenset[Any]) -> None:
        """Drop the measurements that nobody asks for any more, but the last surface: its plane is to stay the same."""
        names: set[object] = {name for need in needs for name in _names(need)}
        self._errands.keep(names, self._landscapes.latest)
        if not any(isinstance(need, Updates) for need in needs):
            self._layerwise.forget()

    def _answer(self, runs: Sequence[Run], request: Any, ghosts: Sequence[tuple[int, Run]]) -> Any:
        run = runs[0]
        match request:
            case Boundary() | Modes() | Confusion() | Maps() | Sequences() | Outputs() | Activations():
                return self._of_point(run, request)
            case Landscape():
                return self._landscapes.measure(runs, request, ghosts)
            case Line():
                return lines.measure(self._errands, runs, request)
            case RangeTest():
                return rates.measure(self._errands, run, request)
            case Curvature():
                return self._curvatures.measure(run, request)
            case Basins():
                return self._basins.measure(runs, request)
            case Cost():
                return self._costs.measure(runs, request)
            case Learning():
                return self._learnings.measure(run, request)
            case Latent():
                return self._latents.measure(run, request)
            case Attribution():
                return self._attributions.measure(run, request)
            case Units():
                return weights.measure_units(self._errands, run, request)
            case StepByStep():
                return self._walks.measure(run, request)
            case OneWeight():
                return weights.measure_one(self._errands, run, request)
            case Gradients() | Weights() | Updates() | Deltas():
                return self._layerwise.measure(run, request)
            case Vitals():
                return self._checkups.measure(run, request)
            case GradientCheck():
                return checks.measure(self._errands, run, request)
        return None

    def _of_point(self, run: Run, request: Any) -> Any:
        known = OF_POINT[type(request)]
        if not known.there(run.objective):
            return known.otherwise
        return measured(self._errands, run, request, known.probe.measure, *_names(request))


def _names(request: Any) -> tuple[object, ...]:
    """Return the names of the errands that answer a request."""
    if isinstance(request, Latent):
        return Latents.names()
    if isinstance(request, KINDS):
        return (Noises,)
    # of one name whatever the example, so that the last one is seen until the next is there
    if isinstance(request, Maps | Sequences | Units | OneWeight | Attribution | GradientCheck):
        return (type(request),)
    return Landscapes.names(request) if isinstance(request, Landscape) else (request,)
