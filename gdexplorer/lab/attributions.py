"""Maps of where the network looks, as an errand: with fresh weights to compare, and rests while the run moves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, frozen, zeros
from gdexplorer.lab import build
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.objectives.sensitivity import Sensitivity
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes import attribution
from gdexplorer.probes.attribution import NO_PIXELS, Attribution, AttributionReport
from gdexplorer.probes.context import Context

REST = 3  # updates between two measurements, for each that was made during the last one
BRIGHT = 0.5  # the most that ink must exceed, however much noise there is


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    report: AttributionReport
    of: tuple[object, ...]  # version, step and request
    spent: int  # updates that were made meanwhile


class Attributions:
    """Answers requests for maps of one run.

    While the run moves, the next measurement waits for `REST` times as many updates as were made during the last.
    """

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._seen = (-1, -1)  # version and step at the last look
        self._sensitivity: tuple[SupervisedObjective, Sensitivity] | None = None  # of whichever thread measures

    def measure(self, run: Run, request: Attribution) -> AttributionReport | str | None:
        """Return what is known, and see to it that more will be; a sentence if there are no maps."""
        if "pixels" not in run.objective.can:
            return NO_PIXELS
        now = (run.version, run.state.step)
        rests, self._seen = now == self._seen, now
        found: _Found | None = self._errands.known(Attribution)
        if found is None or found.of != (*now, request):

            def prepare() -> Callable[[], _Found]:
                known: _Found | None = self._errands.known(Attribution)
                same = known is not None and (known.of[0], known.of[2]) == (now[0], request)
                if known is not None and same and not rests and now[1] < known.report.step + REST * known.spent:
                    return lambda: known  # should the run rest, its end brings another look, which finds that out
                return self._work(run, request)

            found = self._errands.run(Attribution, (rests, *now, request), prepare)
        return None if found is None else found.report

    def _work(self, run: Run, request: Attribution) -> Callable[[], _Found]:
        theta, buffers, objective = frozen(run.state.theta), frozen(run.state.buffers), run.objective
        assert isinstance(objective, SupervisedObjective)
        context = Context(run.state.step, objective, theta, theta, {}, 0, buffers)
        above = min(2 * run.state.experiment.data.noise, BRIGHT)
        experiment, catalogue, of = run.state.experiment, run.catalogue, (run.version, run.state.step, request)

        def redrawn() -> tuple[Array, Array]:
            other = zeros(theta.size, objective.dtype)
            seed = experiment.seed + request.redrawn
            build.fill(other, objective, experiment, catalogue, frozenset(objective.layout.by_id), seed)
            return other, objective.fresh_buffers()

        def work() -> _Found:
            kept = self._sensitivity
            if kept is None or kept[0] is not objective:
                kept = objective, Sensitivity(objective, attribution.last_convolution(objective))
                self._sensitivity = kept
            with np.errstate(all="ignore"):  # of a run that has lost its way
                report = attribution.measure(request, context, kept[1], above, redrawn() if request.redrawn else None)
            return _Found(report, of, max(run.state.step - context.step, 0))

        return work
