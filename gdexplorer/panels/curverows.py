"""Rows of a lane's full-set numbers: the first, the newest, and the one at a time."""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.frame import Frame, Lane
from gdexplorer.panels.clocks import Pace


def newest(lane: Lane) -> Array:
    """Return the newest row of full-set numbers."""
    return next(part[-1] for part in reversed(lane.history.curves) if len(part))


def first(lane: Lane) -> Array:
    """Return the first row of full-set numbers."""
    return next(part[0] for part in lane.history.curves if len(part))


def row_at(frame: Frame, lane: Lane) -> Array:
    """Return the newest row of full-set numbers at the update that is shown."""
    if not frame.past:
        return newest(lane)
    before = [part for part in lane.history.curves if len(part) and part[0, 0] <= lane.state.step]
    if not before:
        return first(lane)
    return np.asarray(before[-1][np.searchsorted(before[-1][:, 0], lane.state.step, "right") - 1])


def nearest(lane: Lane, pace: Pace, time: float) -> Array | None:
    """Return the row of full-set numbers that is nearest to a time."""
    rows = np.concatenate(lane.history.curves)
    away = np.abs(rows[:, pace.clock.column] * pace.factor - time)
    return None if np.isnan(away).any() else rows[int(away.argmin())]
