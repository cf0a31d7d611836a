"""Gradient checks as errands: one for each wish and for each loss, on the θ of the moment."""

from collections.abc import Callable

from gdexplorer.lab.capture import captured
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.probes import check
from gdexplorer.probes.check import NO_CHECK, CheckReport, GradientCheck


def measure(errands: Errands, run: Run, request: GradientCheck) -> CheckReport | str | float | None:
    """Return the report of this request and loss, the share that is done until then."""
    if "stack" not in run.objective.can:
        return NO_CHECK
    key = request, run.loss_version

    def prepare() -> Callable[[], CheckReport]:
        context, leash = captured(run), errands.leash(GradientCheck)
        return lambda: check.measure(request, context, leash.stop, leash.tell)

    # what is under way for another wish or loss is called back
    found: CheckReport | None = errands.run(GradientCheck, key, prepare, urgent=key)
    done = errands.progress(GradientCheck)
    return found if done is None else done
