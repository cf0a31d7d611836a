"""The measurements of gradient noise: those that are asked for in one errand, from gradients they have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from gdexplorer.arrays import frozen
from gdexplorer.lab.ahead import Ahead, ahead
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.history import Recorder
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


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    """What was measured, or why something was not, and on which path."""

    path: tuple[int, Recorder] | None
    step: int
    spent: int  # updates that were made meanwhile
    results: Mapping[Asked, Any]


class Noises:
    """Answers requests for noise of one run.

    While the run moves, the next measurement waits for `REST` times as many updates as were made during the last: a
    quarter of the time at most, whatever the speed.
    """

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._seen = (-1, -1)  # version and step at the last look
        self._begin(None)

    def _begin(self, path: tuple[int, Recorder] | None) -> None:
        self._path = path  # version of the path that the series are of, and the record of its run
        self._series = {kind: Rolling() for kind in SERIES}
        self._found: _Found | None = None
        self._answers: dict[Asked, Any] = {}
        self._asked: tuple[object, ...] = ()  # version, step and requests of the last measurement
        self._key: tuple[object, ...] = ()
        self._due = 0  # step of the next measurement

    def measure(self, run: Run, needs: frozenset[Any]) -> dict[Asked, Any]:
        """Return what is known of those `needs` that are about noise; see to it that there will be newer answers."""
        asked = frozenset(need for need in needs if isinstance(need, KINDS))
        if not asked:
            return {}
        if "examples" not in run.objective.can:
            return dict.fromkeys(asked, NO_SAMPLES)
        if (path := (run.path_version, run.course)) != self._path:
            self._begin(path)
        if self._found is not None and self._errands.known(Noises) is None:
            self._pause()
        now = (run.version, run.state.step)
        rests, self._seen = now == self._seen, now
        key = self._key if self._asked == (*now, asked) else (rests, *now, asked)

        def prepare() -> Callable[[], _Found | None]:
            known: _Found | None = self._errands.known(Noises)
            self._take(known)
            if not rests and self._asked[:1] + self._asked[2:] == (now[0], asked) and now[1] < self._due:
                return lambda: known  # should the run rest, its end brings another look, which finds that out
            self._asked, self._key = (*now, asked), key
            return self._work(run, asked)

        self._take(self._errands.run(Noises, key, prepare))
        return {request: self._answers[request] for request in asked if request in self._answers}

    def _pause(self) -> None:
        """Forget what nobody has looked at for a while, and leave gaps."""
        for series in self._series.values():
            series.pause()
        self._found, self._answers, self._asked, self._due = None, {}, (), 0

    def _take(self, found: _Found | None) -> None:
        """Take over what was brought back."""
        if found is None or found is self._found or found.path != self._path:
            return
        self._found, self._answers = found, dict(found.results)
        self._due = found.step + REST * found.spent
        for request, result in found.results.items():
            if type(request) in SERIES and not isinstance(result, str):
                series = self._series[type(request)].add(found.step, getattr(result, SERIES[type(request)]))
                self._answers[request] = replace(result, series=series)

    def _work(self, run: Run, asked: frozenset[Asked]) -> Callable[[], _Found]:
        theta, path, objective = frozen(run.state.theta), self._path, run.objective
        context = Context(run.state.step, objective, theta, theta, {}, 0, frozen(run.state.buffers))
        look, begun = ahead(run), run.state.step

        def work() -> _Found:
            next_updates = look()
            results = _of_updates(context, next_updates, asked) | _of_examples(context, next_updates, asked)
            return _Found(path, begun, max(run.state.step - begun, 0), results)

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
