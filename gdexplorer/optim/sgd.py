"""Gradient descent, with and without momentum, in PyTorch's form: η stands outside the buffer."""

from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, knob
from gdexplorer.optim.knobs import decay, learning_rate
from gdexplorer.optim.slots import Rule, Slots, allocate


class SgdKnobs(Settings):
    """Knobs of plain gradient descent."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: float = learning_rate(0.1)


class AscentKnobs(Settings):
    """Knobs of gradient ascent."""

    kind: Literal["ascent"] = "ascent"
    learning_rate: float = learning_rate(0.1)


class MomentumKnobs(Settings):
    """Knobs of heavy-ball momentum."""

    kind: Literal["momentum"] = "momentum"
    learning_rate: float = learning_rate(0.01)
    momentum: float = decay(
        0.9, "momentum", "Share μ of the buffer kept at each step: b ← μb + (1−d)g; θ ← θ − ηb.", "μ"
    )
    dampening: float = knob(
        0.0,
        "dampening",
        "Share d of the gradient kept out of the buffer: b ← μb + (1−d)g; the first step has b = g.",
        symbol="d",
        ge=0,
        le=1,
        slider=(0, 1),
        more=True,
    )


class NesterovKnobs(Settings):
    """Knobs of Nesterov momentum."""

    kind: Literal["nesterov"] = "nesterov"
    learning_rate: float = learning_rate(0.01)
    momentum: float = knob(
        0.9,
        "momentum",
        "Share μ of the buffer kept at each step, and the look-ahead: b ← μb + g; θ ← θ − η(g + μb).",
        symbol="μ",
        gt=0,
        le=0.999999,
        slider=(0.01, 0.999),
    )


def _init_sgd(size: int, dtype: "np.dtype[Any]", knobs: SgdKnobs | AscentKnobs, mask: Array | None) -> Slots:
    slots = allocate(size, dtype, (), ("learning_rate",))
    _tune_sgd(slots, knobs)
    return slots


def _tune_sgd(slots: Slots, knobs: SgdKnobs | AscentKnobs) -> None:
    slots.knobs["learning_rate"][()] = knobs.learning_rate


def _propose_sgd(theta: Array, slots: Slots, out: Array) -> None:
    np.multiply(slots.gradient, slots.knobs["learning_rate"], out)
    np.subtract(theta, out, out)


def _propose_ascent(theta: Array, slots: Slots, out: Array) -> None:
    np.multiply(slots.gradient, slots.knobs["learning_rate"], out)
    np.add(theta, out, out)


def _init_momentum(size: int, dtype: "np.dtype[Any]", knobs: MomentumKnobs, mask: Array | None) -> Slots:
    slots = allocate(size, dtype, ("b",), ("learning_rate", "momentum", "undamped"))
    slots.numbers["started"] = 0
    _tune_momentum(slots, knobs)
    return slots


def _tune_momentum(slots: Slots, knobs: MomentumKnobs) -> None:
    slots.knobs["learning_rate"][()] = knobs.learning_rate
    slots.knobs["momentum"][()] = knobs.momentum
    slots.knobs["undamped"][()] = 1.0 - knobs.dampening
    slots.numbers["dampening"] = knobs.dampening


def _propose_momentum(theta: Array, slots: Slots, out: Array) -> None:
    g, b, knobs, numbers = slots.gradient, slots.arrays["b"], slots.knobs, slots.numbers
    if not numbers["dampening"]:
        np.multiply(b, knobs["momentum"], b)
        np.add(b, g, b)
    elif numbers["started"]:
        np.multiply(b, knobs["momentum"], b)
        np.multiply(g, knobs["undamped"], out)
        np.add(b, out, b)
    else:
        b[:] = g
    numbers["started"] = 1
    np.multiply(b, knobs["learning_rate"], out)
    np.subtract(theta, out, out)


def _init_nesterov(size: int, dtype: "np.dtype[Any]", knobs: NesterovKnobs, mask: Array | None) -> Slots:
    slots = allocate(size, dtype, ("b",), ("learning_rate", "momentum"))
    _tune_nesterov(slots, knobs)
    return slots


def _tune_nesterov(slots: Slots, knobs: NesterovKnobs) -> None:
    slots.knobs["learning_rate"][()] = knobs.learning_rate
    slots.knobs["momentum"][()] = knobs.momentum


def _propose_nesterov(theta: Array, slots: Slots, out: Array) -> None:
    g, b, mu = slots.gradient, slots.arrays["b"], slots.knobs["momentum"]
    np.multiply(b, mu, b)
    np.add(b, g, b)
    np.multiply(b, mu, out)
    np.add(out, g, out)
    np.multiply(out, slots.knobs["learning_rate"], out)
    np.subtract(theta, out, out)


SGD = Rule(
    name="sgd",
    label="SGD",
    formula="θ ← θ − ηg",
    help="Steps against the gradient; stochastic (SGD) where the gradient is a mini-batch's.",
    Knobs=SgdKnobs,
    init=_init_sgd,
    tune=_tune_sgd,
    propose=_propose_sgd,
)
MOMENTUM = Rule(
    name="momentum",
    label="momentum",
    formula="b ← μb + (1−d)g\nθ ← θ − ηb",
    help="A heavy ball: past gradients add up along a valley and cancel across it.",
    Knobs=MomentumKnobs,
    init=_init_momentum,
    tune=_tune_momentum,
    propose=_propose_momentum,
)
NESTEROV = Rule(
    name="nesterov",
    label="Nesterov momentum",
    formula="b ← μb + g\nθ ← θ − η(g + μb)",
    help="Momentum that looks one step of the buffer ahead, which damps its oscillation.",
    Knobs=NesterovKnobs,
    init=_init_nesterov,
    tune=_tune_nesterov,
    propose=_propose_nesterov,
)
ASCENT = Rule(
    name="ascent",
    label="gradient ascent",
    formula="θ ← θ + ηg",
    help="Steps along the gradient, uphill: it finds maxima, and on a loss that has none it diverges.",
    Knobs=AscentKnobs,
    init=_init_sgd,
    tune=_tune_sgd,
    propose=_propose_ascent,
)
