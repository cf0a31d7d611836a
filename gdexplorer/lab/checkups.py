"""When the narrator's probe of the layers is carried out: seldom enough for training to lose nothing by it."""

from collections.abc import Callable
from dataclasses import dataclass

from gdexplorer.arrays import frozen
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.probes import vitals
from gdexplorer.probes.context import Context
from gdexplorer.probes.vitals import Vitals, VitalsReport

REST = 100  # updates between two measurements, for each that was made during the last one: 1 % of the time at most


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was measured, and at which version of the run."""

    version: int
    spent: int  # updates that were made meanwhile
    report: VitalsReport


class Checkups:
    """Answers the request for vitals of one run."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._seen = self._asked = (-1, -1)  # version and step at the last look, and at the last measurement
        self._key: tuple[object, ...] = ()  # of that measurement

    @property
    def known(self) -> Checkup | None:
        """What was brought back last, unless nobody wants it any more."""
        found: Checkup | None = self._errands.known(Vitals())
        return found

    def measure(self, run: Run, request: Vitals) -> VitalsReport | None:
        """Return the newest measurement; see to it that there will be a newer one."""
        now = (run.version, run.state.step)
        rests, self._seen = now == self._seen, now
        key = self._key if now == self._asked else (rests, *now)

        def prepare() -> Callable[[], Checkup | None]:
            known = self.known
            due = 0 if known is None else known.report.step + REST * known.spent
            if not rests and known is not None and known.version == now[0] and now[1] < due:
                return lambda: known  # should the run rest, its end brings another look, which finds that out
            self._asked, self._key = now, key
            return self._work(run, request)

        found: Checkup | None = self._errands.run(request, key, prepare)
        return None if found is None else found.report

    def _work(self, run: Run, request: Vitals) -> Callable[[], Checkup]:
        step, version, theta = run.state.step, run.version, frozen(run.state.theta)
        context = Context(step, run.objective, theta, theta, {}, 0, frozen(run.state.buffers))

        def work() -> Checkup:
            begun = run.state.step
            report = vitals.measure(request, context)
            return Checkup(version, max(run.state.step - begun, 0), report)

        return work
