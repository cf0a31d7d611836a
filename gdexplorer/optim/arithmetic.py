"""What an optimizer computes for one parameter, quantity by quantity, read from its slots before and after."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from gdexplorer.optim.slots import Slots

STEP = "Δθ"  # the symbol of the last quantity, what is added to the parameter


@dataclass(frozen=True, slots=True)
class Quantity:
    """A symbol, the formula that makes it, and its value."""

    symbol: str
    formula: str
    value: float


@dataclass(frozen=True, slots=True)
class Moment:
    """One parameter in one update: slots before and after, the gradient that the rule was given, θ before."""

    before: Slots
    after: Slots
    index: int
    gradient: float
    theta: float
    corrected: bool = True  # whether Adam and its relatives correct the bias of their averages

    def was(self, name: str) -> float:
        """Return the parameter's number in an array of the slots before the update."""
        return float(self.before.arrays[name][self.index])

    def now(self, name: str) -> float:
        """Return it after the update."""
        return float(self.after.arrays[name][self.index])

    def knob(self, name: str) -> float:
        """Return a knob as the update used it."""
        return float(self.after.knobs[name])

    def number(self, name: str) -> float:
        """Return a number of the slots after the update."""
        return float(self.after.numbers[name])


Tell = Callable[[Moment], list[Quantity]]


def _rate(at: Moment) -> float:
    numbers = at.after.numbers
    return float(numbers["learning_rate"] if "learning_rate" in numbers else at.after.knobs["learning_rate"])


def _sgd(at: Moment) -> list[Quantity]:
    return [Quantity("η", "", _rate(at)), Quantity(STEP, "−η g", -_rate(at) * at.gradient)]


def _ascent(at: Moment) -> list[Quantity]:
    return [Quantity("η", "", _rate(at)), Quantity(STEP, "+η g", _rate(at) * at.gradient)]


def _momentum(at: Moment) -> list[Quantity]:
    first = at.number("dampening") and not at.before.numbers["started"]
    formula = "g, at first" if first else "μ b + (1 − d) g" if at.number("dampening") else "μ b + g"
    return [
        Quantity("b before", "", at.was("b")), Quantity("μ", "", at.knob("momentum")),
        Quantity("b", formula, at.now("b")), Quantity("η", "", _rate(at)),
        Quantity(STEP, "−η b", -_rate(at) * at.now("b")),
    ]  # fmt: skip


def _nesterov(at: Moment) -> list[Quantity]:
    ahead = at.gradient + at.knob("momentum") * at.now("b")
    return [
        Quantity("b before", "", at.was("b")), Quantity("μ", "", at.knob("momentum")),
        Quantity("b", "μ b + g", at.now("b")), Quantity("g + μ b", "", ahead), Quantity("η", "", _rate(at)),
        Quantity(STEP, "−η (g + μ b)", -_rate(at) * ahead),
    ]  # fmt: skip


def _adagrad(at: Moment) -> list[Quantity]:
    scale = sqrt(at.now("s")) + at.knob("epsilon")
    return [
        Quantity("s before", "", at.was("s")), Quantity("s", "s + g²", at.now("s")), Quantity("√s + ε", "", scale),
        Quantity("η", "", _rate(at)), Quantity(STEP, "−η g / (√s + ε)", -_rate(at) * at.gradient / scale),
    ]  # fmt: skip


def _adadelta(at: Moment) -> list[Quantity]:
    epsilon = at.knob("epsilon")
    step = at.gradient * sqrt((at.was("d") + epsilon) / (at.now("v") + epsilon))
    return [
        Quantity("v before", "", at.was("v")), Quantity("v", "ρ v + (1 − ρ) g²", at.now("v")),
        Quantity("d before", "", at.was("d")), Quantity("δ", "g √(d + ε) / √(v + ε)", step),
        Quantity("d", "ρ d + (1 − ρ) δ²", at.now("d")), Quantity("η", "", _rate(at)),
        Quantity(STEP, "−η δ", -_rate(at) * step),
    ]  # fmt: skip


def _rmsprop(at: Moment) -> list[Quantity]:
    told = [Quantity("v before", "", at.was("v")), Quantity("v", "α v + (1 − α) g²", at.now("v"))]
    variance, root = at.now("v"), "√v"
    if at.number("centered"):
        told += [Quantity("ḡ before", "", at.was("mean")), Quantity("ḡ", "α ḡ + (1 − α) g", at.now("mean"))]
        variance, root = max(variance - at.now("mean") ** 2, 0.0), "√(v − ḡ²)"
    scale = sqrt(variance) + at.knob("epsilon")
    told.append(Quantity(f"{root} + ε", "", scale))
    step, formula = at.gradient / scale, f"g / ({root} + ε)"
    if at.number("momentum"):
        told += [Quantity("b before", "", at.was("b")), Quantity("b", f"μ b + {formula}", at.now("b"))]
        step, formula = at.now("b"), "b"
    return [*told, Quantity("η", "", _rate(at)), Quantity(STEP, f"−η {formula}", -_rate(at) * step)]


def _averages(at: Moment) -> tuple[list[Quantity], float, float]:
    """Tell m and v; return them with m and √v̂ + ε. Slots keep m / (1 − β₁) and v / (1 − β₂); see `optim.adam`."""
    beta1, beta2 = at.number("beta1"), at.number("beta2")
    m, v = (1 - beta1) * at.now("M"), (1 - beta2) * at.now("V")
    told = [
        Quantity("m before", "", (1 - beta1) * at.was("M")), Quantity("m", "β₁ m + (1 − β₁) g", m),
        Quantity("v before", "", (1 - beta2) * at.was("V")), Quantity("v", "β₂ v + (1 − β₂) g²", v),
    ]  # fmt: skip
    corrected = v / (1 - at.number("product2")) if at.corrected else v
    told.append(Quantity("v̂", "v / (1 − Πβ₂)" if at.corrected else "v, not corrected", corrected))
    return told, m, sqrt(corrected) + at.number("epsilon")


def _adam(at: Moment) -> list[Quantity]:
    told, m, scale = _averages(at)
    corrected = m / (1 - at.number("product1")) if at.corrected else m
    told.insert(2, Quantity("m̂", "m / (1 − Πβ₁)" if at.corrected else "m, not corrected", corrected))
    return [*told, Quantity("η", "", _rate(at)),
            Quantity(STEP, "−η m̂ / (√v̂ + ε)", -_rate(at) * corrected / scale)]  # fmt: skip


def _adamw(at: Moment) -> list[Quantity]:
    *told, step = _adam(at)
    decay = (float(at.after.scratch["kept"][at.index]) - 1) * at.theta
    return [*told, Quantity("decay", "−η w θ, of weights", decay),
            Quantity(STEP, "−η w θ − η m̂ / (√v̂ + ε)", decay + step.value)]  # fmt: skip


def _nadam(at: Moment) -> list[Quantity]:
    told, m, scale = _averages(at)
    beta, psi, t = at.number("beta1"), at.number("momentum_decay"), at.number("step")
    mu, following = (beta * (1 - 0.5 * 0.96 ** (s * psi)) for s in (t, t + 1))
    product = at.number("momentum_product") if at.corrected else 0.0
    ahead = (1 - mu) * at.gradient / (1 - product) + following * m / (1 - following * product)
    formula = "(1 − μₜ) g / (1 − Πμ) + μₜ₊₁ m / (1 − μₜ₊₁ Πμ)" if at.corrected else "(1 − μₜ) g + μₜ₊₁ m"
    return [
        *told, Quantity("μₜ", "β₁ (1 − ½ · 0.96^(tψ))", mu), Quantity("μₜ₊₁", "", following),
        Quantity("m̂", formula, ahead), Quantity("η", "", _rate(at)),
        Quantity(STEP, "−η m̂ / (√v̂ + ε)", -_rate(at) * ahead / scale),
    ]  # fmt: skip


ARITHMETIC: dict[str, Tell] = {
    "sgd": _sgd, "ascent": _ascent, "momentum": _momentum, "nesterov": _nesterov, "adagrad": _adagrad,
    "adadelta": _adadelta, "rmsprop": _rmsprop, "adam": _adam, "adamw": _adamw, "nadam": _nadam,
}  # fmt: skip


def remembered(at: Moment) -> list[Quantity]:
    """Tell of a rule that has no arithmetic of its own here what it remembers of the parameter, before and after."""
    own = [name for name, array in at.after.arrays.items() if name in at.before.arrays and array.ndim == 1]
    return [quantity for name in own for quantity in (
        Quantity(f"{name} before", "", at.was(name)), Quantity(name, "", at.now(name)))]  # fmt: skip
