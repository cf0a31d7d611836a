"""What the panel of gradients says of a measurement."""

from typing import Any

from gdexplorer.lab.columns import Columns
from gdexplorer.lab.frame import Snapshot
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.quantities import GRADIENT, Quantity
from gdexplorer.panels.ticks import number, power_of_ten
from gdexplorer.probes.gradients import GradientReport, LayerGradient
from gdexplorer.probes.histogram import HIGHEST, LOWEST, Counts
from gdexplorer.probes.profile import Profile

BARS = "bars: share of a layer's elements in a third of a decade, each row on its own scale"


def facts_of(quantity: Quantity, report: Any, state: Snapshot, wide: float) -> list[str]:
    """Return what a report is of, in order of weight; `wide` is the width in letters."""
    facts = gradient_facts(report, state, wide) if quantity is GRADIENT else [_of(quantity, report)]
    return facts + ([f"at update {report.step:,}"] if report.step != state.step else [])


def _of(quantity: Quantity, report: Any) -> str:
    match quantity.label:
        case "weights":
            return "weights and biases, a block a layer"
        case "updates":
            return f"the update to {report.step:,}, by all that had a part in it: rule, schedule, clipping, penalty"
        case "activations":
            return f"each unit on all {report.examples:,} training examples, in evaluation"
    return f"each unit on each of {report.examples:,} examples: the latest mini-batch, or all where it is not known"


def gradient_facts(report: GradientReport, state: Snapshot, wide: float) -> list[str]:
    """Say of what this gradient is the mean, and what is in it."""
    of, training = _batch(report, state), state.experiment.training
    mean = "mean" if training.accumulate == 1 or training.accumulate_mean else "summed"
    facts = [f"{mean} gradient of {of}" if wide >= 36 else f"gradient of {of}" if wide >= 28 else of]
    if state.buffer is not None and state.buffer[0]:  # the rule was given the sum, and so that is what is drawn
        fresh, whole = state.buffer
        facts = [f"never zeroed: ‖Σg‖ {number(whole)}, fresh ‖g‖ {number(fresh)}", f"summed up to {of}"]
    afresh = [f"δ taken afresh, of {report.afresh:,} examples"] if report.afresh else []
    return facts + afresh + _penalty(state) + _clipping(state)


def reading_aids(report: Any) -> list[str]:
    """Say how to read the histograms."""
    tiny = sum(layer.tiny for layer in report.layers)
    return [BARS] + ([f"gray: {tiny:,} below {power_of_ten(LOWEST)}"] if tiny else [])


def past_facts(past: Columns, report: Any) -> list[str]:
    """Say what stands over time, and what of the latest measurement has no place there."""
    beyond = [f"{sum(layer.huge for layer in report.layers):,} now at or above {power_of_ten(HIGHEST)}",
              f"{sum(layer.tiny for layer in report.layers):,} now nonzero below {power_of_ten(LOWEST)}"]  # fmt: skip
    return [
        f"a column: one of {len(past):,} measured updates, drawn until the next; gray: nobody looked",
        "stronger: a larger share of the layer's elements",
        *(f"{words}, not drawn" for words in beyond if not words.startswith("0 ")),
    ]


def verdict(fit: Profile | None) -> list[Fact]:
    """Say how δ changes from layer to layer, with its number."""
    if fit is None:
        return []
    factor, r2 = number(fit.factor, 2), f"{fit.r2:.3f}".lstrip("0")
    layers = len(fit.rows)
    if fit.verdict:
        does = "shrinks" if fit.verdict == "vanishing" else "grows"
        return [(f"{fit.verdict}: δ {does} ×{factor} a layer back, R² {r2}", "danger")]
    return [(f"δ ×{factor} a layer back over {layers} layers, R² {r2}", "muted")]


def read(quantity: Quantity, layer: Counts | None, value: float) -> str:
    """Return a layer's numbers, a line each."""
    if layer is None:
        return ""
    lines = [f"{layer.id}: {layer.size:,} elements", f"rms {number(layer.rms)}", f"{layer.zeros:,} exactly 0"]
    lines += [f"{layer.tiny:,} nonzero below {power_of_ten(LOWEST)}"] if layer.tiny else []
    lines += [f"{layer.huge:,} at or above {power_of_ten(HIGHEST)}"] if layer.huge else []
    if isinstance(layer, LayerGradient):
        lines += [f"RMS of δ {number(layer.delta)}"]
    elif quantity.label == "updates":
        lines += [f"‖Δθ‖/‖θ‖ {number(value)}"]
    return "\n".join(lines)


def _batch(report: GradientReport, state: Snapshot) -> str:
    if "game" in state.can:
        last = f" ({' and '.join(state.moved)} last)" if state.moved else ""
        return f"each side’s own loss when it moved{last}"
    if "examples" not in state.can:
        return "the function, with noise" if report.step and getattr(state.experiment.problem, "noise", 0) else (
            "the function")  # fmt: skip
    if report.examples > state.batch_size and report.examples != state.train_examples:
        return f"the last {state.experiment.training.accumulate} mini-batches, {report.examples:,} examples in all"
    if report.examples >= state.train_examples:
        return f"all {report.examples:,} training examples" + (" before the first update" if report.step == 0 else "")
    return f"the last mini-batch of {report.examples:,}"


def _penalty(state: Snapshot) -> list[str]:
    """Say which penalty is in the gradient, and how many weights L1 has brought to exactly 0."""
    penalty = state.experiment.penalty
    proximal = penalty.l1 and penalty.l1_form == "proximal"
    facts = ["with L2" if proximal else "with penalty"] if penalty.l2 or (penalty.l1 and not proximal) else []
    facts += ["L1 by a step of its own"] if proximal else []
    return facts + ([] if state.zeros is None else [f"{state.zeros[0]:,} of {state.zeros[1]:,} weights exactly 0"])


def _clipping(state: Snapshot) -> list[str]:
    """Say how gradients are clipped, and what came of it since the last change."""
    if (tally := state.tally) is None:
        return []
    training = state.experiment.training
    at = f"at {'±' if training.clip == 'value' else 'norm '}{number(training.clip_threshold)}"
    if not tally.updates:
        return [f"will be clipped {at}"]
    share, last = f"{100 * tally.share:.3g} % of updates", f"{number(tally.before)} → {number(tally.after)}"
    return [f"clipped {at}: {share}, last ‖g‖ {last}"]
