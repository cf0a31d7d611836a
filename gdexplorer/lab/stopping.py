"""Early stopping: the lowest test loss, wherever the curves are evaluated, and how long there was no lower one.

A stop is no part of the mathematics: whoever plays the run pauses there, and a replay goes past it.
"""

from dataclasses import dataclass

from gdexplorer.arrays import Array, frozen
from gdexplorer.optim.plateau import Watch


@dataclass(slots=True)
class Stopping(Watch):
    """The lowest test loss, the θ that had it, and where the run was last stopped."""

    theta: Array | None = None  # (P,), read-only
    stopped: int = -1

    def listen(self, loss: float, step: int, theta: Array, patience: int, threshold: float) -> None:
        """Keep the best θ; stop where there was no lower loss for `patience` updates, and count anew from there."""
        if self.hears(loss, step, threshold):
            self.theta = frozen(theta)
        elif step - self.since >= patience:
            self.stopped = self.since = step

    def begin_anew(self, step: int) -> None:
        """Wait from this update on; the best θ stays what it is."""
        self.since, self.stopped = step, -1
