"""What the panel of the gradient check says: a verdict with its number, and of what it is."""

from gdexplorer.panels.facts import Fact
from gdexplorer.panels.ticks import number
from gdexplorer.probes.check import RIGHT, WRONG, CheckReport, LayerCheck


def facts_of(report: CheckReport, own: LayerCheck) -> list[Fact]:
    """Return the verdict on a layer or on all of them, and what was compared."""
    facts = [_verdict(report, own)]
    if report.omitted:
        facts.append(("bug in: f′(z) is left out of the pass backward", "danger"))
    facts.append((f"at update {report.step:,}", "text"))
    if own.verdict == "right":
        central, forward = own.slope("central", 1e-1, 1e-3), own.slope("forward", 1e-2, 1e-4)
        facts.append((f"slopes: central {number(central)} from h 0.1 to 0.001, forward {number(forward)} from 0.01 to "
                      "10⁻⁴; below, rounding grows as 1/h", "text"))  # fmt: skip
    if own.checked == own.size:
        facts.append((f"all {own.size:,} coordinates of {own.id}", "muted"))
    else:
        facts.append((f"{own.checked:,} of {own.size:,} coordinates of {own.id}, drawn at random", "muted"))
    if report.of_examples > 1:
        of = "all" if report.examples == report.of_examples else f"the first {report.examples:,} of"
        facts.append((f"loss over {of} {report.of_examples:,} training examples", "muted"))
    return [*facts, ("in float64, error: max |d − g| over the larger of max |g| and max |d|", "muted")]  # fmt: skip


def _verdict(report: CheckReport, own: LayerCheck) -> Fact:
    h, error = own.best
    at = f"{number(error, 2)} at h {number(h, 2)}"
    match own.verdict:
        case "right":
            return f"right: smallest error {at}, central", "good"
        case "wrong":
            bad = [layer.id for layer in report.layers if layer.verdict == "wrong"]
            where = f", in {', '.join(bad)}" if own is report.whole and len(report.layers) > 1 else ""
            return f"wrong: no h brings the error below {number(error, 2)}{where}", "danger"
        case "zero":
            return "nothing to compare: gradient and differences are exactly 0", "text"
    return (f"unclear: smallest error {at}, between {number(RIGHT)} and {number(WRONG)}; a kink within h of θ, such as "
            "ReLU's at 0, does that", "warning")  # fmt: skip
