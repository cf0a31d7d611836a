r"""Adam (arXiv:1412.6980) and its relatives AdamW (arXiv:1711.05101) and Nadam (Dozat 2016).

The averages :math:`m ← β_1 m + (1-β_1) g` and :math:`v ← β_2 v + (1-β_2) g²` are kept unnormalised,
:math:`M = m / (1-β_1)` and :math:`V = v / (1-β_2)`, as the two rows of one block, beside a block with the rows
g and g²: both recursions are then two calls, ``block *= decays`` and ``block += powers``. With

.. math:: c_1 = (1-β_1) / (1-\prod β_1), \quad c_2 = \sqrt{(1-β_2) / (1-\prod β_2)}

the corrected averages are :math:`\hat m = c_1 M`, :math:`\sqrt{\hat v} = c_2 \sqrt V`, and the step is

.. math:: η \hat m / (\sqrt{\hat v} + ε) = (η c_1 / c_2) M / (\sqrt V + ε / c_2).

The products run over the β of every step so far, so that :math:`\hat m` and :math:`\hat v` of a constant
gradient are exact also when β moves; M and V are then rescaled by (1−β_old)/(1−β_new), which leaves m and v
as they were.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.fields import Settings, knob
from gdexplorer.optim.knobs import decay, epsilon, learning_rate
from gdexplorer.optim.slots import Rule, Slots

# as names of the module they cost half a look-up each: a tenth of Adam's step in a small network
add, divide, multiply, square_root, subtract = np.add, np.divide, np.multiply, np.sqrt, np.subtract


class _AdamKnobs(Settings):
    learning_rate: float = learning_rate(1e-3)
    beta1: float = decay(0.9, "decay β₁", "Share of the mean gradient kept at each step: m ← β₁m + (1−β₁)g.", "β₁")
    beta2: float = decay(0.999, "decay β₂", "Share of the squared average kept at each step: v ← β₂v + (1−β₂)g².", "β₂")
    epsilon: float = epsilon(1e-8)


class AdamKnobs(_AdamKnobs):
    """Knobs of Adam."""

    kind: Literal["adam"] = "adam"


class AdamwKnobs(_AdamKnobs):
    """Knobs of AdamW."""

    kind: Literal["adamw"] = "adamw"
    weight_decay: float = knob(
        0.01,
        "weight decay",
        "Decoupled decay w, apart from the gradient: θ ← θ(1 − ηw) before each step.",
        symbol="w",
        ge=0,
        le=1e3,
        slider=(0, 1),
    )


class NadamKnobs(_AdamKnobs):
    """Knobs of Nadam."""

    kind: Literal["nadam"] = "nadam"
    learning_rate: float = learning_rate(2e-3)
    momentum_decay: float = knob(
        4e-3,
        "momentum decay",
        "Speed ψ at which the momentum of step t rises to β₁: μₜ = β₁(1 − ½·0.96^(tψ)).",
        symbol="ψ",
        ge=0,
        le=10,
        slider=(0, 0.1),
        more=True,
    )


def _init(size: int, dtype: "np.dtype[Any]", knobs: _AdamKnobs, mask: Array | None) -> Slots:
    powers, moments = zeros((2, size), dtype), zeros((2, size), dtype)
    slots = Slots(
        gradient=powers[0],
        arrays={"M": moments[0], "V": moments[1]},
        numbers={"product1": 1.0, "product2": 1.0},
        knobs={"step_size": np.zeros((), dtype), "epsilon": np.zeros((), dtype)},
        scratch={
            "powers": powers,
            "square": powers[1],
            "moments": moments,
            "decays": zeros((2, size), dtype),  # as large as the moments: broadcasting a column costs 0.6 µs
        },
    )
    _tune(slots, knobs)
    return slots


def _tune(slots: Slots, knobs: _AdamKnobs) -> None:
    slots.numbers.update(learning_rate=knobs.learning_rate, epsilon=knobs.epsilon)
    first, second = slots.scratch["decays"]
    _set_decay(slots, "beta1", knobs.beta1, first, slots.arrays["M"])
    _set_decay(slots, "beta2", knobs.beta2, second, slots.arrays["V"])


def _pace(slots: Slots, knobs: _AdamKnobs, rate: float) -> None:
    slots.numbers["learning_rate"] = rate


def _set_decay(slots: Slots, name: str, beta: float, row: Array, moment: Array) -> None:
    old = slots.numbers.get(name, beta)
    if old != beta:
        moment *= (1.0 - old) / (1.0 - beta)
    row[:] = beta
    slots.numbers[name] = beta


def _advance(slots: Slots) -> tuple[float, float]:
    """Advance M, V and the products; return c₂ and 1 − ∏β₁."""
    numbers, scratch, g = slots.numbers, slots.scratch, slots.gradient
    moments = scratch["moments"]
    multiply(g, g, scratch["square"])
    multiply(moments, scratch["decays"], moments)
    add(moments, scratch["powers"], moments)
    beta2 = numbers["beta2"]
    product2 = numbers["product2"] = numbers["product2"] * beta2
    product1 = numbers["product1"] = numbers["product1"] * numbers["beta1"]
    return sqrt((1.0 - beta2) / (1.0 - product2)), 1.0 - product1


def _step(slots: Slots, out: Array) -> None:
    """Write Adam's step, to be subtracted from θ, into `out`."""
    c2, corrected = _advance(slots)
    numbers, knobs, arrays = slots.numbers, slots.knobs, slots.arrays
    step_size, epsilon = knobs["step_size"], knobs["epsilon"]
    step_size[()] = numbers["learning_rate"] * (1.0 - numbers["beta1"]) / (corrected * c2)
    epsilon[()] = numbers["epsilon"] / c2
    square_root(arrays["V"], out)
    add(out, epsilon, out)
    divide(arrays["M"], out, out)
    multiply(out, step_size, out)


def _propose_adam(theta: Array, slots: Slots, out: Array) -> None:
    _step(slots, out)
    subtract(theta, out, out)


def _init_adamw(size: int, dtype: "np.dtype[Any]", knobs: AdamwKnobs, mask: Array | None) -> Slots:
    slots = _init(size, dtype, knobs, mask)
    slots.scratch["mask"] = np.ones(size, dtype) if mask is None else mask.astype(dtype)
    slots.scratch["kept"] = np.zeros(size, dtype)  # 1 − ηw where the mask is 1
    _tune_adamw(slots, knobs)
    return slots


def _tune_adamw(slots: Slots, knobs: AdamwKnobs) -> None:
    _tune(slots, knobs)
    _pace_adamw(slots, knobs, knobs.learning_rate)


def _pace_adamw(slots: Slots, knobs: AdamwKnobs, rate: float) -> None:
    slots.numbers["learning_rate"] = rate
    slots.scratch["kept"][:] = 1.0 - slots.scratch["mask"] * (rate * knobs.weight_decay)


def _propose_adamw(theta: Array, slots: Slots, out: Array) -> None:
    _step(slots, out)
    decayed = slots.scratch["square"]
    np.multiply(theta, slots.scratch["kept"], decayed)
    np.subtract(decayed, out, out)


def _init_nadam(size: int, dtype: "np.dtype[Any]", knobs: NadamKnobs, mask: Array | None) -> Slots:
    slots = _init(size, dtype, knobs, mask)
    slots.numbers.update(step=0, momentum_product=1.0)
    slots.knobs["gradient_size"] = np.zeros((), dtype)
    _tune_nadam(slots, knobs)
    return slots


def _tune_nadam(slots: Slots, knobs: NadamKnobs) -> None:
    _tune(slots, knobs)
    slots.numbers["momentum_decay"] = knobs.momentum_decay


def _propose_nadam(theta: Array, slots: Slots, out: Array) -> None:
    # θ ← θ − η((1−μₜ)g/(1−∏μ) + μₜ₊₁m/(1−μₜ₊₁∏μ)) / (√v̂ + ε), as in PyTorch
    c2, _ = _advance(slots)
    numbers, knobs, arrays, work = slots.numbers, slots.knobs, slots.arrays, slots.scratch["square"]
    gradient_size, step_size, epsilon = knobs["gradient_size"], knobs["step_size"], knobs["epsilon"]
    beta1, psi, eta = numbers["beta1"], numbers["momentum_decay"], numbers["learning_rate"] / c2
    step = numbers["step"] = numbers["step"] + 1
    mu = beta1 * (1.0 - 0.5 * 0.96 ** (step * psi))
    mu_next = beta1 * (1.0 - 0.5 * 0.96 ** ((step + 1) * psi))
    product = numbers["momentum_product"] = numbers["momentum_product"] * mu
    gradient_size[()] = eta * (1.0 - mu) / (1.0 - product)
    step_size[()] = eta * mu_next * (1.0 - beta1) / (1.0 - product * mu_next)
    epsilon[()] = numbers["epsilon"] / c2
    np.multiply(slots.gradient, gradient_size, work)
    np.multiply(arrays["M"], step_size, out)
    np.add(work, out, work)
    np.sqrt(arrays["V"], out)
    np.add(out, epsilon, out)
    np.divide(work, out, out)
    np.subtract(theta, out, out)


_FAINT = 2.0**-512  # 1 less this much of a product is 1, and dividing by it gives the product back to the last bit


def uncorrected(propose: Callable[[Array, Slots, Array], None]) -> Callable[[Array, Slots, Array], None]:
    """Return a rule's `propose` with m̂ = m and v̂ = v; other rules do what they always do."""

    def proposed(theta: Array, slots: Slots, out: Array) -> None:
        numbers = slots.numbers
        products = [name for name in ("product1", "product2", "momentum_product") if name in numbers]
        for name in products:
            numbers[name] *= _FAINT
        propose(theta, slots, out)
        for name in products:
            numbers[name] /= _FAINT

    return proposed


ADAM = Rule(
    name="adam",
    label="Adam",
    formula="m ← β₁m + (1−β₁)g,  m̂ = m/(1 − ∏β₁)\nv ← β₂v + (1−β₂)g²,  v̂ = v/(1 − ∏β₂)\nθ ← θ − ηm̂/(√v̂ + ε)",
    help="Momentum divided by the root mean square of recent gradients, both corrected for their start at 0.",
    Knobs=AdamKnobs,
    init=_init,
    tune=_tune,
    propose=_propose_adam,
    pace=_pace,
)
ADAMW = Rule(
    name="adamw",
    label="AdamW",
    formula="θ ← θ(1 − ηw)\nthen Adam:  θ ← θ − ηm̂/(√v̂ + ε)",
    help="Adam with weight decay apart from the gradient, so that v does not rescale it.",
    Knobs=AdamwKnobs,
    init=_init_adamw,
    tune=_tune_adamw,
    propose=_propose_adamw,
    pace=_pace_adamw,
)
NADAM = Rule(
    name="nadam",
    label="Nadam",
    formula="μₜ = β₁(1 − ½·0.96^(tψ))\nθ ← θ − η((1−μₜ)g/(1−∏μ) + μₜ₊₁m/(1−μₜ₊₁∏μ)) / (√v̂ + ε)",
    help="Adam with Nesterov's look-ahead and a momentum that rises over time.",
    Knobs=NadamKnobs,
    init=_init_nadam,
    tune=_tune_nadam,
    propose=_propose_nadam,
    pace=_pace,
)
