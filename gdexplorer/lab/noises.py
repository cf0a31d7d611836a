"""The measurements of gradient noise: those that are asked for in one errand, from gradients they have in common."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from gdexplorer.lab.ahead import Ahead, ahead
from gdexplorer.lab.capture import captured
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.history import Recorder
from gdexplorer.lab.pace import Pace, Timed
from gdexplorer.lab.rolling import Rolling
from gdexplorer.lab.run import Run
from gdexplorer.objectives.per_sample import NO_SAMPLES
from gdexplorer.probes import alpha, cloud, noise, norm_test, per_sample, successive
from gdexplorer.probes.alpha import Alpha
from gdexplorer.probes.cloud import Cloud
from gdexplorer.probes.context import Context
from gdexplorer.probes.noise import Noise
from gdexplorer.probes.norm_test import NormTest
from gdexplorer.probes.successive import Successive

Asked: TypeAlias = Cloud | Noise | NormTest | Successive | Alpha
KINDS = (Cloud, Noise, NormTest, Successive, Alpha)
SERIES: dict[type, str] = {NormTest: "ratio", Successive: "cosine", Alpha: "alpha"}  # what goes over time
REST = 3  # updates between two measurements, for each that was made during the last one


Course = tuple[int, Recorder]  # version of the path that series are of, and the record of its run
Results = Mapping[Asked, Any]


class Noises:
    """Answers requests for noise of one run."""

    def __init__(self, errands: Errands) -> None:
        self._pace: Pace[Results] = Pace(errands, Noises, REST)
        self._begin(None)

    def _begin(self, path: Course | None) -> None:
        self._path = path
        self._series = {kind: Rolling() for kind in SERIES}
        self._found: Timed[Results] | None = None
        self._answers: dict[Asked, Any] = {}

    def measure(self, run: Run, needs: frozenset[Any]) -> dict[Asked, Any]:
        """Return what is known of those `needs` that are about noise; see to it that there will be newer answers."""
        asked = frozenset(need for need in needs if isinstance(need, KINDS))
        if not asked:
            return {}
        if "examples" not in run.objective.can:
            return dict.fromkeys(asked, NO_SAMPLES)
        if (path := (run.path_version, run.course)) != self._path:
            self._begin(path)
        if self._found is not None and self._pace.known is None:
            self._pause()

        def prepare() -> Callable[[], Results]:
            self._take(self._pace.known)
            return _work(run, asked)

        self._take(self._pace.measure(run, (path, asked), prepare))
        return {request: self._answers[request] for request in asked if request in self._answers}

    def _pause(self) -> None:
        """Forget what nobody has looked at for a while, and leave gaps."""
        for series in self._series.values():
            series.pause()
        self._found, self._answers = None, {}

    def _take(self, found: Timed[Results] | None) -> None:
        """Take over what was brought back, unless it is of another path."""
        if found is None or found is self._found or found.asked[0] != self._path:
            return
        self._found, self._answers = found, dict(found.result)
        for request, result in found.result.items():
            if type(request) in SERIES and not isinstance(result, str):
                series = self._series[type(request)].add(found.step, getattr(result, SERIES[type(request)]))
                self._answers[request] = replace(result, series=series)


def _work(run: Run, asked: frozenset[Asked]) -> Callable[[], Results]:
    context, look = captured(run), ahead(run)

    def work() -> Results:
        next_updates = look()
        return _of_updates(context, next_updates, asked) | _of_examples(context, next_updates, asked)

    return work


def _of_updates(context: Context, found: Ahead, asked: frozenset[Asked]) -> dict[Asked, Any]:
    results: dict[Asked, Any] = {}
    for request in asked:
        match request:
            case Successive():
                results[request] = successive.measure(request, context, found.gradients[0], found.following)
            case Alpha():
                results[request] = alpha.measure(request, context, found.losses, found.gradients, found.move)
    return results


def _of_examples(context: Context, found: Ahead, asked: frozenset[Asked]) -> dict[Asked, Any]:
    """Measure what needs gradients of single examples; a sentence where there are none."""
    wanted = [request for request in asked if isinstance(request, (Cloud, Noise, NormTest))]
    if not wanted:
        return {}
    if reason := per_sample.refusal(context.objective):
        return dict.fromkeys(wanted, reason)
    taker = per_sample.Taker(context)
    results: dict[Asked, Any] = {}
    try:
        batch = per_sample.of_batch(taker, found.batch)
        samples = None if wanted == [NormTest()] else per_sample.of_training(taker)
    except ValueError as error:
        return dict.fromkeys(wanted, str(error))
    for request in wanted:
        match request:
            case Cloud() if samples is not None:
                results[request] = cloud.measure(request, context, samples, batch)
            case Noise() if samples is not None:
                results[request] = noise.measure(request, context, samples, taker)
            case NormTest() if batch.count < 2:
                results[request] = norm_test.ONE
            case NormTest():
                results[request] = norm_test.measure(request, context, batch)
    return results
