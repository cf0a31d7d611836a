"""Newton's method with the whole Hessian, plain or saddle-free (Dauphin et al. 2014, arXiv:1406.2572)."""

from math import isfinite
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, knob
from gdexplorer.optim.knobs import learning_rate
from gdexplorer.optim.search import HVP_COST, Landscape, Search, decrease, dot, first_step, set_numbers, stay
from gdexplorer.optim.slots import Slots, allocate

MOST_PARAMETERS = 500
_MOST_HALVINGS = 40


class NewtonKnobs(Settings):
    """Knobs of Newton's method."""

    kind: Literal["newton"] = "newton"
    learning_rate: float = learning_rate(1.0)
    curvatures: Literal["plain", "saddle-free"] = knob(
        "plain",
        "curvatures",
        "What the gradient is divided by along each eigenvector of the Hessian: its eigenvalue λ, which also goes up "
        "to saddles and maxima, or max(|λ|, δ), which goes down everywhere.",
    )
    floor: float = knob(
        1e-3,
        "floor",
        "Smallest curvature δ that a saddle-free step divides by: no step along an eigenvector is longer than ‖g‖/δ.",
        symbol="δ",
        log=True,
        gt=0,
        le=1e6,
        slider=(1e-6, 10),
        more=True,
    )
    backtracking: bool = knob(
        False,
        "backtracking",
        "Halve a step until it lowers the loss enough, L(θ + αd) ≤ L(θ) + c₁α gᵀd; steepest descent if none does.",
        more=True,
    )
    sufficient_decrease: float = decrease()


def _init(size: int, dtype: "np.dtype[Any]", knobs: NewtonKnobs, mask: Array | None) -> Slots:
    if size > MOST_PARAMETERS:
        raise ValueError(
            "Newton's method needs the whole Hessian, which is for at most "
            f"{MOST_PARAMETERS} parameters, not {size:,}; choose another optimizer."
        )
    slots = allocate(size, dtype, (), ())
    slots.numbers.update(stalled=0, negative=0)  # the number of negative eigenvalues at the last point
    for name in ("direction", "unit", "product"):
        slots.scratch[name] = np.zeros(size, dtype)
    slots.scratch["hessian"] = np.zeros((size, size), dtype)
    _tune(slots, knobs)
    return slots


def _tune(slots: Slots, knobs: NewtonKnobs) -> None:
    set_numbers(
        slots,
        learning_rate=knobs.learning_rate,
        saddle_free=int(knobs.curvatures == "saddle-free"),
        floor=knobs.floor,
        backtracking=int(knobs.backtracking),
        c1=knobs.sufficient_decrease,
    )


def _propose(ask: Landscape, theta: Array, slots: Slots, out: Array) -> int:
    numbers, g, d = slots.numbers, slots.gradient, slots.scratch["direction"]
    if numbers["stalled"]:
        out[:] = theta
        return 0
    with np.errstate(all="ignore"):
        out[:] = theta
        loss = ask.value_and_gradient(out, g)
        if not (isfinite(loss) and isfinite(dot(g, g))):
            out.fill(np.nan)
            return 1
        evaluations = 1 + HVP_COST * theta.size
        if not _hessian(ask, out, slots):
            out.fill(np.nan)
            return evaluations
        _direct(slots)
        if not numbers["backtracking"]:
            np.multiply(d, numbers["learning_rate"], out)
            np.add(theta, out, out)
            if (out == theta).all():
                numbers["stalled"] = 1
            return evaluations
        return evaluations + _backtrack(ask, theta, slots, out, loss)


def _hessian(ask: Landscape, theta: Array, slots: Slots) -> bool:
    """Fill the Hessian by a product for each parameter; return whether it is finite."""
    unit, product, H = slots.scratch["unit"], slots.scratch["product"], slots.scratch["hessian"]
    for row in range(theta.size):
        unit[row] = 1
        ask.hvp(theta, unit, product)
        unit[row] = 0
        H[row] = product
    return isfinite(float(np.sum(H * H)))


def _direct(slots: Slots) -> None:
    """Write d = −H⁻¹g, in the eigenvectors of the Hessian."""
    H, g, numbers = slots.scratch["hessian"], slots.gradient, slots.numbers
    values, vectors = np.linalg.eigh((H + H.T) / 2)
    nothing = g.size * float(np.finfo(g.dtype).eps) * float(np.abs(values).max())  # what rounding leaves of a zero
    numbers["negative"] = int((values < -nothing).sum())
    along = vectors.T @ g
    if numbers["saddle_free"]:
        along /= np.maximum(np.abs(values), numbers["floor"])
    else:
        along = np.where(np.abs(values) > nothing, along / values, 0)  # a flat direction has no minimum to go to
    np.dot(vectors, along, slots.scratch["direction"])
    np.negative(slots.scratch["direction"], slots.scratch["direction"])


def _backtrack(ask: Landscape, theta: Array, slots: Slots, out: Array, loss: float) -> int:
    numbers, g, d = slots.numbers, slots.gradient, slots.scratch["direction"]
    evaluations, step = 0, float(numbers["learning_rate"])
    for _ in range(2):
        slope = dot(g, d)
        for _ in range(_MOST_HALVINGS if slope < 0 else 0):
            np.multiply(d, step, out)
            np.add(theta, out, out)
            value = ask.value(out)
            evaluations += 1
            if isfinite(value) and value < loss and value <= loss + numbers["c1"] * step * slope:
                return evaluations
            step /= 2
        np.negative(g, d)
        step = first_step(g)
    stay(theta, slots, out)
    return evaluations


NEWTON = Search(
    name="newton",
    label="Newton",
    formula="d = −H⁻¹g  or  −|H|⁻¹g,  H the Hessian\nθ ← θ + ηd",
    help="Goes where the quadratic through value, gradient and Hessian has its stationary point: a minimum, a saddle "
    "or a maximum.",
    Knobs=NewtonKnobs,
    init=_init,
    tune=_tune,
    propose=_propose,
    most_parameters=MOST_PARAMETERS,
)
