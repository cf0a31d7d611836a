"""A step size for each parameter, from the sizes of its past gradients: AdaGrad, Adadelta, RMSprop."""

from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, knob
from gdexplorer.optim.knobs import decay, epsilon, learning_rate
from gdexplorer.optim.slots import Rule, Slots, allocate


class AdagradKnobs(Settings):
    """Knobs of AdaGrad."""

    kind: Literal["adagrad"] = "adagrad"
    learning_rate: float = learning_rate(0.01)
    epsilon: float = epsilon(1e-10)


class AdadeltaKnobs(Settings):
    """Knobs of Adadelta."""

    kind: Literal["adadelta"] = "adadelta"
    learning_rate: float = learning_rate(1.0)
    rho: float = decay(0.9, "decay ρ", "Share of the squared averages kept at each step: v ← ρv + (1−ρ)g².", "ρ")
    epsilon: float = epsilon(1e-6)


class RmspropKnobs(Settings):
    """Knobs of RMSprop."""

    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: float = learning_rate(0.01)
    alpha: float = decay(0.99, "decay α", "Share of the squared average kept at each step: v ← αv + (1−α)g².", "α")
    momentum: float = decay(
        0.0, "momentum", "Momentum μ of the scaled gradient: b ← μb + g/(√v + ε); θ ← θ − ηb.", "μ", more=True
    )
    centered: bool = knob(
        False, "centered", "Divide by the standard deviation √(v − ḡ²) instead of the root mean square √v.", more=True
    )
    epsilon: float = epsilon(1e-8)


def _init_adagrad(size: int, dtype: "np.dtype[Any]", knobs: AdagradKnobs, mask: Array | None) -> Slots:
    slots = allocate(size, dtype, ("s",), ("learning_rate", "epsilon"))
    _tune_adagrad(slots, knobs)
    return slots


def _tune_adagrad(slots: Slots, knobs: AdagradKnobs) -> None:
    slots.knobs["learning_rate"][()] = knobs.learning_rate
    slots.knobs["epsilon"][()] = knobs.epsilon


def _propose_adagrad(theta: Array, slots: Slots, out: Array) -> None:
    g, s = slots.gradient, slots.arrays["s"]
    np.multiply(g, g, out)
    np.add(s, out, s)
    np.sqrt(s, out)
    np.add(out, slots.knobs["epsilon"], out)
    np.divide(g, out, out)
    np.multiply(out, slots.knobs["learning_rate"], out)
    np.subtract(theta, out, out)


def _init_adadelta(size: int, dtype: "np.dtype[Any]", knobs: AdadeltaKnobs, mask: Array | None) -> Slots:
    slots = allocate(size, dtype, ("v", "d"), ("learning_rate", "rho", "rest", "epsilon"))
    slots.scratch["work"] = np.zeros(size, dtype)
    _tune_adadelta(slots, knobs)
    return slots


def _tune_adadelta(slots: Slots, knobs: AdadeltaKnobs) -> None:
    slots.knobs["learning_rate"][()] = knobs.learning_rate
    slots.knobs["rho"][()] = knobs.rho
    slots.knobs["rest"][()] = 1.0 - knobs.rho
    slots.knobs["epsilon"][()] = knobs.epsilon


def _propose_adadelta(theta: Array, slots: Slots, out: Array) -> None:
    g, v, d, work, knobs = slots.gradient, slots.arrays["v"], slots.arrays["d"], slots.scratch["work"], slots.knobs
    rho, rest, epsilon = knobs["rho"], knobs["rest"], knobs["epsilon"]
    np.multiply(g, g, out)
    np.multiply(out, rest, out)
    np.multiply(v, rho, v)
    np.add(v, out, v)
    np.add(v, epsilon, out)
    np.add(d, epsilon, work)
    np.divide(work, out, out)
    np.sqrt(out, out)
    np.multiply(out, g, out)
    np.multiply(out, out, work)
    np.multiply(work, rest, work)
    np.multiply(d, rho, d)
    np.add(d, work, d)
    np.multiply(out, knobs["learning_rate"], out)
    np.subtract(theta, out, out)


def _init_rmsprop(size: int, dtype: "np.dtype[Any]", knobs: RmspropKnobs, mask: Array | None) -> Slots:
    slots = allocate(size, dtype, ("v", "mean", "b"), ("learning_rate", "alpha", "rest", "epsilon", "momentum", "zero"))
    _tune_rmsprop(slots, knobs)
    return slots


def _tune_rmsprop(slots: Slots, knobs: RmspropKnobs) -> None:
    slots.knobs["learning_rate"][()] = knobs.learning_rate
    slots.knobs["alpha"][()] = knobs.alpha
    slots.knobs["rest"][()] = 1.0 - knobs.alpha
    slots.knobs["epsilon"][()] = knobs.epsilon
    slots.knobs["momentum"][()] = knobs.momentum
    slots.numbers["centered"] = int(knobs.centered)
    slots.numbers["momentum"] = knobs.momentum
    if not knobs.centered:
        slots.arrays["mean"][:] = 0
    if not knobs.momentum:
        slots.arrays["b"][:] = 0


def _propose_rmsprop(theta: Array, slots: Slots, out: Array) -> None:
    g, v, knobs, numbers = slots.gradient, slots.arrays["v"], slots.knobs, slots.numbers
    alpha, rest = knobs["alpha"], knobs["rest"]
    np.multiply(g, g, out)
    np.multiply(out, rest, out)
    np.multiply(v, alpha, v)
    np.add(v, out, v)
    if numbers["centered"]:
        mean = slots.arrays["mean"]
        np.multiply(g, rest, out)
        np.multiply(mean, alpha, mean)
        np.add(mean, out, mean)
        np.multiply(mean, mean, out)
        np.subtract(v, out, out)
        np.maximum(out, knobs["zero"], out=out)  # rounding can make the variance of a steady gradient negative
        np.sqrt(out, out)
    else:
        np.sqrt(v, out)
    np.add(out, knobs["epsilon"], out)
    np.divide(g, out, out)
    if numbers["momentum"]:
        b = slots.arrays["b"]
        np.multiply(b, knobs["momentum"], b)
        np.add(b, out, b)
        np.multiply(b, knobs["learning_rate"], out)
    else:
        np.multiply(out, knobs["learning_rate"], out)
    np.subtract(theta, out, out)


ADAGRAD = Rule(
    name="adagrad",
    label="AdaGrad",
    formula="s ← s + g²\nθ ← θ − ηg/(√s + ε)",
    help="Divides by the root of all squared gradients so far; its steps only ever shrink (Duchi et al. 2011).",
    Knobs=AdagradKnobs,
    init=_init_adagrad,
    tune=_tune_adagrad,
    propose=_propose_adagrad,
)
ADADELTA = Rule(
    name="adadelta",
    label="Adadelta",
    formula="v ← ρv + (1−ρ)g²\nδ = g√(d + ε)/√(v + ε)\nd ← ρd + (1−ρ)δ²\nθ ← θ − ηδ",
    help="Takes the scale of a step from the size of past steps; starts slowly, for d starts at 0 (Zeiler 2012).",
    Knobs=AdadeltaKnobs,
    init=_init_adadelta,
    tune=_tune_adadelta,
    propose=_propose_adadelta,
)
RMSPROP = Rule(
    name="rmsprop",
    label="RMSprop",
    formula="v ← αv + (1−α)g²\nθ ← θ − ηg/(√v + ε)",
    help="Divides by the root mean square of recent gradients (Hinton 2012).",
    Knobs=RmspropKnobs,
    init=_init_rmsprop,
    tune=_tune_rmsprop,
    propose=_propose_rmsprop,
)
