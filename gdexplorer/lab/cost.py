"""Seconds per update as a calibration: every lane for itself, for some tens of milliseconds.

The clock counts the time of this thread alone, so that a run that trains at the same moment does not make an
optimizer look slow.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.run import Run
from gdexplorer.probes.cost import Cost, CostReport

BUDGET = 0.06  # seconds a lane
ROUNDS = 4
CHUNK = 0.002  # seconds, that a chunk of updates takes at least
LATE = 2**20  # update at which the curves are evaluated as seldom as they ever are

Clock = Callable[[], float]


class Costs:
    """Answers requests for costs; it measures when lanes come, go, or become other ones."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands

    def measure(self, runs: Sequence[Run], request: Cost) -> CostReport | None:
        """Return what is known of these very lanes, and see to it that more will be."""
        experiments = [run.state.experiment for run in runs]
        key, catalogue = tuple(map(_what_costs, experiments)), runs[0].catalogue

        def prepare() -> Callable[[], tuple[object, CostReport]]:
            return lambda: (key, CostReport(seconds_per_update(experiments, catalogue)))

        known: tuple[object, CostReport] | None = self._errands.run(request, key, prepare)
        return known[1] if known is not None and known[0] == key else None


def _what_costs(experiment: Experiment) -> tuple[object, ...]:
    """Return the settings on which the time of an update depends: how far it goes is none of them."""
    knobs: dict[str, Any] = {**dict(experiment.optimizer), "learning_rate": None}
    problem = kind(experiment.problem), getattr(experiment.problem, "text", "")
    shape = experiment.data, experiment.network, experiment.loss, experiment.penalty, experiment.training
    return problem, shape, tuple(knobs.items())


class _Trial:
    """One lane's updates against the clock."""

    def __init__(self, experiment: Experiment, catalogue: Catalogue, clock: Clock) -> None:
        self._start = replace(Run(experiment, catalogue).state, step=LATE)
        self._catalogue, self._clock, self._count = catalogue, clock, 1
        self._chunks: list[tuple[int, float]] = []  # updates, and seconds each took
        self._begin()

    def _begin(self) -> None:
        self._run = Run.of(self._start.copy(), self._catalogue)

    def go_on(self, budget: float) -> None:
        """Spend so many seconds; a descent that ends meanwhile, or that diverges, begins again."""
        until = self._clock() + budget
        while self._clock() < until:
            since = self._clock()
            made = self._run.advance(self._count)
            spent = self._clock() - since
            if made:
                self._chunks.append((made, spent / made))
            if made < self._count or self._run.state.slots[0].numbers.get("stalled"):
                self._count = max(made, 1)
                self._begin()
            elif spent < CHUNK:
                self._count *= 2

    @property
    def seconds(self) -> float:
        """Lower quartile of the longest chunks, for others only add to the time; NaN if no update could be made."""
        most = max((made for made, _ in self._chunks), default=0)
        rates = sorted(rate for made, rate in self._chunks if made == most)  # the shorter ones were the warm-up
        return rates[len(rates) // 4] if rates else float("nan")


def seconds_per_update(
    experiments: Sequence[Experiment], catalogue: Catalogue, clock: Clock = time.thread_time
) -> tuple[float, ...]:
    """Return the time of an update in each lane; they take turns, so that a busy moment of the machine is nobody's."""
    trials = [_Trial(experiment, catalogue, clock) for experiment in experiments]
    for _ in range(ROUNDS):
        for trial in trials:
            trial.go_on(BUDGET / ROUNDS)
    return tuple(trial.seconds for trial in trials)
