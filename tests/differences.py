"""An independent witness for gradients: central differences, away from kinks."""

import numpy as np

from tests.builders import point

STEP, TOLERANCE, CLEARANCE = 1e-5, 1e-7, 1e-3


def error(objective, theta):
    """Largest deviation from the central difference, as a share of the largest gradient."""
    batch, out, empty = objective.full(), np.full_like(theta, np.nan), np.zeros(0)
    program, moving = objective.program(batch), theta.copy()
    difference = np.empty_like(theta)
    with np.errstate(all="ignore"):
        program.value_and_gradient(moving, empty, batch, out)
        gradient = out.copy()
        for k, center in enumerate(theta):
            moving[k] = center + STEP
            above = program.value_and_gradient(moving, empty, batch, out)
            moving[k] = center - STEP
            below = program.value_and_gradient(moving, empty, batch, out)
            moving[k] = center
            difference[k] = (above - below) / (2 * STEP)
    assert np.abs(difference).max() > 1e-6, "nothing to check here"
    return float(np.abs(gradient - difference).max() / np.abs(difference).max())


def clear(objective, theta):
    """Whether a point keeps away from every kink: of activations, of Huber's loss and of |w|."""
    trace = objective.program(objective.full()).trace(theta, np.zeros(0), objective.full())
    kinks = [trace[f"{layer.id}.z"] for layer in objective.network.layers]
    if objective.loss.name == "huber":
        errors = trace["output.a"] - objective.full().y
        kinks.append(np.abs(errors) - objective.loss_knobs.delta)
    if objective.penalty.l1:
        kinks.append(theta)
    return min(np.abs(kink).min() for kink in kinks) > CLEARANCE


def place(objective, rng, scale=0.7):
    for _ in range(200):
        theta = point(objective, rng, scale)
        if clear(objective, theta):
            return theta
    raise AssertionError("no point away from all kinks")
