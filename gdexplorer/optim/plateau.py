"""Waiting for a loss to fall: the lowest one so far, and for how many updates there was no lower one.

Waiting is counted in updates, not in evaluations as in PyTorch. A run is evaluated at every update at first and at
every 128th later on, so that ten evaluations are ten updates here and a thousand there; and a second evaluation at
the same update, where a change is drawn, must not count. Where every g-th update is evaluated, a patience of p g
updates is PyTorch's patience of p.
"""

from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from gdexplorer.fields import Settings, knob


def margin(default: float, label: str = "threshold") -> Any:
    """Declare by what share of its size a loss must fall to count as lower."""
    return knob(default, label, "A loss L counts as lower than the best one where L < best − ε |best|.",
                symbol="ε", ge=0, le=1, log=True, slider=(1e-6, 0.1), more=True)  # fmt: skip


class PlateauKnobs(Settings):
    """Knobs of a learning rate that is cut when the loss stops falling."""

    kind: Literal["plateau"] = "plateau"
    loss: Literal["training", "test"] = knob(
        "training", "watched loss", "Full-set loss without penalty, where the curves are evaluated; a function of x "
        "and y has one loss.",
    )  # fmt: skip
    gamma: float = knob(0.5, "factor", "What each cut leaves of η: η ← max(γη, f η₀).", symbol="γ", gt=0, le=0.99,
                        slider=(0, 1))  # fmt: skip
    patience: int = knob(500, "patience", "A cut follows more than p updates without a lower loss.", symbol="p",
                         unit="updates", ge=1, le=10**7, log=True, slider=(10, 100_000))  # fmt: skip
    threshold: float = margin(1e-4)
    floor: float = knob(0.0, "floor", "Share of η that cuts leave at least.", symbol="f", ge=0, le=1, slider=(0, 1))


@dataclass(slots=True)
class Watch:
    """The lowest loss that was heard of, and how long ago that was."""

    best: float = inf
    at: int = 0  # update of the best one
    since: int = 0  # update from which waiting counts: that of the best one, or a later one where it began anew

    def hears(self, loss: float, step: int, threshold: float) -> bool:
        """Take notice of the loss at an update; return whether it is the lowest so far, by more than ε |best|.

        For positive losses this is PyTorch's relative threshold, L < best (1 − ε), which asks nothing of negative ones.
        """
        if not (loss < inf if self.best == inf else loss < self.best - threshold * abs(self.best)):
            return False
        self.best, self.at, self.since = loss, step, step
        return True


@dataclass(slots=True)
class Plateau(Watch):
    """What is left of η, as PyTorch's ReduceLROnPlateau does it, without its cooldown."""

    factor: float = 1.0

    def listen(self, loss: float, step: int, knobs: PlateauKnobs) -> bool:
        """Take notice of the loss at an update; return whether η was cut."""
        if self.hears(loss, step, knobs.threshold) or step - self.since <= knobs.patience:
            return False
        self.since, before = step, self.factor
        self.factor = min(before, max(before * knobs.gamma, knobs.floor))
        return self.factor < before

    def begin_anew(self, step: int) -> None:
        """Wait from this update on, for losses that are no longer those before; what was cut stays cut."""
        self.best, self.at, self.since = inf, step, step
