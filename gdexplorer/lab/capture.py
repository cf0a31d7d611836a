"""What a measurement takes along of a run, so that it can be made in any thread while the run goes on."""

from collections.abc import Callable
from typing import Any

from gdexplorer.arrays import frozen
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.probes.context import Context


def captured(run: Run) -> Context:
    """Return the present point, θ (P,) and what is kept outside it, without a gradient."""
    theta = frozen(run.state.theta)
    return Context(run.state.step, run.objective, theta, theta, {}, 0, frozen(run.state.buffers))


def measured(errands: Errands, run: Run, request: Any, measure: Callable[[Any, Context], Any], name: object) -> Any:
    """Return the newest answer of a probe that needs the present point alone; see to it that there will be a newer one.

    Parameters
    ----------
    name
        Of the errand. Requests that share one see the last answer, to whichever of them, until the next is there.
    """

    def prepare() -> Callable[[], Any]:
        context = captured(run)
        return lambda: measure(request, context)

    return errands.run(name, (run.version, run.state.step, request), prepare)
