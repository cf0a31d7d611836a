"""What measurements of gradient noise say, in words."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from gdexplorer.lab.frame import Frame
from gdexplorer.panels.ticks import number
from gdexplorer.probes.alpha import AlphaReport
from gdexplorer.probes.cloud import CloudReport
from gdexplorer.probes.noise import NoiseReport
from gdexplorer.probes.norm_test import NormTestReport
from gdexplorer.probes.successive import SuccessiveReport


def facts_of(frame: Frame, reports: Sequence[Any], beyond: int) -> list[str]:
    """Return facts in order of weight; a sentence in a report's place stays as it is."""
    facts: list[str] = []
    for report in reports:
        match report:
            case CloudReport():
                facts += _cloud(report, beyond)
            case NoiseReport():
                facts.append(_noise(report))
            case SuccessiveReport(cosine=cosine):
                facts.append(f"next two updates: cosine {number(cosine)}")
            case AlphaReport():
                facts.append(_alpha(report))
            case NormTestReport():
                facts.append(_test(report))
            case str() if report not in facts:
                facts.append(report.removesuffix("."))
    if len(frame.racers) > 1:
        facts.insert(0, "of the first lane")
    steps = [report.step for report in reports if report is not None and not isinstance(report, str)]
    if steps and max(steps) != frame.lane.state.step:
        facts.append(f"at update {max(steps):,}")
    return facts


def _cloud(report: CloudReport, beyond: int) -> list[str]:
    of = "" if len(report.rows) == report.examples else f"{len(report.rows):,} of "
    facts = [f"−g raises the loss of {100 * report.uphill:.0f} % of {of}{report.examples:,} examples"]
    if report.batch_size < report.examples:
        facts.append(f"cos ∠(g_B, g) = {number(report.batch_cosine)}")
    if isfinite(report.radius):
        facts.append(f"√(V/B) = {number(report.radius)} ‖g‖")
    facts.append(f"2 of {report.parameters:,} dimensions, {100 * report.seen:.0f} % of the examples’ variance")
    return facts + ([f"{beyond} beyond the edge"] if beyond else [])


def _noise(report: NoiseReport) -> str:
    noise = report.expected(report.batch_size)
    of = f", V of {report.measured:,} examples" if report.measured < report.examples else ""
    if not noise:
        return f"no noise: an update takes all {report.examples:,} examples"
    return f"noise at B = {report.batch_size:,}: {number(noise)} ‖g‖{of}"


def _alpha(report: AlphaReport) -> str:
    before, after = report.losses
    return f"next update: α = {number(report.alpha)}, its batch’s loss {number(before)} → {number(after)}"


def _test(report: NormTestReport) -> str:
    of = f", V of {report.measured:,} of them" if report.measured < report.batch_size else ""
    verdict = "longer than the gradient" if report.ratio > 1 else "shorter than the gradient"
    return f"norm test of the next {report.batch_size:,}{of}: {number(report.ratio)}, an error {verdict}"
