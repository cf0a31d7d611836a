"""The curvature panel's measurements, and how sharpness went over time as far as it was measured."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.capture import captured
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.history import Recorder
from gdexplorer.lab.pace import Pace, Timed
from gdexplorer.lab.rolling import Rolling
from gdexplorer.lab.run import Run
from gdexplorer.lab.steering import scheduled
from gdexplorer.landscape.curvature import threshold
from gdexplorer.optim import Rule
from gdexplorer.optim.sgd import MomentumKnobs, SgdKnobs
from gdexplorer.probes import curvature
from gdexplorer.probes.curvature import Curvature, CurvatureReport

REST = 3  # updates between two measurements, for each that was made during the last one


Course = tuple[int, Recorder]  # version of the path, and the record of the run that goes on, also when it is past


class Curvatures:
    """Answers requests for curvature."""

    def __init__(self, errands: Errands) -> None:
        self._pace: Pace[CurvatureReport | str] = Pace(errands, Curvature(), REST)
        self._begin(None)

    def _begin(self, path: Course | None) -> None:
        self._path = path  # that the rows are of
        self._rows = Rolling(3)
        self._largest = 0.0  # gradient norm on it
        self._found: Timed[CurvatureReport | str] | None = None
        self._answer: CurvatureReport | str | None = None

    def measure(self, run: Run, request: Curvature) -> CurvatureReport | str | None:
        """Return the newest measurement; see to it that there will be a newer one."""
        if "hvp" not in run.objective.can:
            return None
        if (path := (run.path_version, run.course)) != self._path:
            self._begin(path)
        if self._found is not None and self._pace.known is None:  # nobody has looked for a while
            self._rows.pause()

        def prepare() -> Callable[[], CurvatureReport | str]:
            self._take(self._pace.known)
            return self._work(run, request)

        found = self._pace.measure(run, path, prepare)
        self._take(found)
        return self._answer if found is self._found else None

    def _take(self, found: Timed[CurvatureReport | str] | None) -> None:
        """Take over what was brought back."""
        if found is not None and found is not self._found and found.asked == self._path:
            self._found, self._answer = found, found.result
            if isinstance(found.result, CurvatureReport):
                self._answer = replace(found.result, series=self._series(found.result))

    def _work(self, run: Run, request: Curvature) -> Callable[[], CurvatureReport | str]:
        context, largest, limit = captured(run), self._largest, _edge(run)

        def work() -> CurvatureReport | str:
            try:
                return curvature.measure(request, context, largest, limit)
            except ValueError as error:  # beyond the range of numbers
                return str(error)

        return work

    def _series(self, report: CurvatureReport) -> Array:
        limit = np.nan if report.threshold is None else report.threshold
        self._largest = max(self._largest, report.gradient_norm)
        return self._rows.add(report.step, report.sharpness, float(report.values[0]), limit)


def _edge(run: Run) -> float | None:
    """Return the threshold of the updates as they are made: none is known where bugs are in."""
    training, bugs = run.state.experiment.training, run.state.experiment.bugs
    knobs = scheduled(run.state, run.state.step, run.catalogue)
    if bugs.has("wrong_sign") or bugs.has("omitted_slope"):
        return None
    if not isinstance(run.rule, Rule):
        return threshold(knobs)
    if not training.zero_gradient:  # Σg is the buffer of momentum 1
        if not isinstance(knobs, SgdKnobs):
            return None
        knobs = MomentumKnobs.model_construct(learning_rate=knobs.learning_rate, momentum=1.0, dampening=0.0)
    limit = threshold(knobs)
    return limit if limit is None or training.accumulate_mean else limit / training.accumulate
