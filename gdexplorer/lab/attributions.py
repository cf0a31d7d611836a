"""Maps of where the network looks, as an errand: with fresh weights to compare, and rests while the run moves."""

from collections.abc import Callable

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.lab import parameters
from gdexplorer.lab.capture import captured
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.pace import Pace
from gdexplorer.lab.run import Run
from gdexplorer.objectives.sensitivity import Sensitivity
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes import attribution
from gdexplorer.probes.attribution import NO_PIXELS, Attribution, AttributionReport

REST = 3  # updates between two measurements, for each that was made during the last one
BRIGHT = 0.5  # the most that ink must exceed, however much noise there is


class Attributions:
    """Answers requests for maps of one run."""

    def __init__(self, errands: Errands) -> None:
        self._pace: Pace[AttributionReport] = Pace(errands, Attribution, REST)
        self._sensitivity: tuple[SupervisedObjective, Sensitivity] | None = None  # of whichever thread measures

    def measure(self, run: Run, request: Attribution) -> AttributionReport | str | None:
        """Return what is known, and see to it that more will be; a sentence if there are no maps."""
        if "pixels" not in run.objective.can:
            return NO_PIXELS
        found = self._pace.measure(run, request, lambda: self._work(run, request))
        return None if found is None else found.result

    def _work(self, run: Run, request: Attribution) -> Callable[[], AttributionReport]:
        context, objective = captured(run), run.objective
        assert isinstance(objective, SupervisedObjective)
        above = min(2 * run.state.experiment.data.noise, BRIGHT)
        experiment, catalogue = run.state.experiment, run.catalogue

        def redrawn() -> tuple[Array, Array]:
            other = zeros(objective.layout.size, objective.dtype)
            seed = experiment.seed + request.redrawn
            parameters.fill(other, objective, experiment, catalogue, frozenset(objective.layout.by_id), seed)
            return other, objective.fresh_buffers()

        def work() -> AttributionReport:
            kept = self._sensitivity
            if kept is None or kept[0] is not objective:
                kept = objective, Sensitivity(objective, attribution.last_convolution(objective))
                self._sensitivity = kept
            with np.errstate(all="ignore"):  # of a run that has lost its way
                return attribution.measure(request, context, kept[1], above, redrawn() if request.redrawn else None)

        return work
