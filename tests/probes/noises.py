"""Gradients that are found one by one, as independent witnesses of what is measured of noise."""

import numpy as np

from gdexplorer.objectives.batch import whole
from gdexplorer.probes.context import Context

NOTHING = np.zeros(0)


def context_of(objective, theta, step=3):
    return Context(step, objective, theta, theta, {}, 0, NOTHING)


def rows_of(batch, rows):
    """A batch of some examples of another."""
    return whole(batch.xt[rows], np.ascontiguousarray(batch.y.T[rows]))


def gradient_of(objective, theta, batch):
    """Loss and gradient by a program of their own."""
    out = np.empty_like(theta)
    with np.errstate(all="ignore"):
        return objective.program(batch).value_and_gradient(theta, NOTHING, batch, out), out


def one_by_one(objective, theta, batch):
    """Gradients (B, P) of batches of one."""
    return np.array([gradient_of(objective, theta, rows_of(batch, [k]))[1] for k in range(batch.size)])
