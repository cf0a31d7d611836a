"""Measurements on demand: light ones at once, heavy ones as errands."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from gdexplorer.arrays import frozen
from gdexplorer.lab import checks, lines, rates, weights
from gdexplorer.lab.attributions import Attributions
from gdexplorer.lab.basins import BasinMaps
from gdexplorer.lab.checkups import Checkup, Checkups
from gdexplorer.lab.cost import Costs
from gdexplorer.lab.curvatures import Curvatures
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.landscapes import Landscapes
from gdexplorer.lab.latents import Latents
from gdexplorer.lab.layerwise import Layerwise, deltas_of
from gdexplorer.lab.learning import Learnings
from gdexplorer.lab.noises import KINDS, Noises
from gdexplorer.lab.run import Run
from gdexplorer.lab.walks import Walks
from gdexplorer.probes import boundary, confusion, gradients, maps, modes, sequences
from gdexplorer.probes.activations import Activations
from gdexplorer.probes.attribution import Attribution
from gdexplorer.probes.basins import Basins
from gdexplorer.probes.boundary import Boundary, BoundaryReport
from gdexplorer.probes.check import GradientCheck
from gdexplorer.probes.confusion import Confusion, ConfusionReport
from gdexplorer.probes.context import Context
from gdexplorer.probes.cost import Cost
from gdexplorer.probes.curvature import Curvature
from gdexplorer.probes.deltas import Deltas
from gdexplorer.probes.gradients import GradientReport, Gradients
from gdexplorer.probes.landscape import Landscape
from gdexplorer.probes.latent import Latent
from gdexplorer.probes.learning import Learning
from gdexplorer.probes.line import Line
from gdexplorer.probes.maps import Maps, MapsReport
from gdexplorer.probes.modes import Modes, ModesReport
from gdexplorer.probes.oneweight import OneWeight
from gdexplorer.probes.outputs import Outputs
from gdexplorer.probes.rates import RangeTest
from gdexplorer.probes.sequences import Sequences, SequencesReport
from gdexplorer.probes.stepwise import StepByStep
from gdexplorer.probes.units import Units
from gdexplorer.probes.updates import Updates
from gdexplorer.probes.vitals import Vitals
from gdexplorer.probes.weights import Weights


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
        self._layerwise = Layerwise(self._errands)
        self._attributions = Attributions(self._errands)

    def measure(
        self, runs: Sequence[Run], needs: frozenset[Any], ghosts: Sequence[tuple[int, Run]] = ()
    ) -> Mapping[Any, Any]:
        """Return what is known now of each request; heavy ones appear in a later frame.

        `ghosts` are runs by id that were left, for what compares paths.
        """
        views: dict[Any, Any] = {**self._noises.measure(runs[0], needs)}
        for request in needs:
            match request:
                case Gradients():
                    views[request] = self._gradients(runs[0], request)
                case Boundary():
                    views[request] = self._boundary(runs[0], request)
                case Landscape():
                    views[request] = self._landscapes.measure(runs, request, ghosts)
                case Line():
                    views[request] = lines.measure(self._errands, runs, request)
                case RangeTest():
                    views[request] = rates.measure(self._errands, runs[0], request)
                case Curvature():
                    views[request] = self._curvatures.measure(runs[0], request)
                case Basins():
                    views[request] = self._basins.measure(runs, request)
                case Cost():
                    views[request] = self._costs.measure(runs, request)
                case Modes():
                    views[request] = self._modes(runs[0], request)
                case Confusion():
                    views[request] = self._confusion(runs[0], request)
                case Learning():
                    views[request] = self._learnings.measure(runs[0], request)
                case Maps():
                    views[request] = self._maps(runs[0], request)
                case Latent():
                    views[request] = self._latents.measure(runs[0], request)
                case Attribution():
                    views[request] = self._attributions.measure(runs[0], request)
                case Sequences():
                    views[request] = self._sequences(runs[0], request)
                case Units():
                    views[request] = weights.measure_units(self._errands, runs[0], request)
                case StepByStep():
                    views[request] = self._walks.measure(runs[0], request)
                case OneWeight():
                    views[request] = weights.measure_one(self._errands, runs[0], request)
                case Weights() | Updates() | Deltas() | Outputs() | Activations():
                    views[request] = self._layerwise.measure(runs[0], request)
                case Vitals():
                    views[request] = self._checkups.measure(runs[0], request)
                case GradientCheck():
                    views[request] = checks.measure(self._errands, runs[0], request)
        return {request: view for request, view in views.items() if view is not None}

    @property
    def checkup(self) -> Checkup | None:
        """What is known for the narrator; None where nobody reads it."""
        return self._checkups.known

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._errands.busy

    def forget(self, needs: frozenset[Any]) -> None:
        """Drop the measurements that nobody asks for any more."""
        names: set[object] = {name for need in needs for name in _names(need)}
        self._errands.keep(names)
        if not any(isinstance(need, Updates) for need in needs):
            self._layerwise.forget()

    def _gradients(self, run: Run, request: Gradients) -> GradientReport:
        run.look()
        context = Context(run.state.step, run.objective, run.state.theta, run.gradient, deltas_of(run),
                          run.examples)  # fmt: skip
        return gradients.measure(request, context)

    def _boundary(self, run: Run, request: Boundary) -> BoundaryReport | None:
        if "predict" not in run.objective.can:
            return None

        def prepare() -> Callable[[], BoundaryReport]:
            theta = frozen(run.state.theta)
            context = Context(run.state.step, run.objective, theta, theta, {}, 0)
            return lambda: boundary.measure(request, context)

        result: BoundaryReport | None = self._errands.run(request, (run.version, run.state.step), prepare)
        return result

    def _modes(self, run: Run, request: Modes) -> ModesReport | None:
        if "samples" not in run.objective.can:
            return None

        def prepare() -> Callable[[], ModesReport]:
            theta = frozen(run.state.theta)
            context = Context(run.state.step, run.objective, theta, theta, {}, 0)
            return lambda: modes.measure(request, context)

        result: ModesReport | None = self._errands.run(request, (run.version, run.state.step), prepare)
        return result

    def _confusion(self, run: Run, request: Confusion) -> ConfusionReport | str | None:
        if not confusion.counts_classes(run.objective):
            return confusion.NO_CLASSES

        def prepare() -> Callable[[], ConfusionReport]:
            theta, buffers = frozen(run.state.theta), frozen(run.state.buffers)
            context = Context(run.state.step, run.objective, theta, theta, {}, 0, buffers)
            return lambda: confusion.measure(request, context)

        result: ConfusionReport | None = self._errands.run(request, (run.version, run.state.step), prepare)
        return result

    def _maps(self, run: Run, request: Maps) -> MapsReport | str | None:
        if "maps" not in run.objective.can:
            return maps.NO_MAPS

        def prepare() -> Callable[[], MapsReport]:
            theta, buffers = frozen(run.state.theta), frozen(run.state.buffers)
            context = Context(run.state.step, run.objective, theta, theta, {}, 0, buffers)
            return lambda: maps.measure(request, context)

        # of one name whatever the example, so that the last one is seen until the next is there
        result: MapsReport | None = self._errands.run(Maps, (run.version, run.state.step, request), prepare)
        return result

    def _sequences(self, run: Run, request: Sequences) -> SequencesReport | str | None:
        if "sequences" not in run.objective.can:
            return sequences.NO_SEQUENCES

        def prepare() -> Callable[[], SequencesReport]:
            theta, buffers = frozen(run.state.theta), frozen(run.state.buffers)
            context = Context(run.state.step, run.objective, theta, theta, {}, 0, buffers)
            return lambda: sequences.measure(request, context)

        # of one name whatever the example, as for maps
        result: SequencesReport | None = self._errands.run(Sequences, (run.version, run.state.step, request), prepare)
        return result


def _names(request: Any) -> tuple[object, ...]:
    """Return the names of the errands that answer a request."""
    if isinstance(request, Latent):
        return Latents.names()
    if isinstance(request, KINDS):
        return (Noises,)
    if isinstance(request, Maps | Sequences | Units | OneWeight | Attribution | GradientCheck):
        return (type(request),)
    return Landscapes.names(request) if isinstance(request, Landscape) else (request,)
