"""What the picture of a loss landscape shows and leaves out, in words."""

import math

from gdexplorer.panels.facts import Fact
from gdexplorer.panels.relief import Relief
from gdexplorer.panels.ticks import number
from gdexplorer.probes.landscape import LandscapeReport

MISLEADING = 2.0  # factor between the point's loss and that of its foot in the plane


def plane_facts(report: LandscapeReport, made: Relief, examples: int) -> list[Fact]:
    """Return the caption, the most important first; `examples` is the size of the training set."""
    surface, plane = report.surface, report.surface.plane
    facts: list[Fact] = []
    x, y = report.path[-1]
    x0, x1, y0, y1 = made.fine.window
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        facts.append(("the point lies outside this window: refit", "warning"))
    elif plane.kind != "weights" and _apart(report.point_loss, report.plane_loss):
        facts.append((f"the point lies off the plane: its loss is {number(report.point_loss)}", "warning"))
    if made.blank:
        facts.append((f"{made.blank:,} of {surface.losses.size:,} cells not finite, left blank", "warning"))
    if plane.kind == "weights":
        facts.append(("all of 2 parameters", "text"))
    else:
        facts.append((f"2 of {report.parameters:,} dimensions", "text"))
    if plane.kind == "random":
        facts.append(("a random plane shows about 1 % of a descent", "muted"))
    if plane.explained is not None:
        walk = "" if plane.baseline is None else f" (random walk: {_percent(plane.baseline)})"
        facts.append((f"{_percent(plane.explained)} of the path’s variance{walk}", "muted"))
    at_point = f"loss {number(report.point_loss)} at the point"
    if plane.kind != "weights":
        facts.append((f"off the plane by {number(float(report.off_plane[-1]), 2)}", "muted"))
        if math.isfinite(report.plane_loss):
            at_point += f", {number(report.plane_loss)} at its foot in the plane"
    facts.append((at_point, "muted"))
    if made.floor is not None:
        facts.append((f"losses below {number(made.floor, 1)} drawn as that", "muted"))
    rows, columns = surface.losses.shape
    count = f"{columns}×{rows} losses in float32, all {examples:,} training examples, penalty included"
    facts.append((count, "muted"))
    if made.step:
        facts.append((f"contours ×{number(10.0**made.step, 3)} apart", "muted"))
    return facts


def _apart(loss: float, foot: float) -> bool:
    """Whether the color under the dot would mislead: the loss there is another than the point's."""
    return loss > 0 and foot > 0 and abs(math.log(loss / foot)) > math.log(MISLEADING)


def _percent(share: float) -> str:
    """Return a share in percent, rounded, but never up to all of it."""
    return f"{100 * share:.0f} %" if share < 0.99 or share == 1 else f"{min(100 * share, 99.9):.1f} %"
