"""What a `Search` is, an optimizer that asks for the loss where it wants to, and the line search of two of them.

Every question asked of the landscape is counted, for that is what a search costs: a value or a value with its
gradient is one evaluation, a Hessian-vector product is `HVP_COST`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any, Generic, Protocol

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import knob
from gdexplorer.optim.slots import K, Slots, allocate

HVP_COST = 2  # gradients: those of a central difference; an exact product takes about as long
_MOST_TRIALS = 25  # of one line search
_GROWTH = 10.0  # the most by which a trial goes beyond the one before
_MARGIN = 0.01  # share of a bracket that a trial keeps from its ends


class Landscape(Protocol):
    """What a search may ask of a loss; it keeps none of the arrays, and the loss does not change between two steps."""

    def value(self, theta: Array) -> float:
        """L(θ)."""
        ...

    def value_and_gradient(self, theta: Array, out: Array) -> float:
        """Return L(θ) and write ∂L/∂θ (P,)."""
        ...

    def hvp(self, theta: Array, v: Array, out: Array) -> None:
        """Write the Hessian at θ times v (P,); which Newton asks for."""
        ...


@dataclass(frozen=True, slots=True)
class Search(Generic[K]):
    """An optimizer that asks for losses and gradients itself: a record of pure functions, as a `Rule` is.

    Attributes
    ----------
    init, tune
        As a rule's. All that the future depends on is in the slots' arrays and numbers, so that a copy or a restored
        state goes on bit for bit.
    propose
        ``(ask, theta, slots, out) -> evaluations``: writes the new θ into ``out`` (P,), which must not overlap
        ``theta``, and returns how many evaluations that took. θ stays as it is and ``slots.gradient`` is left holding
        the gradient *there*, at the old point (zeros under a search that asks for values only). The gradient at the
        new point may be kept for the next step: at the next call θ must be what ``out`` was and the loss the same,
        otherwise make fresh slots.

        A trial that is not finite shortens the step. Where no step is found that lowers the loss, ``out`` is θ and
        ``slots.numbers["stalled"]`` is 1. Where loss or gradient at θ itself are not finite, ``out`` is all NaN.
    deterministic
        Whether it needs the same loss at every step, hence refuses mini-batches.
    most_parameters
        The largest P that it can take on; None where there is no limit.
    """

    name: str
    label: str
    formula: str
    help: str
    Knobs: type[K]
    init: Callable[[int, "np.dtype[Any]", K, Array | None], Slots]
    tune: Callable[[Slots, K], None]
    propose: Callable[[Landscape, Array, Slots, Array], int]
    deterministic: bool = True
    most_parameters: int | None = None


def decrease() -> Any:
    """Declare c₁ of the Wolfe conditions."""
    return knob(
        1e-4,
        "sufficient decrease",
        "A step α along d must lower the loss by this share c₁ of what the slope promises: L(θ + αd) ≤ L(θ) + c₁α gᵀd.",
        symbol="c₁",
        log=True,
        gt=0,
        lt=0.5,
        slider=(1e-6, 0.4),
        more=True,
    )


def curvature(default: float) -> Any:
    """Declare c₂ of the Wolfe conditions."""
    return knob(
        default,
        "slope left",
        "A step must flatten the slope along d to this share c₂: |∇L(θ + αd)ᵀd| ≤ c₂|gᵀd|; a smaller one searches "
        "the line more exactly.",
        symbol="c₂",
        log=True,
        ge=1e-3,
        lt=1,
        slider=(1e-3, 0.99),
        more=True,
    )


def line_slots(size: int, dtype: "np.dtype[Any]") -> Slots:
    """Return slots with what `arrive` and `follow` remember."""
    slots = allocate(size, dtype, ("direction", "ahead"), ())
    slots.numbers.update(kept=0, loss=0.0, stalled=0, wolfe=0, restarted=0, step=0.0, slope=0.0)
    return slots


def set_numbers(slots: Slots, **knobs: float) -> None:
    """Take over knobs; if one moved, a stalled search tries again."""
    if any(slots.numbers.get(name) != value for name, value in knobs.items()):
        slots.numbers.update(knobs, stalled=0)


def arrive(ask: Landscape, theta: Array, slots: Slots, out: Array) -> int:
    """Have the loss and the gradient at θ in ``numbers["loss"]`` and ``arrays["ahead"]``.

    ``numbers["kept"]`` is 0 afterwards only where they are not finite; then ``out`` is all NaN.
    """
    if slots.numbers["kept"]:
        return 0
    out[:] = theta
    ahead = slots.arrays["ahead"]
    loss = ask.value_and_gradient(out, ahead)
    if isfinite(loss) and isfinite(dot(ahead, ahead)):
        slots.numbers.update(kept=1, loss=loss)
    else:
        out.fill(np.nan)
    return 1


def follow(ask: Landscape, theta: Array, slots: Slots, out: Array, first: float, *, exact: bool) -> int:
    """Step along ``arrays["direction"]``, else along −g, else stay; ``first`` is the first α tried.

    ``numbers`` then say whether the step had to be one of steepest descent (``restarted``), whether it satisfies
    both Wolfe conditions (``wolfe``; 0 at a kink, where it only lowers the loss), α and the slope along d.
    """
    numbers, g, d, ahead = slots.numbers, slots.gradient, slots.arrays["direction"], slots.arrays["ahead"]
    evaluations = 0
    slope = dot(g, d)
    restarted = not slope < 0
    for _ in range(2):
        if restarted:
            np.negative(g, d)
            slope, first = dot(g, d), first_step(g)
        if not slope < 0:
            break
        ray = _Ray(ask, theta, d, out, ahead, _Point(0.0, numbers["loss"], slope))
        point, wolfe = _strong_wolfe(ray, first, numbers["c1"], numbers["c2"], exact)
        evaluations += ray.evaluations
        if point is not None:
            numbers.update(loss=point.value, step=point.alpha, slope=slope, wolfe=int(wolfe))
            numbers["restarted"] = int(restarted)
            return evaluations
        if restarted:
            break
        restarted = True
    stay(theta, slots, out)
    ahead[:] = g
    return evaluations


def stay(theta: Array, slots: Slots, out: Array) -> None:
    """Propose θ itself, and say so."""
    out[:] = theta
    slots.numbers["stalled"] = 1


def first_step(g: Array) -> float:
    """Return the α of a first trial along −g: as long as g, but at most of length 1."""
    length = sqrt(dot(g, g))
    return min(1.0, 1.0 / length) if length else 1.0


def dot(a: Array, b: Array) -> float:
    """Return aᵀb as a Python float."""
    return float(np.dot(a, b))


@dataclass(frozen=True, slots=True)
class _Point:
    """φ(α) = L(θ + αd) and φ′(α) = ∇L(θ + αd)ᵀd."""

    alpha: float
    value: float
    slope: float


@dataclass(slots=True)
class _Ray:
    """The half-line θ + αd; the last trial and its gradient are in the two arrays."""

    ask: Landscape
    theta: Array
    direction: Array
    trial: Array
    gradient: Array
    start: _Point
    evaluations: int = 0

    def at(self, alpha: float) -> _Point:
        self.evaluations += 1
        np.multiply(self.direction, alpha, self.trial)
        np.add(self.theta, self.trial, self.trial)
        value = self.ask.value_and_gradient(self.trial, self.gradient)
        slope = dot(self.gradient, self.direction)
        finite = isfinite(value) and isfinite(slope) and isfinite(dot(self.gradient, self.gradient))
        return _Point(alpha, value, slope) if finite else _Point(alpha, np.inf, np.nan)


def _strong_wolfe(ray: _Ray, first: float, c1: float, c2: float, exact: bool) -> tuple[_Point | None, bool]:
    """Find a step that satisfies the strong Wolfe conditions, and whether it does.

    Nocedal & Wright, Numerical Optimization (2006), algorithms 3.5 and 3.6 as one loop: ``low`` is the lowest point
    so far that lowers the loss enough, ``high`` the other end of a bracket, None until there is one. With ``exact``
    only a step is taken that a model of φ proposes, which on a quadratic is the minimizer.

    If no such step is found in time (a kink has none) it is ``low``, or None if that is the start.
    """

    def flat(point: _Point) -> bool:
        return point is not start and abs(point.slope) <= -c2 * start.slope

    start = low = before = point = ray.start
    high: _Point | None = None
    alpha, modelled, width = first, not exact, np.inf
    for _ in range(_MOST_TRIALS):
        if alpha == low.alpha:
            break
        point = ray.at(alpha)
        if point.value <= start.value + c1 * alpha * start.slope and point.value <= low.value:
            if modelled and flat(point):
                return point, True
            if point.slope * (1.0 if high is None else high.alpha - low.alpha) >= 0:
                high = low
            before, low = low, point
        else:
            high = point
            if modelled and flat(low):
                break
        if high is None:
            alpha, modelled = _beyond(before, low)
        elif abs(high.alpha - low.alpha) > 0.66 * width:
            alpha, modelled = 0.5 * (low.alpha + high.alpha), False
        else:
            alpha, modelled = _between(low, high)
        modelled = modelled or not exact
        if high is not None:
            width = abs(high.alpha - low.alpha)
    if not low.value < start.value:
        return None, False
    return (low if low is point else ray.at(low.alpha)), flat(low)


def _beyond(before: _Point, low: _Point) -> tuple[float, bool]:
    """Extrapolate to where the slope would be 0, and whether that was near enough to be gone to."""
    most = _GROWTH * low.alpha
    bend = (low.slope - before.slope) / (low.alpha - before.alpha)
    alpha = low.alpha - low.slope / bend if bend > 0 else most
    return (alpha, True) if alpha < most else (most, False)


def _between(low: _Point, high: _Point) -> tuple[float, bool]:
    """Interpolate to the minimum of the cubic through both ends (eq. 3.59), and whether that stays clear of them."""
    width = high.alpha - low.alpha
    bend = low.slope + high.slope - 3 * (high.value - low.value) / width
    radicand = bend * bend - low.slope * high.slope
    if not 0 <= radicand < np.inf:
        return low.alpha + (0.5 if low.alpha else 0.1) * width, False
    root = sqrt(radicand) if width > 0 else -sqrt(radicand)
    below = high.slope - low.slope + 2 * root
    share = 1 - (high.slope + root - bend) / below if below else 0.5
    kept = min(max(share, _MARGIN), 1 - _MARGIN)
    return low.alpha + kept * width, kept == share
