"""Nonlinear conjugate gradient (Fletcher & Reeves 1964; Polak & Ribière 1969; Gilbert & Nocedal 1992)."""

from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, knob
from gdexplorer.optim.search import (
    Landscape,
    Search,
    arrive,
    curvature,
    decrease,
    dot,
    first_step,
    follow,
    line_slots,
    set_numbers,
)
from gdexplorer.optim.slots import Slots


class ConjugateGradientKnobs(Settings):
    """Knobs of nonlinear conjugate gradient."""

    kind: Literal["conjugate_gradient"] = "conjugate_gradient"
    formula: Literal["pr+", "fr"] = knob(
        "pr+",
        "formula",
        "How much of the last direction is kept, d ← −g + βd: Polak–Ribière+ with β = max(0, gᵀ(g − g₀)/g₀ᵀg₀), which "
        "forgets by itself, or Fletcher–Reeves with β = gᵀg/g₀ᵀg₀, which can crawl unless it is restarted.",
    )
    restart_every: int = knob(
        0,
        "restart every",
        "Number of steps after which the direction is −g again (β = 0); 0 for never, P is the classical choice.",
        unit="steps",
        ge=0,
        le=10**9,
        slider=(0, 100),
        more=True,
    )
    sufficient_decrease: float = decrease()
    slope_left: float = curvature(0.1)


def _init(size: int, dtype: "np.dtype[Any]", knobs: ConjugateGradientKnobs, mask: Array | None) -> Slots:
    slots = line_slots(size, dtype)
    slots.numbers["since"] = 0  # steps of which the direction remembers something
    _tune(slots, knobs)
    return slots


def _tune(slots: Slots, knobs: ConjugateGradientKnobs) -> None:
    set_numbers(
        slots,
        c1=knobs.sufficient_decrease,
        c2=knobs.slope_left,
        polak_ribiere=int(knobs.formula == "pr+"),
        restart_every=knobs.restart_every,
    )


def _propose(ask: Landscape, theta: Array, slots: Slots, out: Array) -> int:
    numbers, g, d, ahead = slots.numbers, slots.gradient, slots.arrays["direction"], slots.arrays["ahead"]
    if numbers["stalled"]:
        out[:] = theta
        return 0
    with np.errstate(all="ignore"):
        evaluations = arrive(ask, theta, slots, out)
        if not numbers["kept"]:
            return evaluations
        beta = _beta(slots)
        g[:] = ahead
        np.multiply(d, beta, d)
        np.subtract(d, g, d)
        slope = dot(g, d)
        # as long a trial as the last step would be on a line of this slope
        first = (
            numbers["step"] * min(numbers["slope"] / slope, 10.0) if numbers["step"] and slope < 0 else first_step(g)
        )
        evaluations += follow(ask, theta, slots, out, first, exact=True)
        if numbers["stalled"]:
            numbers["since"] = 0
        else:
            numbers["since"] = numbers["since"] + 1 if beta and not numbers["restarted"] else 1
    return evaluations


def _beta(slots: Slots) -> float:
    """Return β from the gradients at the last point and at this one; 0 restarts."""
    numbers, g0, g = slots.numbers, slots.gradient, slots.arrays["ahead"]
    if not numbers["since"] or 0 < numbers["restart_every"] <= numbers["since"]:
        return 0.0
    square, before = dot(g, g), dot(g0, g0)
    beta = max(0.0, square - dot(g, g0)) if numbers["polak_ribiere"] else square
    return beta / before if before else 0.0


CONJUGATE_GRADIENT = Search(
    name="conjugate_gradient",
    label="conjugate gradient",
    formula="β = max(0, gᵀ(g − g₀)/g₀ᵀg₀)  or  gᵀg/g₀ᵀg₀\nd ← −g + βd\nθ ← θ + αd,  α by line search",
    help="Remembers the last direction, so that a step does not undo the one before; ends an n-dimensional quadratic "
    "in about n steps.",
    Knobs=ConjugateGradientKnobs,
    init=_init,
    tune=_tune,
    propose=_propose,
)
