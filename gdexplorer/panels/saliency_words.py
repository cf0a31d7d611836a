"""Maps of a picture with their numbers, and what is to be said about them, in words."""

import numpy as np

from gdexplorer.panels.deletionplot import LOOKS, NAMES, RANDOM
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.mapgrid import Cell, Table
from gdexplorer.panels.ticks import number
from gdexplorer.probes.attribution import AttributionReport, Kind, Map

SHORT: dict[Kind, tuple[str, ...]] = {
    "saliency": ("saliency",), "product": ("grad×input", "×input"), "cam": ("Grad-CAM", "CAM"),
}  # fmt: skip
SPLITS = {"test": "test example", "train": "training example"}


def cells(report: AttributionReport) -> tuple[Cell, ...]:
    """Return each map, beside that of redrawn weights if there is one, and its numbers."""
    found = []
    for k, map in enumerate(report.maps):
        others = report.redrawn[k : k + 1]
        names = (title(report, map), *("new weights" for _ in others))
        pictures = (map.values, *(other.values for other in others))
        found.append(Cell(SHORT[map.kind], names, pictures, LOOKS[map.kind], _table(report, k)))
    return tuple(found)


def title(report: AttributionReport, map: Map) -> str:
    """Return what a map is called above it."""
    if map.kind == "cam":
        return f"Grad-CAM of {report.layer}, {'×'.join(map_size(report))}"
    return "saliency |∂s/∂x|" if map.kind == "saliency" else NAMES[map.kind]


def map_size(report: AttributionReport) -> tuple[str, ...]:
    """Return height and width of the layer that Grad-CAM is of."""
    return tuple(map(str, report.coarse))


def _table(report: AttributionReport, k: int) -> Table:
    """Return the numbers under a map, with the redrawn one's, or else with means, where there are such."""
    map, (inside, area, peak) = report.maps[k], _terms(report)
    alike = _ratio(report, k) if report.redrawn else ""
    columns = [("here", _percent(map.mass), _percent(report.area), _yes(map.peak), alike)]
    if report.redrawn:
        other = report.redrawn[k]
        columns.append(("new", _percent(other.mass), _percent(report.area), _yes(other.peak), ""))
    elif report.means:
        mass, peaks = report.means[map.kind]
        columns.append((f"{report.averaged} ex.", _percent(mass), _percent(report.mean_area), _percent(peaks), ""))
    rows = tuple(zip(("", inside, area, peak, "rank corr."), *columns, strict=True))
    return rows if report.redrawn else rows[:-1]


def _terms(report: AttributionReport) -> tuple[str, str, str]:
    return ("on ink", "ink area", "peak on ink") if report.box is None else ("in box", "box area", "peak in box")


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.0f} %"


def _yes(peak: bool) -> str:
    return "yes" if peak else "no"


def _ratio(report: AttributionReport, k: int) -> str:
    return "–" if np.isnan(report.alike[k]) else f"{report.alike[k]:.2f}".replace("-", "−")


def labels(report: AttributionReport) -> tuple[str, ...]:
    """Return a name for each class."""
    return report.data.labels or tuple(str(k) for k in range(report.data.classes))


def said(report: AttributionReport) -> list[str]:
    """Say which picture it is, what it is and what it is taken for."""
    names = labels(report)
    if not np.isfinite(report.outputs).all():
        return ["the output is not finite"]
    share = "" if report.shares is None else f" ({100 * float(report.shares[report.predicted]):.0f} %)"
    if report.true is None:
        return ["your drawing", f"taken for {names[report.predicted]}{share}"]
    which = f"{SPLITS[report.request.split]} {report.index + 1:,} of {len(report.examples.x):,}"
    right = report.predicted == report.true
    return [which, f"is {names[report.true]}, " + ("recognized" if right else f"taken for {names[report.predicted]}")
            + share]  # fmt: skip


def facts(report: AttributionReport) -> tuple[Fact, ...]:
    """Return the caption, the most important first."""
    inside, area, _ = _terms(report)
    score = f"s: {'output for' if report.shares is None else 'logit of'} {labels(report)[report.chosen]}"
    found: list[Fact] = [(f"at update {report.step:,}", "text"), (score, "text")]
    if report.redrawn:
        found.append(("rank correlation near 1: the map hardly depends on what was learned", "text"))
    found += [(f"{NAMES[map.kind]} is 0 everywhere", "warning") for map in report.maps if not map.values.any()]
    found.append((f"of a map without a pattern, “{inside}” equals “{area}”", "text"))
    if report.box is None:
        found.append(("gradient × input is 0 off the ink by construction", "muted"))
    found.append((f"dotted: {RANDOM}, mean and range of {len(report.random)} draws", "muted"))
    if report.layer:
        found.append(("Grad-CAM is as coarse as its layer, and not attention", "muted"))
    else:
        found.append(("no Grad-CAM: there is no convolution", "muted"))
    if report.above:
        found.append((f"ink: brighter than {number(report.above)}, twice the noise", "muted"))
    found += [("each map on its own scale, paper is 0", "muted"), ("hover: value and place", "muted"),
              ("← →: examples", "muted")]  # fmt: skip
    return tuple(found)


def described(report: AttributionReport) -> str:
    """Return numbers of all maps and of the deletion curve in sentences."""
    where = "on the ink" if report.box is None else "in the box"
    words = [f"Score of {labels(report)[report.chosen]}; {_percent(report.area)} of the area is {where}"]
    for k, map in enumerate(report.maps):
        text = f"{title(report, map)}: {_percent(map.mass)} {where}, peak {'inside' if map.peak else 'outside'}"
        if map.kind in report.means:
            mass, peak = report.means[map.kind]
            text += (f"; mean of {report.averaged} examples {_percent(mass)} with {_percent(report.mean_area)} of the "
                     f"area, peak inside in {_percent(peak)}")  # fmt: skip
        if report.redrawn:
            text += (f"; with redrawn weights {_percent(report.redrawn[k].mass)}, rank correlation of both maps "
                     f"{_ratio(report, k)}")  # fmt: skip
        words.append(text)
    half = len(report.counts) // 2
    drops = [f"{NAMES[kind]} {number(float(curve[0] - curve[half]))}" for kind, curve in report.deleted.items()]
    random = float((report.random[:, 0] - report.random[:, half]).mean())
    words.append(f"With {report.counts[half]} pixels set to 0 the score falls by: {', '.join(drops)}, "
                 f"ink at random {number(random)}")  # fmt: skip
    if not report.layer:
        words.append("No Grad-CAM: there is no convolution")
    return ". ".join(words) + "."
