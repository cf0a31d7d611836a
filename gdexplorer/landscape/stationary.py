"""What kind of point this is, by the gradient's norm and the Hessian's inertia: a small gradient alone says nothing."""

import math
from dataclasses import dataclass
from typing import Literal

from gdexplorer.landscape.curvature import Spectrum

Verdict = Literal["not stationary", "minimum", "saddle", "maximum", "plateau", "degenerate", "undecided"]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
GRADIENT, CURVATURE = 1e-4, 1e-6  # shares of the scale up to which a gradient and an eigenvalue count as zero


@dataclass(frozen=True, slots=True)
class Stationary:
    """A verdict and the numbers behind it.

    Where only a part of the spectrum is known, `negative` and `positive` are the least numbers of such directions
    and `zero` is None.
    """

    verdict: Verdict
    negative: int
    zero: int | None
    positive: int
    gradient_norm: float
    sentence: str


def name(gradient_norm: float, spectrum: Spectrum, scale: float, gradient: float = GRADIENT,
         curvature: float = CURVATURE) -> Stationary:  # fmt: skip
    """Name a point.

    Parameters
    ----------
    gradient_norm
        ‖g‖.
    spectrum
        Eigenvalues there: all, or Lanczos' part with both ends.
    scale
        What counts as large here, for gradients and eigenvalues alike, such as the gradient's norm at the start.
    gradient, curvature
        Shares of the scale up to which ‖g‖ and an eigenvalue count as zero.

    Returns
    -------
    Stationary
        "minimum" only if every eigenvalue is positive; "degenerate" if some are zero and the others of one sign, as
        in a valley; "plateau" if gradient and eigenvalues are all zero, as on a monkey saddle too; "undecided" if
        the ends of a partial spectrum are not known well enough.
    """
    if not (math.isfinite(gradient_norm) and math.isfinite(scale) and scale > 0):
        raise ValueError(f"A gradient norm of {gradient_norm:g} at a scale of {scale:g} names no point; both must be "
                         "finite and the scale positive.")  # fmt: skip
    tolerance = curvature * scale
    values, whole, size = spectrum.values, spectrum.whole, spectrum.vectors.shape[1]
    negative, positive = int((values < -tolerance).sum()), int((values > tolerance).sum())
    zero = size - negative - positive if whole else None
    low, high = float(values[0]), float(values[-1])
    # how far beyond its ends a partial spectrum may still reach
    lowest = low - (0.0 if whole else float(spectrum.residuals[0]))
    highest = high + (0.0 if whole else float(spectrum.residuals[-1]))
    flat_below, flat_above = lowest >= -tolerance, highest <= tolerance

    everywhere = "in every direction" if whole else "in every direction that Lanczos finds"
    verdict: Verdict
    if gradient_norm > gradient * scale:
        verdict, meaning = "not stationary", "the loss falls along −g"
    elif negative and positive:
        verdict = "saddle"
        meaning = f"the loss falls in {_count(negative, whole)} and rises in {_count(positive, whole)}"
    elif flat_below and flat_above:
        verdict = "plateau"
        meaning = "no slope and no curvature, so that second derivatives cannot tell a minimum from a saddle"
    elif lowest > tolerance:
        verdict, meaning = "minimum", f"the loss rises {everywhere}"
    elif highest < -tolerance:
        verdict, meaning = "maximum", f"the loss falls {everywhere}"
    elif flat_below and positive and low <= tolerance:
        verdict = "degenerate"
        meaning = f"the loss rises in {_count(positive, whole)}, falls in none and has no curvature in {_flat(zero)}"
    elif flat_above and negative and high >= -tolerance:
        verdict = "degenerate"
        meaning = f"the loss falls in {_count(negative, whole)}, rises in none and has no curvature in {_flat(zero)}"
    else:
        verdict = "undecided"
        meaning = f"{len(values)} steps of Lanczos know the ends only to ±{_text(max(low - lowest, highest - high))}"
    known = f"λ = {_text(low)}" if low == high else f"λ from {_text(low)} to {_text(high)}"
    known += "" if whole else f" by {len(values)} steps of Lanczos"
    sentence = f"{verdict.capitalize()}: {meaning} (‖g‖ = {_text(gradient_norm)}, {known})."
    return Stationary(verdict, negative, zero, positive, gradient_norm, sentence)


def _count(count: int, whole: bool) -> str:
    return f"{'' if whole else 'at least '}{count} direction{'s' if count > 1 else ''}"


def _flat(zero: int | None) -> str:
    return "at least 1 direction" if zero is None else _count(zero, True)


def _text(value: float) -> str:
    """Return a number as it is written: 0.0123, −3, 1.5×10⁻⁷."""
    mantissa, _, power = f"{value:.3g}".partition("e")
    tail = f"×10{str(int(power)).translate(_SUPERSCRIPT)}" if power else ""
    return mantissa.replace("-", "−") + tail
