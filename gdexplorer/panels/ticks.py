"""Where an axis has its ticks, and how numbers are written upon it."""

import math

from gdexplorer.panels.ranges import nice_above

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3, padded: bool = False) -> str:
    """Return ``value`` with ``digits`` significant digits: 0.123, 1,230, 1.23×10⁻⁶, −∞; ``padded``: 0.500, not 0.5."""
    if math.isnan(value):
        return "not a number"
    sign, size = ("−" if value < 0 else ""), abs(value)
    if math.isinf(size):
        return sign + "∞"
    mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if size == 0 or -3 <= power < digits:
        return sign + f"{float(f'{mantissa}e{power}'):{'#' if padded else ''}.{digits}g}".removesuffix(".")
    if digits <= power < 6:
        return sign + f"{round(float(f'{mantissa}e{power}')):,}"
    factor = f"{float(mantissa):g}×"
    return f"{sign}{'' if factor == '1×' else factor}10{str(power).translate(_SUPERSCRIPT)}"


def power_of_ten(exponent: int, plain: int = 3) -> str:
    """Return 10 to ``exponent`` as an axis writes it: 0.01, 1, 1,000, 10⁻⁶; as digits up to ``plain`` zeros."""
    return f"{10.0**exponent:,g}" if abs(exponent) <= plain else f"10{str(exponent).translate(_SUPERSCRIPT)}"


def linear_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return at most ``most`` multiples of 1, 2, 2.5 or 5 times a power of ten within the ends, with labels."""
    span = high - low
    if not (span > 0 and math.isfinite(span) and most >= 1):
        return []
    power = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0):
        first, last = math.ceil(low / (step := factor * power) - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    places = max(0, -math.floor(math.log10(step)) + (factor == 2.5))
    return [(k * step, _fixed(k * step, places)) for k in range(first, last + 1)]


def whole_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return those of them that are whole numbers, for what is counted."""
    whole = (round(at) for at, _ in linear_ticks(low, high, most) if abs(at - round(at)) < 1e-9)
    return [(float(at), f"{at:,}") for at in whole]


def _fixed(value: float, places: int) -> str:
    """Return a tick's number, all of an axis with the same decimals."""
    if value and (abs(value) >= 1e6 or places > 4):
        return number(value, max(3, math.floor(math.log10(abs(value)) + 1e-9) + places + 1))
    return f"{value:,.{places}f}".replace("-", "−") if value else "0"


def log_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return ticks of an axis of ``log10`` values: powers of ten, between them 2 and 5 or 3 where there is room."""
    if not (high > low and math.isfinite(high - low) and most >= 1):
        return []
    decades = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    if len(decades) >= 2 and high - low >= 1.5:
        least = math.ceil(len(decades) / most)
        stride = least if least < 10 else round(10 * nice_above(least / 10))
        shown = [k for k in decades if k % stride == 0] or [decades[-1]]
        return [(float(k), power_of_ten(k)) for k in shown]
    for factors in ((1, 2, 5), (1, 3)):
        fine = [
            (position, number(factor * 10.0**k))
            for k in range(math.floor(low), math.ceil(high) + 1)
            for factor in factors
            if low - 1e-9 <= (position := k + math.log10(factor)) <= high + 1e-9
        ]
        if 2 <= len(fine) <= most:
            return fine
    ends = linear_ticks(10.0**low, 10.0**high, most)
    return [(math.log10(value), label) for value, label in ends if value > 0]
