"""Learning curves: how losses and accuracies go with the number of training examples."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings

UPDATES, SEEDS = 1500, 3
NO_EXAMPLES = "A learning curve needs a network that learns from examples; choose another problem."


@dataclass(frozen=True, slots=True)
class Learning:
    """The request for a `LearningReport`.

    Attributes
    ----------
    seeds
        How often to train at each size: with other weights, another order of batches and other examples.
    sizes
        Numbers of training examples; empty for six from about 10 to all.
    start
        Tells one measurement from the next: another number begins anew.
    """

    updates: int = UPDATES
    seeds: int = SEEDS
    sizes: tuple[int, ...] = ()
    start: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class LearningReport:
    """Data losses and accuracies after equally many updates on more and more of the training examples.

    Attributes
    ----------
    sizes
        n, ascending (K,).
    losses, accuracies
        (seeds, K, 2), of the n examples and of the whole test split; NaN where that is still to come, where training
        diverged, and for the accuracies of a regression.
    experiment
        What was trained, as it was at the beginning.
    share
        Of the work, how much is done.
    refused
        Why it ended before all was done; empty if it did not.
    """

    sizes: tuple[int, ...]
    losses: Array
    accuracies: Array
    updates: int
    diverged: int
    experiment: Settings
    share: float = 1.0
    refused: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self.share >= 1 or bool(self.refused)

    @property
    def gaps(self) -> Array:
        """Mean test loss minus mean training loss at each n: (K,)."""
        return mean(self.losses[..., 1] - self.losses[..., 0])


def mean(values: Array) -> Array:
    """Return the mean over seeds (K,) of values (seeds, K), without those that are not finite; NaN without any."""
    known = np.isfinite(values)
    sums = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(np.divide(sums, known.sum(axis=0), out=np.full(values.shape[1], np.nan), where=known.any(axis=0)))
