"""L-BFGS (Liu & Nocedal 1989): a quasi-Newton step from the last m changes of θ and of the gradient."""

from math import sqrt
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

_LEAST_CURVATURE = 1e-10  # of a pair that is remembered: sᵀy > 1e-10 ‖s‖‖y‖


class LbfgsKnobs(Settings):
    """Knobs of L-BFGS."""

    kind: Literal["lbfgs"] = "lbfgs"
    memory: int = knob(
        10,
        "memory",
        "Number m of pairs s = θ − θ₀, y = g − g₀ from which the inverse Hessian is estimated.",
        symbol="m",
        ge=1,
        le=100,
        slider=(1, 30),
    )
    sufficient_decrease: float = decrease()
    slope_left: float = curvature(0.9)


def _init(size: int, dtype: "np.dtype[Any]", knobs: LbfgsKnobs, mask: Array | None) -> Slots:
    slots = line_slots(size, dtype)
    slots.arrays.update(s=np.zeros((knobs.memory, size), dtype), y=np.zeros((knobs.memory, size), dtype))
    slots.numbers.update(pairs=0, next=0)  # how many are remembered; the row of the next one
    _tune(slots, knobs)
    return slots


def _tune(slots: Slots, knobs: LbfgsKnobs) -> None:
    set_numbers(slots, c1=knobs.sufficient_decrease, c2=knobs.slope_left)
    if knobs.memory != len(slots.arrays["s"]):
        newest = _rows(slots)[: knobs.memory][::-1]
        for name in ("s", "y"):
            rows = np.zeros((knobs.memory, slots.gradient.size), slots.gradient.dtype)
            rows[: len(newest)] = slots.arrays[name][newest]
            slots.arrays[name] = rows
        slots.numbers.update(pairs=len(newest), next=len(newest) % knobs.memory, stalled=0)


def _rows(slots: Slots) -> list[int]:
    """Rows of the ring that hold pairs, the newest first."""
    numbers, m = slots.numbers, len(slots.arrays["s"])
    return [int(numbers["next"] - 1 - k) % m for k in range(min(int(numbers["pairs"]), m))]


def _propose(ask: Landscape, theta: Array, slots: Slots, out: Array) -> int:
    numbers, g, ahead = slots.numbers, slots.gradient, slots.arrays["ahead"]
    if numbers["stalled"]:
        out[:] = theta
        return 0
    with np.errstate(all="ignore"):
        evaluations = arrive(ask, theta, slots, out)
        if not numbers["kept"]:
            return evaluations
        g[:] = ahead
        _direct(slots)
        first = 1.0 if numbers["pairs"] else first_step(g)
        evaluations += follow(ask, theta, slots, out, first, exact=False)
        if numbers["restarted"]:
            numbers["pairs"] = 0
        if not numbers["stalled"]:
            _remember(theta, slots, out)
    return evaluations


def _direct(slots: Slots) -> None:
    """Write d = −Hg, with H the estimate of the inverse Hessian, by the two-loop recursion."""
    d, S, Y = slots.arrays["direction"], slots.arrays["s"], slots.arrays["y"]
    rows = _rows(slots)
    np.negative(slots.gradient, d)
    shares = []
    for row in rows:
        share = dot(S[row], d) / dot(S[row], Y[row])
        d -= share * Y[row]
        shares.append(share)
    if rows:
        newest = rows[0]
        d *= dot(S[newest], Y[newest]) / dot(Y[newest], Y[newest])
    for row, share in zip(reversed(rows), reversed(shares), strict=True):
        d += (share - dot(Y[row], d) / dot(S[row], Y[row])) * S[row]


def _remember(theta: Array, slots: Slots, out: Array) -> None:
    numbers, row = slots.numbers, int(slots.numbers["next"])
    s, y, m = slots.arrays["s"][row], slots.arrays["y"][row], len(slots.arrays["s"])
    np.subtract(out, theta, s)
    np.subtract(slots.arrays["ahead"], slots.gradient, y)
    square = dot(y, y)
    if square and dot(s, y) > _LEAST_CURVATURE * sqrt(dot(s, s)) * sqrt(square):
        numbers.update(pairs=min(numbers["pairs"] + 1, m), next=(row + 1) % m)
    else:
        numbers["pairs"] = min(numbers["pairs"], m - 1)  # the row was the oldest pair's


LBFGS = Search(
    name="lbfgs",
    label="L-BFGS",
    formula="s = θ − θ₀,  y = g − g₀  (the last m)\nd = −Hg,  H ≈ inverse Hessian\nθ ← θ + αd,  α by line search",
    help="Learns the curvature from how the gradient changed, in m pairs of vectors instead of a P × P matrix.",
    Knobs=LbfgsKnobs,
    init=_init,
    tune=_tune,
    propose=_propose,
)
