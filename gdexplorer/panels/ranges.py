"""Ranges that follow data without trembling, and labels that do not lie upon each other."""

import math
from collections.abc import Sequence

import numpy as np

from gdexplorer.arrays import Array

_NICE = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_DECADES = 0.25  # log ranges begin and end at quarters of a decade


def nice_above(value: float, least: float = 0.0) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8 × 10ⁿ that is at least ``value`` and ``least``."""
    value = max(value, least)
    if not (value > 0 and math.isfinite(value)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in _NICE if factor * power >= value * (1 - 1e-12))


class UpperBound:
    """The end of an axis that begins at 0: it grows in steps, and shrinks only when far too large."""

    def __init__(self, least: float) -> None:
        self._least, self.value = least, least

    def follow(self, needed: float) -> float:
        """Return the bound, moved if ``needed`` is beyond it or fills less than 30 %."""
        if needed > self.value or (needed < 0.3 * self.value and self.value > self._least):
            self.value = nice_above(needed, self._least)
        return self.value


class LogRange:
    """The range of a logarithmic axis (log10 values), at quarters of a decade."""

    def __init__(self, least: float = 0.5) -> None:
        self._least = least
        self.low, self.high = math.nan, math.nan

    def follow(self, low: float, high: float) -> tuple[float, float]:
        """Return a range around the values: it grows to hold them, and is found anew if they fill little of it."""
        if not math.isfinite(high - low):
            return (-1.0, 0.0) if math.isnan(self.low) else (self.low, self.high)
        span = max(high - low, self._least)
        if self.low <= low and high <= self.high and span >= 0.35 * (self.high - self.low):
            return self.low, self.high
        below = math.floor((low - 0.08 * span) / _DECADES) * _DECADES
        above = math.ceil((high + 0.04 * span) / _DECADES) * _DECADES
        if span >= 0.5 * (max(above, self.high) - min(below, self.low)):  # not so if there is no range yet
            below, above = min(below, self.low), max(above, self.high)
        self.low, self.high = min(below, above - self._least), above
        return self.low, self.high


def quantile(values: Array, share: float) -> float:
    """Return the value that this share of the values lies below; a value itself, never one between two."""
    rank = round(share * (len(values) - 1))
    return float(np.partition(values, rank)[rank])


def robust_top(values: Array, log: bool) -> float:
    """Return the largest value worth the room: single spikes far above the 98th percentile are cut off.

    Far means two decades on a logarithmic axis (``values`` are log10), four times on a linear one.
    """
    usable = values[np.isfinite(values)]
    if not len(usable):
        return math.nan
    top, usual = float(usable.max()), quantile(usable, 0.98)
    if log:
        return min(top, usual + 2.0)
    return top if top <= 4 * usual else 1.5 * usual


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions near the wanted ones, at least ``gap`` apart and within the ends as far as there is room."""
    order = sorted(range(len(wanted)), key=lambda k: wanted[k])
    placed = [0.0] * len(wanted)
    floor = low
    for k in order:
        placed[k] = max(wanted[k], floor)
        floor = placed[k] + gap
    ceiling = high
    for k in reversed(order):
        placed[k] = max(min(placed[k], ceiling), low)
        ceiling = placed[k] - gap
    return placed
