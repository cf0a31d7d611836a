"""Schedules of the learning rate: the factor by which η is multiplied at update t, counted from 0.

Each is a pure function of t, so that a run can be replayed from any update. The exception *listens*: its factor waits
for the loss of the run, and is part of the run's state (`plateau.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import Any, Generic, Literal, TypeVar

from gdexplorer.fields import Settings, knob
from gdexplorer.optim.plateau import PlateauKnobs

K = TypeVar("K", bound=Settings)


@dataclass(frozen=True, slots=True)
class Schedule(Generic[K]):
    """A schedule: a record of pure functions.

    Attributes
    ----------
    factor
        ``(knobs, step) -> float``, at least 0: what η is multiplied by at update ``step``, counted from 0.
    horizon
        ``(knobs) -> int``: updates that a picture of it has to show; 0 for what cannot be drawn ahead.
    listens
        Whether the factor is a run's own, `Plateau.factor`, in place of `factor`, which is then that of a loss that
        falls all the time.
    """

    name: str
    label: str
    formula: str
    help: str
    Knobs: type[K]
    factor: Callable[[K, int], float]
    horizon: Callable[[K], int]
    listens: bool = False


def _updates(default: int, label: str, help: str, symbol: str) -> Any:
    return knob(default, label, help, symbol=symbol, unit="updates", ge=1, le=10**7, log=True, slider=(10, 100_000))


def _share(default: float, label: str, help: str, symbol: str, **bounds: Any) -> Any:
    return knob(default, label, help, symbol=symbol, **{"ge": 0, "le": 1, "slider": (0, 1), **bounds})


def _length(help: str) -> Any:
    return _updates(5000, "length", help, "T")


def _floor() -> Any:
    return _share(0.0, "floor", "Share of η that is left at the end and from then on.", "f")


def _start(default: float) -> Any:
    return _share(default, "start", "Share of η at update 0.", "s")


class ConstantKnobs(Settings):
    """No knobs."""

    kind: Literal["constant"] = "constant"


class StepKnobs(Settings):
    """Knobs of step decay."""

    kind: Literal["step"] = "step"
    every: int = _updates(1000, "every", "Updates k from one cut to the next.", "k")
    gamma: float = _share(0.5, "factor", "What each cut leaves of η: η γ^⌊t/k⌋.", "γ", gt=0)


class ExponentialKnobs(Settings):
    """Knobs of exponential decay."""

    kind: Literal["exponential"] = "exponential"
    gamma: float = _share(0.95, "factor", "What 100 updates leave of η: η γ^(t/100).", "γ", gt=0)


class CosineKnobs(Settings):
    """Knobs of cosine annealing."""

    kind: Literal["cosine"] = "cosine"
    length: int = _length("Updates from η down to the floor.")
    floor: float = _floor()


class WarmupKnobs(Settings):
    """Knobs of linear warm-up."""

    kind: Literal["warmup"] = "warmup"
    warmup: int = _updates(500, "warm-up", "Updates from the start up to η.", "w")
    start: float = _start(0.1)


class WarmupCosineKnobs(Settings):
    """Knobs of linear warm-up and cosine annealing."""

    kind: Literal["warmup_cosine"] = "warmup_cosine"
    warmup: int = _updates(500, "warm-up", "Updates from the start up to η.", "w")
    start: float = _start(0.1)
    length: int = _length("Updates in all, warm-up and descent to the floor.")
    floor: float = _floor()


class OneCycleKnobs(Settings):
    """Knobs of the one-cycle policy."""

    kind: Literal["one_cycle"] = "one_cycle"
    length: int = _length("Updates in all, up and down.")
    up: float = _share(0.3, "share up", "Part of the updates in which the rate rises to η.", "p", le=0.99)
    start: float = _start(0.04)
    floor: float = _floor()


def _rise(start: float, share: float) -> float:
    return start + (1.0 - start) * share


def _annealed(floor: float, share: float) -> float:
    return floor + (1.0 - floor) * (1.0 + cos(pi * share)) / 2.0


def _step(knobs: StepKnobs, step: int) -> float:
    return float(knobs.gamma ** (step // knobs.every))


def _exponential(knobs: ExponentialKnobs, step: int) -> float:
    return float(knobs.gamma ** (step / 100))


def _cosine(knobs: CosineKnobs, step: int) -> float:
    return _annealed(knobs.floor, step / knobs.length) if step < knobs.length else knobs.floor


def _warmup(knobs: WarmupKnobs, step: int) -> float:
    return _rise(knobs.start, step / knobs.warmup) if step < knobs.warmup else 1.0


def _warmup_cosine(knobs: WarmupCosineKnobs, step: int) -> float:
    if step < knobs.warmup:
        return _rise(knobs.start, step / knobs.warmup)
    if step >= knobs.length:
        return knobs.floor
    return _annealed(knobs.floor, (step - knobs.warmup) / (knobs.length - knobs.warmup))


def _one_cycle(knobs: OneCycleKnobs, step: int) -> float:
    top = knobs.up * knobs.length
    if step < top:
        return _rise(knobs.start, step / top)
    return 1.0 + (knobs.floor - 1.0) * (step - top) / (knobs.length - top) if step < knobs.length else knobs.floor


CONSTANT = Schedule("constant", "constant", "η", "The learning rate stays as it is set.", ConstantKnobs,
                    lambda knobs, step: 1.0, lambda knobs: 0)  # fmt: skip
SCHEDULES: tuple[Schedule[Any], ...] = (
    CONSTANT,
    Schedule("step", "step decay", "η γ^⌊t/k⌋", "Cuts the rate by a factor at regular intervals.", StepKnobs, _step,
             lambda knobs: 5 * knobs.every),
    Schedule("exponential", "exponential", "η γ^(t/100)", "Lets the rate shrink by the same factor at every update.",
             ExponentialKnobs, _exponential, lambda knobs: 5000),
    Schedule("cosine", "cosine", "η (f + (1−f)(1 + cos πt/T)/2)",
             "Half a cosine from η down to the floor, where it stays (Loshchilov and Hutter 2017).", CosineKnobs,
             _cosine, lambda knobs: knobs.length),
    Schedule("warmup", "linear warm-up", "η (s + (1−s) t/w)", "Rises in a straight line to η, where it stays.",
             WarmupKnobs, _warmup, lambda knobs: 2 * knobs.warmup),
    Schedule("warmup_cosine", "warm-up + cosine", "η (s + (1−s) t/w)\nthen η (f + (1−f)(1 + cos π(t−w)/(T−w))/2)",
             "Rises in a straight line to η, then follows half a cosine down to the floor.", WarmupCosineKnobs,
             _warmup_cosine, lambda knobs: max(knobs.length, knobs.warmup)),
    Schedule("one_cycle", "one cycle", "η (s + (1−s) t/pT)\nthen η (1 − (1−f)(t−pT)/(T−pT))",
             "Up in a straight line and down in another, where it stays (Smith 2018).", OneCycleKnobs, _one_cycle,
             lambda knobs: knobs.length),
    Schedule("plateau", "reduce on plateau", "η ← max(γη, f η₀) after p updates without a lower loss",
             "Cuts the rate by a factor when the loss stops falling.", PlateauKnobs, lambda knobs, step: 1.0,
             lambda knobs: 0, listens=True),
)  # fmt: skip
