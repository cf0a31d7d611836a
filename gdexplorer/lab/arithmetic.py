"""The whole way from a gradient to a new parameter: buffer, clipping, bugs, schedule, rule, L1's proximal step."""

from gdexplorer.lab.accumulation import BUFFER
from gdexplorer.lab.build import kind
from gdexplorer.lab.experiment import Experiment
from gdexplorer.optim.arithmetic import ARITHMETIC, STEP, Moment, Quantity, remembered
from gdexplorer.optim.clipping import norm
from gdexplorer.optim.knobs import rate_of
from gdexplorer.probes.stepwise import Stage


def arithmetic(stage: Stage, index: int, experiment: Experiment) -> tuple[Quantity, ...]:
    """Tell what the update did to θ's number `index`; the first quantity is ∂L/∂θ, the last one θ after it.

    Parameters
    ----------
    experiment
        The settings with which the update was made.
    """
    assert stage.backward is not None
    assert stage.update is not None
    update, training = stage.update, experiment.training
    g = float(stage.backward.gradient[index])
    before, after = float(stage.theta[index]), float(update.theta[index])
    given = float(update.after.gradient[index])
    told = [Quantity("g", "∂L/∂θ", g)]
    if BUFFER in update.after.arrays:
        g += float(update.before.arrays[BUFFER][index])
        told.append(Quantity("g", "g + the buffer that was not zeroed", g))
    if training.clip == "norm":
        told.append(Quantity("g", f"g · min(1, {training.clip_threshold:g}/‖g‖)", given))
        told.append(Quantity("‖g‖ after clipping", "", norm(update.after.gradient)))
    elif training.clip == "value":
        told.append(Quantity("g", f"g within ±{training.clip_threshold:g}", given))
    if experiment.bugs.has("wrong_sign"):
        given = -given
        told.append(Quantity("g", "−g, the bug lab's wrong sign", given))
    at = Moment(update.before, update.after, index, given, before, not experiment.bugs.has("no_bias_correction"))
    own = ARITHMETIC.get(kind(experiment.optimizer), remembered)(at)
    if kind(training.schedule) != "constant":
        base = rate_of(experiment.optimizer)
        own = [Quantity("η", f"{base:g} · {one.value / base:.4g}, scheduled", one.value) if one.symbol == "η" else one
               for one in own]  # fmt: skip
    told += own
    step = own[-1].value if own and own[-1].symbol == STEP else None
    if step is None:
        told.append(Quantity(STEP, "", after - before))
    elif experiment.penalty.l1 and experiment.penalty.l1_form == "proximal":
        told.append(Quantity("θ + Δθ", "before L1's proximal step", before + step))
    return (*told, Quantity("θ before", "", before), Quantity("θ after", "θ + Δθ", after))
