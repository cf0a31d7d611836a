"""The narrator's probe of the layers, carried out seldom enough for training to lose nothing by it."""

from collections.abc import Callable

from gdexplorer.lab.capture import captured
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.pace import Pace, Timed
from gdexplorer.lab.run import Run
from gdexplorer.probes import vitals
from gdexplorer.probes.vitals import Vitals, VitalsReport

REST = 100  # updates between two measurements, for each that was made during the last one: 1 % of the time at most


class Checkups:
    """Answers the request for vitals of one run."""

    def __init__(self, errands: Errands) -> None:
        self._pace: Pace[VitalsReport] = Pace(errands, Vitals(), REST)

    @property
    def known(self) -> Timed[VitalsReport] | None:
        """What was brought back last, unless nobody wants it any more."""
        return self._pace.known

    def measure(self, run: Run, request: Vitals) -> VitalsReport | None:
        """Return the newest measurement; see to it that there will be a newer one."""

        def prepare() -> Callable[[], VitalsReport]:
            context = captured(run)
            return lambda: vitals.measure(request, context)

        found = self._pace.measure(run, request, prepare)
        return None if found is None else found.result
