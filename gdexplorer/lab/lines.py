"""The measurement of lines: every lane's loss on the way straight from its start to its present point."""

from collections.abc import Callable, Sequence

import numpy as np

from gdexplorer.arrays import frozen
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.landscape.surface import MARGIN, Effort, sample_line
from gdexplorer.probes.line import POINTS, Line, LineReport


def measure(errands: Errands, runs: Sequence[Run], request: Line) -> LineReport | None:
    """Return the newest measurement; see to it that there will be a newer one."""
    step = runs[0].state.step

    def prepare() -> Callable[[], LineReport]:
        leash = errands.leash(request)
        ends = [(run.objective, run.trail.points[0].astype(np.float64),
                 frozen(run.state.theta.astype(np.float64))) for run in runs]  # fmt: skip

        @np.errstate(over="ignore")
        def work() -> LineReport:
            effort = Effort(1, leash.tell, leash.stop)
            lengths = tuple(float(np.linalg.norm(now - start)) for _, start, now in ends)
            losses = tuple(
                sample_line(*each, POINTS, effort).losses if np.isfinite(length) else frozen(np.full(POINTS, np.nan))
                for each, length in zip(ends, lengths, strict=True)
            )
            return LineReport(step, frozen(np.linspace(-MARGIN, 1 + MARGIN, POINTS)), losses, lengths)

        return work

    key = tuple((run.version, run.path_version, run.state.step) for run in runs)
    found: LineReport | None = errands.run(request, key, prepare)
    return None if found is None or len(found.losses) != len(runs) else found
