"""Numbers as a person moves, reads and types them; no Qt here."""

import math
from bisect import bisect_left
from dataclasses import dataclass

from gdexplorer.fields import Description

FINE = 240  # a slider has at least about this many positions
PER_DECADE = 60
NICE = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """The values at a slider's positions 0, 1, 2, …, strictly increasing."""

    values: tuple[float, ...]

    @property
    def last(self) -> int:
        """The highest position."""
        return len(self.values) - 1

    def value(self, position: int) -> float:
        """Return the value at a position."""
        return self.values[position]

    def position(self, value: float) -> int:
        """Return the position nearest to a value; values beyond the ends get the ends."""
        right = bisect_left(self.values, value)
        if right == 0 or right > self.last:
            return min(right, self.last)
        below, above = self.values[right - 1], self.values[right]
        return right if above - value <= value - below else right - 1


def make_scale(low: float, high: float, *, log: bool, integer: bool) -> Scale:
    """Build the scale of a slider from ``low`` to ``high``.

    Positions carry round values: whole numbers, or three significant digits, the ends exactly. A logarithmic scale that
    begins at 0 has 0 as its first position and six decades above it.

    Raises
    ------
    ValueError
        Where the range is empty, or logarithmic and below zero.
    """
    if not low < high or (log and low < 0):
        raise ValueError(f"A slider cannot go from {low:g} to {high:g}{' logarithmically' if log else ''}.")
    raw = _geometric(low, high) if log else _linear(low, high, integer)
    inner = (float(round(x)) if integer else float(f"{x:.3g}") for x in raw)
    return Scale(tuple(sorted({low, high, *(x for x in inner if low < x < high)})))


def _geometric(low: float, high: float) -> list[float]:
    start = low or high * 1e-6
    decades = math.log10(high / start)
    count = max(FINE, round(PER_DECADE * decades))
    return [start * (high / start) ** (k / count) for k in range(count + 1)]


def _linear(low: float, high: float, integer: bool) -> list[float]:
    ideal = (high - low) / FINE
    magnitude = 10.0 ** math.floor(math.log10(ideal))
    step = max(nice * magnitude for nice in NICE if nice * magnitude <= ideal * (1 + 1e-9))
    if integer:
        step = max(1.0, step)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [k * step for k in range(first, last + 1)]


def show_number(value: float) -> str:
    """Write a number with three significant digits; whole numbers, and numbers just below 1, with all they need."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.6g}" if 0.99 < abs(value) < 1 else f"{value:.3g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return f"{value:.0f}" if 0 <= int(exponent) <= 4 else f"{mantissa}e{int(exponent)}"


def read_number(text: str, description: Description, *, integer: bool) -> float:
    """Read what a person typed for one setting.

    A decimal comma and a typographic minus are understood.

    Raises
    ------
    ValueError
        With one plain sentence, where the text is no number or the number lies beyond the setting's bounds.
    """
    shown = description.label[:1].upper() + description.label[1:]
    plain = text.strip().replace("\u2212", "-")
    if not plain:
        raise ValueError("Type a number.")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        value = float(plain.replace("_", "?"))  # float() would read 1_0 as 10
    except ValueError:
        raise ValueError(f"“{text.strip()}” is not a number.") from None
    if not math.isfinite(value):
        raise ValueError(f"{shown} must be a finite number.")
    if integer and not value.is_integer():
        raise ValueError(f"{shown} must be a whole number.")
    low = -math.inf if description.low is None else description.low
    high = math.inf if description.high is None else description.high
    if not low <= value <= high:
        raise ValueError(f"{shown} must be {_bounds(low, high)}.")
    return int(value) if integer else value


def _bounds(low: float, high: float) -> str:
    if high == math.inf:
        return f"at least {show_number(low)}"
    return f"at most {show_number(high)}" if low == -math.inf else f"between {show_number(low)} and {show_number(high)}"
