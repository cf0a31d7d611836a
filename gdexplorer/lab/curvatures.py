"""The curvature panel's measurements, and how sharpness went over time as far as it was measured."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.history import Recorder
from gdexplorer.lab.rolling import Rolling
from gdexplorer.lab.run import Run
from gdexplorer.lab.steering import scheduled
from gdexplorer.landscape.curvature import threshold
from gdexplorer.optim import Rule
from gdexplorer.optim.sgd import MomentumKnobs, SgdKnobs
from gdexplorer.probes import curvature
from gdexplorer.probes.context import Context
from gdexplorer.probes.curvature import Curvature, CurvatureReport

REST = 3  # updates between two measurements, for each that was made during the last one


Course = tuple[int, Recorder]  # version of the path, and the record of the run that goes on, also when it is past


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    """What was measured, or why nothing was, and on which path."""

    path: Course | None
    spent: int  # updates that were made meanwhile
    result: CurvatureReport | str


class Curvatures:
    """Answers requests for curvature.

    Measuring takes the interpreter from the trainer. So while the run moves, the next measurement waits for `REST`
    times as many updates as were made during the last: a quarter of the time at most, whatever the speed.
    """

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._seen = self._asked = (-1, -1)  # version and step at the last look, and at the last measurement
        self._key: tuple[object, ...] = ()  # of that measurement
        self._begin(None)

    def _begin(self, path: Course | None) -> None:
        self._path = path  # that the rows are of
        self._rows = Rolling(3)
        self._largest = 0.0  # gradient norm on it
        self._found: _Found | None = None
        self._answer: CurvatureReport | str | None = None
        self._due = 0  # step of the next measurement

    def measure(self, run: Run, request: Curvature) -> CurvatureReport | str | None:
        """Return the newest measurement; see to it that there will be a newer one."""
        if "hvp" not in run.objective.can:
            return None
        if (path := (run.path_version, run.course)) != self._path:
            self._begin(path)
        if self._found is not None and self._errands.known(request) is None:
            self._pause()
        now = (run.version, run.state.step)
        rests, self._seen = now == self._seen, now
        key = self._key if now == self._asked else (rests, *now)

        def prepare() -> Callable[[], _Found | None]:
            known: _Found | None = self._errands.known(request)
            self._take(known, now[1])
            if not rests and now[0] == self._asked[0] and now[1] < self._due:
                return lambda: known  # should the run rest, its end brings another look, which finds that out
            self._asked, self._key = now, key
            return self._work(run, request)

        found: _Found | None = self._errands.run(request, key, prepare)
        self._take(found, now[1])
        return self._answer if found is self._found else None

    def _take(self, found: _Found | None, step: int) -> None:
        """Take over what was brought back."""
        if found is not None and found is not self._found and found.path == self._path:
            self._found, self._answer = found, found.result
            self._due = step + REST * found.spent
            if isinstance(found.result, CurvatureReport):
                self._answer = replace(found.result, series=self._series(found.result))

    def _work(self, run: Run, request: Curvature) -> Callable[[], _Found]:
        step, path, largest = run.state.step, self._path, self._largest
        theta, limit = frozen(run.state.theta), _edge(run)
        context = Context(step, run.objective, theta, theta, {}, 0)

        def work() -> _Found:
            begun = run.state.step
            try:
                result: CurvatureReport | str = curvature.measure(request, context, largest, limit)
            except ValueError as error:  # beyond the range of numbers
                result = str(error)
            return _Found(path, max(run.state.step - begun, 0), result)

        return work

    def _pause(self) -> None:
        """Leave a gap: nobody has looked for a while."""
        self._rows.pause()
        self._due = 0

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
