"""L1 by its proximal step, which makes exact zeros: the loss's gradient goes without it (`nn/penalties.py`)."""

from collections.abc import Callable

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim.slots import Slots

Propose = Callable[[Array, Slots, Array], None]


def strengths_of(objective: Objective | None) -> Array | None:
    """Return λ₁ where a parameter is penalized and 0 elsewhere, (P,); None where L1 takes no proximal step."""
    if not isinstance(objective, SupervisedObjective) or not objective.penalty.proximal:
        return None
    return np.asarray(objective.penalty.l1 * objective.penalty_mask, objective.dtype)


def exact_zeros(objective: Objective, theta: Array) -> tuple[int, int] | None:
    """Return how many weights are exactly 0 and how many there are, where L1 is on."""
    if not isinstance(objective, SupervisedObjective) or not objective.penalty.l1:
        return None
    weights = objective.layout.weights
    return int(np.count_nonzero(weights & (theta == 0))), int(np.count_nonzero(weights))


def present_rate(slots: Slots) -> float | Array:
    """Return the learning rate of a rule's slots as it is scheduled now: Adam's kin keep it among the numbers."""
    return slots.numbers["learning_rate"] if "learning_rate" in slots.numbers else slots.knobs["learning_rate"]


def thresholded(propose: Propose, strengths: Array) -> Propose:
    """Return `propose` with the soft threshold after it: θ ← sign(θ) max(|θ| − ηλ₁, 0).

    Parameters
    ----------
    strengths
        See `strengths_of`.

    References
    ----------
    Parikh, Boyd: "Proximal algorithms", 2014, section 6.5.2.
    """
    reach, inner = np.empty_like(strengths), np.empty_like(strengths)

    def proposed(theta: Array, slots: Slots, out: Array) -> None:
        propose(theta, slots, out)
        np.multiply(strengths, present_rate(slots), reach)
        np.minimum(out, reach, out=inner)
        np.negative(reach, reach)
        np.maximum(inner, reach, out=inner)
        np.subtract(out, inner, out)  # what lies within is subtracted from itself, so that it is exactly 0

    return proposed
