"""Range tests of the learning rate, made on a copy of the run that nobody else sees."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gdexplorer.arrays import frozen
from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.errands import Errands, Leash
from gdexplorer.lab.games import Turns
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import State, Status
from gdexplorer.landscape.surface import Stopped
from gdexplorer.optim import Rule
from gdexplorer.optim.schedules import ConstantKnobs
from gdexplorer.probes.rates import BETA, End, RangeReport, RangeTest, beyond, doubtful, steepest, tenth

SEARCHES = "{} chooses its own steps, so there is no learning rate to test; choose an optimizer such as SGD or Adam."
GAMES = ("A game has two losses that no learning rate lowers together, and neither is a measure of quality; choose a "
         "network or a function.")  # fmt: skip
LATE = 2**20  # update at which the curves are evaluated as seldom as they ever are


def measure(errands: Errands, run: Run, request: RangeTest) -> RangeReport | str | float | None:
    """Return the report of this very request, the share that is done until then; it starts from the present θ."""

    def prepare() -> Callable[[], RangeReport | str]:
        state, catalogue, leash = run.state.copy(), run.catalogue, errands.leash(request)
        return lambda: range_test(state, catalogue, request, leash)

    found: RangeReport | str | None = errands.run(request, request, prepare)
    return errands.progress(request) if found is None else found


def range_test(state: State, catalogue: Catalogue, request: RangeTest, leash: Leash | None = None) -> RangeReport | str:
    """Train on from a state, which is used up, with η rising geometrically; the schedule waits meanwhile.

    The optimizer goes on with the memory it has.

    Raises
    ------
    Stopped
        If the leash says so.
    """
    rule = catalogue.record("optimizers", kind(state.experiment.optimizer))
    if not isinstance(rule, Rule):
        return SEARCHES.format(rule.label)
    if isinstance(state.experiment.problem, Turns):
        return GAMES
    leash, step, knobs = leash or Leash(), state.step, state.experiment.optimizer
    calm = state.experiment.training.model_copy(update={"schedule": ConstantKnobs(), "stop_after": 0})
    experiment = state.experiment.model_copy(update={"training": calm, "rivals": ()})
    run = Run.of(replace(state, step=LATE, experiment=experiment, status=Status()), catalogue)
    rates = np.geomspace(request.low, request.high, request.updates)
    losses, smooth = list[float](), list[float]()
    mean, best = 0.0, np.inf
    end: End = "high"
    for k, rate in enumerate(rates.tolist(), 1):
        if leash.stop():
            raise Stopped
        paced = {"optimizer": knobs.model_copy(update={"learning_rate": rate})}
        run.state.experiment = experiment.model_copy(update=paced)
        run.tune()
        if not run.advance(1):
            end = "diverged"
            break
        losses.append(float(run.recorder.batch.parts()[-1][-1, 1]))
        mean = BETA * mean + (1 - BETA) * losses[-1]
        smooth.append(mean / (1 - BETA**k))
        if beyond(smooth[-1], best):
            end = "rose"
            break
        best = min(best, smooth[-1])
        leash.tell(k / request.updates)
    tried, curve = frozen(rates[: len(losses)]), frozen(np.array(smooth))
    found = frozen(np.array(losses))
    return RangeReport(step, rule.label, tried, found, curve, end, steepest(tried, curve), tenth(tried, curve),
                       doubtful(found, curve))  # fmt: skip
