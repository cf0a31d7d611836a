"""Strips of losses: along the paths beside what the plane shows at their feet, and on straight lines."""

from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.panels.fonts import small_metrics
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.plot import Plot
from gdexplorer.panels.ticks import number
from gdexplorer.panels.tracks import lane_look
from gdexplorer.probes.landscape import Profile
from gdexplorer.probes.line import LineReport

PLANE_DASH = (3.0, 3.0)
LINES = (6.0, 9.0)  # of text, the least and the greatest height of the strip
SHARE = 0.26  # of the panel's height


class ProfilePlot(Plot):
    """A strip: updates to the right, log loss up; solid where a path ran, dashed in the plane."""

    def __init__(
        self, name: str = "Loss along the paths", note: str = "solid: true loss · dashed: in the plane",
        unit: str = "updates",
    ) -> None:  # fmt: skip
        self.pairs: list[tuple[Any, Any]] = []
        self._profiles: tuple[Profile, ...] = ()
        super().__init__(name)
        self._note = self.note(note)
        self._unit = self.note(unit)
        self.reading = self._read
        self.box.sigResized.connect(self._place)
        self._dress_lanes()

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        line = small_metrics(palette).height()
        self.set_margins(left=8, top=round(line + 4), right=round(2 * line))
        if hasattr(self, "_note"):  # the base class dresses itself before there is any
            self._dress_lanes()
            self._place()

    def fit(self, height: int) -> None:
        """Take a share of a panel's height."""
        line = small_metrics(self.palette_now).height()
        self.setFixedHeight(round(min(max(SHARE * height, LINES[0] * line), LINES[1] * line)))

    def show_profiles(self, profiles: tuple[Profile, ...]) -> None:
        """Draw these; nothing is done if they are drawn already."""
        if profiles is self._profiles:
            return
        self._profiles = profiles
        if len(profiles) != len(self.pairs):
            for curve in (curve for pair in self.pairs for curve in pair):
                self.plotItem.removeItem(curve)
            self._curves = []
            self.pairs = [(self.curve("text", antialias=True), self.curve("text", PLANE_DASH, antialias=True))
                           for _ in profiles]  # fmt: skip
            self._dress_lanes()
        log = not any((side < 0).any() for profile in profiles for side in (profile.true, profile.plane))
        self.set_log(y=log)
        self.set_labels(y="loss, log" if log else "loss")
        heights, first, last = [], 0.0, 1.0
        for (true, plane), profile in zip(self.pairs, profiles, strict=True):
            steps = profile.steps.astype(float)
            for curve, losses in ((true, profile.true), (plane, profile.plane)):
                height = _height(losses, log)
                curve.setData(steps, height)
                heights.append(height[np.isfinite(height)])
            first, last = min(first, float(steps[0])), max(last, float(steps[-1]))
        joined = np.concatenate(heights) if heights else np.zeros(0)
        if len(joined):
            low, high = float(joined.min()), float(joined.max())
            if log:
                low = max(low, high - 12)
            room = 0.06 * (high - low) or 0.1 * abs(high) or 0.1
            self.set_view(first, last, low - room, high + room)

    def _dress_lanes(self) -> None:
        for k, pair in enumerate(self.pairs):
            color = lane_look(self.palette_now, k, len(self.pairs))[0]
            role = "text" if len(self.pairs) == 1 else color
            self.restyle(pair[0], role)
            self.restyle(pair[1], role, PLANE_DASH)

    def _place(self) -> None:
        area, line = self.area(), small_metrics(self.palette_now).height()
        self._note.setPos(area.left(), area.top() - line - 2)
        self._unit.setPos(area.right() - self._unit.boundingRect().width(), area.top() - line - 2)

    def _read(self, x: float, y: float) -> str:
        if not self._profiles:
            return ""
        first = self._profiles[0]
        k = int(np.argmin(np.abs(first.steps - x)))
        return (f"update {int(first.steps[k]):,}\ntrue loss {number(float(first.true[k]))}\n"
                f"loss in the plane {number(float(first.plane[k]))}")  # fmt: skip


class LinePlot(ProfilePlot):
    """The loss on the straight line from each lane's start, t = 0, to its present point, t = 1."""

    def __init__(self) -> None:
        self._lines: LineReport | None = None
        super().__init__("Loss on the line from the start to the point", "straight from the start to the point", "t")

    def show_lines(self, report: LineReport | None) -> None:
        """Draw these; nothing is done if they are drawn already."""
        if report is not self._lines:
            self._lines = report
            losses = () if report is None else report.losses
            nowhere = np.zeros((0, 2))
            self.show_profiles(tuple(Profile(report.ts, nowhere, each, np.full(len(each), np.nan)) for each in losses
                                     if report is not None))  # fmt: skip

    def _read(self, x: float, y: float) -> str:
        if self._lines is None:
            return ""
        k = int(np.argmin(np.abs(self._lines.ts - x)))
        return f"t = {number(float(self._lines.ts[k]))}\nloss {number(float(self._lines.losses[0][k]))}"


def _height(losses: Array, log: bool) -> Array:
    with np.errstate(all="ignore"):
        height = np.log10(losses) if log else losses
    return np.where(np.isfinite(height), height, np.nan)
