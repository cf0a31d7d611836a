"""The curves of runs that were left, beside those of the active one."""

from collections.abc import Sequence

import numpy as np

from gdexplorer.lab.frame import Frame
from gdexplorer.panels.clocks import SECONDS, Clock, Pace
from gdexplorer.panels.curverows import newest
from gdexplorer.panels.ghosts import brief, ghosts, titles
from gdexplorer.panels.legend import Row
from gdexplorer.panels.lines import View
from gdexplorer.panels.lossplot import Line, gaps
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.traces import Trace


def legend_rows(frame: Frame, palette: Palette, casing: str = "") -> tuple[Row, ...]:
    """Return a row for each ghost."""
    found = []
    for lane, title in zip(frame.lanes, titles(frame), strict=True):
        if lane.ghost is not None:
            look = palette.ghost(lane.ghost.color)
            found.append(Row(brief(title), look.color, look.dash, casing=casing))
    return tuple(found)


def ghost_paces(frame: Frame, clock: Clock) -> tuple[Pace, ...]:
    """Return each ghost's pace; none in seconds, for nobody has timed their updates."""
    return () if clock is SECONDS else tuple(Pace(clock, lane.history) for lane in ghosts(frame))


class GhostTraces:
    """Their curves, reduced to what a view shows and kept from frame to frame."""

    def __init__(self) -> None:
        self._traces: dict[tuple[int, str], Trace] = {}

    def lines(self, frame: Frame, clock: Clock, view: View, columns: Sequence[int],
              palette: Palette) -> list[list[Line]]:  # fmt: skip
        """Return, for each column, a line a ghost."""
        found: list[list[Line]] = [[] for _ in columns]
        kept = dict[tuple[int, str], Trace]()
        for lane, pace in zip(ghosts(frame), ghost_paces(frame, clock), strict=False):
            assert lane.ghost is not None
            if not np.isfinite(pace.newest):
                continue  # a function has no epochs
            key, row = (lane.ghost.id, lane.name), newest(lane)
            trace = kept[key] = self._traces.get(key) or Trace()
            reduced = trace.reduced(lane.history.curves, view.start, view.stop, view.log, clock.column, view.pixels)
            marks = np.array([marker.step for marker in lane.history.markers if marker.breaks], dtype=float)
            color, dash = lane.ghost.color, palette.ghost(lane.ghost.color).dash
            for lines, column in zip(found, columns, strict=True):
                x, y = reduced.line(column - 1)
                end = (pace.newest, float(row[column]))
                lines.append(Line(lane.ghost.name, x, y, gaps(x, pace.at(marks), True), end, f"ghost {color}", dash))
        self._traces = kept
        return found
