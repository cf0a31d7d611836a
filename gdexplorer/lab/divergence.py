"""Why a run cannot go on: which numbers of an update are not finite, and in which layer first."""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.state import Health, Status
from gdexplorer.nn.layout import Layout


def diagnosed(layout: Layout, loss: float, gradient: Array, trial: Array) -> Status:
    """Return where and why an update is not finite.

    Parameters
    ----------
    loss
        Of its batch.
    gradient, trial
        ∂L/∂θ and the θ (P,) that was not committed. What overflows when it is squared counts as not finite.
    """
    limit = np.sqrt(np.finfo(gradient.dtype).max)
    fine = bool(np.isfinite(loss)) and bool((np.abs(gradient) < limit).all())
    if not np.isfinite(loss):
        reason = f"the loss is {loss:g}"
    elif not fine:
        reason = "the gradient overflows" if np.isfinite(gradient).all() else "the gradient is not finite"
    elif (np.abs(trial) < limit).all():
        reason = "the optimizer's memory of past gradients overflows"
    else:
        reason = f"the update overflows after a batch loss of {loss:.3g}"
    numbers = trial if fine else gradient
    bad = [block.id for block in layout.blocks if not (np.abs(numbers[block.start : block.stop]) < limit).all()]
    return Status(Health.DIVERGED, bad[0] if bad else layout.blocks[-1].id, reason)
