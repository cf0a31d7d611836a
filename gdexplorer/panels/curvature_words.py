"""What a measurement of curvature says, in words, and what it does not claim."""

from gdexplorer.lab.frame import Snapshot
from gdexplorer.lab.history import History
from gdexplorer.landscape.stationary import Stationary
from gdexplorer.panels.gauge import WORDS, Reading, level_of, rising
from gdexplorer.panels.ticks import number
from gdexplorer.probes.curvature import CurvatureReport


def _kind(state: Snapshot) -> str:
    return str(getattr(state.experiment.optimizer, "kind", ""))


def limit_name(state: Snapshot) -> str:
    """Return what the threshold is called: 2/η for plain gradient descent."""
    return "2/η" if _kind(state) == "sgd" else "threshold"


def reading_of(report: CurvatureReport, state: Snapshot, history: History) -> Reading:
    """Return what the gauge shows: the ratio where the threshold is this run's own, else S alone and why."""
    if report.ratio is not None:
        since = max((marker.step for marker in history.markers if marker.breaks), default=0)
        level = level_of(report.ratio, rising(history.curves, since))
        return Reading("ηS/2" if _kind(state) == "sgd" else "S/threshold", report.ratio, level, WORDS[level])
    if report.threshold is None:
        reason = f"none is known for {_kind(state).replace('_', ' ')}"
    elif "examples" in state.can:
        reason = f"mini-batches of {state.batch_size:,}"
    else:
        reason = "the gradient is noisy"
    return Reading("S", report.sharpness, None, f"no threshold is claimed: {reason}")


def sentence_of(point: Stationary) -> str:
    """Return the verdict's reasons; the verdict itself stands on the badge before it."""
    reasons = point.sentence.removeprefix(f"{point.verdict.capitalize()}: ")
    return reasons[:1].upper() + reasons[1:]


def facts_of(report: CurvatureReport, state: Snapshot) -> list[str]:
    """Return the caption, the most important first."""
    negative = int((report.values < 0).sum())
    facts = []
    if report.ratio is not None and report.threshold and _kind(state) == "sgd" and report.sharpness > 0:
        facts.append(f"local stability limit 2/λmax = {number(2 / report.sharpness, padded=True)}, "
                     f"η is {number(2 / report.threshold)}")  # fmt: skip
    elif report.ratio is not None and report.threshold is not None:
        facts.append(f"S = {number(report.sharpness)}, threshold {number(report.threshold)}")
    if report.whole:
        facts.append(f"all {report.parameters:,} eigenvalues, {negative:,} negative")
        facts.append(f"trace {number(report.trace)}")
    else:
        facts.append(f"{len(report.values)} of {report.parameters:,} eigenvalues, by Lanczos: the ends first; "
                     f"at least {negative:,} negative")  # fmt: skip
        facts.append(f"trace {number(report.trace)} ± {number(report.trace_error, 2)} (standard error)")
    penalty = state.experiment.penalty
    of = "the loss over all training examples" if "examples" in state.can else "the function"
    facts.append(f"Hessian of {of}" + (", with penalty" if penalty.l1 or penalty.l2 else ""))
    if "exact hvp" not in state.can and "examples" in state.can:
        facts.append("products with it by central differences of the gradient, ε = 6·10⁻⁶ (1 + ‖θ‖)")
    if report.step != state.step:
        facts.append(f"at update {report.step:,}")
    return facts
