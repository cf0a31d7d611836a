"""What the network view and the panel of one weight ask for: units as they are, and the loss along one weight."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.lab.capture import captured
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.proximal import strengths_of
from gdexplorer.lab.run import Run
from gdexplorer.lab.steering import scheduled
from gdexplorer.objectives.program import SupervisedProgram
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim.sgd import SgdKnobs
from gdexplorer.probes import oneweight, units
from gdexplorer.probes.context import Context
from gdexplorer.probes.oneweight import NO_WEIGHT, OneWeight, OneWeightReport
from gdexplorer.probes.units import NO_UNITS, Units, UnitsReport


def measure_units(errands: Errands, run: Run, request: Units) -> UnitsReport | str | None:
    """Return the newest measurement, or why there is none; see to it that there will be a newer one."""
    if not isinstance(run.objective, SupervisedObjective):
        return NO_UNITS

    def prepare() -> Callable[[], UnitsReport]:
        context, masks = _context(run), _masks(run)
        return lambda: units.measure(request, context, masks)

    # of one name whatever is asked for, so that the last one is seen until the next is there
    found: UnitsReport | None = errands.run(Units, (run.version, run.state.step, request), prepare)
    return found


def measure_one(errands: Errands, run: Run, request: OneWeight) -> OneWeightReport | str | None:
    """Return the newest measurement, or why there is none; see to it that there will be a newer one."""
    if run.game is not None:
        return NO_WEIGHT

    def prepare() -> Callable[[], OneWeightReport]:
        context, leash = _context(run), errands.leash(OneWeight)
        rate, why = plain_rate(run)
        return lambda: oneweight.measure(request, context, rate, why, leash.tell)

    found: OneWeightReport | None = errands.run(OneWeight, (run.version, run.state.step, request), prepare)
    return found


def plain_rate(run: Run) -> tuple[float | None, str]:
    """Return η where the next update is w ← w − η ∂L/∂w with all training examples, else None and why it is not."""
    training, bugs = run.state.experiment.training, run.state.experiment.bugs
    knobs = scheduled(run.state, run.state.step, run.catalogue)
    if not isinstance(knobs, SgdKnobs):
        label = run.catalogue.record("optimizers", str(getattr(knobs, "kind", ""))).label
        return None, f"{label} does not step by −ηg: no prediction"
    if not run.objective.deterministic or training.accumulate > 1:
        what = "updates see mini-batches or masks" if "examples" in run.objective.can else "the gradient is noisy"
        return None, f"{what}: no prediction; the tangent is of all examples"
    if (training.clip != "none" or not training.zero_gradient or bugs.has("wrong_sign") or bugs.has("omitted_slope")
            or strengths_of(run.objective) is not None):  # fmt: skip
        return None, "the update is not −ηg alone (clipping, a proximal step or a bug): no prediction"
    return knobs.learning_rate, ""


def _context(run: Run) -> Context:
    run.look()
    return replace(captured(run), gradient=frozen(run.gradient), examples=run.examples)


def _masks(run: Run) -> dict[str, Array]:
    """Return copies of the latest batch's masks; none where the gradient is not that of a batch."""
    program = run.program
    if not isinstance(program, SupervisedProgram) or run.deltas != program.deltas:
        return {}
    return {id: np.array(mask) for id, mask in program.masks().items()}
