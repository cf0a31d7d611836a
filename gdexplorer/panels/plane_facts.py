"""What the picture of a loss landscape shows and leaves out, in words."""

import math

import numpy as np

from gdexplorer.panels.compass import NEGLIGIBLE, rates_of
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.relief import Relief
from gdexplorer.panels.ticks import number
from gdexplorer.probes.landscape import Arrows, LandscapeReport, Profile

MISLEADING = 2.0  # factor between the point's loss and that of its foot in the plane


def plane_facts(report: LandscapeReport, made: Relief, examples: int | None) -> list[Fact]:
    """Return the caption, the most important first; `examples` is the size of the training set, if there is one."""
    plane = report.surface.plane
    whole = report.parameters == 2 and (plane.kind == "weights" or plane.orthonormal)
    facts = _warnings(report, made, whole)
    facts.append(("all of 2 parameters" if whole else f"2 of {report.parameters:,} dimensions", "text"))
    if report.players:
        facts.append((f"height: the {report.players[0]}’s loss alone", "text"))
        facts.append(("streamlines and −gradient: the game’s field, each side down its own loss, which is the gradient "
                      "of no one function", "muted"))  # fmt: skip
    if plane.kind == "random":
        facts.append(("a random plane shows about 1 % of a descent", "muted"))
    if plane.explained is not None and not whole:
        walk = "" if plane.baseline is None else f" (random walk: {_percent(plane.baseline)})"
        whose = "path’s" if len(report.tracks) == 1 else "paths’"
        facts.append((f"{_percent(plane.explained)} of the {whose} variance{walk}", "muted"))
    if not whole:
        facts.append((f"off the plane by {number(float(report.off_plane[-1]), 2)}", "muted"))
    facts.append((_at_point(report, whole), "muted"))
    if report.arrows is not None:
        facts += [(text, "muted") for text in _of_arrows(report.arrows, report, whole)]
    if report.model is not None:
        facts.append(("dashed: quadratic model at the point", "muted"))
    if report.profiles and not whole:
        facts.append((_of_profiles(report.profiles), "muted"))
    if not whole:
        facts.append(("a valley in a slice need not be a minimum", "muted"))
    facts.append((_cells(report, examples), "muted"))
    if made.low:
        facts.append((f"losses below {number(made.least, 1)} drawn as that", "muted"))
    if made.step and not report.players:
        apart = f"×{number(10.0**made.step, 3)}" if made.log else number(made.step, 3)
        facts.append((f"contours {apart} apart", "muted"))
    return facts


def _warnings(report: LandscapeReport, made: Relief, whole: bool) -> list[Fact]:
    facts: list[Fact] = []
    x, y = report.path[-1]
    x0, x1, y0, y1 = made.fine.window
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        facts.append(("point outside this window: double-click or refit", "warning"))
    elif not whole and _apart(report.point_loss, report.plane_loss):
        facts.append((f"point off the plane: loss {number(report.point_loss)}", "warning"))
    if made.blank:
        facts.append((f"{made.blank:,} of {report.surface.losses.size:,} cells not finite, left blank", "warning"))
    return facts


def _at_point(report: LandscapeReport, whole: bool) -> str:
    whose = f"{report.tracks[0].name}: " if len(report.tracks) > 1 else ""
    said = f"{whose}loss {number(report.point_loss)} at the point"
    if not whole and math.isfinite(report.plane_loss):
        said += f", {number(report.plane_loss)} at its foot in the plane"
    return said


def _of_arrows(arrows: Arrows, report: LandscapeReport, whole: bool) -> list[str]:
    if arrows.norm <= NEGLIGIBLE:
        return [f"‖∇L‖ {number(arrows.norm)}: stationary, there is no direction to draw"]
    share = "" if whole else f", {_percent(arrows.share)} of its square in the plane"
    said = [f"‖{'v' if report.players else '∇L'}‖ {number(arrows.norm)}{share}"]
    plane = report.surface.plane
    if not plane.orthonormal:
        said.append("axes not orthonormal: −gradient need not stand on the contours")
    if plane.kind == "weights" and (rates := rates_of(arrows)) is not None:
        pairs = zip(plane.axes, rates, strict=True)
        said.append("effective learning rate " + ", ".join(f"{number(rate, 2)} along {axis}" for axis, rate in pairs))
    return said


def _of_profiles(profiles: tuple[Profile, ...]) -> str:
    """Return by how much the slice lies about the paths, at worst."""
    true, plane = (np.concatenate([getattr(profile, side) for profile in profiles]) for side in ("true", "plane"))
    with np.errstate(all="ignore"):
        apart = np.abs(np.log(true / plane))
    known = apart[np.isfinite(apart)]
    if not len(known):
        return "true loss and the plane’s have no ratio along the path"
    return f"along the path, true loss and the plane’s differ by up to ×{number(math.exp(float(known.max())), 3)}"


def _cells(report: LandscapeReport, examples: int | None) -> str:
    """Functions are evaluated in the precision in which they are descended, losses over examples in float32."""
    rows, columns = report.surface.losses.shape
    if examples is None:
        if report.players and report.parameters > 2:
            return f"{columns}×{rows} losses in float32, on fixed samples"
        return f"{columns}×{rows} values in float64"
    return f"{columns}×{rows} losses in float32, all {examples:,} training examples, penalty included"


def _apart(loss: float, foot: float) -> bool:
    """Whether the color under the dot would mislead: the loss there is another than the point's."""
    return loss > 0 and foot > 0 and abs(math.log(loss) - math.log(foot)) > math.log(MISLEADING)


def _percent(share: float) -> str:
    """Return a share in percent, rounded, but never up to all of it."""
    return f"{100 * share:.0f} %" if share < 0.99 or share == 1 else f"{min(100 * share, 99.9):.1f} %"
