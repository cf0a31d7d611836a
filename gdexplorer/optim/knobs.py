"""The knobs that several optimizers share, each with the bounds that keep its formula finite."""

from typing import Any

from gdexplorer.fields import Settings, knob

# Averaging over more than 10⁶ steps is refused: in float32 a decay closer to 1 would round to 1.
_HIGHEST_DECAY = 0.999999


def learning_rate(default: float) -> Any:
    """Declare the learning rate η."""
    return knob(
        default,
        "learning rate",
        "Factor η that turns the optimizer's direction into a step: θ ← θ − η · direction.",
        symbol="η",
        log=True,
        gt=0,
        le=1e6,
        slider=(1e-5, 10),
    )


def decay(default: float, label: str, help: str, symbol: str, *, more: bool = False) -> Any:
    """Declare the decay of a moving average, in [0, 1)."""
    return knob(default, label, help, symbol=symbol, ge=0, le=_HIGHEST_DECAY, slider=(0, 0.999), more=more)


def epsilon(default: float) -> Any:
    """Declare the small term ε that keeps a denominator above zero."""
    return knob(
        default,
        "epsilon",
        "Small term ε added to the denominator; a larger one makes the steps of flat directions smaller.",
        symbol="ε",
        log=True,
        ge=1e-30,
        le=1,
        slider=(1e-12, 0.1),
        more=True,
    )


def rate_of(knobs: Settings) -> float:
    """Return the learning rate η of a rule's knobs: every rule has one, the base class does not."""
    return float(getattr(knobs, "learning_rate"))  # noqa: B009
