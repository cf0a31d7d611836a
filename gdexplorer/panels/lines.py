"""From a frame to its lines: train and test of one run, or one of each lane of a race; and to its numbers as words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.frame import Frame, Lane
from gdexplorer.panels.clocks import SECONDS, UPDATES, Clock, Pace
from gdexplorer.panels.curverows import newest
from gdexplorer.panels.lossplot import Line, gaps, percent
from gdexplorer.panels.palette import DASHED, Palette
from gdexplorer.panels.ticks import number
from gdexplorer.panels.traces import COLUMNS, Trace
from gdexplorer.probes.cost import Cost, CostReport

LOSS, ACCURACY = 1, 3  # columns of the curves; the test set's stands beside the training set's
NAMES = ("train", "test")
SIDES = {LOSS: ("generator", "discriminator"), ACCURACY: ("modes", "D right")}  # of a game, in place of train and test


def plays(lane: Lane) -> bool:
    """Whether it is a game, where both columns of a pair are one side's each."""
    return "game" in lane.state.can


def paces(frame: Frame, wanted: Clock) -> tuple[Pace, ...]:
    """Return each lane's pace under a clock, under the one of updates if the wanted one does not run here."""
    costs: CostReport | None = frame.lane.views.get(Cost())
    if wanted is SECONDS and costs is not None:
        pairs = zip(frame.racers, costs.seconds, strict=True)
        return tuple(Pace(SECONDS, lane.history, seconds) for lane, seconds in pairs)
    first = tuple(Pace(wanted, lane.history) for lane in frame.racers)
    if wanted is SECONDS or not np.isfinite(first[0].newest):
        return tuple(Pace(UPDATES, lane.history) for lane in frame.racers)
    return first


@dataclass(frozen=True, slots=True)
class View:
    """What part of time is drawn."""

    start: float
    stop: float
    log: bool
    pixels: int = COLUMNS  # width

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the axis, in its coordinates."""
        return (float(np.log10(self.start)), float(np.log10(self.stop))) if self.log else (self.start, self.stop)


class Traces:
    """Each lane's curves, reduced to what a view shows."""

    def __init__(self) -> None:
        self._traces: list[Trace] = []

    def lines(self, frame: Frame, ways: Sequence[Pace], view: View, columns: Sequence[int],
              palette: Palette) -> list[list[Line]]:  # fmt: skip
        """Return, for each column, its lines: one a lane in a race, train and test of a single run.

        A race asks for columns of one set, a single run for those of the training set.
        """
        race = len(frame.racers) > 1
        while len(self._traces) < len(frame.racers):
            self._traces.append(Trace())
        found: list[list[Line]] = [[] for _ in columns]
        for k, (lane, pace) in enumerate(zip(frame.racers, ways, strict=True)):
            if not np.isfinite(pace.factor):
                continue  # no update of it could be timed
            reduced = self._traces[k].reduced(
                lane.history.curves, view.start / pace.factor, view.stop / pace.factor, view.log, pace.clock.column,
                view.pixels,
            )  # fmt: skip
            marks = np.array([marker.step for marker in lane.history.markers if marker.breaks], dtype=float)
            row, look = newest(lane), palette.lane(k)
            for lines, column in zip(found, columns, strict=True):
                for which in (column,) if race else (column, column + 1):
                    x, y = reduced.line(which - 1)
                    cut = gaps(x, pace.at(marks) / pace.factor, True)
                    end = (pace.newest, float(row[which]))
                    if race:
                        line = Line(lane.name, x * pace.factor, y, cut, end, look.color, look.dash)
                    else:
                        test = which > column
                        names = SIDES[column] if plays(lane) else NAMES
                        line = Line(names[test], x * pace.factor, y, cut, end, hollow=test,
                                    dash=DASHED if test else ())  # fmt: skip
                    lines.append(line)
        return found


def described(row: Array, game: bool = False) -> str:
    """Return a row of full-set numbers as words."""
    if game:
        said = f"generator’s loss {number(float(row[0]))}, discriminator’s {number(float(row[1]))}"
        return said + (f"; {percent(row[2])} of the modes, D right {percent(row[3])}" if np.isfinite(row[2]) else "")
    said = f"loss {number(float(row[0]))}"
    if np.isfinite(row[1]):
        said += f" train, {number(float(row[1]))} test"
    return said + (f"; accuracy {percent(row[2])} train, {percent(row[3])} test" if np.isfinite(row[2]) else "")
